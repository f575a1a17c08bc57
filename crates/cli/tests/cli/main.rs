//! The program itself, as a script calls it.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod alignment;
mod annotate;
mod archive;
mod archive_flow;
mod bench;
mod cloud;
mod custom_gates;
mod documents;
mod failures;
mod features;
#[path = "../../../aws/tests/aws/harness.rs"]
mod harness;
mod lab;
#[path = "../../../lambda/tests/lambda/runtime.rs"]
mod lambda_runtime;
mod lessons;
#[path = "../../../project/tests/common/world.rs"]
mod library;
mod light;
mod localstack;
mod merge;
mod near;
mod plan;
mod profiles;
mod results;
mod speech;
mod text;
mod tuning;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder to work in, with a cache of its own.
struct Room(TempDir);

impl Room {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With the sample's files in it.
    fn with_sample() -> Self {
        let room = Self::new();
        for name in SAMPLE {
            std::fs::copy(sample(name), room.path(name)).unwrap();
        }
        room
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plumbline"));
        command.args(arguments.split_whitespace()).current_dir(self.0.path()).env("XDG_CACHE_HOME", self.path(".cache"));
        command.env("XDG_CONFIG_HOME", self.path(".config"));
        command
    }

    /// Runs `plumbline ARGUMENTS`, which must end with this code.
    fn run(&self, arguments: &str, code: i32) -> Output {
        let output = self.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "plumbline {arguments}\n{}\n{}", text(&output.stdout), text(&output.stderr));
        output
    }

    /// The one JSON object that a command prints.
    fn json(&self, arguments: &str, code: i32) -> Value {
        let output = self.run(arguments, code);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("plumbline {arguments}: {e}: {}", text(&output.stdout)))
    }

    fn read_json(&self, name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.path(name)).unwrap()).unwrap()
    }

    /// The words of the sample as they are truly spoken.
    fn sample_truth(&self) -> Vec<Value> {
        let truth: Value = serde_json::from_slice(&std::fs::read(sample("bridge.truth.json")).unwrap()).unwrap();
        truth["words"].as_array().unwrap().clone()
    }

    /// Makes `name` with the `ffmpeg` program; words are split at spaces.
    fn make(&self, name: &str, arguments: &str) {
        let output = Command::new("ffmpeg")
            .args(["-hide_banner", "-nostdin", "-loglevel", "error", "-y"])
            .args(arguments.split_whitespace())
            .arg(self.path(name))
            .current_dir(self.0.path())
            .output()
            .expect("the tests need the ffmpeg program");
        assert!(output.status.success(), "ffmpeg {arguments}: {}", text(&output.stderr));
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/sample").join(name)
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

const SAMPLE: [&str; 3] = ["bridge.mp4", "bridge.transcribe.json", "bridge.annotations.json"];
/// A second of a tone.
const TONE: &str = "-f lavfi -i sine=f=300:d=1";
const SRT: &str = "1\n00:00:00,100 --> 00:00:00,900\nhello world\n";
