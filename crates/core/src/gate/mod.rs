//! Quality gates: what is measured, against which limit, and the flags that come of it.
//!
//! Measures are computed once; which of them are flags is a question to the thresholds, answered by
//! [`flags`] wherever it is asked.

use crate::time::{MediaTime, Span, TranscriptTime};
use crate::transcript::WordId;
use serde::{Deserialize, Serialize};

/// The gates there are. Adding one is a row in [`GATES`] and a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum GateId {
    /// Confidence of the recogniser in a word.
    WordConfidence,
    /// What is left of the drift in a window of the transcript, under the map in force.
    ResidualOffset,
    /// Speech in the sound where the transcript has no words.
    SpeechWithoutWords,
    /// Words where the sound is silent.
    WordsWithoutSpeech,
    /// Words that lie before the start or past the end of the media, or in a stretch that was cut from it.
    WordsOutsideMedia,
    /// Characters a second that a reader of the segment would have to read.
    ReadingSpeed,
}

/// On which side of the limit a measure fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Fails {
    /// Values below the limit fail.
    Below,
    /// Values above the limit fail.
    Above,
}

/// Where in a media a measure was taken. The words' own times are used where there are words, so that a flag keeps its identity when the map
/// moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Place {
    /// Words `first..end`.
    Words {
        /// First word.
        first: WordId,
        /// One past the last word.
        end: WordId,
    },
    /// A stretch of the transcript's clock.
    Transcript(Span<TranscriptTime>),
    /// A stretch of the media's clock.
    Media(Span<MediaTime>),
}

/// The names of the flag's gate in the words of the screen; one row of [`GATES`].
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// Which gate.
    pub id: GateId,
    /// Its name on screen.
    pub label: &'static str,
    /// Unit of values and limit: `%`, `ms`, `s`, `characters/s`.
    pub unit: &'static str,
    /// Which side fails.
    pub fails: Fails,
}
