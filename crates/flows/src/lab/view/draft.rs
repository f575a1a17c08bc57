//! A prompt while it is written: what is wrong with it, what it would ask, and what came of it.

use plumbline_core::Region;
use plumbline_core::models::Money;
use serde::Serialize;
use ts_rs::TS;

/// Something wrong with a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Problem {
    /// The field that it is in: `system`, `window`, `whole`, `schema`, `whole_schema`, `model`, `max_tokens`, `examples`, `name`, `question`.
    pub part: String,
    /// The line within the field, from 1.
    pub line: Option<u32>,
    /// What is wrong and what to do, as a sentence.
    pub what: String,
    /// Whether nothing can be asked with it.
    pub stops: bool,
}

/// A request as it would be sent.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct RenderedWindow {
    /// The part of the media that it answers for, in µs.
    #[ts(type = "number")]
    pub start_us: i64,
    /// Its end, in µs.
    #[ts(type = "number")]
    pub end_us: i64,
    /// All of it as people can read it, pictures by their sizes.
    pub text: String,
    /// Where its frames lie in the media, in µs.
    #[ts(type = "number[]")]
    pub frames_us: Vec<i64>,
    /// Tokens to read, about.
    pub tokens: u32,
    /// Whether its answer is kept already.
    pub kept: bool,
}

/// What a draft would ask about a clip.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Rendered {
    /// What is wrong with it; nothing is rendered where one of these stops it.
    pub problems: Vec<Problem>,
    /// The requests, by time.
    pub windows: Vec<RenderedWindow>,
    /// Examples that fit its schema and go along.
    pub examples: u32,
    /// Tokens to read, about; of answers that are not kept.
    #[ts(type = "number")]
    pub input_tokens: u64,
    /// What it costs at most, unless an answer has to be mended; null where the price is not known.
    pub at_most: Option<Money>,
}

/// How a found thing stands to the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Standing {
    /// It is in the truth, and was found.
    Matched,
    /// It was found, and is not in the truth.
    Extra,
    /// It is in the truth, and was not found.
    Missed,
    /// There is no truth to hold it against.
    Unjudged,
}

/// Something in the picture, of the truth or of a variant.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct LabMark {
    /// When it begins, in µs.
    #[ts(type = "number")]
    pub start_us: i64,
    /// When it ends, in µs.
    #[ts(type = "number")]
    pub end_us: i64,
    /// Where; null for the whole picture.
    pub region: Option<Region>,
    /// What kind of thing.
    pub label: String,
    /// What is said of it.
    pub text: String,
    /// Confidence of the model, 0..1.
    pub confidence: Option<f32>,
    /// How it stands.
    pub standing: Standing,
    /// Index of what it is matched with, in the other list.
    pub partner: Option<u32>,
}

/// A question and its answer, as they went out and came in.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct RawCall {
    /// The part of the media that it answers for, in µs.
    #[ts(type = "number")]
    pub start_us: i64,
    /// Its end, in µs.
    #[ts(type = "number")]
    pub end_us: i64,
    /// What was sent as people can read it, written anew from the same version; it says so where that differs from what was sent.
    pub request: String,
    /// What came back; empty where nothing did.
    pub answer: String,
    /// How long it took when it was given, in milliseconds.
    #[ts(type = "number")]
    pub latency_ms: u64,
    /// What it cost when it was given.
    pub cost: Money,
    /// Tokens that were read.
    #[ts(type = "number")]
    pub input_tokens: u64,
    /// Tokens that were written.
    #[ts(type = "number")]
    pub output_tokens: u64,
    /// Whether it had been paid for before.
    pub from_cache: bool,
}

/// What a draft says about a clip.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Tried {
    /// What people say of it.
    pub truth: Vec<LabMark>,
    /// What was found.
    pub found: Vec<LabMark>,
    /// Its questions, by time.
    pub calls: Vec<RawCall>,
    /// Why stretches have no answer, as sentences.
    pub unanswered: Vec<String>,
    /// What it cost now.
    pub paid: Money,
}
