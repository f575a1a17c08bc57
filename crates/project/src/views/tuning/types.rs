//! What the Tuning room and `plumbline tune` are told.

use crate::records::MediaId;
use crate::views::Decision;
use plumbline_core::gate::{Evidence, Fails, GateId};
use plumbline_core::tune::estimate::Rate;
use plumbline_core::{MediaTime, Span};
use serde::Serialize;
use ts_rs::TS;

/// All gates, and the versions of the thresholds.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TuningView {
    /// Position of the log.
    #[ts(type = "number")]
    pub seq: i64,
    /// The gates, in the order of reports.
    pub gates: Vec<GateRow>,
    /// The newest first.
    pub versions: Vec<VersionRow>,
    /// The version in force.
    pub active: u32,
}

/// How far a gate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum GateState {
    /// It has no limit.
    Off,
    /// Nothing was measured.
    NoUnits,
    /// Nobody decided on a flag.
    NoVerdicts,
    /// Verdicts come in; a guarantee can't be given yet.
    Learning,
    /// A looser limit, or the one in force, is certified.
    Ready,
    /// A promise was given and holds no longer.
    Voided,
}

/// A gate in the list.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct GateRow {
    /// Which gate.
    pub id: GateId,
    /// Its name on screen.
    pub label: String,
    /// Unit of values and limit.
    pub unit: String,
    /// Which side fails.
    pub fails: Fails,
    /// What the value says.
    pub says: String,
    /// The limit in force; none of a gate that is off.
    pub limit: Option<f64>,
    /// Units measured.
    pub units: u32,
    /// Media that have any.
    pub media: u32,
    /// Units that the limit flags.
    pub flagged: u32,
    /// Verdicts that a defect is there.
    pub confirmed: u32,
    /// Verdicts that none is.
    pub false_alarms: u32,
    /// Verdicts that nobody was sure of.
    pub unsure: u32,
    /// Flags that nobody decided on.
    pub open: u32,
    /// Defects that are known and pass.
    pub known_escapes: u32,
    /// How far it is.
    pub state: GateState,
    /// The state in a sentence.
    pub says_state: String,
    /// The checks, if they run.
    pub probing: Option<Probing>,
}

/// The checks of what a gate passes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Probing {
    /// The chance of a unit to be drawn, up to the cap.
    pub pi: f64,
    /// Media with more units count as if they had so many.
    pub cap: u32,
    /// At most this share of what passes shall be a defect.
    pub alpha: f64,
    /// The chance at most that the promise is wrong.
    pub delta: f64,
    /// Units drawn.
    pub drawn: u32,
    /// Those that were decided on.
    pub decided: u32,
    /// Those that were not.
    pub open: u32,
    /// Defects among the decided, with those that nobody was sure of.
    pub defects: u32,
}

/// A version of the thresholds.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct VersionRow {
    /// Counts up from 1.
    pub version: u32,
    /// Whether it is in force.
    pub active: bool,
    /// Why it was made.
    pub note: String,
    /// When, in ms since 1970.
    #[ts(type = "number")]
    pub at_ms: i64,
    /// By whom; empty for the machine.
    pub by: String,
    /// What it changed against the version before.
    pub changes: Vec<LimitChange>,
    /// What its limits stand on.
    pub evidence: Vec<EvidenceView>,
}

/// A limit that a version changed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct LimitChange {
    /// Which gate.
    pub gate: GateId,
    /// Its limit before; none where it was off.
    pub from: Option<f64>,
    /// Its limit after.
    pub to: Option<f64>,
}

/// What a limit stands on.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct EvidenceView {
    /// The gate.
    pub gate: GateId,
    /// At most this share of what passes is a defect.
    pub alpha: f64,
    /// The chance at most that this is wrong.
    pub delta: f64,
    /// Checked units that pass.
    pub probes: u32,
    /// Defects among them.
    pub defects: u32,
    /// Hash of the frozen grid.
    pub grid_hash: String,
    /// Hash of the checked units in their order.
    pub batch_hash: String,
    /// What they were drawn with.
    pub seed: String,
    /// The chance of a unit to be drawn.
    pub pi: f64,
    /// Media with more units count as if they had so many.
    pub cap: u32,
    /// What made the scores.
    pub sources: String,
    /// What ended the promise, in a sentence.
    pub voided: Option<String>,
}

impl EvidenceView {
    pub(super) fn of(e: &Evidence, voided: Option<String>) -> Self {
        let Evidence { gate, alpha, delta, probes, defects, grid, batch, seed, pi, cap, sources, prompts, .. } = e.clone();
        let sources = if prompts.is_empty() { sources } else { format!("{sources}; models asked with {prompts}") };
        Self { gate, alpha, delta, probes, defects, grid_hash: grid, batch_hash: batch, seed, pi, cap, sources, voided }
    }
}

/// One gate.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct GateTuning {
    /// Position of the log.
    #[ts(type = "number")]
    pub seq: i64,
    /// Which gate.
    pub gate: GateId,
    /// Its limit; none where it is off.
    pub limit: Option<f64>,
    /// Its values by verdict.
    pub bins: Bins,
    /// What every limit would mean.
    pub curve: Curve,
    /// The chance of a defect at a value.
    pub calibration: Calibration,
    /// Whether scores have changed since the checks.
    pub drift: Option<DriftOfScores>,
    /// What the checks allow; none where they don't run.
    pub guarantee: Option<Guarantee>,
    /// Minutes of review against defects that pass, by limit.
    pub cost: Vec<CostRow>,
}

/// A histogram; counts have one entry less than edges. Values beyond the edges are in the outermost bins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Bins {
    /// Edges, rising, in the gate's unit.
    pub edges: Vec<f64>,
    /// All units.
    pub all: Vec<u32>,
    /// Units confirmed as defects.
    pub confirmed: Vec<u32>,
    /// Units found right.
    pub false_alarms: Vec<u32>,
    /// Units that nobody was sure of.
    pub unsure: Vec<u32>,
}

/// What limits would mean, as columns by rising limit; shares are 0 to 1, with 95 % bounds, null where nothing speaks of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Curve {
    /// The limits, in the gate's unit.
    pub limit: Vec<f64>,
    /// Units flagged.
    pub flagged: Vec<u32>,
    /// Media with a flag.
    pub media: Vec<u32>,
    /// Share of defects among the flagged.
    pub precision: Vec<Option<f64>>,
    /// Its lower bound.
    pub precision_low: Vec<Option<f64>>,
    /// Its upper bound.
    pub precision_high: Vec<Option<f64>>,
    /// Share of defects among those that pass.
    pub escapes: Vec<Option<f64>>,
    /// Its lower bound.
    pub escapes_low: Vec<Option<f64>>,
    /// Its upper bound.
    pub escapes_high: Vec<Option<f64>>,
    /// Minutes of review.
    pub minutes: Vec<f64>,
    /// Known defects that would pass.
    pub known_escapes: Vec<u32>,
}

impl Curve {
    pub(super) fn push_rates(&mut self, precision: Option<Rate>, escapes: Option<Rate>) {
        let push = |[estimate, low, high]: [&mut Vec<Option<f64>>; 3], rate: Option<Rate>| {
            estimate.push(rate.map(|r| r.estimate));
            low.push(rate.map(|r| r.low));
            high.push(rate.map(|r| r.high));
        };
        push([&mut self.precision, &mut self.precision_low, &mut self.precision_high], precision);
        push([&mut self.escapes, &mut self.escapes_low, &mut self.escapes_high], escapes);
    }
}

/// The chance of a defect at values, by isotonic regression; straight lines between the points.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Calibration {
    /// Values, rising.
    pub value: Vec<f64>,
    /// Chances, 0 to 1.
    pub chance: Vec<f64>,
}

/// Whether the scores, or the defects among what passes, are no longer what they were.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct DriftOfScores {
    /// The greatest distance between the cumulative shares of earlier and recent checked units, 0 to 1.
    pub statistic: f64,
    /// About the chance of such a distance where nothing changed.
    pub p: f64,
    /// Whether either watch is alarmed.
    pub alarm: bool,
    /// Evidence that more than twice the promised share escapes; 1000 is an alarm.
    pub cusum: f64,
    /// All that in a sentence.
    pub says: String,
}

/// What the checks allow.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Guarantee {
    /// At most this share of what passes is a defect.
    pub alpha: f64,
    /// The chance at most that this is wrong.
    pub delta: f64,
    /// The loosest certified limit, in the gate's unit.
    pub certified: Option<f64>,
    /// Steps certified.
    pub step: u32,
    /// Steps of the grid.
    pub steps: u32,
    /// Decided checks that pass the certified limit; of the first step where none is certified.
    pub probes_used: u32,
    /// Defects among them.
    pub defects: u32,
    /// The limit that comes next.
    pub next_limit: Option<f64>,
    /// Clean checks that are missing for it; none where no number is enough.
    pub next_clean: Option<u32>,
    /// About how many new units it takes to draw them.
    #[ts(type = "number | null")]
    pub next_units: Option<u64>,
    /// About how many new media that is.
    pub missing_media: Option<u32>,
    /// All that in a sentence.
    pub says: String,
}

/// What a limit costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct CostRow {
    /// The limit, in the gate's unit.
    pub limit: f64,
    /// Minutes of review.
    pub minutes: f64,
    /// Defects that pass, as estimated.
    pub escapes: f64,
}

/// On which side of a limit a unit comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Becomes {
    /// A flag.
    Flagged,
    /// No flag any more.
    Passes,
}

/// What another limit would change.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Effect {
    /// The limit, in the gate's unit.
    pub limit: f64,
    /// Units that it flags.
    pub flagged: u32,
    /// Units that the limit in force flags.
    pub was_flagged: u32,
    /// Units that become flags.
    pub new_flags: u32,
    /// Units that are none any more.
    pub gone_flags: u32,
    /// Known defects that would pass and did not.
    pub known_defects_lost: u32,
    /// Minutes of review for all that it flags.
    pub minutes: f64,
    /// Units that change sides: known defects first, then those nearest to the limit; 200 at most.
    pub rows: Vec<EffectRow>,
}

/// A unit that changes sides.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct EffectRow {
    /// Which media.
    pub media: MediaId,
    /// Its file name.
    pub name: String,
    /// Which flag it is, or would be.
    pub flag: String,
    /// Where it lay when it was measured.
    #[serde(flatten)]
    pub span: Span<MediaTime>,
    /// What was measured, in one line with the new limit; while the gate is checked it is not told before somebody decided.
    pub text: String,
    /// The value; none where it is not told.
    pub value: Option<f64>,
    /// What it becomes.
    pub becomes: Becomes,
    /// What was decided on it.
    pub decision: Option<Decision>,
}

/// Limits that the checks allow, before anybody puts them in force.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Proposal {
    /// Gate by gate.
    pub gates: Vec<ProposedLimit>,
    /// With the limits in force.
    pub before: TotalsView,
    /// With those proposed.
    pub after: TotalsView,
    /// What speaks for it in data that no limit was chosen by.
    pub held_out: HeldOut,
    /// Hash of all that was decided here: the same data give the same proposal.
    pub digest: String,
    /// What would be kept with the limits.
    #[serde(skip)]
    #[ts(skip)]
    pub evidence: Vec<Evidence>,
}

/// A limit that is proposed.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ProposedLimit {
    /// Which gate.
    pub gate: GateId,
    /// The limit in force.
    pub from: Option<f64>,
    /// The one proposed; none where nothing can be promised.
    pub to: Option<f64>,
    /// What the checks allow.
    pub guarantee: Option<Guarantee>,
    /// Why, or what is missing.
    pub says: String,
}

/// Sums over the gates of a proposal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TotalsView {
    /// Units flagged.
    pub flagged: u32,
    /// Minutes of review.
    pub minutes: f64,
    /// Known defects that pass.
    pub known_escapes: u32,
}

/// Checks that no limit was fitted to: the grid was frozen before any of them was decided.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct HeldOut {
    /// Checked units that would pass the proposed limits.
    pub probes: u32,
    /// Defects among them.
    pub defects: u32,
    /// That in a sentence.
    pub says: String,
}
