//! The adapters over real files, which the `ffmpeg` program makes on the fly.
#![allow(clippy::unwrap_used)]

mod damage;
mod failures;
mod faults;
mod flac;
mod frames;
mod offsets;
mod pictures;
mod profiles;
mod proxies;
mod shots;
mod sounds;
mod stages;

use plumbline_core::Profile;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of made media, gone with the value.
struct Studio(tempfile::TempDir);

impl Studio {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Makes `name` with the `ffmpeg` program. Words are split at spaces; `@x` stands for file `x` of this folder.
    fn make(&self, name: &str, arguments: &str) -> PathBuf {
        let to = self.path(name);
        let mut command = Command::new("ffmpeg");
        command.args(["-hide_banner", "-nostdin", "-loglevel", "error", "-y"]);
        for word in arguments.split_whitespace() {
            match word.strip_prefix('@') {
                Some(file) => command.arg(self.path(file)),
                None => command.arg(word),
            };
        }
        let output = command.arg(&to).output().expect("the tests need the ffmpeg program");
        assert!(output.status.success(), "ffmpeg {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        to
    }
}

/// 75 frames at 25 per second whose luma is 16 + 2n: a picture tells its number.
const NUMBERED: &str = "-f lavfi -i color=c=black:s=64x64:r=25:d=3,format=yuv420p,geq=lum='16+2*N':cb=128:cr=128";
/// Three seconds of silence with a click of 2 ms at 1 s.
const CLICK: &str = "-f lavfi -i aevalsrc='if(between(t,1,1.002),0.9,0)':s=48000:d=3";

/// The sound of a file as it is.
fn heard(path: &Path) -> Vec<f32> {
    heard_through(path, Profile::default())
}

/// The sound of a file through a profile.
fn heard_through(path: &Path, profile: Profile) -> Vec<f32> {
    use plumbline_pipeline::{Job, Media};
    let mut all = Vec::new();
    plumbline_adapters::Ffmpeg.sound(path, profile, &Job::quiet(), &mut |block: &[f32]| all.extend_from_slice(block)).unwrap();
    all
}

/// When the click is heard, in milliseconds: the first sample of at least half the loudest.
fn click_ms(samples: &[f32]) -> f64 {
    let loudest = samples.iter().fold(0.0f32, |m, s| m.max(s.abs()));
    assert!(loudest > 0.1, "no click, the loudest sample is {loudest}");
    let first = samples.iter().position(|s| s.abs() >= loudest / 2.0).unwrap();
    first as f64 / 16.0
}
