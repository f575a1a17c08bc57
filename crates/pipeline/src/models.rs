//! What stages need of models that look at pictures and words: one call, in the terms that all of them share.

use crate::job::{Cancelled, Job};
use plumbline_core::{Delta, MediaTime};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

pub use plumbline_core::frames::PictureFormat;

/// Bytes that are sent, shared between a request and what counts it.
pub type Bytes = Arc<[u8]>;

/// A piece of what is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text.
    Text(String),
    /// A picture.
    Picture {
        /// Its encoding.
        format: PictureFormat,
        /// Width in pixels, for the rule that says how many tokens it is.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The encoded picture.
        bytes: Bytes,
        /// When it is shown; none for one that is not of the media.
        at: Option<MediaTime>,
    },
    /// A document.
    Document {
        /// Its kind by the ending of its name: `pdf`, `txt`, `md`, `html`, `csv`, `docx`, `xlsx`.
        kind: String,
        /// A neutral name of letters, digits, spaces, hyphens, parentheses and brackets: models read it.
        name: String,
        /// Its content.
        bytes: Bytes,
        /// About how many tokens it is; guessed by its size where none.
        tokens: Option<u32>,
    },
    /// A piece of video.
    Video {
        /// Its container: `mp4`, `mov`, `mkv`, `webm`.
        kind: String,
        /// How long it is, for the rule that says how many tokens it is.
        length: Delta,
        /// Its content.
        bytes: Bytes,
    },
    /// What stands before this is the same in many requests: a service that can shall keep it.
    CachePoint,
}

/// Who says a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Who asks.
    User,
    /// The model.
    Assistant,
}

/// What one side says.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// Who says it.
    pub role: Role,
    /// What; pictures stand before the text that speaks of them.
    pub parts: Vec<Part>,
}

/// By which way an answer is held to a schema.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// Free text.
    Text,
    /// The service's own output in JSON by a schema.
    Schema {
        /// Name of the schema, of letters, digits, `_` and `-`.
        name: String,
        /// The JSON schema.
        schema: serde_json::Value,
    },
    /// One tool, whose input is the answer.
    Tool {
        /// Name of the tool, of letters, digits, `_` and `-`.
        name: String,
        /// What it does, for the model.
        description: String,
        /// The JSON schema of its input.
        schema: serde_json::Value,
        /// Whether the model must call it; some refuse to be told so.
        forced: bool,
    },
}

/// What is asked of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Id of the model, or of an inference profile, as the service knows it.
    pub model: String,
    /// What holds for the whole conversation.
    pub system: Vec<Part>,
    /// The turns; the first and the last are the user's.
    pub turns: Vec<Turn>,
    /// How the answer is held to a schema.
    pub form: Form,
    /// The answer is at most so long. Quotas reserve it, so it is kept tight.
    pub max_tokens: u32,
    /// How freely it draws words, 0..1; the model's own where none.
    pub temperature: Option<f32>,
    /// It draws from the likeliest words of this share, 0..1; the model's own where none.
    pub top_p: Option<f32>,
    /// Whether the answer comes in pieces as it is made.
    pub stream: bool,
    /// Further fields of the model's own.
    pub extra: Option<serde_json::Value>,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// It was said.
    End,
    /// `max_tokens` were said.
    Length,
    /// The model, a filter or a guardrail would not say it.
    Refused,
}

/// Tokens of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Read, without what came out of the service's cache.
    pub input: u64,
    /// Written.
    pub output: u64,
    /// Read from the service's cache.
    pub cache_read: u64,
    /// Put into the service's cache.
    pub cache_write: u64,
}

/// What a model answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Its text; JSON as text where a schema was asked for.
    pub text: String,
    /// Why it ended.
    pub stop: Stop,
    /// What it took.
    pub usage: Usage,
    /// From asking to the last piece, in milliseconds.
    pub latency_ms: u64,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The person stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Too many requests or tokens: slow down and ask again.
    #[error("{model} takes no more requests at the moment: {what}")]
    Throttled {
        /// The model.
        model: String,
        /// What the service said.
        what: String,
        /// When to ask again, where it says.
        after: Option<Duration>,
    },
    /// It broke on the way (overloaded, timed out, a cut connection, a stream that ended in the middle): ask again.
    #[error("{model} did not answer: {what}")]
    Broken {
        /// The model.
        model: String,
        /// What happened.
        what: String,
        /// Whether the service may have worked on it, and then charges for it.
        charged: bool,
    },
    /// Asking again would end the same way.
    #[error("{model}: {what}. {remedy}")]
    Failed {
        /// The model.
        model: String,
        /// What happened, as a clause.
        what: String,
        /// What to do, as a sentence without its full stop.
        remedy: String,
        /// Whether it would end so for every request: credentials that are over, no access, a model that does not exist.
        all: bool,
    },
}

impl ModelError {
    /// Whether the same request may be answered later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Broken { .. })
    }
}

/// What is looked for by meaning.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// A text.
    Text(String),
    /// A picture.
    Picture(PictureFormat, Bytes),
}

/// What a vector is for: some models give a question another one than what answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be kept and found.
    Found,
    /// To find what is kept.
    Finds,
}

/// What is asked of an embedding model.
#[derive(Clone, Debug, PartialEq)]
pub struct Embed {
    /// Id of the model, or of an inference profile, as the service knows it.
    pub model: String,
    /// What is to be understood.
    pub what: Meaning,
    /// Length of the vector.
    pub dimensions: u32,
    /// What it is for.
    pub purpose: Purpose,
}

/// What an embedding model answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embedded {
    /// Its direction is what was meant; of length 1.
    pub vector: Vec<f32>,
    /// What it took.
    pub usage: Usage,
}

/// Models behind a service. One attempt a call: who asks knows when to ask again, how fast, and what it may cost. Called from many threads at once.
pub trait Models: Send + Sync {
    /// What it is, for people and for keys: `Bedrock, us-east-1`.
    fn name(&self) -> &str;

    /// Asks once.
    ///
    /// # Errors
    /// Where there is no whole answer within the time limit, or the job was cancelled.
    fn ask(&self, request: &Request, job: &Job) -> Result<Answer, ModelError>;

    /// What a text or a picture means to an embedding model.
    ///
    /// # Errors
    /// As [`Models::ask`]; also where the model embeds no such thing.
    fn embed(&self, asked: &Embed, job: &Job) -> Result<Embedded, ModelError>;
}
