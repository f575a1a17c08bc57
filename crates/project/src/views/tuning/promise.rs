//! What the checks of a gate prove, and what ends that.

use super::types::{DriftOfScores, GateState, Guarantee, HeldOut, Probing, Proposal, ProposedLimit, TotalsView};
use super::{Gauge, Known};
use crate::error::{Error, Result};
use crate::probes::ProbePlan;
use crate::project::Project;
use plumbline_core::gate::{Evidence, GateId, Thresholds};
use plumbline_core::tune::certify::{Ahead, Certificate, Grid, Probe, certify, new_units};
use plumbline_core::tune::table::Table;
use plumbline_core::tune::{Missing, watch};

/// A distance of scores that comes about by chance less often than this is no chance.
const DRIFT_P: f64 = 0.001;

/// The running checks of a gate.
pub(super) struct Promise<'a> {
    plan: &'a ProbePlan,
    known: &'a Known,
    probes: Vec<Probe>,
    table: Option<Table>,
    grid: Option<Grid>,
    certificate: std::result::Result<Certificate, Missing>,
    alpha: f64,
    delta: f64,
    /// How many of the decided checks came before the limit in force was certified.
    certifying: usize,
}

impl<'a> Promise<'a> {
    /// As the checks were begun; none where they don't run.
    pub fn of(gauge: &'a Gauge, thresholds: &Thresholds) -> Option<Self> {
        let plan = gauge.known.plan.as_ref()?;
        let evidence = thresholds.evidence.iter().find(|e| e.gate == gauge.gate && e.seed == plan.seed);
        Some(Self::with(gauge, plan, (plan.alpha, plan.delta), evidence))
    }

    fn with(gauge: &'a Gauge, plan: &'a ProbePlan, (alpha, delta): (f64, f64), evidence: Option<&Evidence>) -> Self {
        let probes = gauge.known.probes();
        let scores: Vec<f64> = plan.grid.iter().map(|limit| gauge.score(*limit)).collect();
        let units = gauge.column.scores.len().max(1) as f64;
        let pass = scores.iter().map(|limit| 1.0 - gauge.column.flagged(*limit) as f64 / units).collect();
        let (table, grid) = (Table::new(alpha, delta), Grid::stored(scores, pass));
        let certificate = match (&table, &grid) {
            (Ok(table), Ok(grid)) => certify(table, grid, &probes),
            (Err(missing), _) | (_, Err(missing)) => Err(*missing),
        };
        let certifying = evidence.map_or(probes.len() / 2, |e| {
            let at = gauge.score(e.limit);
            let mut passing = 0;
            probes
                .iter()
                .position(|p| {
                    passing += u32::from(p.score >= at);
                    passing > e.probes
                })
                .unwrap_or(probes.len())
        });
        Self { plan, known: &gauge.known, probes, table: table.ok(), grid: grid.ok(), certificate, alpha, delta, certifying }
    }

    pub fn probing(&self, gauge: &Gauge) -> Probing {
        let drawn: Vec<_> = self.known.draws.iter().filter_map(|(_, draw)| draw.unit.as_ref()).collect();
        let decisions: Vec<_> = drawn.iter().filter_map(|unit| gauge.known.verdicts.get(&unit.flag)).map(|v| v.decision).collect();
        Probing {
            pi: self.plan.pi,
            cap: self.plan.cap,
            alpha: self.plan.alpha,
            delta: self.plan.delta,
            drawn: drawn.len() as u32,
            decided: decisions.len() as u32,
            open: (drawn.len() - decisions.len()) as u32,
            defects: decisions.iter().filter(|d| **d != crate::views::Decision::FalseAlarm).count() as u32,
        }
    }

    /// The first step of the grid that is not certified.
    fn next_step(&self) -> usize {
        self.certificate.as_ref().ok().and_then(|c| c.last).map_or(0, |last| last + 1)
    }

    /// Clean checks that are missing for the next step: before the first was decided, all that the table begins with.
    fn missing(&self) -> Option<(usize, u32)> {
        match &self.certificate {
            Ok(Certificate { ahead: Ahead::Clean { step, probes, .. }, .. }) => Some((*step, *probes)),
            Err(Missing::NoProbes) => Some((0, self.table.as_ref()?.first_clean())),
            _ => None,
        }
    }

    pub fn guarantee(&self, gauge: &Gauge) -> Guarantee {
        let limits = self.grid.as_ref().map_or(&[][..], Grid::limits);
        let certified = self.certificate.as_ref().ok().and_then(|c| c.last);
        let shown = self.certificate.as_ref().ok().and_then(|c| c.steps.get(certified.unwrap_or(0)).copied());
        let missing = self.missing();
        let pass = |step: usize| self.grid.as_ref().and_then(|g| g.pass().get(step).copied()).unwrap_or(0.0);
        let next_units = missing.and_then(|(step, clean)| new_units(clean, self.plan.pi, pass(step)));
        let waiting = self.waiting();
        // What is drawn and waits for a verdict does not have to be drawn again.
        let to_draw = missing.and_then(|(step, clean)| new_units(clean.saturating_sub(waiting), self.plan.pi, pass(step)));
        let per_media = gauge.column.scores.len() as f64 / gauge.column.media.len().max(1) as f64;
        let per_media = per_media.min(f64::from(self.plan.cap));
        Guarantee {
            alpha: self.alpha,
            delta: self.delta,
            certified: certified.and_then(|step| limits.get(step)).map(|limit| gauge.value(*limit)),
            step: certified.map_or(0, |step| step as u32 + 1),
            steps: limits.len() as u32,
            probes_used: shown.map_or(0, |step| step.probes),
            defects: shown.map_or(0, |step| step.defects),
            next_limit: limits.get(self.next_step()).map(|limit| gauge.value(*limit)),
            next_clean: missing.map(|m| m.1),
            next_units,
            missing_media: to_draw.filter(|_| per_media > 0.0).map(|units| (units as f64 / per_media).ceil() as u32),
            says: self.says(gauge),
        }
    }

    /// How many drawn units nobody has decided on.
    fn waiting(&self) -> u32 {
        self.known.waiting().len() as u32
    }

    fn says(&self, gauge: &Gauge) -> String {
        let promise = format!("at most {} of what passes is a defect, at {} confidence", percent(self.alpha), percent(1.0 - self.delta));
        let limit = |step: usize| {
            let value = self.grid.as_ref().and_then(|g| g.limits().get(step)).map(|l| gauge.value(*l)).unwrap_or_default();
            gauge.gate.row().amount((value * 1000.0).round() / 1000.0)
        };
        let waiting = match self.waiting() {
            0 => String::new(),
            1 => " One drawn unit waits for a verdict.".to_owned(),
            n => format!(" {n} drawn units wait for a verdict."),
        };
        match &self.certificate {
            Err(Missing::NoProbes) => {
                let clean = self.table.as_ref().map_or(0, Table::first_clean);
                format!("{clean} clean checks are needed before it can be said that {promise}.{waiting}")
            }
            Err(missing) => missing.to_string(),
            Ok(Certificate { last: Some(last), ahead, .. }) => {
                format!("With a limit of {} {promise}. {ahead}{waiting}", limit(*last))
            }
            Ok(Certificate { ahead, .. }) => format!("It can't be said yet that {promise}. {ahead}{waiting}"),
        }
    }

    pub fn state(&self, gauge: &Gauge) -> (GateState, String) {
        let ready = self.certificate.as_ref().is_ok_and(|c| c.last.is_some());
        (if ready { GateState::Ready } else { GateState::Learning }, self.says(gauge))
    }

    /// The scores and defects of recent checks against those that the limit was certified by.
    pub fn drift(&self) -> Option<DriftOfScores> {
        let (before, recent) = self.probes.split_at(self.certifying.min(self.probes.len()));
        let scores = |probes: &[Probe]| probes.iter().map(|p| p.score).collect::<Vec<_>>();
        let drift = watch::drift(&scores(before), &scores(recent)).ok()?;
        let at = self.certificate.as_ref().ok()?.last.and_then(|last| self.grid.as_ref()?.limits().get(last).copied())?;
        let passing: Vec<bool> = recent.iter().filter(|p| p.score >= at).map(|p| p.defect.unwrap_or(true)).collect();
        let cusum = watch::cusum(self.alpha, &passing).ok()?;
        let (shifted, escapes) = (drift.p < DRIFT_P, cusum.alarm.is_some());
        let says = match (shifted, escapes) {
            (_, true) => {
                "More defects pass than was promised: the guarantee no longer holds. Go back to a stricter limit and begin new checks."
            }
            (true, _) => "The scores of recent media differ from those that were checked: the guarantee no longer holds. Begin new checks.",
            _ => "Scores and defects are what they were when the limit was certified.",
        };
        Some(DriftOfScores {
            statistic: drift.statistic,
            p: drift.p,
            alarm: shifted || escapes,
            cusum: cusum.log.exp(),
            says: says.to_owned(),
        })
    }
}

/// What ended a promise, in a sentence; none while it holds.
pub(super) fn voided(project: &Project, gauge: &Gauge, evidence: &Evidence) -> Result<Option<String>> {
    let now = project.score_sources()?;
    if now != evidence.sources {
        return Ok(Some(format!(
            "The promise is void: transcripts and scores came from {} and now come from {now}. Begin new checks.",
            evidence.sources
        )));
    }
    if let Some(why) = prompts_changed(project, gauge.gate, &evidence.prompts)? {
        return Ok(Some(format!("The promise is void: {why}")));
    }
    let Some(plan) = gauge.known.plan.as_ref().filter(|plan| plan.seed == evidence.seed) else { return Ok(None) };
    let promise = Promise::with(gauge, plan, (evidence.alpha, evidence.delta), Some(evidence));
    Ok(promise.drift().filter(|drift| drift.alarm).map(|drift| drift.says))
}

/// What ended checks before they led to a promise, in a sentence; none while they hold.
pub(super) fn checks_voided(project: &Project, gauge: &Gauge) -> Result<Option<String>> {
    let Some(plan) = gauge.known.plan.as_ref() else { return Ok(None) };
    Ok(prompts_changed(project, gauge.gate, &plan.prompts)?.map(|why| format!("What was checked says nothing any more: {why}")))
}

/// How what models are asked with differs from `then`, as the rest of a sentence; none where it does not, or the gate judges something else.
fn prompts_changed(project: &Project, gate: GateId, then: &str) -> Result<Option<String>> {
    let now = project.at(crate::probes::prompts(&project.db, gate))?;
    let named = |prompts: &str| if prompts.is_empty() { "no promoted prompt".to_owned() } else { prompts.to_owned() };
    let differs = || format!("models were asked with {}, and now with {}. Begin new checks.", named(then), named(&now));
    Ok((now != then).then(differs))
}

/// The loosest limits that are certified, for gates that share `delta` evenly.
pub(super) fn propose(project: &Project, gates: &[GateId], alpha: f64, delta: f64) -> Result<Proposal> {
    let mut gates = gates.to_vec();
    gates.sort_unstable();
    gates.dedup();
    let refused = |missing: Missing| Error::Refused(missing.to_string().trim_end_matches('.').to_owned());
    let share = delta / gates.len().max(1) as f64;
    Table::new(alpha, share).map_err(refused)?;
    let thresholds = project.thresholds()?;
    let sources = project.score_sources()?;
    let mut proposal = Proposal {
        gates: vec![],
        before: TotalsView::default(),
        after: TotalsView::default(),
        held_out: HeldOut { probes: 0, defects: 0, says: String::new() },
        digest: String::new(),
        evidence: vec![],
    };
    for gate in gates {
        let gauge = project.gauge(gate, &thresholds)?;
        let (row, evidence) = match checks_voided(project, &gauge)? {
            Some(says) => (ProposedLimit { gate, from: gauge.limit, to: None, guarantee: None, says }, None),
            None => proposed(&gauge, (alpha, share), &sources),
        };
        let totals = |limit: Option<f64>| {
            let at = limit.map(|l| gauge.score(l));
            let flagged = at.map_or(0, |at| gauge.column.flagged(at)) as u32;
            let known_escapes = gauge.known.defects().iter().filter(|s| at.is_some_and(|at| **s >= at)).count() as u32;
            TotalsView { flagged, minutes: f64::from(flagged) * gauge.pace_us as f64 / 60e6, known_escapes }
        };
        proposal.before = sum(proposal.before, totals(row.from));
        proposal.after = sum(proposal.after, totals(row.to.or(row.from)));
        proposal.held_out.probes += evidence.as_ref().map_or(0, |e| e.probes);
        proposal.held_out.defects += evidence.as_ref().map_or(0, |e| e.defects);
        proposal.gates.push(row);
        proposal.evidence.extend(evidence);
    }
    proposal.held_out.says = match proposal.held_out {
        HeldOut { probes: 0, .. } => "Nothing was checked that would pass.".to_owned(),
        HeldOut { probes, defects, .. } => {
            format!(
                "Of {probes} checked units that would pass, {defects} are defects. The limits to choose from were fixed before any of them was decided on."
            )
        }
    };
    let limits: Vec<_> = proposal.gates.iter().map(|g| (g.gate, g.from, g.to)).collect();
    let told = serde_json::to_vec(&(limits, &proposal.evidence))
        .map_err(|e| Error::Refused(format!("The proposal can't be written down: {e}")))?;
    proposal.digest = blake3::hash(&told).to_hex()[..16].to_owned();
    Ok(proposal)
}

fn percent(share: f64) -> String {
    format!("{}\u{a0}%", (share * 1000.0).round() / 10.0)
}

fn sum(a: TotalsView, b: TotalsView) -> TotalsView {
    TotalsView { flagged: a.flagged + b.flagged, minutes: a.minutes + b.minutes, known_escapes: a.known_escapes + b.known_escapes }
}

fn proposed(gauge: &Gauge, (alpha, delta): (f64, f64), sources: &str) -> (ProposedLimit, Option<Evidence>) {
    let (gate, from) = (gauge.gate, gauge.limit);
    let nothing = |says: String| (ProposedLimit { gate, from, to: None, guarantee: None, says }, None);
    if from.is_none() {
        return nothing("It is off: set a limit first.".to_owned());
    }
    if gauge.column.scores.is_empty() {
        return nothing("Nothing was measured by this gate yet.".to_owned());
    }
    let Some(plan) = gauge.known.plan.as_ref() else {
        let clean = Table::new(alpha, delta).map_or(0, |t| t.first_clean());
        return nothing(format!(
            "What passes is not checked: begin checks, and decide on at least {clean} drawn units, each of another media. The cost view promises nothing and needs fewer."
        ));
    };
    let promise = Promise::with(gauge, plan, (alpha, delta), None);
    let guarantee = promise.guarantee(gauge);
    let step = promise.certificate.as_ref().ok().and_then(|c| Some((c.last?, c)));
    let evidence = step.map(|(last, certificate)| Evidence {
        gate,
        limit: plan.grid[last],
        alpha,
        delta,
        probes: certificate.steps[last].probes,
        defects: certificate.steps[last].defects,
        step: last as u32,
        grid: plan.grid_hash.clone(),
        batch: certificate.batch.clone(),
        seed: plan.seed.clone(),
        pi: plan.pi,
        cap: plan.cap,
        sources: sources.to_owned(),
        prompts: plan.prompts.clone(),
    });
    let mut says = guarantee.says.clone();
    // Smaller shares of δ are stricter, and need nobody's word.
    if alpha.to_bits() != plan.alpha.to_bits() || delta > plan.delta {
        says.push_str(&format!(
            " The checks began with {} and {}: other shares are promised if they were chosen before the verdicts were looked at; whoever tries several and takes the best has no promise over that choice.",
            percent(plan.alpha),
            percent(plan.delta)
        ));
    }
    (ProposedLimit { gate, from, to: evidence.as_ref().map(|e| e.limit), guarantee: Some(guarantee), says }, evidence)
}
