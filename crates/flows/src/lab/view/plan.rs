//! What shall be tried on what, and what it comes to.

use plumbline_core::gate::GateId;
use plumbline_core::lab::ClipSet;
use plumbline_core::models::Money;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a run comes to before it is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct RunEstimate {
    /// Tries.
    pub tries: u32,
    /// Calls.
    pub calls: u32,
    /// Calls whose answers are kept.
    pub kept: u32,
    /// Tokens to read, about.
    #[ts(type = "number")]
    pub input_tokens: u64,
    /// Tokens that come back at most.
    #[ts(type = "number")]
    pub output_tokens: u64,
    /// What it costs at most, unless answers have to be mended; null where a price is not known.
    pub at_most: Option<Money>,
    /// What is left of the cap; null where there is none.
    pub left: Option<Money>,
    /// The smallest difference of F1 that it would show four times in five; null where it can't be told.
    pub smallest: Option<f64>,
    /// What that stands on, as a sentence.
    pub power: String,
    /// What can't be asked, as sentences.
    pub failures: Vec<String>,
}

/// Which stretches may become clips.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, TS)]
#[ts(export)]
pub struct ClipFilter {
    /// Only of these media; of all where it is empty.
    pub media: Vec<String>,
    /// Only of media whose review is done, or of stretches that people changed or decided.
    pub reviewed: bool,
    /// Only where this gate has flagged something.
    pub gate: Option<GateId>,
    /// Only where this was decided on a flag: `open`, `confirmed`, `false_alarm`; anything where it is null.
    pub decided: Option<String>,
    /// Only where this speaker speaks.
    pub speaker: Option<String>,
    /// Only where there is an annotation with this label.
    pub label: Option<String>,
    /// How long a clip is, in µs.
    #[ts(type = "number")]
    pub length_us: i64,
    /// So many at most, drawn by the seed.
    pub count: u32,
    /// What they are drawn with.
    pub seed: String,
}

/// A stretch that may become a clip.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct CandidateRow {
    /// Id of its media.
    pub media: String,
    /// Name of its media.
    pub name: String,
    /// When it begins, in µs.
    #[ts(type = "number")]
    pub start_us: i64,
    /// When it ends, in µs.
    #[ts(type = "number")]
    pub end_us: i64,
    /// Annotations that people stand by in it.
    pub truths: u32,
    /// What is said in it, the beginning.
    pub said: String,
}

/// Stretches that may become clips.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct CandidatesView {
    /// Those that were drawn, by media and time.
    pub rows: Vec<CandidateRow>,
    /// How many there are in all.
    pub of: u32,
    /// Labels in them, the most frequent first, with their counts.
    pub labels: Vec<(String, u32)>,
    /// Speakers in the project.
    pub speakers: Vec<String>,
}

/// A clip set that shall be made.
#[derive(Clone, Debug, PartialEq, Deserialize, TS)]
#[ts(export)]
pub struct SetWish {
    /// What it holds; `holdout` of its clips is set here.
    pub set: ClipSet,
    /// Share of the media that is held out, 0..1.
    pub holdout: f64,
    /// What that is drawn with.
    pub seed: String,
}
