//! Programs of the user's that are stages.

use crate::programs::{Failure, Program, run};
use plumbline_pipeline::custom_stage::{CustomStage, StagePrograms};
use plumbline_pipeline::{Job, MediaError};
use std::path::Path;
use std::time::Duration;

/// A program that writes more is ended.
const OUTPUT_LIMIT: usize = 64 << 20;
/// Takes the network away from what it runs: a network of its own, in which nothing is.
const APART: [&str; 4] = ["unshare", "--map-root-user", "--net", "--"];

/// Runs no program.
pub struct NoStagePrograms;

impl StagePrograms for NoStagePrograms {
    fn run(&self, stage: &CustomStage, _: &[u8], _: &Job) -> Result<Vec<u8>, MediaError> {
        Err(MediaError::failed(Path::new(&stage.name), "no programs are run here", "Run the stage with the command line"))
    }
}

/// Runs them on this machine, each in a folder and a process group of its own, within its limits, with none of our secrets in its environment, and
/// without the network unless it declares that it uses it.
pub struct LocalStagePrograms;

impl StagePrograms for LocalStagePrograms {
    fn run(&self, stage: &CustomStage, input: &[u8], job: &Job) -> Result<Vec<u8>, MediaError> {
        let apart = APART.into_iter().map(str::to_owned).filter(|_| !stage.network);
        let command: Vec<String> = apart.chain(stage.command.iter().cloned()).collect();
        let time_limit = Duration::from_secs(u64::from(stage.time_limit_s));
        let program = Program { command: &command, environment: &[], time_limit, output_limit: OUTPUT_LIMIT };
        match run(&program, input, &stage.name, job) {
            Ok(output) => Ok(output),
            Err(Failure::Cancelled(cancelled)) => Err(cancelled.into()),
            Err(failure) => Err(MediaError::failed(
                Path::new(&stage.command.join(" ")),
                format!("the program of the stage {} {failure}", stage.name),
                match stage.network {
                    true => "Check the program",
                    false => "Check the program, and that this machine lets `unshare` keep it from the network; else declare `network`",
                },
            )),
        }
    }
}
