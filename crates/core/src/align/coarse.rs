//! Which rate, roughly: each of a grid of rates is tried on a dozen chunks of the transcript.

use super::Params;
use super::signal::{Correlator, HOPS_PER_S, Signal};

/// Hops that make one sample of this stage: 40 ms.
const DECIMATION: usize = 4;
/// Length of a chunk, in hops: long enough to be found anywhere, short enough that half a step of the grid doesn't smear it.
const CHUNK: f64 = 60.0 * HOPS_PER_S;
/// A chunk needs this many stretches of words, else it has too few edges.
const CHUNK_MIN_STRETCHES: usize = 5;
/// How many chunks are tried.
const CHUNKS: usize = 12;

/// The rate of the grid at which chunks of the transcript are found best, each at an offset of its own, so that breaks don't matter.
/// Another rate than 1 has to beat 1 by [`Params::rate_advantage`].
pub(super) fn rate(signal: &Signal, stretches: &[(f64, f64)], params: &Params) -> f64 {
    let chunks = chunks(stretches);
    let slow = signal.decimated(DECIMATION);
    let reach = params.max_offset_hops() / DECIMATION as f64;
    let lags = 2 * reach as usize + 1;
    let longest = CHUNK * 1.1 / DECIMATION as f64 + LONGEST_WORD / DECIMATION as f64;
    let mut correlator = Correlator::new(&slow, longest as usize, lags);
    let mut found = Vec::new();
    let mut fit = |rate: f64| -> f32 {
        let mut peaks = 0.0;
        for chunk in &chunks {
            let mask = Signal::mask(chunk, rate).decimated(DECIMATION);
            let mean = mask.values.iter().sum::<f32>() / mask.values.len().max(1) as f32;
            let pattern: Vec<f32> = mask.values.iter().map(|v| v - mean).collect();
            if correlator.slide(&slow, mask.first - reach as i64, &pattern, lags, &mut found).is_some() {
                peaks += found.iter().copied().fold(0.0, f32::max);
            }
        }
        peaks
    };
    let mut best = (fit(1.0) * (1.0 + params.rate_advantage()), 1.0);
    let steps = (params.max_rate() / params.rate_step()) as i32;
    for step in (-steps..=steps).filter(|s| *s != 0) {
        let rate = (f64::from(step) * params.rate_step()).exp();
        let peaks = fit(rate);
        if peaks > best.0 {
            best = (peaks, rate);
        }
    }
    best.1
}

/// A stretch of words longer than this, in hops, has no gaps to be placed by and is left out of the chunks.
const LONGEST_WORD: f64 = 30.0 * HOPS_PER_S;

/// Up to [`CHUNKS`] runs of stretches of about [`CHUNK`], evenly over the transcript.
fn chunks(stretches: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
    let mut all: Vec<Vec<(f64, f64)>> = Vec::new();
    for s in stretches.iter().filter(|s| s.1 - s.0 <= LONGEST_WORD) {
        match all.last_mut() {
            Some(chunk) if s.0 - chunk[0].0 < CHUNK => chunk.push(*s),
            _ => all.push(vec![*s]),
        }
    }
    all.retain(|c| c.len() >= CHUNK_MIN_STRETCHES);
    let every = all.len().div_ceil(CHUNKS).max(1);
    let skip = (all.len().saturating_sub(1) % every) / 2;
    all.into_iter().skip(skip).step_by(every).collect()
}
