//! How far the sound lies from the picture, where both tell: by what begins to move and what begins to sound.
//!
//! As in Hershey and Movellan (1999), what is seen and heard of one event changes together; here it is only asked when. What counts is a
//! coincidence that stands far above all coincidences at lags that can't be true, so that most media say nothing.

use super::PictureChanges;
use crate::align::{Envelope, HOP};
use crate::time::{Delta, MediaTime};

/// Largest offset that is looked for, in hops.
const NEAR: usize = 100;
/// Lags that can't be true, in hops: what coincides there does so by chance or by rhythm.
const FAR: (usize, usize) = (300, 2_000);
/// Shorter media are not judged, in hops.
const SHORTEST: usize = 2_000;
/// Hops that a level of sound must rise within.
const RISE: usize = 2;
/// Hops that an onset is spread over: frames are coarser than hops.
const SPREAD: usize = 5;
/// Hops of the running mean that onsets are held against, so that loud stretches with much motion say nothing by themselves.
const MEAN: usize = 200;
/// How much sooner the envelope tells of a sound than it begins: its frames reach ahead.
const AHEAD: Delta = Delta::from_us(4_000);

/// Pictures before an onset that must be calmer.
const CALMER: usize = 3;
/// An onset exceeds the usual wavering of the picture by so many times; more than twice that counts no more.
const STANDS_OUT: f32 = 3.0;
/// The least wavering, in nepers.
const LEAST_WAVERING: f32 = 0.15;
/// Pictures so near to a cut are left out.
const NEAR_CUT: Delta = Delta::from_us(200_000);

/// Least distance of the peak from what lags that can't be true reach, in their robust standard deviations, and over the highest of them.
const LEAST_STRENGTH: f64 = 8.0;
const OVER_FAR: f64 = 1.5;
/// Hops around the peak that belong to it; beyond, nothing may reach so large a share of it: where a beat or a habit gives several answers none counts.
const LOBE: usize = 8;
const OTHER_PEAKS: f64 = 0.6;
/// Hops by which the two halves may differ from the whole.
const HALVES_APART: usize = 3;
/// Onsets of the picture, in each half, that must meet one of the sound; and how clear that must be.
const LEAST_MET: usize = 6;
const MET: f32 = 0.05;

/// How far the sound lies from the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offset {
    /// Positive where the sound is late.
    pub offset: Delta,
    /// How far the coincidences at this offset stand out from those at lags that can't be true, in their robust standard deviations; at least 8.
    pub strength: f64,
    /// What each half of the picture's onsets says alone.
    pub halves: [Delta; 2],
}

/// Looks for the offset, up to a second, of the sound against the picture; none where they give no ground for one. `cuts` are times of frames that
/// begin a shot: editors cut to the sound, so what changes there is left out.
pub fn offset(envelope: &Envelope, changes: &PictureChanges, cuts: &[MediaTime]) -> Option<Offset> {
    let hops = envelope.values.len();
    if hops < SHORTEST {
        return None;
    }
    let far = (FAR.0, FAR.1.min(hops / 2));
    let seen = picture_onsets(changes, cuts, hops);
    let heard = Wrapped::new(&sound_onsets(envelope), far.1);
    let half = middle(&seen);
    let halves = [&seen[..half], &seen[half..]].map(|seen| heard.coincidences(seen));
    let whole: Vec<f64> = halves[0].iter().zip(&halves[1]).map(|(a, b)| a + b).collect();
    let zero = far.1;
    let near = zero - NEAR..zero + NEAR + 1;
    let peak = highest(&whole, near.clone())?;
    // Beyond the end of what is looked at it may rise further.
    if peak < near.start + SPREAD || peak + SPREAD >= near.end {
        return None;
    }
    let chance: Vec<f64> = [&whole[..=zero - far.0], &whole[zero + far.0..]].concat();
    let usual = median(&mut chance.clone())?;
    let spread = 1.4826 * median(&mut chance.iter().map(|c| (c - usual).abs()).collect::<Vec<_>>())?;
    let above = |lag: usize| whole[lag] - usual;
    let height = above(peak);
    let strength = height / spread.max(f64::MIN_POSITIVE);
    let highest_far = chance.iter().fold(f64::MIN, |a, b| a.max(*b)) - usual;
    let others = near.clone().filter(|lag| lag.abs_diff(peak) > LOBE).map(above).fold(0.0, f64::max);
    if !(height > 0.0 && strength >= LEAST_STRENGTH && height >= OVER_FAR * highest_far && others <= OTHER_PEAKS * height) {
        return None;
    }
    let met = [&seen[..half], &seen[half..]].map(|seen| seen.iter().filter(|o| heard.at(o.hop, peak) > MET).count());
    let tops = [highest(&halves[0], near.clone())?, highest(&halves[1], near)?];
    if tops.iter().any(|top| top.abs_diff(peak) > HALVES_APART) || met.iter().any(|met| *met < LEAST_MET) {
        return None;
    }
    let lag = |of: &[f64], top| to_delta(centre(of, top) - zero as f64);
    Some(Offset { offset: lag(&whole, peak), strength, halves: [lag(&halves[0], tops[0]), lag(&halves[1], tops[1])] })
}

/// A moment in which the picture begins to change.
#[derive(Clone, Copy, Debug)]
struct Onset {
    hop: usize,
    weight: f32,
}

/// Where the picture changes much more than just before, inside of shots.
fn picture_onsets(changes: &PictureChanges, cuts: &[MediaTime], hops: usize) -> Vec<Onset> {
    let rise = |i: usize| {
        let before = (i.saturating_sub(CALMER)..i).map(|j| changes.level(j)).fold(0.0, f32::max);
        changes.level(i) - before
    };
    let mut steps: Vec<f32> = (1..changes.len()).map(|i| (changes.level(i) - changes.level(i - 1)).abs()).collect();
    let at = steps.len() / 2;
    if steps.is_empty() {
        return vec![];
    }
    let wavering = (1.4826 * *steps.select_nth_unstable_by(at, f32::total_cmp).1).max(LEAST_WAVERING);
    let by_cut = |at: MediaTime| {
        let next = cuts.partition_point(|cut| *cut < at);
        cuts[next.saturating_sub(1)..cuts.len().min(next + 1)].iter().any(|cut| (*cut - at).us().abs() <= NEAR_CUT.us())
    };
    let all = (CALMER..changes.len()).map(|i| (changes.at(i), rise(i) / (STANDS_OUT * wavering)));
    let onsets = all.filter(|(at, rise)| *rise >= 1.0 && !by_cut(*at)).filter_map(|(at, rise)| {
        let hop = usize::try_from(at.us() / HOP.us()).ok()?;
        Some(Onset { hop, weight: rise.min(2.0) })
    });
    onsets.filter(|onset| onset.hop < hops).collect()
}

/// How much the sound rises at each hop, a little spread, against the mean of its surroundings.
fn sound_onsets(envelope: &Envelope) -> Vec<f32> {
    let level = |i: usize| envelope.values.get(i).copied().filter(|v| v.is_finite()).unwrap_or(0.0);
    let rises: Vec<f32> = (0..envelope.values.len()).map(|i| if i < RISE { 0.0 } else { (level(i) - level(i - RISE)).max(0.0) }).collect();
    let mut onsets = running_mean(&rises, SPREAD);
    let means = running_mean(&rises, MEAN);
    onsets.iter_mut().zip(means).for_each(|(onset, mean)| *onset -= mean);
    onsets
}

/// Means over about `len` values around each.
fn running_mean(values: &[f32], len: usize) -> Vec<f32> {
    let half = len / 2;
    let mut sum: f64 = values.iter().take(half).map(|v| f64::from(*v)).sum();
    let each = (0..values.len()).map(|i| {
        sum += values.get(i + half).map_or(0.0, |v| f64::from(*v));
        let mean = (sum / (2 * half + 1) as f64) as f32;
        sum -= i.checked_sub(half).map_or(0.0, |gone| f64::from(values[gone]));
        mean
    });
    each.collect()
}

/// Onsets of the sound that go on from their end to their start, so that every lag is tried on as many.
struct Wrapped {
    values: Vec<f32>,
    reach: usize,
}

impl Wrapped {
    fn new(onsets: &[f32], reach: usize) -> Self {
        let values = [&onsets[onsets.len() - reach..], onsets, &onsets[..reach]].concat();
        Self { values, reach }
    }

    /// What sounds at the lag with this index from the hop; index `reach` is lag 0.
    fn at(&self, hop: usize, lag: usize) -> f32 {
        self.values[hop + lag]
    }

    /// How much the onsets of both coincide, by lag.
    fn coincidences(&self, seen: &[Onset]) -> Vec<f64> {
        let mut all = vec![0.0f64; 2 * self.reach + 1];
        for onset in seen {
            let heard = &self.values[onset.hop..][..all.len()];
            all.iter_mut().zip(heard).for_each(|(sum, heard)| *sum += f64::from(onset.weight * heard));
        }
        all
    }
}

/// Where half of the weight has passed.
fn middle(seen: &[Onset]) -> usize {
    let half = seen.iter().map(|o| f64::from(o.weight)).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    seen.iter().take_while(|o| (sum < half, sum += f64::from(o.weight)).0).count()
}

fn highest(of: &[f64], range: std::ops::Range<usize>) -> Option<usize> {
    range.max_by(|a, b| of[*a].total_cmp(&of[*b]))
}

fn median(values: &mut [f64]) -> Option<f64> {
    let at = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(at, f64::total_cmp).1)
}

/// The centre of what reaches half of the peak around it, as a fraction of an index.
fn centre(of: &[f64], peak: usize) -> f64 {
    let around = peak.saturating_sub(SPREAD)..(peak + SPREAD + 1).min(of.len());
    let high = around.map(|lag| (lag as f64, of[lag] - of[peak] / 2.0)).filter(|(_, weight)| *weight > 0.0);
    let (sum, weights) = high.fold((0.0, 0.0), |(sum, weights), (lag, weight)| (sum + lag * weight, weights + weight));
    if weights > 0.0 { sum / weights } else { peak as f64 }
}

fn to_delta(lag: f64) -> Delta {
    Delta::from_us((lag * HOP.us() as f64).round() as i64 + AHEAD.us())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "offset_tests.rs"]
mod tests;
