//! What the map stage may be told.

use super::signal::HOPS_PER_S;
use crate::time::Delta;
use serde::{Deserialize, Serialize};

/// What the map stage may be told; recorded with its result. Values out of range are taken as the nearest one in range; a record that
/// lacks one (of an older version) reads as the default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Params {
    /// The largest offset searched for, once the rate is taken out: 1 s to 1 h. Inserts before a word add to its offset.
    #[serde(rename = "max_offset_us")]
    pub max_offset: Delta,
    /// The largest difference in rate searched for, in parts per million: 0 to 100,000. PAL against film is 42,709.
    pub max_rate_ppm: f64,
    /// Step of the grid of rates, in parts per million, at least 500. The fit reaches from one step to the next.
    pub rate_step_ppm: f64,
    /// How much better than rate 1 another rate of the grid must fit, as a share: 0 to 1.
    pub rate_advantage: f32,
    /// In a transcript shorter than this no rate other than 1 is looked for: it could hardly show, and chance would. 0 s to 1 h.
    #[serde(rename = "rate_base_us")]
    pub rate_base: Delta,
    /// Length of the windows in which the offset is followed and residuals are measured: 5 s to 2 min.
    #[serde(rename = "window_us")]
    pub window: Delta,
    /// Distance between windows: 1 s to `window`.
    #[serde(rename = "window_hop_us")]
    pub window_hop: Delta,
    /// What stands out does so from the mean over this length of its surroundings: 5 s to 2 min.
    #[serde(rename = "surroundings_us")]
    pub surroundings: Delta,
    /// What a jump of the offset costs while it is followed, in normalised correlation of a window: 0.05 to 10.
    pub jump_cost: f32,
    /// What a break costs in the end: as much as the match of this much typical speech. A stretch shorter than that can't be told apart
    /// from chance. 1 s to 10 min.
    #[serde(rename = "break_evidence_us")]
    pub break_evidence: Delta,
    /// Jumps of the offset smaller than this aren't breaks: 50 ms or more.
    #[serde(rename = "min_break_us")]
    pub min_break: Delta,
    /// Only pauses of this length or more count in the last, fine fit: of shorter ones a transcript has those that its own jitter made.
    /// 0 to 2 s; all pauses count where there are too few.
    #[serde(rename = "least_pause_us")]
    pub least_pause: Delta,
    /// How much later than half its rise and fall the sound says a word lies, where pauses are silent: there speech dies away before its
    /// word ends, by more than it is late in beginning. -50 ms to 50 ms.
    #[serde(rename = "latency_us")]
    pub latency: Delta,
    /// How loud pauses are, as a share of the level of words, where nothing is left of that latency, because reverberation and noise
    /// hide the end of a word as long as they hide its beginning. In between in proportion. 0.05 to 1.
    pub filled_pause: f64,
    /// An offset up to this, or within three standard errors of 0, is none: it is less than a frame of film or of PAL video, and correcting it could do harm.
    #[serde(rename = "deadband_us")]
    pub deadband: Delta,
    /// A rate is taken for 1, or for a well-known ratio, if that moves the ends of the transcript by no more than this or by what the
    /// error of the rate allows.
    #[serde(rename = "rate_snap_us")]
    pub rate_snap: Delta,
    /// The least share of windows that must each alone find the same place as the map, 0 to 1; below it the verdict is unknown. Speech under its
    /// own transcript comes to a half and more, under another one to nothing.
    pub min_agreement: f64,
    /// How far around a map its residuals are looked for: 1 s to 1 min.
    #[serde(rename = "residual_reach_us")]
    pub residual_reach: Delta,
}

impl Default for Params {
    fn default() -> Self {
        let ms = |ms: i64| Delta::from_ms(ms);
        Self {
            max_offset: ms(180_000),
            max_rate_ppm: 50_000.0,
            rate_step_ppm: 4_000.0,
            rate_advantage: 0.1,
            rate_base: ms(60_000),
            window: ms(30_000),
            window_hop: ms(6_000),
            surroundings: ms(20_000),
            jump_cost: 1.0,
            break_evidence: ms(20_000),
            min_break: ms(250),
            least_pause: ms(200),
            latency: ms(9),
            filled_pause: 0.4,
            deadband: ms(40),
            rate_snap: ms(15),
            min_agreement: 0.2,
            residual_reach: ms(10_000),
        }
    }
}

impl Params {
    pub(super) fn max_offset_hops(&self) -> f64 {
        hops(self.max_offset, 1.0, 3_600.0)
    }
    pub(super) fn max_rate(&self) -> f64 {
        within(self.max_rate_ppm, 0.0, 100_000.0) * 1e-6
    }
    pub(super) fn rate_step(&self) -> f64 {
        within(self.rate_step_ppm, 500.0, 100_000.0) * 1e-6
    }
    pub(super) fn rate_base_hops(&self) -> f64 {
        hops(self.rate_base, 0.0, 3_600.0)
    }
    pub(super) fn window_hops(&self) -> usize {
        hops(self.window, 5.0, 120.0) as usize
    }
    pub(super) fn window_hop_hops(&self) -> usize {
        hops(self.window_hop, 1.0, 120.0).min(self.window_hops() as f64) as usize
    }
    pub(super) fn surroundings_hops(&self) -> usize {
        hops(self.surroundings, 5.0, 120.0) as usize
    }
    pub(super) fn break_evidence_hops(&self) -> f64 {
        hops(self.break_evidence, 1.0, 600.0)
    }
    pub(super) fn min_break_hops(&self) -> f64 {
        hops(self.min_break, 0.05, 60.0)
    }
    pub(super) fn least_pause_hops(&self) -> f64 {
        hops(self.least_pause, 0.0, 2.0)
    }
    pub(super) fn latency_hops(&self) -> f64 {
        hops(self.latency, -0.05, 0.05)
    }
    pub(super) fn filled_pause(&self) -> f64 {
        within(self.filled_pause, 0.05, 1.0)
    }
    pub(super) fn rate_advantage(&self) -> f32 {
        within(self.rate_advantage.into(), 0.0, 1.0) as f32
    }
    pub(super) fn jump_cost(&self) -> f32 {
        within(self.jump_cost.into(), 0.05, 10.0) as f32
    }
    pub(super) fn min_agreement(&self) -> f64 {
        within(self.min_agreement, 0.0, 1.0)
    }
    pub(super) fn deadband_hops(&self) -> f64 {
        hops(self.deadband, 0.0, 1.0)
    }
    pub(super) fn rate_snap_hops(&self) -> f64 {
        hops(self.rate_snap, 0.0, 1.0)
    }
    pub(super) fn residual_reach_hops(&self) -> usize {
        hops(self.residual_reach, 1.0, 60.0) as usize
    }
}

/// `delta` in hops, held within seconds `lo..=hi`.
fn hops(delta: Delta, lo_s: f64, hi_s: f64) -> f64 {
    within(delta.us() as f64 * 1e-6, lo_s, hi_s) * HOPS_PER_S
}

/// `value` held within `lo..=hi`; `lo` for what isn't a number.
fn within(value: f64, lo: f64, hi: f64) -> f64 {
    if value.is_nan() { lo } else { value.clamp(lo, hi) }
}
