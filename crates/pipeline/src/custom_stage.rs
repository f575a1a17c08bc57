//! Stages of a user's own.

use crate::job::Job;
use crate::ports::MediaError;
use serde::{Deserialize, Serialize};

/// The longest that a stage may take, in seconds.
const LONGEST_S: u32 = 24 * 3600;
/// Seconds that a stage has where its user gives it no others.
const USUAL_S: u32 = 600;

/// A program of the user's that is a stage: it is given JSON and gives JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomStage {
    /// Its name: small letters, digits and `-`.
    pub name: String,
    /// Raised whenever the same input would give another output: it is part of what its annotations say they come from.
    pub version: u32,
    /// The program and its arguments; no shell reads them. It runs in an empty folder of its own.
    pub command: Vec<String>,
    /// The stages whose findings it is given; it waits for them.
    #[serde(default)]
    pub reads: Vec<String>,
    /// Whether it is given the path of the media's file.
    #[serde(default)]
    pub media: bool,
    /// It is ended when it takes longer.
    #[serde(default = "usual")]
    pub time_limit_s: u32,
    /// Whether it may use the network; else it has none.
    #[serde(default)]
    pub network: bool,
}

fn usual() -> u32 {
    USUAL_S
}

impl CustomStage {
    /// What is wrong with it where the stages before it are `known`; none where it can be used.
    pub fn problem(&self, known: &[&str]) -> Option<String> {
        let of = |what: &str| Some(format!("the stage {}: {what}", self.name));
        let is_name = self.name.starts_with(|c: char| c.is_ascii_lowercase())
            && self.name.len() <= 40
            && self.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_name {
            return Some(format!("{:?} is no name of a stage: write small letters, digits and - (40 at most, a letter first)", self.name));
        }
        if known.contains(&self.name.as_str()) {
            return of("there is one of this name already. Choose another");
        }
        if let Some(unknown) = self.reads.iter().find(|read| !known.contains(&read.as_str())) {
            return of(&format!("it reads {unknown}, which is no stage before it. There are: {}", known.join(", ")));
        }
        if self.command.first().is_none_or(String::is_empty) {
            return of("its command names no program");
        }
        if !(1..=LONGEST_S).contains(&self.time_limit_s) {
            return of(&format!("a time limit of {} s is not within 1 to {LONGEST_S} s", self.time_limit_s));
        }
        None
    }

    /// What its annotations say they come from.
    pub fn source(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// Runs programs that are stages.
pub trait StagePrograms: Send + Sync {
    /// What the program of a stage writes when it is given `input`.
    ///
    /// # Errors
    /// Where it can't be started or kept from the network, fails, takes too long or writes too much, or the job was cancelled.
    fn run(&self, stage: &CustomStage, input: &[u8], job: &Job) -> Result<Vec<u8>, MediaError>;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_says_what_it_is_and_what_it_needs() {
        let read = |json: &str| serde_json::from_str::<CustomStage>(json).unwrap();
        let check = |json: &str, wrong: &str| {
            let problem = read(json).problem(&["import", "text"]);
            assert_eq!(problem.is_none(), wrong.is_empty(), "{json}: {problem:?}");
            assert!(problem.unwrap_or_default().contains(wrong), "{json}");
        };
        check(r#"{"name": "logos", "version": 1, "command": ["find-logos"], "reads": ["text"]}"#, "");
        check(r#"{"name": "text", "version": 1, "command": ["x"]}"#, "of this name already");
        check(r#"{"name": "Logos", "version": 1, "command": ["x"]}"#, "no name of a stage");
        check(r#"{"name": "../x", "version": 1, "command": ["x"]}"#, "no name of a stage");
        check(r#"{"name": "logos", "version": 1, "command": []}"#, "names no program");
        check(r#"{"name": "logos", "version": 1, "command": ["x"], "reads": ["speech"]}"#, "no stage before it");
        check(r#"{"name": "logos", "version": 1, "command": ["x"], "time_limit_s": 0}"#, "time limit");
        assert!(!read(r#"{"name": "logos", "version": 1, "command": ["x"]}"#).network, "no network unless it is declared");
    }
}
