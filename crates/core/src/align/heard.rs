//! Where the sound has each word.

use crate::place::InForce;
use crate::time::{MediaTime, Span};
use crate::transcript::{Transcript, WordId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

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

/// Where the words of a transcript were heard: of all of them when the map was proposed, and of single ones since.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// One entry per imported word, none where it was not heard; empty where nothing was listened for.
    pub whole: Arc<Vec<Option<Heard>>>,
    /// Of words that were listened for again.
    pub newer: BTreeMap<WordId, Heard>,
}

impl Findings {
    /// What was heard of a word, the newest first.
    pub fn of(&self, word: WordId) -> impl Iterator<Item = &Heard> {
        self.newer
            .get(&word)
            .into_iter()
            .chain(word.after().filter(|_| !word.is_added()).and_then(|i| self.whole.get(i)).and_then(Option::as_ref))
    }
}

/// Words either side of one that has to be listened for again: what is said around it helps to find it.
const AROUND: usize = 3;

/// The words whose finding says nothing any more, for their text or their place under the map is another one, and those that a person
/// added since, each with its neighbours, as ranges of the transcript's words. Not those that a person placed, anchored or removed: nothing has to be found out about them.
pub fn touched(transcript: &Transcript, truth: &InForce) -> Vec<Range<usize>> {
    let by_hand = truth.by_hand(transcript);
    let listened = truth.heard.whole.iter().any(Option::is_some);
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (at, word) in transcript.words.iter().enumerate() {
        let was_heard = truth.heard.of(word.id).next().is_some() || (listened && word.id.is_added());
        if !was_heard || by_hand.contains(&word.id) || truth.text(word).is_empty() || truth.finding(word).is_some() {
            continue;
        }
        let range = at.saturating_sub(AROUND)..(at + 1 + AROUND).min(transcript.words.len());
        match ranges.last_mut() {
            Some(last) if range.start <= last.end => last.end = range.end,
            _ => ranges.push(range),
        }
    }
    ranges
}
