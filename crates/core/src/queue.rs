//! In which order open questions are asked: by the defects that a second of review may be expected to find.
//!
//! That is the chance that a flag is a defect, divided by the seconds that deciding on it takes. Both are learnt from what reviewers did, and
//! both are plain enough to be said in a line: [`said`].

use crate::gate::{Fails, GateId};
use crate::time::Delta;
use std::collections::BTreeMap;

/// Flags of a gate are told apart by how far beyond the limit their values lie: in so many bands, the slightest first.
pub const BANDS: usize = 3;
/// Where the second and the third band begin: the distance from the limit as a share of the limit.
const BOUNDS: [f64; BANDS - 1] = [0.25, 0.75];
/// What is thought of a gate before anyone decided: as if one flag had been a defect and one had been none.
const PRIOR: f64 = 1.0;
/// As how many verdicts the rate of the whole gate counts in each of its bands.
const SHRINK: f64 = 4.0;
/// A longer time between two decisions was no review, in µs.
pub const PAUSE_US: i64 = 120_000_000;
/// How much work the pace looks back on, in µs.
const LOOK_BACK_US: i64 = 600_000_000;
/// What deciding takes besides hearing the place, in µs, where nobody has decided yet.
const DECIDING_US: i64 = 3_000_000;
/// So many times must have been taken before their median says anything.
const ENOUGH_TIMES: usize = 3;

/// How far beyond the limit a value lies, as a share of the limit; of a limit of zero, in the gate's unit. Not below 0.
pub fn beyond(value: f64, limit: f64, fails: Fails) -> f64 {
    let over = match fails {
        Fails::Above => value - limit,
        Fails::Below => limit - value,
    };
    let scale = if limit.abs() > f64::EPSILON { limit.abs() } else { 1.0 };
    (over / scale).max(0.0)
}

/// The band, `0..BANDS`, of a distance from the limit.
pub fn band(beyond: f64) -> usize {
    BOUNDS.iter().filter(|bound| beyond >= **bound).count()
}

/// What reviewers said of flags. Those of which they could not tell are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// How many were defects.
    pub defects: u32,
    /// How many were none.
    pub false_alarms: u32,
}

impl Judged {
    /// How many were decided.
    pub fn all(self) -> u32 {
        self.defects + self.false_alarms
    }
}

impl std::iter::Sum for Judged {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| Self { defects: a.defects + b.defects, false_alarms: a.false_alarms + b.false_alarms })
    }
}

/// What reviewers said of a gate's flags, by band.
pub type Record = [Judged; BANDS];

/// The chance, 0..1, that a flag is a defect, by band; never lower farther beyond the limit.
///
/// The rate of the gate leads: (defects + 1) / (decided + 2). Each band leans from it towards its own verdicts, the more the more there are, and
/// bands that would contradict the order of distance share one chance.
pub fn chances(record: &Record) -> [f64; BANDS] {
    let whole: Judged = record.iter().copied().sum();
    let rate = (f64::from(whole.defects) + PRIOR) / (f64::from(whole.all()) + 2.0 * PRIOR);
    let sums: [(f64, f64); BANDS] =
        std::array::from_fn(|b| (f64::from(record[b].defects) + SHRINK * rate, f64::from(record[b].all()) + SHRINK));
    let mean = |first: usize, last: usize| {
        let (defects, all) = sums[first..=last].iter().fold((0.0, 0.0), |sum, s| (sum.0 + s.0, sum.1 + s.1));
        defects / all
    };
    // The weighted isotonic fit: of all runs of bands that reach up to a band, the best; of their ways on, the worst.
    std::array::from_fn(|b| {
        let worst_from = |first: usize| (b..BANDS).map(|last| mean(first, last)).fold(f64::INFINITY, f64::min);
        (0..=b).map(worst_from).fold(0.0, f64::max)
    })
}

/// When a person decided, in µs of the wall clock, and on a flag of which gate; no gate where a verdict was taken back.
pub type Moment = (i64, Option<GateId>);

/// How long one person's verdicts took, in µs, by gate: the median of the times since the decision before, without pauses. A gate with fewer than
/// three such times is left out. `moments` are in order of time.
pub fn paces(moments: &[Moment]) -> BTreeMap<GateId, i64> {
    let mut times: BTreeMap<GateId, Vec<i64>> = BTreeMap::new();
    for pair in moments.windows(2) {
        let took = pair[1].0 - pair[0].0;
        if let (Some(gate), 0..=PAUSE_US) = (pair[1].1, took) {
            times.entry(gate).or_default().push(took);
        }
    }
    times.retain(|_, times| times.len() >= ENOUGH_TIMES);
    times
        .into_iter()
        .map(|(gate, mut times)| {
            let middle = times.len() / 2;
            (gate, *times.select_nth_unstable(middle).1)
        })
        .collect()
}

/// One person's verdicts a minute over the last ten minutes of activity: pauses are left out. None before two decisions without a pause between
/// them. `moments` are in order of time.
pub fn pace_per_minute(moments: &[Moment]) -> Option<f64> {
    let (mut active, mut verdicts) = (0, 0u32);
    for pair in moments.windows(2).rev() {
        let took = pair[1].0 - pair[0].0;
        if !(0..=PAUSE_US).contains(&took) {
            continue;
        }
        active += took;
        verdicts += u32::from(pair[1].1.is_some());
        if active >= LOOK_BACK_US {
            break;
        }
    }
    (active > 0 && verdicts > 0).then(|| f64::from(verdicts) * 60e6 / active as f64)
}

/// The seconds that deciding on a flag takes: what verdicts of its gate usually took this person, else the length of the place and three more.
/// Whole seconds and at least one, so that flags that differ in nothing a person would notice stay side by side in their media.
pub fn seconds(usual_us: Option<i64>, length: Delta) -> u32 {
    let us = usual_us.unwrap_or(length.us().max(0) + DECIDING_US);
    u32::try_from((us + 500_000) / 1_000_000).unwrap_or(u32::MAX).max(1)
}

/// Defects that a second on the flag may be expected to find.
pub fn worth(chance: f64, seconds: u32) -> f64 {
    chance / f64::from(seconds.max(1))
}

/// What reviewers said of such flags before, in a clause.
pub fn said(record: &Record, band: usize) -> String {
    let such = record[band.min(BANDS - 1)];
    let whole: Judged = record.iter().copied().sum();
    let were = |n: u32| if n == 1 { "was a defect" } else { "were defects" };
    match (such.all(), whole.all()) {
        (_, 0) => "nobody decided on such a flag yet".to_owned(),
        (0, all) => format!("{} of {all} flags of this gate {}", whole.defects, were(whole.defects)),
        (all, _) => format!("{} of {all} such flags {}", such.defects, were(such.defects)),
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
