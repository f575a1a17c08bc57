//! Gates with what they flag, what people said of it, and what another limit would change.

mod promise;
mod types;
mod units;

use super::Decision;
use super::queue::Backlog;
use crate::cells;
use crate::error::{Error, Result};
use crate::project::Project;
use crate::records::{MediaId, Verdict};
use plumbline_core::gate::{About, Evidence, GateId, Measure, Place, Thresholds, gates_with, why, why_blind};
use plumbline_core::queue::{paces, seconds};
use plumbline_core::tune::{self, cost, estimate, isotonic};
use plumbline_core::{Delta, MediaTime, Span};
use promise::Promise;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
pub use types::*;
pub(crate) use units::Column;
use units::{Known, units};

/// Bins of a histogram.
const BINS: usize = 60;
/// Points of a curve.
const POINTS: usize = 512;
/// Rows of an effect.
const ROWS: usize = 200;

/// When, in µs since 1970, and by whom something was made.
type Made = (i64, String);

/// A gate with all that is known of it.
struct Gauge {
    gate: GateId,
    limit: Option<f64>,
    column: Arc<Column>,
    known: Known,
    /// Seconds that a flag takes whoever decides.
    pace_us: i64,
}

impl Project {
    /// All gates with their state, and the versions of the thresholds.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn tuning(&self) -> Result<TuningView> {
        let thresholds = self.thresholds()?;
        let met = self.at(units::gates(&self.db))?.into_iter().chain(thresholds.limits.keys().copied());
        let gates = gates_with(met).into_iter();
        let gates = gates.map(|gate| self.gauge(gate.id, &thresholds)?.row(self, &thresholds)).collect::<Result<_>>()?;
        Ok(TuningView { seq: self.standing().seq, gates, versions: self.versions()?, active: thresholds.version })
    }

    /// One gate: its values by verdict, and what every limit would mean.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn tuning_gate(&self, gate: GateId) -> Result<GateTuning> {
        let thresholds = self.thresholds()?;
        let gauge = self.gauge(gate, &thresholds)?;
        let promise = Promise::of(&gauge, &thresholds);
        let ended = promise::checks_voided(self, &gauge)?;
        let (curve, costs) = gauge.curve();
        Ok(GateTuning {
            seq: self.standing().seq,
            gate,
            limit: gauge.limit,
            bins: gauge.bins(),
            curve,
            calibration: gauge.calibration(),
            drift: promise.as_ref().and_then(Promise::drift),
            guarantee: promise.as_ref().map(|p| p.guarantee(&gauge)).map(|guarantee| match &ended {
                Some(says) => Guarantee { certified: None, says: says.clone(), ..guarantee },
                None => guarantee,
            }),
            cost: costs,
        })
    }

    /// What another limit of a gate would change.
    ///
    /// # Errors
    /// Where the limit is no number or the project can't be read.
    pub fn tuning_effect(&self, gate: GateId, limit: f64) -> Result<Effect> {
        if !limit.is_finite() {
            return Err(Error::Refused(format!("{limit} is no limit. Give a number")));
        }
        let thresholds = self.thresholds()?;
        self.gauge(gate, &thresholds)?.effect(self, limit)
    }

    /// The loosest limits that the promise allows, for gates that share it; nothing is written.
    ///
    /// # Errors
    /// Where the promise can't be made in any case, or the project can't be read.
    pub fn propose_limits(&self, gates: &[GateId], alpha: f64, delta: f64) -> Result<Proposal> {
        promise::propose(self, gates, alpha, delta)
    }

    /// Gates that hold a promise now and lose it when another prompt is promoted.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn promises_ended_by_promotion(&self) -> Result<Vec<GateId>> {
        let thresholds = self.thresholds()?;
        let mut gates = Vec::new();
        for evidence in thresholds.evidence.iter().filter(|e| e.gate.row().about == About::Annotations) {
            if promise::voided(self, &self.gauge(evidence.gate, &thresholds)?, evidence)?.is_none() {
                gates.push(evidence.gate);
            }
        }
        Ok(gates)
    }

    /// What another version of the thresholds changes against one.
    ///
    /// # Errors
    /// [`Error::Refused`] where there is no such version.
    pub fn compare_thresholds(&self, from: u32, to: u32) -> Result<Vec<LimitChange>> {
        let limits = |version: u32| -> Result<BTreeMap<GateId, f64>> {
            let body = "SELECT body FROM thresholds WHERE version = ?1";
            let row = self
                .at(rusqlite::OptionalExtension::optional(self.db.query_row(body, [version], |r| cells::from_json::<Thresholds>(r, 0))))?;
            let row = row
                .ok_or_else(|| Error::Refused(format!("There are no thresholds of version {version}. List them to see which there are")))?;
            Ok(row.limits)
        };
        Ok(changes_of(&limits(from)?, &limits(to)?))
    }

    /// The most units of a gate that any media has.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn most_units(&self, gate: GateId) -> Result<u32> {
        let column = self.at(Column::read(&self.db, &self.kept, gate))?;
        Ok(column.first.windows(2).map(|ends| ends[1] - ends[0]).max().unwrap_or(0))
    }

    /// The version of the thresholds that was in force before the one that is; none where there was none.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn thresholds_before(&self) -> Result<Option<u32>> {
        let active = self.thresholds()?.version;
        let read = || -> rusqlite::Result<Option<u32>> {
            let mut events = self.db.prepare(
                "SELECT json_extract(c.value, '$.before'), json_extract(c.value, '$.after') FROM event, json_each(event.body) AS c
                 WHERE json_extract(c.value, '$.cell') = 'active_thresholds' ORDER BY event.seq DESC",
            )?;
            let went: Vec<(Option<u32>, Option<u32>)> =
                events.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
            Ok(went.into_iter().find(|w| w.1 == Some(active)).and_then(|w| w.0))
        };
        self.at(read())
    }

    /// What made transcripts and scores, in words.
    fn score_sources(&self) -> Result<String> {
        self.at(crate::probes::sources(&self.db))
    }

    fn gauge(&self, gate: GateId, thresholds: &Thresholds) -> Result<Gauge> {
        let column = self.at(Column::read(&self.db, &self.kept, gate))?;
        let mut backlog = self.kept.backlog.borrow_mut();
        self.at(backlog.catch_up(&self.db))?;
        let known = self.at(Known::read(&self.db, &backlog.verdicts, gate, &column))?;
        Ok(Gauge { gate, limit: thresholds.limits.get(&gate).copied(), column, known, pace_us: pace_us(&backlog, gate) })
    }

    fn versions(&self) -> Result<Vec<VersionRow>> {
        let active = self.thresholds()?.version;
        let read = || -> rusqlite::Result<Vec<(Thresholds, Made)>> {
            let mut made: HashMap<u32, Made> = HashMap::new();
            let mut events = self.db.prepare("SELECT at_us, actor, body FROM event WHERE kind = 'thresholds' ORDER BY seq")?;
            let mut rows = events.query([])?;
            while let Some(row) = rows.next()? {
                let changes: Vec<cells::Change> = cells::from_json(row, 2)?;
                for change in changes {
                    if let cells::Change::Thresholds { version, .. } = change {
                        made.insert(version, (row.get(0)?, row.get(1)?));
                    }
                }
            }
            let mut bodies = self.db.prepare("SELECT body FROM thresholds ORDER BY version")?;
            let bodies: Vec<Thresholds> = bodies.query_map([], |r| cells::from_json(r, 0))?.collect::<rusqlite::Result<_>>()?;
            Ok(bodies.into_iter().map(|t| (made.remove(&t.version).unwrap_or_default(), t)).map(|(made, t)| (t, made)).collect())
        };
        let all = self.at(read())?;
        let mut before: Option<BTreeMap<GateId, f64>> = None;
        let mut rows: Vec<VersionRow> = Vec::new();
        for (thresholds, (at_us, by)) in all {
            let standing = thresholds.version == active;
            let voided = |e: &Evidence| if standing { promise::voided(self, &self.gauge(e.gate, &thresholds)?, e) } else { Ok(None) };
            let evidence = thresholds.evidence.iter().map(|e| Ok(EvidenceView::of(e, voided(e)?))).collect::<Result<_>>()?;
            rows.push(VersionRow {
                version: thresholds.version,
                active: thresholds.version == active,
                note: thresholds.note.clone(),
                at_ms: at_us / 1_000,
                by,
                changes: before.as_ref().map_or(vec![], |was| changes_of(was, &thresholds.limits)),
                evidence,
            });
            before = Some(thresholds.limits);
        }
        rows.reverse();
        Ok(rows)
    }
}

/// The limits that differ.
fn changes_of(from: &BTreeMap<GateId, f64>, to: &BTreeMap<GateId, f64>) -> Vec<LimitChange> {
    let change = |gate: GateId| LimitChange { gate, from: from.get(&gate).copied(), to: to.get(&gate).copied() };
    let differs = |c: &LimitChange| c.from.map(f64::to_bits) != c.to.map(f64::to_bits);
    let gates = gates_with(from.keys().chain(to.keys()).copied()).into_iter();
    gates.map(|gate| change(gate.id)).filter(differs).collect()
}

/// The usual time for a flag of a gate, over all that decided.
fn pace_us(backlog: &Backlog, gate: GateId) -> i64 {
    let usual: Vec<i64> = backlog.people().iter().filter_map(|by| paces(backlog.moments(by)).get(&gate).copied()).collect();
    let usual = (!usual.is_empty()).then(|| usual.iter().sum::<i64>() / usual.len() as i64);
    i64::from(seconds(usual, Delta::ZERO)) * 1_000_000
}

impl Gauge {
    fn score(&self, value: f64) -> f64 {
        self.known.score(value)
    }

    fn value(&self, score: f64) -> f64 {
        tune::limit(self.gate.row().fails, score)
    }

    /// Units that the limit in force flags.
    fn flagged(&self) -> usize {
        self.limit.map_or(0, |limit| self.column.flagged(self.score(limit)))
    }

    fn count(&self, decision: Decision) -> u32 {
        self.known.verdicts.values().filter(|v| v.decision == decision).count() as u32
    }

    fn row(&self, project: &Project, thresholds: &Thresholds) -> Result<GateRow> {
        let gate = self.gate.row();
        let promise = Promise::of(self, thresholds);
        let fails = gate.fails;
        let passes = |score: &f64| self.limit.is_some_and(|limit| *score >= self.score(limit));
        let decided_flags = self.known.verdicts.values().filter(|v| self.limit.is_some_and(|l| fails.is_beyond(v.value, l))).count();
        let voided = self.voided(project, thresholds)?;
        let (state, says_state) = self.state(promise.as_ref(), voided);
        Ok(GateRow {
            id: self.gate,
            label: gate.label.to_owned(),
            unit: gate.unit.to_owned(),
            fails,
            says: gate.says.to_owned(),
            limit: self.limit,
            units: self.column.scores.len() as u32,
            media: self.column.media.len() as u32,
            flagged: self.flagged() as u32,
            confirmed: self.count(Decision::Confirmed),
            false_alarms: self.count(Decision::FalseAlarm),
            unsure: self.count(Decision::Unsure),
            open: self.flagged().saturating_sub(decided_flags) as u32,
            known_escapes: self.known.defects().iter().filter(|s| passes(s)).count() as u32,
            state,
            says_state,
            probing: promise.as_ref().map(|p| p.probing(self)),
        })
    }

    /// What ended its promise, or the checks that were to lead to one.
    fn voided(&self, project: &Project, thresholds: &Thresholds) -> Result<Option<String>> {
        match thresholds.evidence.iter().find(|e| e.gate == self.gate) {
            Some(evidence) => promise::voided(project, self, evidence),
            None => promise::checks_voided(project, self),
        }
    }

    fn state(&self, promise: Option<&Promise>, voided: Option<String>) -> (GateState, String) {
        if let Some(why) = voided {
            return (GateState::Voided, why);
        }
        if self.limit.is_none() {
            return (GateState::Off, "Off: it has no limit.".to_owned());
        }
        if self.column.scores.is_empty() {
            return (GateState::NoUnits, "Nothing was measured by this gate yet.".to_owned());
        }
        match promise {
            Some(promise) => promise.state(self),
            None if self.known.verdicts.is_empty() => (GateState::NoVerdicts, "Nobody has decided on a flag of it yet.".to_owned()),
            None => (GateState::Learning, "What passes is not checked: no guarantee can be given.".to_owned()),
        }
    }

    /// The histogram of values, over what is usual: a few far out are counted in the last bins.
    fn bins(&self) -> Bins {
        let at = |share: f64| {
            let last = self.column.rising.len().checked_sub(1)?;
            let unit = *self.column.rising.get((share * last as f64) as usize)?;
            Some(self.value(self.column.scores[unit as usize]))
        };
        let ends = [at(0.001), at(0.999), self.limit].into_iter().flatten();
        let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return Bins::default();
        }
        let width = if high > low { (high - low) / BINS as f64 } else { 1.0 };
        let edges: Vec<f64> = (0..=BINS).map(|i| low + width * i as f64).collect();
        let bin = |value: f64| (((value - low) / width) as usize).min(BINS - 1);
        let count = |values: &mut dyn Iterator<Item = f64>| {
            let mut counts = vec![0u32; BINS];
            values.for_each(|value| counts[bin(value)] += 1);
            counts
        };
        let decided = |d: Decision| count(&mut self.known.verdicts.values().filter(|v| v.decision == d).map(|v| v.value));
        Bins {
            all: count(&mut self.column.scores.iter().map(|s| self.value(*s))),
            confirmed: decided(Decision::Confirmed),
            false_alarms: decided(Decision::FalseAlarm),
            unsure: decided(Decision::Unsure),
            edges,
        }
    }

    /// What every limit would mean, by rising limit in the gate's unit; and what it costs.
    fn curve(&self) -> (Curve, Vec<CostRow>) {
        let labelled = self.known.labelled(self.flagged());
        let labels = estimate::Labels { scores: &labelled.scores, defects: &labelled.defects, inclusion: &labelled.inclusion };
        let Ok(sweep) = estimate::sweep(&self.column.scores, labels) else { return Default::default() };
        // Who looks at flags alone never sees what passes, and knows nothing of it.
        let audited = !self.known.probes().is_empty();
        let rows = sweep.shown(POINTS);
        let defects = self.known.defects();
        let minutes = self.pace_us as f64 / 60e6;
        let mut curve = Curve::default();
        let in_order: Vec<usize> = if self.value(1.0) > 0.0 { rows.clone() } else { rows.iter().rev().copied().collect() };
        for row in in_order {
            let Some(point) = sweep.point(row) else { continue };
            curve.limit.push(self.value(point.limit));
            curve.flagged.push(point.flagged);
            curve.media.push(self.column.flagged_media(point.limit) as u32);
            curve.push_rates(point.precision, point.escapes.filter(|_| audited));
            curve.minutes.push(f64::from(point.flagged) * minutes);
            curve.known_escapes.push((defects.len() - defects.partition_point(|s| *s < point.limit)) as u32);
        }
        let costs = if audited { cost::costs(&sweep, &rows, self.pace_us) } else { vec![] };
        let costs = costs.iter().map(|c| CostRow { limit: self.value(c.limit), minutes: c.minutes, escapes: c.escapes }).collect();
        (curve, costs)
    }

    fn calibration(&self) -> Calibration {
        let labelled = self.known.labelled(self.flagged());
        let weights: Vec<f64> = labelled.inclusion.iter().map(|p| 1.0 / p).collect();
        let Ok(line) = isotonic::fit(&labelled.scores, &labelled.defects, &weights) else { return Calibration::default() };
        let mut points: Vec<(f64, f64)> = line.score.iter().map(|s| self.value(*s)).zip(line.chance.iter().copied()).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Calibration { value: points.iter().map(|p| p.0).collect(), chance: points.iter().map(|p| p.1).collect() }
    }

    fn effect(&self, project: &Project, limit: f64) -> Result<Effect> {
        let (flagged, was) = (self.column.flagged(self.score(limit)), self.flagged());
        let new = self.score(limit);
        let old = self.limit.map(|limit| self.score(limit));
        let defects = self.known.defects();
        let lost = defects.iter().filter(|s| **s >= new && old.is_some_and(|old| **s < old)).count();
        Ok(Effect {
            limit,
            flagged: flagged as u32,
            was_flagged: was as u32,
            new_flags: flagged.saturating_sub(was) as u32,
            gone_flags: was.saturating_sub(flagged) as u32,
            known_defects_lost: lost as u32,
            minutes: flagged as f64 * self.pace_us as f64 / 60e6,
            rows: self.changed(project, limit, flagged.min(was)..flagged.max(was), flagged > was)?,
        })
    }

    /// Units that change sides, the known defects first, then those nearest to the new limit. Units that were drawn and wait for a verdict are
    /// left out: where they stand in such a list tells what the gate makes of them.
    fn changed(&self, project: &Project, limit: f64, between: std::ops::Range<usize>, stricter: bool) -> Result<Vec<EffectRow>> {
        let new = self.score(limit);
        let mut rows: Vec<EffectRow> = Vec::new();
        let side = if stricter { Becomes::Flagged } else { Becomes::Passes };
        let scores = &self.column.scores;
        let score = |unit: &u32| scores[*unit as usize];
        // The new limit is at one end of what changes.
        let units_in = &self.column.rising[between];
        let confirmed = |v: &&Verdict| v.decision == Decision::Confirmed && !stricter;
        let mut slipping: Vec<f64> =
            self.known.verdicts.values().filter(confirmed).map(|v| self.score(v.value)).filter(|s| *s >= new).collect();
        slipping.sort_unstable_by(f64::total_cmp);
        slipping.dedup();
        let at = |slips: &f64| units_in.partition_point(|unit| score(unit) < *slips);
        let known = slipping.iter().flat_map(|slips| units_in[at(slips)..].iter().take_while(move |unit| score(unit) <= *slips)).copied();
        let near: Box<dyn Iterator<Item = u32>> =
            if stricter { Box::new(units_in.iter().rev().copied()) } else { Box::new(units_in.iter().copied()) };
        let mut seen = std::collections::HashSet::new();
        let wanted: Vec<u32> = known.take(ROWS).chain(near.take(2 * ROWS)).filter(|u| seen.insert(*u)).take(ROWS).collect();
        let mut of_media: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for (at, within) in wanted.iter().map(|unit| self.column.place(*unit)) {
            of_media.entry(at).or_default().push(within);
        }
        let mut places = HashMap::new();
        for (at, which) in of_media {
            let read = project.at(units(&project.db, self.gate, &self.column.media[at], &which))?;
            places.extend(which.into_iter().zip(read).map(|(within, place)| ((at, within), place)));
        }
        let mut names: HashMap<&MediaId, String> = HashMap::new();
        let waiting = self.known.waiting();
        for unit in wanted {
            let (at, within) = self.column.place(unit);
            let media = &self.column.media[at];
            let Some((flag, span)) = places.remove(&(at, within)) else { continue };
            if waiting.contains(flag.as_str()) {
                continue;
            }
            let name = match names.get(media) {
                Some(name) => name.clone(),
                None => {
                    let path = project.media(media)?.path;
                    names.entry(media).or_insert(path.rsplit('/').next().unwrap_or(&path).to_owned()).clone()
                }
            };
            rows.push(self.effect_row(unit, (media, name), (flag, span), (limit, side)));
        }
        rows.sort_by_key(|row| row.decision != Some(Decision::Confirmed));
        Ok(rows)
    }

    fn effect_row(
        &self,
        unit: u32,
        (media, name): (&MediaId, String),
        (flag, span): (String, Span<MediaTime>),
        (limit, becomes): (f64, Becomes),
    ) -> EffectRow {
        let value = self.value(self.column.scores[unit as usize]);
        let decision = self.known.verdicts.get(&flag).map(|v| v.decision);
        let measure = Measure { gate: self.gate, place: Place::Media(span), value, signed: None };
        let told = self.known.plan.is_none() || decision.is_some();
        let text = if told { why(&measure, limit) } else { why_blind(self.gate, limit) };
        EffectRow { media: media.clone(), name, flag, span, text, value: told.then_some(value), becomes, decision }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumbline_core::gate::flag_id;

    #[test]
    fn a_flag_is_found_by_the_bytes_that_are_kept_of_it() {
        let span = Span::new(MediaTime::from_us(-5), MediaTime::from_us(7_000_000));
        let flag = flag_id("m", GateId::ReadingSpeed, &Place::Media(span));
        let bytes = crate::probes::unit_bytes(&flag, span);
        assert_eq!(bytes.len(), crate::probes::UNIT_BYTES);
        assert_eq!(crate::probes::unit_of(&bytes), Some((flag, span)));
        assert_eq!(crate::probes::unit_of(&bytes[..31]), None);
    }
}
