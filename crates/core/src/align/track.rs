//! Following the offset over time: windowed correlation and a Viterbi path through it.

use super::Params;
use super::signal::{Correlator, Signal};

/// Hops that make one sample of this stage: 20 ms.
pub(super) const DECIMATION: usize = 2;
/// Score lost per sample that the path moves between two windows: drift is cheap, but not free.
const DRIFT_COST: f32 = 0.01;
/// Samples that the path may move between two windows without a jump; over 6 s that is 6,000 ppm.
const DRIFT_REACH: usize = 2;
/// Windows are never shorter than this, in hops.
const LEAST_WINDOW: usize = 500;
/// Codes of a back pointer: below it is a move of `code - DRIFT_REACH`, itself it is a jump.
const JUMP: u8 = 2 * DRIFT_REACH as u8 + 1;

/// Where one window of the transcript was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// Centre of the window on the scaled transcript clock, in hops.
    pub centre: f64,
    /// Media time minus scaled transcript time, in hops.
    pub offset: f64,
    /// The offset that this window alone would choose, in hops.
    pub alone: f64,
}

/// A moment of the scaled transcript whose place in the media is known, in hops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pin {
    /// The moment.
    pub at: f64,
    /// Media time minus scaled transcript time.
    pub offset: f64,
}

impl Pin {
    /// Whether a line of this offset leads past the pin so near that it is the pin's line, to be shifted onto it.
    pub fn allows(&self, offset: f64) -> bool {
        (self.offset - offset).abs() <= NEAR
    }

    /// The pin of `pins` that is nearest to `at`, if it is within `reach` hops.
    pub fn nearest(pins: &[Self], at: f64, reach: f64) -> Option<&Self> {
        let far = |pin: &Self| (pin.at - at).abs();
        pins.iter().min_by(|a, b| far(a).total_cmp(&far(b))).filter(|pin| far(pin) <= reach)
    }
}

/// A line that passes a pin by no more than this, in hops, is the pin's.
const NEAR: f64 = 50.0;
/// Worse than any correlation: where a pin doesn't allow a window to lie.
const FORBIDDEN: f32 = -10.0;

/// The most likely offset of every window that has words, where each jump costs [`Params::jump_cost`]. A window around one of `pins` lies
/// where that allows.
pub(super) fn track(signal: &Signal, mask: &Signal, pins: &[Pin], params: &Params) -> Vec<Found> {
    let (media, words) = (signal.decimated(DECIMATION), mask.decimated(DECIMATION));
    let reach = (params.max_offset_hops() / DECIMATION as f64) as i64;
    let lags = 2 * reach as usize + 1;
    // A short transcript gets shorter windows, so that some share nothing with each other.
    let window = params.window_hops().min(mask.values.len() / 4).max(LEAST_WINDOW) / DECIMATION;
    let hop = (window * params.window_hop_hops() / params.window_hops()).max(1);
    let hops = |lag: usize| (lag as i64 - reach) as f64 * DECIMATION as f64;
    let mut correlator = Correlator::new(&media, window, lags);
    let mut path = Path::default();
    let mut windows = Vec::new();
    let mut scores = Vec::new();
    let mut at = 0;
    while at < words.values.len() && (at == 0 || at + window / 2 < words.values.len()) {
        let pattern = &words.values[at..(at + window).min(words.values.len())];
        let first = words.first + at as i64;
        if correlator.slide(&media, first - reach, pattern, lags, &mut scores).is_some() {
            let (centre, alone) = (first as f64 + pattern.len() as f64 / 2.0, arg_max(&scores));
            if let Some(pin) = Pin::nearest(pins, centre * DECIMATION as f64, (window * DECIMATION) as f64 / 2.0) {
                scores.iter_mut().enumerate().filter(|(lag, _)| !pin.allows(hops(*lag))).for_each(|(_, score)| *score = FORBIDDEN);
            }
            path.extend(&scores, params.jump_cost());
            windows.push((centre, alone));
        }
        at += hop;
    }
    let found = windows.into_iter().zip(path.best());
    found.map(|((centre, alone), lag)| Found { centre: centre * DECIMATION as f64, offset: hops(lag), alone: hops(alone) }).collect()
}

/// How many windows of a run would choose its offset each alone.
pub(super) fn agreeing(run: &[Found]) -> usize {
    run.iter().filter(|f| (f.alone - f.offset).abs() <= AGREED).count()
}

/// Offsets no farther apart than this, in hops, agree.
const AGREED: f64 = 12.0;

/// The forward half of Viterbi's algorithm over lags, with one byte per window and lag to find the way back.
#[derive(Default)]
struct Path {
    totals: Vec<f32>,
    back: Vec<Vec<u8>>,
    /// The best lag before each window but the first: where a jump came from.
    peaks: Vec<usize>,
}

impl Path {
    fn extend(&mut self, scores: &[f32], jump_cost: f32) {
        if self.totals.is_empty() {
            self.totals = scores.to_vec();
            return;
        }
        let n = self.totals.len();
        let peak = arg_max(&self.totals);
        let jumped = self.totals[peak] - jump_cost;
        let mut back = vec![JUMP; n];
        let mut totals = vec![jumped; n];
        for code in 0..JUMP {
            let (shift, cost) = (usize::from(code), DRIFT_COST * (f32::from(code) - DRIFT_REACH as f32).abs());
            // The lag before is `lag + shift - DRIFT_REACH`.
            for lag in DRIFT_REACH.saturating_sub(shift)..n.min(n + DRIFT_REACH - shift) {
                let from = self.totals[lag + shift - DRIFT_REACH] - cost;
                if from > totals[lag] {
                    totals[lag] = from;
                    back[lag] = code;
                }
            }
        }
        for (total, score) in totals.iter_mut().zip(scores) {
            *total += score;
        }
        self.totals = totals;
        self.back.push(back);
        self.peaks.push(peak);
    }

    /// The best path, a lag per window.
    fn best(&self) -> Vec<usize> {
        if self.totals.is_empty() {
            return Vec::new();
        }
        let mut path = vec![arg_max(&self.totals)];
        for (back, peak) in self.back.iter().zip(&self.peaks).rev() {
            let lag = path[path.len() - 1];
            path.push(if back[lag] == JUMP { *peak } else { lag + usize::from(back[lag]) - DRIFT_REACH });
        }
        path.reverse();
        path
    }
}

/// Index of the greatest value, the first of equals; 0 of nothing.
fn arg_max(values: &[f32]) -> usize {
    values.iter().enumerate().fold(0, |best, (i, v)| if *v > values[best] { i } else { best })
}

/// Runs of windows whose offset moves by less than `jump` hops from one to the next.
pub(super) fn runs(found: &[Found], jump: f64) -> Vec<&[Found]> {
    found.chunk_by(|a, b| (a.offset - b.offset).abs() < jump).collect()
}
