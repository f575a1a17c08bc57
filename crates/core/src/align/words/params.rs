//! What the word stage may be told.

use super::super::HOP;

/// Share of the model's likelihoods that counts where the sound is clear.
const CLEAR_SHARE: f32 = 0.05;

use crate::time::Delta;
use serde::{Deserialize, Serialize};

/// What the word stage may be told; recorded with its result. Values out of range are taken as the nearest one in range; a record that lacks
/// one (of an older version) reads as the default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WordParams {
    /// How far from its place under the map a word is listened for: 100 ms to 2 s.
    #[serde(rename = "reach_us")]
    pub reach: Delta,
    /// How far below the best phone of each frame speech of any kind lies, in nats: 0 to 50.
    pub anything: f32,
    /// Chance of a pause between two words: 0.01 to 0.8.
    pub pause: f32,
    /// Chance that speech which nobody wrote down lies between two words: 0.0001 to 0.1.
    pub extra: f32,
    /// Chance that another word than the written one is spoken: 0.001 to 0.5.
    pub other: f32,
    /// How much speech is learnt from: 20 s to 1 h.
    #[serde(rename = "sample_us")]
    pub sample: Delta,
    /// How often it is gone through, 1 to 10.
    pub passes: u32,
    /// How many frames the model's own idea of a sound is worth against those of the recording: 1 to 1,000.
    pub belief: f32,
    /// Standard deviation of the recogniser's times before anything is known: 5 ms to 200 ms.
    #[serde(rename = "first_jitter_us")]
    pub first_jitter: Delta,
    /// The most times of the recogniser that may be far off, as a share: 0.001 to 0.3.
    pub stray: f32,
    /// Error of the model's own times that is taken out of the scatter before the rest is put down to the recogniser: 0 to 100 ms.
    #[serde(rename = "own_error_us")]
    pub own_error: Delta,
    /// The recogniser is never trusted for less than this: 5 ms to 100 ms.
    #[serde(rename = "least_jitter_us")]
    pub least_jitter: Delta,
    /// How far off the map as a whole may be, as a standard deviation: 0 to 50 ms, and on top of it a share of the jitter, 0 to 1.
    #[serde(rename = "map_error_us")]
    pub map_error: Delta,
    /// See `map_error`.
    pub map_error_of_jitter: f64,
    /// How far the model's idea of where words begin lies from the recogniser's, as a standard deviation where the sound is clear and all its
    /// likelihoods count; where fewer do it is larger in proportion. 1 ms to 100 ms.
    #[serde(rename = "convention_us")]
    pub convention: Delta,
    /// A word that would move by more than this many times the scatter of all words stays where it is, 1 to 10: it was misheard, or its time
    /// means something else. Its confidence tells of it.
    pub limit: f64,
    /// And by at least this: 0 to 1 s.
    #[serde(rename = "least_limit_us")]
    pub least_limit: Delta,
    /// What counts as right in the confidence: 10 ms to 500 ms.
    #[serde(rename = "close_us")]
    pub close: Delta,
}

impl Default for WordParams {
    fn default() -> Self {
        let ms = Delta::from_ms;
        Self {
            reach: ms(500),
            anything: 4.0,
            pause: 0.2,
            extra: 0.01,
            other: 0.02,
            sample: ms(180_000),
            passes: 2,
            belief: 10.0,
            first_jitter: ms(80),
            stray: 0.05,
            own_error: ms(25),
            least_jitter: ms(15),
            map_error: ms(5),
            map_error_of_jitter: 0.12,
            convention: ms(8),
            limit: 3.0,
            least_limit: ms(60),
            close: ms(100),
        }
    }
}

impl WordParams {
    pub(super) fn reach_frames(&self) -> f64 {
        frames(self.reach, 100, 2_000)
    }
    pub(super) fn anything(&self) -> f32 {
        within(self.anything.into(), 0.0, 50.0) as f32
    }
    pub(super) fn pause(&self) -> f32 {
        within(self.pause.into(), 0.01, 0.8) as f32
    }
    pub(super) fn extra(&self) -> f32 {
        within(self.extra.into(), 1e-4, 0.1) as f32
    }
    pub(super) fn other(&self) -> f32 {
        within(self.other.into(), 1e-3, 0.5) as f32
    }
    pub(super) fn sample_frames(&self) -> f64 {
        frames(self.sample, 20_000, 3_600_000)
    }
    pub(super) fn passes(&self) -> usize {
        self.passes.clamp(1, 10) as usize
    }
    pub(super) fn belief(&self) -> f32 {
        within(self.belief.into(), 1.0, 1_000.0) as f32
    }
    pub(super) fn first_sigma(&self) -> f64 {
        frames(self.first_jitter, 5, 200)
    }
    pub(super) fn stray(&self) -> f64 {
        within(self.stray.into(), 1e-3, 0.3)
    }
    /// The model's own error, and the least jitter.
    pub(super) fn trust_frames(&self) -> (f64, f64) {
        (frames(self.own_error, 0, 100), frames(self.least_jitter, 5, 100))
    }
    /// Share of the difference between the model's times and the recogniser's that is put down to the map and kept: that of the variances.
    pub(super) fn kept(&self, sigma: f64, acoustic: f32) -> f64 {
        let map = frames(self.map_error, 0, 50).powi(2) + (within(self.map_error_of_jitter, 0.0, 1.0) * sigma).powi(2);
        let convention = frames(self.convention, 1, 100) * f64::from(CLEAR_SHARE / acoustic).max(1.0);
        map / (map + convention.powi(2))
    }
    pub(super) fn limit(&self) -> f64 {
        within(self.limit, 1.0, 10.0)
    }
    pub(super) fn least_limit_frames(&self) -> f64 {
        frames(self.least_limit, 0, 1_000)
    }
    pub(super) fn close_frames(&self) -> f64 {
        frames(self.close, 10, 500)
    }
}

/// `delta` in frames, held within so many milliseconds.
fn frames(delta: Delta, lo_ms: i64, hi_ms: i64) -> f64 {
    delta.us().clamp(lo_ms * 1_000, hi_ms * 1_000) as f64 / HOP.us() as f64
}

/// `value` held within `lo..=hi`; `lo` for what isn't a number.
fn within(value: f64, lo: f64, hi: f64) -> f64 {
    if value.is_nan() { lo } else { value.clamp(lo, hi) }
}
