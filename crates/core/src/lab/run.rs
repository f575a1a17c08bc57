//! Variants on clips, and what each try brought.

use crate::annotation::Annotation;
use crate::models::Money;
use crate::time::{MediaTime, Span};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One version with one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Variant {
    /// Id of the version.
    pub version: String,
    /// Id of the model.
    pub model: String,
    /// In place of the version's own, 0..1.
    #[serde(default)]
    pub temperature: Option<f32>,
}

/// What is tried on what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RunPlan {
    /// What people call it.
    pub name: String,
    /// Id of the clip set.
    pub set: String,
    /// The variants; the first one is the baseline unless another is chosen.
    pub variants: Vec<Variant>,
    /// How often each is asked about each clip, from 1.
    pub repeats: u32,
    /// Where the task answers one; empty where not.
    #[serde(default)]
    pub question: String,
    /// A JSON schema as text, where the task extracts records; empty where not.
    #[serde(default)]
    pub schema: String,
}

/// A run that was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What was tried on what.
    pub plan: RunPlan,
    /// Version of the program that made it.
    pub code: String,
    /// Version of the thresholds in force.
    pub thresholds: u32,
    /// What each try brought; at most one for a clip, a variant and a repeat. What is missing was not asked.
    pub tries: Vec<Try>,
}

/// One clip under one variant, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Try {
    /// Which clip of the set, from 0.
    pub clip: u32,
    /// Which variant, from 0.
    pub variant: u32,
    /// Which repeat, from 0.
    pub repeat: u32,
    /// What was found in the clip. Spans may reach beyond it.
    pub annotations: Vec<Annotation>,
    /// How many of them neither words nor text in the picture support, of those that quote or read any.
    pub unsupported: u32,
    /// Why stretches of it have no answer, as sentences.
    pub unanswered: Vec<String>,
    /// The calls, by time of what they are about.
    pub calls: Vec<Called>,
}

/// A question of a try.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Called {
    /// Key of the kept answer.
    pub key: String,
    /// The part of the media that it answers for.
    #[serde(flatten)]
    pub span: Span<MediaTime>,
    /// How long the answer took when it was given, in milliseconds.
    pub latency_ms: u64,
    /// What the answer cost when it was given.
    pub cost: Money,
    /// Tokens that were read, with those out of the service's cache.
    pub input_tokens: u64,
    /// Tokens that were written.
    pub output_tokens: u64,
    /// Whether it had been paid for before.
    pub from_cache: bool,
    /// Whether the first answer did not fit the schema.
    pub misfit: bool,
    /// Whether there is an answer that fits.
    pub answered: bool,
}
