//! Quality gates: what is measured, against which limit, and the flags that come of it.
//!
//! Measures are computed once; which of them are flags is a question to the thresholds, answered by
//! [`flags`] wherever it is asked.

mod evidence;
mod measure;

use crate::time::{MediaTime, Span, TranscriptTime};
use crate::transcript::WordId;
pub use evidence::Evidence;
pub use measure::{Inputs, measure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The gates there are. Adding one is a row in [`GATES`] and a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum GateId {
    /// Confidence of the recogniser in a word.
    WordConfidence,
    /// What is left of the drift in a stretch of the transcript, under the map in force.
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

impl Fails {
    /// Whether a value fails a limit; one at the limit passes.
    pub fn is_beyond(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Below => value < limit,
            Self::Above => value > limit,
        }
    }
}

/// One row of the table of gates.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// Which gate.
    pub id: GateId,
    /// Its name on screen and in reports.
    pub label: &'static str,
    /// Unit of values and limit.
    pub unit: &'static str,
    /// Which side fails.
    pub fails: Fails,
    /// What the value says, as the subject of `VALUE UNIT`.
    pub says: &'static str,
}

/// All gates, in the order that reports list them.
pub const GATES: [Gate; 6] = [
    Gate { id: GateId::ResidualOffset, label: "drift", unit: "ms", fails: Fails::Above, says: "words and sound are apart by" },
    Gate {
        id: GateId::WordsOutsideMedia,
        label: "outside the media",
        unit: "words",
        fails: Fails::Above,
        says: "lie where the media has no sound for them:",
    },
    Gate {
        id: GateId::SpeechWithoutWords,
        label: "speech without words",
        unit: "s",
        fails: Fails::Above,
        says: "speech that no word covers:",
    },
    Gate {
        id: GateId::WordsWithoutSpeech,
        label: "words without speech",
        unit: "% of speech level",
        fails: Fails::Below,
        says: "the sound under the words reaches",
    },
    Gate { id: GateId::WordConfidence, label: "word confidence", unit: "%", fails: Fails::Below, says: "the recogniser gives it" },
    Gate { id: GateId::ReadingSpeed, label: "reading speed", unit: "characters/s", fails: Fails::Above, says: "the line runs at" },
];

impl GateId {
    /// Its row in [`GATES`].
    pub fn row(self) -> &'static Gate {
        // Every id has a row: the test `every_gate_has_one_row` counts them.
        GATES.iter().find(|g| g.id == self).unwrap_or(&GATES[0])
    }

    /// Its name in files and on the command line, such as `word_confidence`.
    pub fn name(self) -> &'static str {
        match self {
            Self::WordConfidence => "word_confidence",
            Self::ResidualOffset => "residual_offset",
            Self::SpeechWithoutWords => "speech_without_words",
            Self::WordsWithoutSpeech => "words_without_speech",
            Self::WordsOutsideMedia => "words_outside_media",
            Self::ReadingSpeed => "reading_speed",
        }
    }
}

/// Where in a media a measure was taken. The words themselves are named where there are words, so that a flag keeps its identity when the map
/// moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// What a gate measured at a place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// The gate.
    pub gate: GateId,
    /// Where.
    pub place: Place,
    /// The value, in the gate's unit; finite.
    pub value: f64,
    /// A signed form of the value for people, where the gate judges a magnitude: drift with its direction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<f64>,
}

/// An immutable set of limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Counts up from 1 within a project.
    pub version: u32,
    /// Limit of each gate, in its unit; a gate without one is off.
    pub limits: BTreeMap<GateId, f64>,
    /// Why these.
    #[serde(default)]
    pub note: String,
    /// What the limits stand on that were set with a guarantee.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

impl Thresholds {
    /// The limits that a new project starts with: `assets/thresholds.json`.
    ///
    /// # Errors
    /// Where the built-in file was damaged at build time.
    pub fn defaults() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("../../../../assets/thresholds.json"))
    }

    /// The limit that the measure fails, if it does.
    pub fn fails(&self, measure: &Measure) -> Option<f64> {
        let limit = *self.limits.get(&measure.gate)?;
        measure.gate.row().fails.is_beyond(measure.value, limit).then_some(limit)
    }
}

impl Thresholds {
    /// The measure under the limit of its gate, whether it fails it or not; none where the gate is off.
    pub fn unit(&self, measure: &Measure) -> Option<Flag> {
        let limit = *self.limits.get(&measure.gate)?;
        Some(Flag { measure: *measure, limit, thresholds: self.version })
    }
}

/// A measure that failed its gate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flag {
    /// What was measured.
    pub measure: Measure,
    /// The limit it failed.
    pub limit: f64,
    /// Version of the thresholds that say so.
    pub thresholds: u32,
}

/// The measures that fail under `thresholds`. Window, command line and pipeline all ask this function.
pub fn flags<'a>(measures: &'a [Measure], thresholds: &'a Thresholds) -> impl Iterator<Item = Flag> + 'a {
    measures.iter().filter_map(|m| thresholds.fails(m).map(|limit| Flag { measure: *m, limit, thresholds: thresholds.version }))
}

impl Flag {
    /// A name for the flag that stays when gates run again: a hash of media (its id), gate and place.
    pub fn id(&self, media: &str) -> String {
        flag_id(media, self.measure.gate, &self.measure.place)
    }

    /// Why, in one line with value and limit.
    pub fn why(&self) -> String {
        why(&self.measure, self.limit)
    }
}

/// The flag that `gate` raises at `place` of the media with this id; 32 hex digits.
pub fn flag_id(media: &str, gate: GateId, place: &Place) -> String {
    let mut hash = blake3::Hasher::new();
    let (kind, a, b) = match place {
        Place::Words { first, end } => (0u8, first.0 as i64, end.0 as i64),
        Place::Transcript(span) => (1, span.start.us(), span.end.us()),
        Place::Media(span) => (2, span.start.us(), span.end.us()),
    };
    for part in [media.as_bytes(), &[0], gate.name().as_bytes(), &[0, kind], &a.to_le_bytes(), &b.to_le_bytes()] {
        hash.update(part);
    }
    hash.finalize().to_hex()[..32].to_owned()
}

/// One line that says what was measured against which limit.
pub fn why(measure: &Measure, limit: f64) -> String {
    let gate = measure.gate.row();
    // As many decimals as it takes to tell the value from the limit: "50 %, the limit is at least 50 %" explains nothing.
    let decimals = (0..4).find(|d| shown(measure.value, *d) != shown(limit, *d)).unwrap_or(4);
    let value = match measure.signed {
        Some(signed) => format!("{}{}", if signed < 0.0 { '−' } else { '+' }, shown(signed.abs(), decimals)),
        None => shown(measure.value, decimals),
    };
    // A number does not part from its unit at the end of a line.
    format!("{} {value}\u{a0}{}; {}", gate.says, gate.unit, bound(gate, limit))
}

fn bound(gate: &Gate, limit: f64) -> String {
    let bound = match gate.fails {
        Fails::Below => "at least",
        Fails::Above => "at most",
    };
    format!("the limit is {bound} {limit}\u{a0}{}", gate.unit)
}

/// [`why`] while the gate is checked: whoever decides must not know what the gate makes of it.
pub fn why_blind(gate: GateId, limit: f64) -> String {
    format!("this gate is being checked, so the value shows once you have decided; {}", bound(gate.row(), limit))
}

/// A value as a person compares it: one decimal below 10, else none, and more where they are asked for.
fn shown(v: f64, decimals: usize) -> String {
    let least = usize::from(v.abs() < 10.0);
    let text = format!("{v:.*}", decimals.max(least));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_gate_has_one_row_a_default_and_a_name_of_its_own() {
        let defaults = Thresholds::defaults().unwrap();
        for gate in GATES {
            assert_eq!(GATES.iter().filter(|g| g.id == gate.id).count(), 1);
            assert_eq!(gate.id.row().label, gate.label);
            assert!(defaults.limits.contains_key(&gate.id), "{} has no default limit", gate.id.name());
            assert_eq!(serde_json::to_value(gate.id).unwrap(), gate.id.name());
        }
        assert_eq!(defaults.limits.len(), GATES.len());
    }

    #[test]
    fn a_value_at_the_limit_passes() {
        let place = Place::Words { first: WordId(0), end: WordId(1) };
        for (gate, limit, value, fails) in [
            (GateId::WordConfidence, 50.0, 50.0, false),
            (GateId::WordConfidence, 50.0, 49.9, true),
            (GateId::ReadingSpeed, 20.0, 20.0, false),
            (GateId::ReadingSpeed, 20.0, 20.1, true),
        ] {
            let thresholds = Thresholds { version: 3, limits: [(gate, limit)].into(), note: String::new(), evidence: vec![] };
            let found: Vec<Flag> = flags(&[Measure { gate, place, value, signed: None }], &thresholds).collect();
            assert_eq!(found.len(), usize::from(fails), "{gate:?} {value}");
            assert!(found.iter().all(|f| f.thresholds == 3));
        }
    }

    #[test]
    fn a_flag_keeps_its_id_and_differs_from_its_neighbours() {
        let words = |a, b| Place::Words { first: WordId(a), end: WordId(b) };
        let id = flag_id("m", GateId::WordConfidence, &words(1, 2));
        assert_eq!(id, flag_id("m", GateId::WordConfidence, &words(1, 2)));
        for other in [
            flag_id("n", GateId::WordConfidence, &words(1, 2)),
            flag_id("m", GateId::ReadingSpeed, &words(1, 2)),
            flag_id("m", GateId::WordConfidence, &words(1, 3)),
            flag_id("m", GateId::WordConfidence, &Place::Media(Span::new(MediaTime::from_us(1), MediaTime::from_us(2)))),
        ] {
            assert_ne!(id, other);
        }
    }

    #[test]
    fn the_reason_names_value_and_limit() {
        let place = Place::Words { first: WordId(0), end: WordId(1) };
        let drift = Measure { gate: GateId::ResidualOffset, place, value: 1204.0, signed: Some(-1204.0) };
        assert_eq!(why(&drift, 150.0), "words and sound are apart by −1204\u{a0}ms; the limit is at most 150\u{a0}ms");
    }
}
