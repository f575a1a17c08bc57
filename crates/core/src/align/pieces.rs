//! Straight lines through the tracked offsets, to a fraction of a hop.

use super::signal::{HOPS_PER_S, Signal};
use super::track::Found;

/// A stretch of scaled transcript time, in hops, that one line maps: media = scaled time + offset + slope · (scaled time - pivot).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    /// First hop inside.
    pub from: f64,
    /// First hop past the end.
    pub to: f64,
    /// Offset at the pivot, in hops.
    pub offset: f64,
}

/// Lines of one common slope, and how sure they are.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fit {
    /// The parts with their offsets.
    pub parts: Vec<Part>,
    /// The common slope.
    pub slope: f64,
    /// Standard error of the slope.
    pub slope_error: f64,
    /// Standard error of each part's offset, in hops, were the slope known.
    pub offset_errors: Vec<f64>,
}

/// Length of the chunks whose correlations are stacked, in hops; also the unit that counts as independent for the errors.
const CHUNK: usize = (6.0 * HOPS_PER_S) as usize;
/// Lags kept either side of the line that is refined.
const REACH: i64 = 40;
/// How far the search goes either side of the line, in hops, and how far it may move the far end of a line.
const SEARCH: i32 = 25;
/// Half the distance over which the slope of a correlation is taken, in hops: wide enough that jitter of the words doesn't ripple it.
const SPREAD: f64 = 4.0;

/// The median slope over pairs of windows of the same run that lie far apart (Theil–Sen), 0 where no run is long enough.
pub(super) fn slope_of_runs(runs: &[&[Found]]) -> f64 {
    let mut slopes = Vec::new();
    for run in runs.iter().filter(|r| r.len() >= 6) {
        let apart = (run.len() / 3).max(1);
        let stride = run.len().div_ceil(MOST_PAIRED);
        for i in (0..run.len()).step_by(stride) {
            for j in (i + apart..run.len()).step_by(stride) {
                slopes.push((run[j].offset - run[i].offset) / (run[j].centre - run[i].centre));
            }
        }
    }
    median(&mut slopes)
}

/// Windows of one run that are paired with each other at most.
const MOST_PAIRED: usize = 300;

/// The middle value; 0 of nothing.
pub(super) fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// The correlation of one chunk of words with the media around where a line puts it.
struct Chunk {
    part: usize,
    /// Distance of its centre from the pivot, in hops.
    arm: f64,
    /// Offset of the middle lag.
    base: f64,
    /// How much the words vary in it: what it can say.
    weight: f64,
    by_lag: Vec<f32>,
}

impl Chunk {
    /// The correlation at an offset between lags; held at the ends.
    fn at(&self, offset: f64) -> f64 {
        let lag = (offset - self.base + REACH as f64).clamp(0.0, 2.0 * REACH as f64);
        let below = (lag as usize).min(self.by_lag.len() - 2);
        let rest = lag - below as f64;
        f64::from(self.by_lag[below]) * (1.0 - rest) + f64::from(self.by_lag[below + 1]) * rest
    }
}

fn chunks(signal: &Signal, mask: &Signal, parts: &[Part], slope: f64, pivot: f64) -> Vec<Chunk> {
    let mut all = Vec::new();
    let (mut words, mut media) = (Vec::new(), Vec::new());
    for (index, part) in parts.iter().enumerate() {
        let (from, to) = (part.from.round() as i64, part.to.round() as i64);
        for start in (from..to).step_by(CHUNK) {
            let len = ((to - start) as usize).min(CHUNK);
            mask.copy(start, len, &mut words);
            let weight: f64 = words.iter().map(|v| f64::from(v * v)).sum();
            if weight <= f64::EPSILON {
                continue;
            }
            let arm = start as f64 + len as f64 / 2.0 - pivot;
            let base = (part.offset + slope * arm).round();
            signal.copy(start + base as i64 - REACH, len + 2 * REACH as usize, &mut media);
            let by_lag = media.windows(len).map(|m| m.iter().zip(&words).map(|(a, b)| a * b).sum()).collect();
            all.push(Chunk { part: index, arm, base, weight, by_lag });
        }
    }
    all
}

/// Moves the lines of `parts` and their common slope to where the stacked correlation of all words is greatest. A `fixed` slope stays.
///
/// Correlations of 6 s chunks are sheared by the slope and summed before any peak is taken, so no chunk has to be clear by itself. The
/// errors are those of an M-estimator (Huber's sandwich), from how much the chunks disagree.
pub(super) fn fit(signal: &Signal, mask: &Signal, parts: &[Part], slope: f64, pivot: f64, fixed: bool) -> Fit {
    let chunks = chunks(signal, mask, parts, slope, pivot);
    let mut by_part: Vec<Vec<&Chunk>> = vec![Vec::new(); parts.len()];
    for chunk in &chunks {
        by_part[chunk.part].push(chunk);
    }
    let longest_arm = chunks.iter().map(|c| c.arm.abs()).fold(1.0, f64::max);
    let mut best = (f64::NEG_INFINITY, slope, parts.iter().map(|p| p.offset).collect::<Vec<_>>());
    let tilts = if fixed { 0..=0 } else { -SEARCH..=SEARCH };
    for tilt in tilts {
        let slope = slope + f64::from(tilt) / longest_arm;
        let peaks = by_part.iter().zip(parts).map(|(chunks, part)| {
            let stacked = |offset: f64| chunks.iter().map(|c| c.at(offset + slope * c.arm)).sum::<f64>();
            let tried = (-SEARCH..=SEARCH).map(|by| part.offset + f64::from(by));
            tried.map(|o| (stacked(o), o)).fold((f64::NEG_INFINITY, part.offset), |a, b| if b.0 > a.0 { b } else { a })
        });
        let (totals, offsets): (Vec<f64>, Vec<f64>) = peaks.unzip();
        let total: f64 = totals.iter().sum();
        if total > best.0 {
            best = (total, slope, offsets);
        }
    }
    polish(&by_part, parts, best.1, best.2, fixed)
}

/// Newton's method on the stacked correlation, from a start that is right to the hop.
fn polish(by_part: &[Vec<&Chunk>], parts: &[Part], mut slope: f64, mut offsets: Vec<f64>, fixed: bool) -> Fit {
    let mut slope_error = 0.0;
    // Few chunks know little about how much they disagree; close to the three-sigma quantile of Student's t over that of the normal.
    let doubt = |count: usize| 1.0 + 5.0 / count.max(1) as f64;
    let all: usize = by_part.iter().map(Vec::len).sum();
    let mut offset_errors = vec![0.0; parts.len()];
    for _ in 0..6 {
        let (mut pull, mut hold, mut noise) = (0.0, 0.0, 0.0);
        let mut sums = Vec::with_capacity(parts.len());
        for (chunks, offset) in by_part.iter().zip(&offsets) {
            let here = |c: &Chunk| offset + slope * c.arm;
            let rise = |c: &Chunk| (c.at(here(c) + SPREAD) - c.at(here(c) - SPREAD)) / (2.0 * SPREAD);
            let bend = |c: &Chunk| (c.at(here(c) + SPREAD) + c.at(here(c) - SPREAD) - 2.0 * c.at(here(c))) / (SPREAD * SPREAD);
            let weight: f64 = chunks.iter().map(|c| c.weight).sum::<f64>().max(f64::EPSILON);
            // The curvature belongs to the voice and the room; a chunk has its share by what its words can say.
            let sharpness = (-chunks.iter().map(|c| bend(c)).sum::<f64>() / weight).max(1e-4);
            let mean_arm = chunks.iter().map(|c| c.weight * c.arm).sum::<f64>() / weight;
            for c in chunks {
                pull += rise(c) * (c.arm - mean_arm);
                hold += sharpness * c.weight * (c.arm - mean_arm).powi(2);
                noise += (rise(c) * (c.arm - mean_arm)).powi(2);
            }
            let total: f64 = chunks.iter().map(|c| rise(c)).sum();
            let spread: f64 = chunks.iter().map(|c| rise(c).powi(2)).sum();
            sums.push((total / (sharpness * weight), mean_arm, doubt(chunks.len()) * spread.sqrt() / (sharpness * weight)));
        }
        let turn = if fixed || hold <= f64::EPSILON { 0.0 } else { pull / hold };
        slope += turn;
        slope_error = if hold > f64::EPSILON { doubt(all) * noise.sqrt() / hold } else { f64::INFINITY };
        for (((offset, error), part), (shift, mean_arm, noise)) in offsets.iter_mut().zip(&mut offset_errors).zip(parts).zip(sums) {
            *offset = (*offset + shift.clamp(-5.0, 5.0) - turn * mean_arm).clamp(part.offset - REACH as f64, part.offset + REACH as f64);
            *error = noise;
        }
    }
    let parts = parts.iter().zip(&offsets).map(|(part, offset)| Part { offset: *offset, ..*part }).collect();
    Fit { parts, slope, slope_error, offset_errors }
}
