//! Versions, clip sets and runs as they are listed, and what differs between versions.

use plumbline_core::lab::ClipSet;
use plumbline_core::models::Task;
use serde::Serialize;
use ts_rs::TS;

/// A version of a prompt.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct PromptRow {
    /// Its id.
    pub id: String,
    /// What people call it: `describe@2`.
    pub label: String,
    /// Name of the prompt.
    pub name: String,
    /// Count of its versions.
    pub version: u32,
    /// What it is for.
    pub task: Task,
    /// The model that it is written for.
    pub model: Option<String>,
    /// How many examples go along.
    pub examples: u32,
    /// What was tried with it.
    pub note: String,
    /// Who made it; empty for one that comes with Plumbline.
    pub by: String,
    /// When, in µs since 1970 UTC; 0 for one that comes with Plumbline.
    #[ts(type = "number")]
    pub at_us: i64,
    /// Whether it is the one that its task is done with.
    pub promoted: bool,
}

/// A clip set.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct SetRow {
    /// Its id.
    pub id: String,
    /// What it holds, without the clips that are held out.
    pub set: ClipSet,
    /// Clips in all.
    pub clips: u32,
    /// Media in all.
    pub media: u32,
    /// Clips that are held out.
    pub holdout: u32,
    /// Annotations that people stand by, in all clips.
    pub truths: u32,
    /// Position in the log that its truth is of.
    #[ts(type = "number")]
    pub truth: i64,
    /// Whether people changed something in it since.
    pub outdated: bool,
    /// Who made it.
    pub by: String,
    /// When, in µs since 1970 UTC.
    #[ts(type = "number")]
    pub at_us: i64,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct RunRow {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Id of its clip set.
    pub set: String,
    /// Labels of its variants.
    pub variants: Vec<String>,
    /// How often each was asked.
    pub repeats: u32,
    /// Tries that were made and lack no answer.
    pub tries: u32,
    /// Tries that it has in all.
    pub of: u32,
    /// Who made it.
    pub by: String,
    /// When, in µs since 1970 UTC.
    #[ts(type = "number")]
    pub at_us: i64,
}

/// All that is in the lab.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct LabView {
    /// By name, the newest version first; those that come with Plumbline are among them.
    pub versions: Vec<PromptRow>,
    /// The newest first.
    pub sets: Vec<SetRow>,
    /// The newest first.
    pub runs: Vec<RunRow>,
    /// Models that can be asked: id and name.
    pub models: Vec<LabModel>,
}

/// A model that can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct LabModel {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it takes a temperature.
    pub temperature: bool,
}

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DiffLine {
    /// 0 where both have it, -1 where only the first has it, 1 where only the second has it.
    pub side: i8,
    /// The line.
    pub text: String,
}

/// What differs in a part of two versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DiffPart {
    /// Which part: `system`, `window`, `schema`, `model`, ….
    pub part: String,
    /// All its lines.
    pub lines: Vec<DiffLine>,
}
