//! What gates measured in the whole project, as columns; and what people said of it.

use crate::cells;
use crate::kept::Kept;
use crate::probes::{ProbeDraw, ProbePlan, UNIT_BYTES, unit_of};
use crate::records::{Defect, DefectKind, MediaId, Verdict};
use crate::views::Decision;
use plumbline_core::gate::GateId;
use plumbline_core::tune::certify::Probe;
use plumbline_core::tune::score;
use plumbline_core::{MediaTime, Span};
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// The scores of a gate in all media. A score is a value in which the direction of the gate is left out: at the limit and above passes.
pub(crate) struct Column {
    /// Tells one state of the table from another.
    state: (i64, i64, i64),
    /// Media with at least one unit, in order of their ids.
    pub media: Vec<MediaId>,
    /// Where each media's units begin; one more for the end.
    pub first: Vec<u32>,
    /// All scores, media by media in the order of the measures.
    pub scores: Vec<f64>,
    /// Units from the lowest to the highest score.
    pub rising: Vec<u32>,
    /// The lowest score of each media, rising: what a limit must be at for the media to have a flag.
    pub lowest: Vec<f64>,
}

impl Column {
    /// From the cache, unless something was measured since.
    pub fn read(db: &Connection, kept: &Kept, gate: GateId) -> rusqlite::Result<Arc<Self>> {
        let state = "SELECT count(*), coalesce(max(stamp), 0), coalesce(sum(stamp), 0) FROM measured WHERE gate = ?1";
        let state = db.prepare_cached(state)?.query_row([gate.name()], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
        if let Some(known) = kept.columns.borrow().get(&gate).filter(|column| column.state == state) {
            return Ok(Arc::clone(known));
        }
        let column = Arc::new(Self::read_anew(db, gate, state)?);
        kept.columns.borrow_mut().insert(gate, Arc::clone(&column));
        Ok(column)
    }

    fn read_anew(db: &Connection, gate: GateId, state: (i64, i64, i64)) -> rusqlite::Result<Self> {
        let fails = gate.row().fails;
        let mut column = Self { state, media: vec![], first: vec![0], scores: vec![], rising: vec![], lowest: vec![] };
        let mut rows = db.prepare_cached("SELECT media, vals FROM measured WHERE gate = ?1 ORDER BY media")?;
        let mut rows = rows.query([gate.name()])?;
        while let Some(row) = rows.next()? {
            let values = row.get_ref(1)?.as_blob()?;
            let begin = column.scores.len();
            column.scores.extend(values.as_chunks::<8>().0.iter().map(|value| score(fails, f64::from_le_bytes(*value))));
            column.media.push(MediaId(row.get(0)?));
            column.first.push(column.scores.len() as u32);
            column.lowest.extend(column.scores[begin..].iter().copied().reduce(f64::min));
        }
        column.lowest.sort_unstable_by(f64::total_cmp);
        // Sorted beside their units: looking each score up would cost more than all else where there are millions.
        let mut rising: Vec<(i64, u32)> = column.scores.iter().zip(0..).map(|(score, unit)| (total_order(*score), unit)).collect();
        rising.sort_unstable();
        column.rising = rising.into_iter().map(|(_, unit)| unit).collect();
        Ok(column)
    }

    /// Units that a limit flags.
    pub fn flagged(&self, limit: f64) -> usize {
        self.rising.partition_point(|unit| self.scores[*unit as usize] < limit)
    }

    /// Media with at least one flag.
    pub fn flagged_media(&self, limit: f64) -> usize {
        self.lowest.partition_point(|lowest| *lowest < limit)
    }

    /// The media of a unit, and which of its units it is.
    pub fn place(&self, unit: u32) -> (usize, u32) {
        let media = self.first.partition_point(|first| *first <= unit) - 1;
        (media, unit - self.first[media])
    }
}

/// A number whose order is that of [`f64::total_cmp`].
fn total_order(score: f64) -> i64 {
    let bits = score.to_bits() as i64;
    // Of negative numbers those with larger bits are smaller.
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// The gates that measured anything.
pub(crate) fn gates(db: &Connection) -> rusqlite::Result<Vec<GateId>> {
    let mut names = db.prepare_cached("SELECT DISTINCT gate FROM measured")?;
    let names = names.query_map([], |r| r.get::<_, String>(0))?;
    names.filter_map(|name| name.map(|name| GateId::parse(&name)).transpose()).collect()
}

/// The flag and the place of some units of a media.
pub(crate) fn units(db: &Connection, gate: GateId, media: &MediaId, which: &[u32]) -> rusqlite::Result<Vec<(String, Span<MediaTime>)>> {
    let mut read = db.prepare_cached("SELECT units FROM measured WHERE media = ?1 AND gate = ?2")?;
    // Once for all of them: SQLite goes through the whole of it to any part.
    read.query_row(params![media.0, gate.name()], |row| {
        let bytes = row.get_ref(0)?.as_blob()?;
        let unit = |unit: &u32| unit_of(bytes.get(*unit as usize * UNIT_BYTES..)?.get(..UNIT_BYTES)?);
        Ok(which.iter().filter_map(unit).collect())
    })
}

/// What people said of the units of a gate.
pub(crate) struct Known {
    pub gate: GateId,
    /// Verdicts by flag.
    pub verdicts: HashMap<String, Verdict>,
    /// The plan in force, and what was drawn under it, in the order of the draws.
    pub plan: Option<ProbePlan>,
    pub draws: Vec<(MediaId, ProbeDraw)>,
    /// The worst score of the units under each defect that people marked by hand: where it passes, the defect slipped through.
    pub by_hand: Vec<f64>,
}

/// Labelled units as columns.
#[derive(Default)]
pub(crate) struct Labelled {
    pub scores: Vec<f64>,
    pub defects: Vec<bool>,
    pub inclusion: Vec<f64>,
}

impl Known {
    pub fn read(db: &Connection, verdicts: &HashMap<String, Verdict>, gate: GateId, column: &Column) -> rusqlite::Result<Self> {
        let plan = cells::plans(db)?.remove(&gate);
        let mut draws = cells::draws_of(db, gate)?;
        draws.retain(|(_, draw)| plan.as_ref().is_some_and(|plan| plan.seed == draw.seed));
        draws.sort_by(|a, b| (a.1.order, &a.0).cmp(&(b.1.order, &b.0)));
        let verdicts = verdicts.iter().filter(|(_, v)| v.gate == gate).map(|(flag, v)| (flag.clone(), v.clone())).collect();
        let by_hand = by_hand(db, gate, column, &verdicts)?;
        Ok(Self { gate, verdicts, plan, draws, by_hand })
    }

    pub fn score(&self, value: f64) -> f64 {
        score(self.gate.row().fails, value)
    }

    /// What was decided of drawn units, up to the first that nobody has decided on: what comes behind it does not count yet, or the order of
    /// deciding would choose what counts.
    pub fn probes(&self) -> Vec<Probe> {
        let drawn = self.draws.iter().filter_map(|(_, draw)| draw.unit.as_ref());
        let decided = drawn.map_while(|unit| Some((unit, self.verdicts.get(&unit.flag)?.decision)));
        let probe = |(unit, decision): (&crate::probes::Drawn, Decision)| Probe {
            score: self.score(unit.value),
            defect: match decision {
                Decision::Confirmed => Some(true),
                Decision::FalseAlarm => Some(false),
                Decision::Unsure => None,
            },
        };
        decided.map(probe).collect()
    }

    /// Flags that were drawn and that nobody has decided on.
    pub fn waiting(&self) -> HashSet<&str> {
        let drawn = self.draws.iter().filter_map(|(_, draw)| draw.unit.as_ref());
        drawn.map(|unit| unit.flag.as_str()).filter(|flag| !self.verdicts.contains_key(*flag)).collect()
    }

    /// Decided units with the chance that each had to be seen: of those that were flagged, the share that was decided on; of those that
    /// passed, the chance of the draw.
    pub fn labelled(&self, flagged_now: usize) -> Labelled {
        let chances: BTreeMap<&str, f64> =
            self.draws.iter().filter_map(|(_, draw)| draw.unit.as_ref()).map(|unit| (unit.flag.as_str(), unit.chance)).collect();
        let fails = self.gate.row().fails;
        let flagged = self.verdicts.values().filter(|v| fails.is_beyond(v.value, v.limit)).count();
        let reviewed = (flagged as f64 / flagged_now.max(flagged).max(1) as f64).max(f64::MIN_POSITIVE);
        let mut labelled = Labelled::default();
        let mut flags: Vec<_> = self.verdicts.iter().collect();
        flags.sort_by(|a, b| a.0.cmp(b.0));
        for (flag, verdict) in flags {
            let chance = if fails.is_beyond(verdict.value, verdict.limit) { Some(reviewed) } else { chances.get(flag.as_str()).copied() };
            let (Some(chance), true) = (chance, verdict.decision != Decision::Unsure && verdict.value.is_finite()) else { continue };
            labelled.scores.push(self.score(verdict.value));
            labelled.defects.push(verdict.decision == Decision::Confirmed);
            labelled.inclusion.push(chance);
        }
        labelled
    }

    /// The scores of all defects that are known, rising: those at a limit and above pass it.
    pub fn defects(&self) -> Vec<f64> {
        let confirmed = self.verdicts.values().filter(|v| v.decision == Decision::Confirmed).map(|v| self.score(v.value));
        let mut scores: Vec<f64> = confirmed.chain(self.by_hand.iter().copied()).filter(|s| s.is_finite()).collect();
        scores.sort_unstable_by(f64::total_cmp);
        scores
    }
}

/// Whether a gate is there to find defects of a kind.
fn finds(gate: GateId, kind: DefectKind) -> bool {
    match kind {
        DefectKind::WrongWord => matches!(gate, GateId::WordConfidence | GateId::LineConfidence),
        DefectKind::MissingWords => matches!(gate, GateId::SpeechWithoutWords),
        DefectKind::ExtraWords => matches!(gate, GateId::WordsWithoutSpeech | GateId::Repetition),
        DefectKind::WrongTime => matches!(gate, GateId::ResidualOffset | GateId::WordsOutsideMedia | GateId::AlignmentConfidence),
        DefectKind::WrongSpeaker => matches!(gate, GateId::SpeakerOverlap),
        DefectKind::WrongAnnotation => matches!(
            gate,
            GateId::AnnotationConfidence
                | GateId::AnnotationDisagreement
                | GateId::TextSupport
                | GateId::SpeechLink
                | GateId::SpeechAgreement
                | GateId::SpeechMeaning
                | GateId::WindowContradiction
        ),
        DefectKind::Moderation => matches!(gate, GateId::Toxicity),
        DefectKind::MissingAnnotation | DefectKind::Other => false,
    }
}

fn by_hand(db: &Connection, gate: GateId, column: &Column, verdicts: &HashMap<String, Verdict>) -> rusqlite::Result<Vec<f64>> {
    let mut rows = db.prepare_cached("SELECT media, body FROM defect ORDER BY media, id")?;
    let defects: Vec<(MediaId, Defect)> =
        rows.query_map([], |r| Ok((MediaId(r.get(0)?), cells::from_json(r, 1)?)))?.collect::<rusqlite::Result<_>>()?;
    let mut scores = Vec::new();
    for (media, defect) in defects.iter().filter(|(_, defect)| finds(gate, defect.kind)) {
        let Ok(at) = column.media.binary_search(media) else { continue };
        let all: Vec<u32> = (0..column.first[at + 1] - column.first[at]).collect();
        let places = units(db, gate, media, &all)?;
        let here: Vec<_> = all.iter().zip(&places).filter(|(_, unit)| unit.1.overlap(defect.span).is_some_and(|s| !s.is_empty())).collect();
        // What was confirmed as a flag is counted there.
        if here.iter().any(|(_, unit)| verdicts.get(&unit.0).is_some_and(|v| v.decision == Decision::Confirmed)) {
            continue;
        }
        scores.extend(here.iter().map(|(unit, _)| column.scores[(column.first[at] + *unit) as usize]).reduce(f64::min));
    }
    Ok(scores)
}

#[cfg(test)]
mod tests {
    use super::total_order;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_of_scores_is_that_of_numbers(one in any::<f64>(), other in any::<f64>()) {
            prop_assert_eq!(total_order(one).cmp(&total_order(other)), one.total_cmp(&other));
            prop_assert_eq!(total_order(one).cmp(&total_order(-one)), one.total_cmp(&-one));
        }
    }
}
