//! What the shells promise of files: good ones are taken whole, bad ones are refused with a sentence and leave no trace.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod alone;
mod bad_input;
mod crossmodal;
mod custom_gates;
mod disks;
mod features;
mod lab;
mod moved;
mod profiles;
mod sample;
mod split;
mod words;

use plumbline_adapters::{DocumentFiles, Ffmpeg, MemoryArtifacts, NoAcoustics, NoScorers};
use plumbline_flows::{self as flows, Desk, Imported};
use plumbline_pipeline::Job;
use plumbline_pipeline::stages::Ports;
use plumbline_project::{By, MediaId, Project};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex};
use tempfile::TempDir;

/// Shared by all tests: the sample is decoded once.
static ARTIFACTS: LazyLock<MemoryArtifacts> = LazyLock::new(MemoryArtifacts::new);

/// A folder with a project in it, gone with the value.
struct Room {
    folder: TempDir,
    project: Mutex<Project>,
}

impl Room {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let project = Mutex::new(Project::create(&folder.path().join("test.plumbline")).unwrap());
        Self { folder, project }
    }

    fn desk(&self) -> Desk<'_> {
        self.desk_with(&ARTIFACTS)
    }

    fn desk_with<'a>(&'a self, artifacts: &'a MemoryArtifacts) -> Desk<'a> {
        Desk {
            project: &self.project,
            ports: Ports { media: &Ffmpeg, artifacts, acoustics: &NoAcoustics, scorers: &NoScorers, documents: &DocumentFiles::USUAL },
            by: By::Person("Ada".into()),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let to = self.path(name);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::write(&to, bytes).unwrap();
        to
    }

    /// Copies files of the sample.
    fn sample(&self, names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(|name| self.write(name, std::fs::read(sample(name)).unwrap())).collect()
    }

    /// Makes `name` with the `ffmpeg` program; words are split at spaces.
    fn make(&self, name: &str, arguments: &str) -> PathBuf {
        let to = self.write(name, "");
        let output = Command::new("ffmpeg")
            .args(["-hide_banner", "-nostdin", "-loglevel", "error", "-y"])
            .args(arguments.split_whitespace())
            .arg(&to)
            .output()
            .expect("the tests need the ffmpeg program");
        assert!(output.status.success(), "ffmpeg {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        to
    }

    fn import(&self, paths: &[PathBuf]) -> flows::Result<Imported> {
        flows::import(&self.desk(), paths, &Job::quiet())
    }

    /// Imports what must come in as one media without a complaint.
    fn import_one(&self, paths: &[PathBuf]) -> MediaId {
        let Imported { media, failures, .. } = self.import(paths).unwrap();
        assert!(failures.is_empty(), "{failures:?}");
        let [media] = &media[..] else { panic!("{media:?}") };
        media.clone()
    }

    fn analyse(&self, media: &MediaId) {
        flows::ensure_analysed(&self.desk(), media, &Job::quiet()).unwrap();
    }

    /// The state, and how long the log is: equal where nothing at all was written.
    fn state(&self) -> (String, i64) {
        let project = self.desk();
        let project = project.project();
        (project.dump().unwrap(), project.view().seq)
    }
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/sample").join(name)
}

const SAMPLE: [&str; 3] = ["bridge.mp4", "bridge.transcribe.json", "bridge.annotations.json"];
/// A second of a moving picture with a tone.
const CLIP: &str = "-f lavfi -i testsrc=s=64x48:r=10:d=1 -f lavfi -i sine=f=300:d=1 -pix_fmt yuv420p -c:v libx264 -c:a aac";
const SRT: &str = "1\n00:00:00,100 --> 00:00:00,900\nhello world\n";
