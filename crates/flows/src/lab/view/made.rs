//! A run by clip and variant, and one variant against another.

use super::LabMark;
use plumbline_core::gate::GateId;
use plumbline_core::models::Money;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A number with what it may be at least and at most, at 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Bounded {
    /// The number.
    pub value: f64,
    /// At least.
    pub lower: f64,
    /// At most.
    pub upper: f64,
}

/// The head of a column.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct VariantHead {
    /// Label of its version: `describe@2`.
    pub label: String,
    /// Id of its version.
    pub version: String,
    /// Id of its model.
    pub model: String,
    /// In place of the version's own.
    pub temperature: Option<f32>,
    /// F1 over all clips that are looked at, 0..1; null where nothing has a truth.
    pub f1: Option<Bounded>,
    /// Precision, 0..1.
    pub precision: Option<f64>,
    /// Recall, 0..1.
    pub recall: Option<f64>,
    /// Mean overlap in time of what is matched, 0..1.
    pub time_iou: Option<f64>,
    /// Mean overlap of regions of what is matched, 0..1.
    pub region_iou: Option<f64>,
    /// Mean likeness of texts of what is matched, 0..1.
    pub text: Option<f64>,
    /// Share of what was found that neither words nor text on screen support, 0..1.
    pub unsupported: Option<f64>,
    /// How alike repeats are, 0..1; null where nothing was repeated.
    pub stability: Option<f64>,
    /// Calls whose first answer did not fit.
    pub misfits: u32,
    /// Stretches without an answer.
    pub unanswered: u32,
    /// Calls.
    pub calls: u32,
    /// Median of the time of an answer, in milliseconds.
    #[ts(type = "number")]
    pub latency_ms: u64,
    /// 95th percentile of it.
    #[ts(type = "number")]
    pub latency_p95_ms: u64,
    /// What a clip costs in the mean.
    pub cost: Money,
    /// Difference of the mean F1 of a clip to the baseline's; null for the baseline.
    pub difference: Option<Bounded>,
    /// Whether no other variant is both better and cheaper.
    pub on_front: bool,
}

/// One clip under one variant, over its repeats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct GridCell {
    /// Mean F1, 0..1; null without a truth or an answer.
    pub f1: Option<f64>,
    /// Difference to the baseline's.
    pub difference: Option<f64>,
    /// Matched, in the first repeat.
    pub matched: u32,
    /// Found and not in the truth, in the first repeat.
    pub extra: u32,
    /// In the truth and not found, in the first repeat.
    pub missed: u32,
    /// Answers that did not fit.
    pub misfits: u32,
    /// Stretches without an answer.
    pub unanswered: u32,
    /// Mean time of its answers, in milliseconds.
    #[ts(type = "number")]
    pub latency_ms: u64,
    /// What it cost when it was asked, in the mean of its repeats.
    pub cost: Money,
    /// Repeats that were made.
    pub repeats: u32,
}

/// A clip in the grid.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct GridRow {
    /// Which clip of the set.
    pub clip: u32,
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
    /// How many annotations its truth has.
    pub truths: u32,
    /// One for each variant.
    pub cells: Vec<GridCell>,
}

/// A run by clip and variant. Clips that are held out are not in it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct GridView {
    /// Id of the run.
    pub run: String,
    /// Its name.
    pub name: String,
    /// Which variant the others are held against.
    pub baseline: u32,
    /// The columns.
    pub variants: Vec<VariantHead>,
    /// The rows, worst regression first.
    pub rows: Vec<GridRow>,
    /// Clips that are held out.
    pub holdout: u32,
    /// Repeats of each.
    pub repeats: u32,
    /// Position in the log that the truth is of.
    #[ts(type = "number")]
    pub truth: i64,
    /// Calls whose answers had been paid for.
    pub kept: u32,
    /// Calls in all.
    pub calls: u32,
    /// What the run itself paid.
    pub paid: Money,
    /// What to know before the numbers are read, as sentences.
    pub notes: Vec<String>,
}

/// A clip under all variants.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ClipView {
    /// Id of its media.
    pub media: String,
    /// When it begins, in µs.
    #[ts(type = "number")]
    pub start_us: i64,
    /// When it ends, in µs.
    #[ts(type = "number")]
    pub end_us: i64,
    /// What people say of it; `partner` and `standing` are those of the first variant.
    pub truth: Vec<LabMark>,
    /// What each variant found in the repeat that was asked for.
    pub variants: Vec<Vec<LabMark>>,
    /// Which marks of the truth each variant missed, by index.
    pub missed: Vec<Vec<u32>>,
}

/// The two variants of a clip, without saying which is which.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct BlindPair {
    /// Which clip of the set.
    pub clip: u32,
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
    /// What the one says.
    pub a: Vec<LabMark>,
    /// What the other says.
    pub b: Vec<LabMark>,
    /// Clips that were voted on.
    pub voted: u32,
    /// Clips in all.
    pub of: u32,
}

/// Which side of a pair is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Vote {
    /// The one.
    A,
    /// The other.
    B,
    /// Neither.
    Tie,
}

/// A slice of the clips.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct SliceRow {
    /// By what it is cut: `speaker`, `shot length`, `sound`, `label`, `media`.
    pub by: String,
    /// Which part of it.
    pub name: String,
    /// Clips in it.
    pub clips: u32,
    /// Mean F1 of the baseline.
    pub baseline: f64,
    /// Mean F1 of the candidate.
    pub candidate: f64,
    /// Their difference; null where too few media are in it.
    pub difference: Option<Bounded>,
    /// Whether it must not fall.
    pub guarded: bool,
    /// Whether it fell for sure.
    pub fell: bool,
}

/// One variant against another.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct CompareView {
    /// The baseline.
    pub baseline: u32,
    /// The candidate.
    pub candidate: u32,
    /// Clips that both have a score on, held out ones left out.
    pub clips: u32,
    /// Media that they are of.
    pub media: u32,
    /// Difference of the mean F1 of a clip, with bounds that are shared among all variants of the run; null where it can't be told.
    pub difference: Option<Bounded>,
    /// The smallest difference that this clip set would show four times in five; null where it can't be told.
    pub smallest: Option<f64>,
    /// Clips that pass under the baseline alone.
    pub only_baseline: u32,
    /// Clips that pass under the candidate alone.
    pub only_candidate: u32,
    /// Chance of as unlike counts where both are as good (McNemar, exact), corrected for the number of variants; 0..1.
    pub p: f64,
    /// The slices.
    pub slices: Vec<SliceRow>,
    /// What the clips that are held out say, as a sentence, without their numbers.
    pub holdout: String,
    /// Whether they agree; null where none is held out.
    pub holdout_agrees: Option<bool>,
    /// Blind votes for the baseline, for the candidate, and for neither.
    pub votes: (u32, u32, u32),
    /// Whether it may be promoted without a reason.
    pub promote: bool,
    /// Why, or why not, as sentences.
    pub reasons: Vec<String>,
    /// Gates whose promise ends with the promotion, by name.
    pub gates: Vec<GateId>,
}
