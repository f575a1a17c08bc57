//! Units that are drawn to be checked whatever their scores say, so that what passes is seen too.

use plumbline_core::gate::{About, FACTS, GateId, Place};
use plumbline_core::{MediaTime, Span};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

/// How units of a gate are drawn, for a promise on what passes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbePlan {
    /// At most this share of what passes shall be a defect, 0 to 1.
    pub alpha: f64,
    /// The chance at most that the promise is wrong, 0 to 1.
    pub delta: f64,
    /// The chance of a unit to be drawn, up to the cap.
    pub pi: f64,
    /// Media with more units count as if they had so many.
    pub cap: u32,
    /// What everything is drawn with.
    pub seed: String,
    /// The limit in force when the checks began, in the gate's unit.
    pub from: f64,
    /// The limits that are tried one after another, in the gate's unit, the one in force first; frozen.
    pub grid: Vec<f64>,
    /// Hash of the grid.
    pub grid_hash: String,
    /// What made the transcripts and the scores then.
    pub sources: String,
    /// What models were asked with then, as in [`plumbline_core::gate::Evidence::prompts`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prompts: String,
}

/// What was drawn of a media for a gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeDraw {
    /// The seed of the plan that it was drawn under.
    pub seed: String,
    /// Its place among the draws of the plan.
    pub order: u32,
    /// How many units the media had.
    pub units: u32,
    /// Its scores were looked at for the grid: nothing was drawn of it, and nothing will be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pilot: bool,
    /// The unit, if one was drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Drawn>,
}

/// A unit that is to be checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// The id of its flag, whether the gate raises one or not.
    pub flag: String,
    /// Where.
    pub place: Place,
    /// The value when it was drawn.
    pub value: f64,
    /// The value with its sign, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<f64>,
    /// The chance that this unit had to be drawn.
    pub chance: f64,
}

/// What made transcripts and scores, in words: part of every promise, which is void where anything else made them.
pub(crate) fn sources(db: &Connection) -> rusqlite::Result<String> {
    let formats = "SELECT DISTINCT json_extract(CAST(blob.bytes AS TEXT), '$.format')
                          || coalesce(' by ' || json_extract(CAST(blob.bytes AS TEXT), '$.recogniser'), '') AS format
                   FROM transcript JOIN blob ON blob.hash = transcript.parsed WHERE format IS NOT NULL ORDER BY format";
    let formats: Vec<String> = db.prepare(formats)?.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(format!("{}; measures {FACTS}", if formats.is_empty() { "no transcript".to_owned() } else { formats.join(", ") }))
}

/// What models are asked with, where a gate judges what they say; empty for other gates.
pub(crate) fn prompts(db: &Connection, gate: GateId) -> rusqlite::Result<String> {
    if gate.row().about == About::Annotations { crate::lab::prompts(db) } else { Ok(String::new()) }
}

/// Length of a unit's entry in the table of what was measured.
pub(crate) const UNIT_BYTES: usize = 32;

/// A unit's entry: 16 bytes of its flag's id, then where it lies in µs.
pub(crate) fn unit_bytes(flag: &str, span: Span<MediaTime>) -> Vec<u8> {
    let id = u128::from_str_radix(flag, 16).unwrap_or_default();
    [&id.to_be_bytes()[..], &span.start.us().to_le_bytes(), &span.end.us().to_le_bytes()].concat()
}

/// The flag's id and the place of [`unit_bytes`].
pub(crate) fn unit_of(bytes: &[u8]) -> Option<(String, Span<MediaTime>)> {
    let (id, rest) = bytes.split_first_chunk::<16>()?;
    let (start, rest) = rest.split_first_chunk::<8>()?;
    let (end, _) = rest.split_first_chunk::<8>()?;
    let at = |us: &[u8; 8]| MediaTime::from_us(i64::from_le_bytes(*us));
    Some((format!("{:032x}", u128::from_be_bytes(*id)), Span::new(at(start), at(end))))
}
