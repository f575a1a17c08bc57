//! Thresholds, and the units that are drawn to check what passes them.

use crate::cells::{self, Change, Swap};
use crate::error::{Error, Result};
use crate::history::Draft;
use crate::probes::{Drawn, ProbeDraw, ProbePlan, prompts, sources};
use crate::records::{Analysis, MediaId};
use crate::scribe::Scribe;
use plumbline_core::gate::{Evidence, GateId, Measure, Thresholds, flag_id};
use plumbline_core::tune::certify::Grid;
use plumbline_core::tune::draw::Plan;
use plumbline_core::tune::table::Table;
use plumbline_core::tune::{self, Missing};
use rusqlite::params;
use std::collections::BTreeMap;

/// The share of the measured media whose scores the grid is made of; they are not drawn from.
const PILOT_SHARE: f64 = 0.1;

impl Scribe<'_> {
    fn active(&self) -> Result<Thresholds> {
        cells::active_thresholds(self.db)?.ok_or_else(|| Error::Refused("No thresholds are in force. Set limits first".into()))
    }

    pub fn set_limits(&self, limits: BTreeMap<GateId, Option<f64>>, note: String, evidence: Vec<Evidence>) -> Result<Draft> {
        if let Some((gate, limit)) = limits.iter().find_map(|(gate, limit)| limit.filter(|l| !l.is_finite()).map(|l| (gate, l))) {
            return Err(Error::Refused(format!("{limit} is no limit for {}. Give a number", gate.name())));
        }
        let was = self.active()?;
        let mut row = Thresholds { note, ..was.clone() };
        for (gate, limit) in &limits {
            match limit {
                Some(limit) => row.limits.insert(*gate, *limit),
                None => row.limits.remove(gate),
            };
        }
        if row.limits == was.limits && evidence.is_empty() {
            return Err(Error::Refused("These limits are in force already. Nothing has changed".into()));
        }
        // A promise goes with its limit.
        row.evidence.retain(|e| row.limits.get(&e.gate).is_some_and(|limit| limit.to_bits() == e.limit.to_bits()));
        row.evidence.retain(|e| evidence.iter().all(|new| new.gate != e.gate));
        row.evidence.extend(evidence);
        self.new_thresholds(row)
    }

    pub fn activate_thresholds(&self, version: u32) -> Result<Draft> {
        let known: bool = self.db.query_row("SELECT EXISTS (SELECT 1 FROM thresholds WHERE version = ?1)", [version], |r| r.get(0))?;
        if !known {
            return Err(Error::Refused(format!(
                "There are no thresholds of version {version}. `plumbline thresholds list` names those there are"
            )));
        }
        let before = self.active()?.version;
        let swap = Swap { before: Some(before), after: Some(version) };
        let changes = if before == version { vec![] } else { vec![Change::ActiveThresholds { swap }] };
        Ok(Draft { kind: "activate_thresholds", media: None, reverts: None, run: None, changes })
    }

    pub fn start_probing(&self, gate: GateId, (alpha, delta): (f64, f64), (pi, cap): (f64, u32), seed: String) -> Result<Draft> {
        Table::new(alpha, delta).map_err(refused)?;
        let plan = Plan::new(&seed, pi, cap).map_err(refused)?;
        let limit = self.active()?.limits.get(&gate).copied();
        let from =
            limit.ok_or_else(|| Error::Refused(format!("{} has no limit, so nothing passes or fails. Set one first", gate.row().label)))?;
        let mut measured: Vec<(MediaId, String)> = self
            .db
            .prepare("SELECT media, body FROM analysis")?
            .query_map([], |r| Ok((MediaId(r.get(0)?), r.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        measured.sort_by_cached_key(|(media, _)| plan.order(gate.name(), &media.0));
        let pilots = (measured.len() as f64 * PILOT_SHARE).ceil() as usize;
        let mut scores = Vec::new();
        let mut changes = Vec::new();
        for (order, (media, body)) in (0..).zip(&measured) {
            let analysis = self.kept.analysis(self.db, body)?;
            let units: Vec<&Measure> = analysis.measures.iter().filter(|m| m.gate == gate).collect();
            let pilot = (order as usize) < pilots;
            if pilot {
                scores.extend(units.iter().map(|m| tune::score(gate.row().fails, m.value)));
            }
            if waits(gate, &units) {
                continue;
            }
            let draw = draw(&plan, &seed, (gate, media), &units, order, pilot);
            let before = cells::draws(self.db, media)?.remove(&gate);
            changes.push(Change::Probe { media: media.clone(), gate, swap: Swap { before, after: Some(draw) } });
        }
        let grid = Grid::from_pilot(tune::score(gate.row().fails, from), &scores).map_err(refused)?;
        let plan = ProbePlan {
            alpha,
            delta,
            pi,
            cap,
            seed,
            from,
            grid: grid.limits().iter().map(|s| tune::limit(gate.row().fails, *s)).collect(),
            grid_hash: grid.hash(),
            sources: sources(self.db)?,
            prompts: prompts(self.db, gate)?,
        };
        let before = cells::plans(self.db)?.remove(&gate);
        changes.insert(0, Change::Probing { gate, swap: Swap { before, after: Some(plan) } });
        Ok(Draft { kind: "start_probing", media: None, reverts: None, run: None, changes })
    }

    pub fn stop_probing(&self, gate: GateId) -> Result<Draft> {
        let before = cells::plans(self.db)?.remove(&gate);
        let changes = if before.is_none() { vec![] } else { vec![Change::Probing { gate, swap: Swap { before, after: None } }] };
        Ok(Draft { kind: "stop_probing", media: None, reverts: None, run: None, changes })
    }

    /// What is drawn of a media that is measured, for every gate that is checked and has not drawn of it yet.
    pub fn draws(&self, media: &MediaId, analysis: &Analysis) -> Result<Vec<Change>> {
        let known = cells::draws(self.db, media)?;
        let mut changes = Vec::new();
        for (gate, running) in cells::plans(self.db)? {
            let before = known.get(&gate).cloned();
            if before.as_ref().is_some_and(|draw| draw.seed == running.seed) {
                continue;
            }
            let plan = Plan::new(&running.seed, running.pi, running.cap).map_err(refused)?;
            let order = "SELECT coalesce(max(json_extract(body, '$.order')) + 1, 0) FROM probe WHERE gate = ?1 AND json_extract(body, '$.seed') = ?2";
            let order: u32 = self.db.query_row(order, params![gate.name(), running.seed], |r| r.get(0))?;
            let units: Vec<&Measure> = analysis.measures.iter().filter(|m| m.gate == gate).collect();
            if waits(gate, &units) {
                continue;
            }
            let after = draw(&plan, &running.seed, (gate, media), &units, order, false);
            changes.push(Change::Probe { media: media.clone(), gate, swap: Swap { before, after: Some(after) } });
        }
        Ok(changes)
    }
}

/// Whether a media is not yet to be drawn from: a program that failed, or that is not on this machine, may still score it.
fn waits(gate: GateId, units: &[&Measure]) -> bool {
    units.is_empty() && gate.custom().is_some()
}

/// Draws from a media's units, whose values it does not look at.
fn draw(plan: &Plan, seed: &str, (gate, media): (GateId, &MediaId), units: &[&Measure], order: u32, pilot: bool) -> ProbeDraw {
    let drawn = (!pilot).then(|| plan.probe(gate.name(), &media.0, units.len())).flatten();
    let unit = drawn.and_then(|drawn| {
        let measure = units.get(drawn.unit)?;
        Some(Drawn {
            flag: flag_id(&media.0, gate, &measure.place),
            place: measure.place,
            value: measure.value,
            signed: measure.signed,
            chance: drawn.inclusion,
        })
    });
    ProbeDraw { seed: seed.to_owned(), order, units: units.len() as u32, pilot, unit }
}

fn refused(missing: Missing) -> Error {
    Error::Refused(missing.to_string().trim_end_matches('.').to_owned())
}
