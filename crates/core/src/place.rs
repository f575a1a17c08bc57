//! Words where they lie in the media: imported times, the map in force and a person's own changes put together.

use crate::time::{MediaTime, Span};
use crate::time_map::TimeMap;
use crate::transcript::{PlacedWord, Transcript, WordId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a person changed about one word; nothing set is a word as imported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordEdit {
    /// New text; empty removes the word. May hold several words divided by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where the word lies in the media, whatever the map says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span<MediaTime>>,
}

impl WordEdit {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.text.is_none() && self.span.is_none()
    }
}

/// Every word of `transcript` under `map` and `edits`, in the order of the transcript. A word that a person placed is in the media; one
/// whose stretch the map flattens to nothing was cut from it.
pub fn place(transcript: &Transcript, map: &TimeMap, edits: &BTreeMap<WordId, WordEdit>) -> Vec<PlacedWord> {
    let untouched = WordEdit::default();
    transcript
        .words
        .iter()
        .map(|word| {
            let edit = edits.get(&word.id).unwrap_or(&untouched);
            let mapped = map.map_span(word.span);
            PlacedWord {
                id: word.id,
                text: edit.text.clone().unwrap_or_else(|| word.text.clone()),
                span: edit.span.unwrap_or(mapped),
                in_media: edit.span.is_some() || word.span.is_empty() || !mapped.is_empty(),
                edited: !edit.is_empty(),
            }
        })
        .collect()
}
