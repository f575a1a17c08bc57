//! A transcript as it was imported: words with times on the transcript's own clock.

use crate::time::{Delta, MediaTime, Span, TranscriptTime};
pub use crate::word_id::WordId;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The kinds of file that a transcript comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Format {
    /// Amazon Transcribe's batch output, any schema.
    Transcribe,
    /// Amazon Transcribe Call Analytics.
    CallAnalytics,
    /// Amazon Bedrock Data Automation's audio output.
    DataAutomation,
    /// SubRip.
    Srt,
    /// WebVTT.
    WebVtt,
    /// What a recogniser on this machine wrote down: [`Transcript::recogniser`] names it.
    Recognised,
}

/// Another reading that the recogniser considered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Alternative {
    /// The words of that reading.
    pub text: String,
    /// The recogniser's confidence in it, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
}

/// One spoken word with what the source says about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// Its id.
    pub id: WordId,
    /// The word as imported, without the punctuation that follows; empty where a person added it.
    pub text: String,
    /// Punctuation directly after the word, as written; empty if none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub punctuation: String,
    /// When it is spoken, on the transcript's clock.
    pub span: Span<TranscriptTime>,
    /// Confidence of the recogniser, 0..1; none where the format has none (subtitles).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// Index into [`Transcript::speakers`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<u16>,
    /// Audio channel label, where channels were transcribed apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Further readings, the best first; the first of the source is `text` itself and not repeated here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
    /// Masked by a vocabulary filter (`***`) or replaced by a redaction (`[PII]`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
    /// Whether the time was in the source; false where it was spread over a subtitle cue by length.
    pub timed: bool,
    /// Index of the item, or of the cue, in the source document: where an export puts the correction back.
    pub source: u32,
}

/// A turn, a sentence or a cue: words that stand on one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// First word.
    pub first: WordId,
    /// One past the last word.
    pub end: WordId,
    /// Index into [`Transcript::speakers`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<u16>,
}

/// A language and how much of the transcript is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Language {
    /// Code as the source writes it, such as `en-US`.
    pub code: String,
    /// Confidence 0..1 that this is the language, where the source identified one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// How long it is spoken, where the source says.
    #[serde(default, rename = "duration_us", skip_serializing_if = "Option::is_none")]
    pub duration: Option<Delta>,
}

/// What was imported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// Kind of source.
    pub format: Format,
    /// What recognised the speech, such as `PocketSphinx 5prealpha, en-us`; none where the format says it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recogniser: Option<String>,
    /// Languages, the most likely first; empty where the source does not say.
    #[serde(default)]
    pub languages: Vec<Language>,
    /// Speaker labels as the source writes them.
    #[serde(default)]
    pub speakers: Vec<String>,
    /// All words in the order of the text, which is that of their ids.
    pub words: Vec<Word>,
    /// The words in lines; every word is in just one of them, in order.
    pub segments: Vec<Segment>,
    /// Sentences about what the import met and how it took it (a word without a time, an end before its start).
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Transcript {
    /// A transcript in which nothing is said.
    pub fn empty() -> Self {
        let (languages, speakers, words, segments, notes) = (vec![], vec![], vec![], vec![], vec![]);
        Self { format: Format::Transcribe, recogniser: None, languages, speakers, words, segments, notes }
    }

    /// Where a word stands in [`Transcript::words`]; none where it has no such word.
    pub fn index_of(&self, word: WordId) -> Option<usize> {
        self.words.binary_search_by_key(&word, |w| w.id).ok()
    }

    /// The words `first..end`, as a range of [`Transcript::words`].
    pub fn range(&self, first: WordId, end: WordId) -> Range<usize> {
        let before = |id: WordId| self.words.partition_point(|w| w.id < id);
        let start = before(first);
        start..before(end).max(start)
    }

    /// The words of a line, as a range of [`Transcript::words`].
    pub fn range_of(&self, segment: &Segment) -> Range<usize> {
        self.range(segment.first, segment.end)
    }
}

/// A word as it stands after review, on the media's clock: what exports, gates and the window use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlacedWord {
    /// Which word.
    pub id: WordId,
    /// Its text; empty where a person removed the word. It may hold several words divided by spaces.
    pub text: String,
    /// Punctuation that follows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub punctuation: String,
    /// When it is spoken in the media.
    pub span: Span<MediaTime>,
    /// False where the speech was cut from the media.
    pub in_media: bool,
    /// A person set the text, the time, or both.
    pub edited: bool,
    /// Probability, 0..1, that its start lies within 100 ms of where it was heard; none where the map or a person places it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alignment_confidence: Option<f32>,
}

/// Silence that begins a new segment where the source has no segments of its own.
const SEGMENT_GAP: Delta = Delta::from_us(1_000_000);
/// A segment ends with its sentence once it has this many words.
const SEGMENT_WORDS: usize = 4;
/// No segment has more words than this.
const SEGMENT_MAX_WORDS: usize = 40;

/// Cuts words into segments where the source has none: at a change of speaker or channel, at a pause, and at sentence ends.
pub fn segment(words: &[Word]) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut first = 0;
    for (i, word) in words.iter().enumerate() {
        let count = i + 1 - first;
        let ends = match words.get(i + 1) {
            None => true,
            Some(next) => {
                next.speaker != word.speaker
                    || next.channel != word.channel
                    || next.span.start - word.span.end >= SEGMENT_GAP
                    || (count >= SEGMENT_WORDS && word.punctuation.contains(['.', '?', '!', '…', '。', '？', '！', '؟', '।']))
                    || count >= SEGMENT_MAX_WORDS
            }
        };
        if ends {
            segments.push(Segment { first: words[first].id, end: word.id.end(), speaker: word.speaker });
            first = i + 1;
        }
    }
    segments
}
