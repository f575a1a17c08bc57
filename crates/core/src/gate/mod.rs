//! Quality gates: what is measured, against which limit, and the flags that come of it.
//!
//! Measures are computed once; which of them are flags is a question to the thresholds, answered by
//! [`Thresholds::fails`] wherever it is asked.

mod annotations;
mod crossmodal;
mod custom;
mod evidence;
mod hum;
mod levels;
mod map;
mod measure;
mod picture;
mod rows;
mod sound;
mod table;
mod words;

use crate::time::{Delta, MediaTime, Span, TranscriptTime};
use crate::transcript::WordId;
pub use custom::{CustomGate, gates_with};
pub use evidence::Evidence;
pub use levels::SoundFactsBuilder;
pub use measure::{Inputs, measure};
pub use picture::{Luma, PictureFacts, PictureFactsBuilder};
pub use rows::GATES;
use serde::{Deserialize, Serialize};
pub use sound::SoundFacts;
use std::collections::BTreeMap;
pub use table::{About, Fails, Gate, GateId};

/// Facts of sound and picture are kept for stretches of this length, on a grid from media time 0, so that a place keeps its identity.
pub const STRETCH: Delta = Delta::from_us(10_000_000);
/// Counts up when facts of sound or picture come to say something else, so that what was measured before is known.
pub const FACTS: u32 = 1;

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
    /// An annotation, or several that are held against each other.
    Annotation {
        /// A hash of their ids: [`annotation_key`].
        key: u64,
        /// When.
        span: Span<MediaTime>,
    },
}

/// What a place knows annotations by; their order does not matter.
pub fn annotation_key(ids: &[&str]) -> u64 {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    let mut hash = blake3::Hasher::new();
    for id in ids {
        hash.update(&(id.len() as u64).to_le_bytes());
        hash.update(id.as_bytes());
    }
    let mut key = [0; 8];
    hash.finalize_xof().fill(&mut key);
    u64::from_le_bytes(key)
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
        Place::Annotation { key, .. } => (3, key.cast_signed(), 0),
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
    format!("{} {}; {}", gate.says, gate.amount(value), bound(gate, limit))
}

fn bound(gate: &Gate, limit: f64) -> String {
    let bound = match gate.fails {
        Fails::Below => "at least",
        Fails::Above => "at most",
    };
    format!("the limit is {bound} {}", gate.amount(limit))
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
pub(crate) mod tests {
    use super::*;

    impl Thresholds {
        /// The gates that these measures fail, one entry per flag.
        pub(crate) fn failing(&self, measures: &[Measure]) -> Vec<GateId> {
            measures.iter().filter(|m| self.fails(m).is_some()).map(|m| m.gate).collect()
        }
    }

    /// The limits that a new project starts with.
    pub(crate) fn limits() -> Thresholds {
        Thresholds::defaults().unwrap()
    }

    /// What a gate measured, rounded to a thousandth.
    pub(crate) fn values(measures: &[Measure], gate: GateId) -> Vec<f64> {
        measures.iter().filter(|m| m.gate == gate).map(|m| (m.value * 1e3).round() / 1e3).collect()
    }

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
    fn the_documentation_lists_every_gate_with_its_default() {
        let documented = include_str!("../../../../docs/gates.md");
        let limits = limits().limits;
        for g in GATES {
            let side = if g.fails == Fails::Below { "below" } else { "above" };
            let row = format!("| `{}` | {} | {} | {side} {} {} | {} |", g.name, g.label, g.over, limits[&g.id], g.unit, g.source);
            assert!(documented.lines().any(|line| line == row), "docs/gates.md lacks this line:\n{row}");
        }
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
            let measure = Measure { gate, place, value, signed: None };
            assert_eq!(thresholds.fails(&measure), fails.then_some(limit), "{gate:?} {value}");
            assert_eq!(thresholds.unit(&measure).map(|unit| (unit.limit, unit.thresholds)), Some((limit, 3)));
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
