//! Where a transcript drifts from the sound, and the map that mends it.
//!
//! The map stage: a soft energy envelope of the audio is held against the word-level gaps of the transcript; rate and offset are
//! found together, breaks and pieces by following the offset over time.

mod acoustic;
mod breaks;
mod cepstra;
mod coarse;
mod features;
mod ground;
mod heard;
mod measure;
mod params;
mod pieces;
mod propose;
mod sentence;
mod signal;
#[cfg(test)]
mod tests;
mod track;
pub mod words;

pub use acoustic::{AcousticModel, BadModel, Lexicon, Parts, Phone, Place, Triphone, Triphones, Voice};
pub use cepstra::{CEPSTRA, Cepstra, CepstraBuilder};
pub use features::EnvelopeBuilder;
pub use heard::{Findings, Heard, touched};
pub use measure::measure;
pub use params::Params;
pub use propose::propose;
pub use sentence::sentence;

use crate::profile::Profile;
use crate::time::{Delta, MediaTime, Span, TranscriptTime};
use crate::time_map::{ALWAYS, Side, TimeMap};
use serde::{Deserialize, Serialize};

/// How far the speech of each moment stands out, one value per [`HOP`], from the start of the media.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Envelope {
    /// 0 (the local noise floor) to about 1.1 (the local level of speech).
    pub values: Vec<f32>,
}

/// Distance between two values of an [`Envelope`].
pub const HOP: Delta = Delta::from_us(10_000);
/// Sample rate that features are computed from, in Hz, one channel.
pub const SAMPLE_RATE: u32 = 16_000;

/// What the transcript does against the sound, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Verdict {
    /// Nothing to mend.
    InSync,
    /// One constant offset.
    Offset,
    /// The clocks run at different rates.
    Rate,
    /// Media or transcript has material that the other lacks.
    Breaks,
    /// The sound gives no ground for a judgement.
    Unknown,
}

/// What a proposal rests on, or why it has nothing to rest on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Words that were found in the sound; also a record of an older version, which doesn't say.
    #[default]
    Sound,
    /// Anchors alone: the sound gives no ground.
    Anchors,
    /// The sound is silent or a hum.
    NoSound,
    /// The sound is not that of speech.
    NoSpeech,
    /// There are no words.
    NoWords,
    /// There are too few words or too few pauses between them.
    TooFew,
    /// The sound or the words last too short a time.
    TooShort,
    /// The words have no times of their own: all the same one, or no length.
    OneTime,
    /// The words lie too far outside of the sound.
    OutOfReach,
    /// The words fit this sound nowhere.
    NoMatch,
}

/// A stretch of transcript that one straight line maps, save where anchors bend it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Piece {
    /// Its stretch of transcript.
    pub span: Span<TranscriptTime>,
    /// Where its start lies in the media.
    #[serde(rename = "media_start_us")]
    pub media_start: MediaTime,
    /// (media seconds per transcript second - 1) · 10⁶.
    pub rate_ppm: f64,
    /// How well the words fit the sound here, 0..1.
    pub score: f32,
}

/// What happened at a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum BreakKind {
    /// The media holds a stretch that the transcript does not.
    InsertInMedia,
    /// The transcript holds a stretch that was cut from the media.
    CutFromMedia,
}

/// A place where the offset jumps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Break {
    /// What happened.
    pub kind: BreakKind,
    /// Where, on the transcript's clock.
    #[serde(rename = "transcript_us")]
    pub transcript: TranscriptTime,
    /// Where, on the media's clock.
    #[serde(rename = "media_us")]
    pub media: MediaTime,
    /// How much: media time of an insert, transcript time of a cut. Positive.
    #[serde(rename = "len_us")]
    pub len: Delta,
}

/// What one window of the transcript says about the offset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Residual {
    /// Centre of the window.
    #[serde(rename = "at_us")]
    pub at: TranscriptTime,
    /// Measured media time minus transcript time: the drift before mending.
    #[serde(rename = "drift_us")]
    pub drift: Delta,
    /// Measured drift minus that of the proposed map: what would be left.
    #[serde(rename = "left_us")]
    pub left: Delta,
    /// How clearly the window shows it, 0..1.
    pub score: f32,
}

/// A window with a lower score says nothing: another place would have fitted it nearly as well.
pub const CLEAR: f32 = 0.3;

impl Residual {
    /// Whether the window says anything.
    pub fn is_clear(&self) -> bool {
        self.score >= CLEAR
    }

    /// The same finding with what is left of it under `map`. A window whose centre lies in a jump belongs to the side that it fits better.
    pub fn under(&self, map: &TimeMap) -> Self {
        let heard = MediaTime::from_us((self.at + self.drift).us());
        let sides = [Side::Before, Side::After].map(|side| heard - map.to_media(self.at, side));
        let left = if sides[0].abs() <= sides[1].abs() { sides[0] } else { sides[1] };
        Self { left, ..self.clone() }
    }
}

/// What the aligner proposes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The verdict in a word.
    pub verdict: Verdict,
    /// What it rests on.
    #[serde(default)]
    pub ground: Ground,
    /// The map from transcript to media; the identity where nothing is to be mended or nothing can be said.
    pub map: TimeMap,
    /// Its straight pieces, in order.
    pub pieces: Vec<Piece>,
    /// The jumps between them.
    pub breaks: Vec<Break>,
    /// What each window says.
    pub residuals: Vec<Residual>,
    /// Words (by index) that are not in the media because they were cut from it.
    pub absent: Vec<u32>,
    /// How well the whole fits, 0..1.
    pub score: f32,
    /// The parameters it was made with.
    pub params: Params,
    /// How the sound was prepared that it was made from.
    #[serde(default, skip_serializing_if = "Profile::is_as_it_is")]
    pub profile: Profile,
    /// What the word stage did; none where nothing was listened for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<WordStage>,
}

/// What the word stage did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WordStage {
    /// The parameters it went by.
    pub params: words::WordParams,
    /// What it learnt of the recording.
    pub learnt: words::Learnt,
}

impl Proposal {
    /// The stretch of transcript that a piece answers for: from its start to that of the next one, the outermost without end. Together
    /// they are the whole transcript.
    pub fn reach(&self, piece: usize) -> Option<Span<TranscriptTime>> {
        let start = self.pieces.get(piece)?.span.start;
        let next = self.pieces.get(piece + 1).map(|p| p.span.start);
        Some(Span { start: if piece == 0 { ALWAYS.start } else { start }, end: next.unwrap_or(ALWAYS.end) })
    }
}
