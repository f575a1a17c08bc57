//! Where the sound has each word.

use crate::time::{MediaTime, Span};
use serde::{Deserialize, Serialize};

/// Where the sound has one word, and how sure that is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// Where it is heard.
    #[serde(flatten)]
    pub span: Span<MediaTime>,
    /// Where the map put its start when it was listened for. Under a map that puts it elsewhere the finding says nothing.
    #[serde(rename = "mapped_us")]
    pub mapped: MediaTime,
    /// Probability, 0..1, that its start lies within 100 ms of where the word is heard.
    pub confidence: f32,
    /// What was listened for, where that is not the text that was imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}
