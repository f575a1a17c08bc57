//! The two signals that are held against each other, and how: the envelope of the media and the mask of the words.

use super::{Envelope, HOP};
use crate::time::{Span, TranscriptTime};
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Where words lie, as disjoint stretches `[start, end)` in order, in hops (fractional) of some clock.
pub(super) type Stretches = Vec<(f64, f64)>;

/// Hops in a second.
pub(super) const HOPS_PER_S: f64 = 1e6 / HOP.us() as f64;

/// The union of `spans` as stretches in hops; empty and reversed spans say nothing and are left out, as is all outside `lo..hi` hops.
pub(super) fn stretches<T>(spans: impl Iterator<Item = Span<T>>, us: impl Fn(T) -> i64, lo: f64, hi: f64) -> Stretches {
    let hop = |t: T| us(t) as f64 / HOP.us() as f64;
    let mut all: Stretches = spans.map(|s| (hop(s.start), hop(s.end))).filter(|(a, b)| a < b && *a >= lo && *b <= hi).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut union: Stretches = Vec::with_capacity(all.len());
    for (a, b) in all {
        match union.last_mut() {
            Some(last) if a <= last.1 => last.1 = last.1.max(b),
            _ => union.push((a, b)),
        }
    }
    union
}

/// The stretches of transcript words that could lie in media of `hops` hops under any offset and rate that is searched for.
pub(super) fn transcript_stretches(words: &[Span<TranscriptTime>], hops: usize, max_offset_hops: f64, max_rate: f64) -> Stretches {
    let reach = (hops as f64 + max_offset_hops) * (1.0 + max_rate);
    stretches(words.iter().copied(), TranscriptTime::us, -max_offset_hops * (1.0 + max_rate), reach)
}

/// `stretches` with the gaps shorter than `least_hops` filled in.
pub(super) fn closed(stretches: &[(f64, f64)], least_hops: f64) -> Stretches {
    let mut closed: Stretches = Vec::with_capacity(stretches.len());
    for s in stretches {
        match closed.last_mut() {
            Some(last) if s.0 - last.1 < least_hops => last.1 = s.1,
            _ => closed.push(*s),
        }
    }
    closed
}

/// A sampled signal that begins at `first` (in samples of its own clock).
#[derive(Clone, Debug, Default)]
pub(super) struct Signal {
    /// Clock index of `values[0]`.
    pub first: i64,
    /// The samples.
    pub values: Vec<f32>,
}

impl Signal {
    /// The envelope less its running mean: what stands out from its surroundings.
    pub fn of_envelope(envelope: &Envelope, mean_hops: usize) -> Self {
        // Whoever filled the public field by hand may have put anything into it.
        let values = envelope.values.iter().map(|v| if v.is_finite() { v.clamp(0.0, 2.0) } else { 0.0 }).collect();
        Self { first: 0, values: less_running_mean(values, mean_hops) }
    }

    /// 1 inside words and 0 outside, by the share of each hop that is covered, at `rate` media seconds per transcript second.
    pub fn mask(stretches: &[(f64, f64)], rate: f64) -> Self {
        let (Some(first), Some(last)) = (stretches.first(), stretches.last()) else { return Self::default() };
        let start = (first.0 * rate).floor() - 1.0;
        let mut values = vec![0.0f32; ((last.1 * rate).ceil() - start) as usize + 2];
        for (a, b) in stretches {
            let (a, b) = (a * rate - start, b * rate - start);
            for (i, value) in values.iter_mut().enumerate().take(b as usize + 1).skip(a as usize) {
                *value += ((b.min(i as f64 + 1.0)) - a.max(i as f64)).max(0.0) as f32;
            }
        }
        Self { first: start as i64, values }
    }

    /// This signal less its running mean.
    pub fn less_mean(self, mean_hops: usize) -> Self {
        Self { first: self.first, values: less_running_mean(self.values, mean_hops) }
    }

    /// Means of `by` neighbours, on the clock that is `by` times slower.
    pub fn decimated(&self, by: usize) -> Self {
        let skew = self.first.rem_euclid(by as i64) as usize;
        let padded: Vec<f32> = std::iter::repeat_n(0.0, skew).chain(self.values.iter().copied()).collect();
        Self { first: self.first.div_euclid(by as i64), values: padded.chunks(by).map(|c| c.iter().sum::<f32>() / by as f32).collect() }
    }

    /// The sample at clock index `at`; 0 outside.
    pub fn at(&self, at: i64) -> f32 {
        usize::try_from(at - self.first).ok().and_then(|i| self.values.get(i)).copied().unwrap_or(0.0)
    }

    /// Samples `from..from+len` of the clock into `out`, zeros outside.
    pub fn copy(&self, from: i64, len: usize, out: &mut Vec<f32>) {
        out.clear();
        let offset = from - self.first;
        out.resize((-offset).clamp(0, len as i64) as usize, 0.0);
        let begin = (offset.max(0) as usize).min(self.values.len());
        let end = (begin + len - out.len()).min(self.values.len());
        out.extend_from_slice(&self.values[begin..end]);
        out.resize(len, 0.0);
    }
}

/// `values` less a centred running mean over `len` samples; the ends are held.
fn less_running_mean(mut values: Vec<f32>, len: usize) -> Vec<f32> {
    let half = (len / 2).max(1) as i64;
    let n = values.len() as i64;
    let Some(last) = n.checked_sub(1).filter(|l| *l >= 0) else { return values };
    let source = values.clone();
    let held = |i: i64| f64::from(source[i.clamp(0, last) as usize]);
    let mut sum: f64 = (-half..=half).map(held).sum();
    for (i, value) in values.iter_mut().enumerate() {
        *value -= (sum / (2 * half + 1) as f64) as f32;
        sum += held(i as i64 + half + 1) - held(i as i64 - half);
    }
    values
}

/// Slides patterns along a signal: normalised cross-correlation by fast Fourier transform.
pub(super) struct Correlator {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    long: Vec<f32>,
    short: Vec<f32>,
    product: Vec<f32>,
    spectra: [Vec<Complex<f32>>; 2],
    scratch: Vec<Complex<f32>>,
    stretch: Vec<f32>,
    /// Mean square of the signal; windows quieter than a quarter of it aren't trusted to be a match just for being short of energy.
    mean_square: f32,
}

impl Correlator {
    /// For patterns of up to `pattern` samples over `lags` lags of `signal`.
    pub fn new(signal: &Signal, pattern: usize, lags: usize) -> Self {
        let len = fast_length(pattern + lags);
        let mut planner = RealFftPlanner::<f32>::new();
        let (forward, inverse) = (planner.plan_fft_forward(len), planner.plan_fft_inverse(len));
        let scratch = forward.get_scratch_len().max(inverse.get_scratch_len());
        let squares: f64 = signal.values.iter().map(|v| f64::from(v * v)).sum();
        Self {
            long: forward.make_input_vec(),
            short: forward.make_input_vec(),
            product: inverse.make_output_vec(),
            spectra: [forward.make_output_vec(), forward.make_output_vec()],
            scratch: vec![Complex::default(); scratch],
            forward,
            inverse,
            stretch: Vec::new(),
            mean_square: (squares / signal.values.len().max(1) as f64) as f32,
        }
    }

    /// The normalised correlation of `pattern` with the signal from clock index `from + lag`, for `lag` in `0..lags`, each -1..1. None
    /// where the pattern is flat. `pattern.len() + lags` must not exceed what the correlator was made for.
    pub fn slide(&mut self, signal: &Signal, from: i64, pattern: &[f32], lags: usize, out: &mut Vec<f32>) -> Option<()> {
        let norm = pattern.iter().map(|v| v * v).sum::<f32>();
        if pattern.is_empty() || norm < FLAT * pattern.len() as f32 || pattern.len() + lags > self.long.len() {
            return None;
        }
        signal.copy(from, pattern.len() + lags - 1, &mut self.stretch);
        self.correlate(pattern);
        let floor = 0.25 * self.mean_square * pattern.len() as f32 + 1e-6;
        let mut energy: f64 = self.stretch[..pattern.len()].iter().map(|v| f64::from(v * v)).sum();
        out.clear();
        for lag in 0..lags {
            out.push(self.product[lag] / (norm * (energy as f32).max(floor)).sqrt());
            if let Some(next) = self.stretch.get(lag + pattern.len()) {
                energy += f64::from(next * next) - f64::from(self.stretch[lag] * self.stretch[lag]);
            }
        }
        Some(())
    }

    /// `product[lag]` becomes the sum of `stretch[lag + i] * pattern[i]`.
    fn correlate(&mut self, pattern: &[f32]) {
        let len = self.long.len();
        self.long[..self.stretch.len()].copy_from_slice(&self.stretch);
        self.long[self.stretch.len()..].fill(0.0);
        self.short[..pattern.len()].copy_from_slice(pattern);
        self.short[pattern.len()..].fill(0.0);
        let [a, b] = &mut self.spectra;
        let made = "the buffers were made by these very plans";
        self.forward.process_with_scratch(&mut self.long, a, &mut self.scratch[..self.forward.get_scratch_len()]).expect(made);
        self.forward.process_with_scratch(&mut self.short, b, &mut self.scratch[..self.forward.get_scratch_len()]).expect(made);
        for (x, y) in a.iter_mut().zip(b.iter()) {
            *x = *x * y.conj() / len as f32;
        }
        // The first and, for an even length, the last bin of a real signal are real; rounding must not make them otherwise.
        a[0].im = 0.0;
        if len.is_multiple_of(2)
            && let Some(last) = a.last_mut()
        {
            last.im = 0.0;
        }
        self.inverse.process_with_scratch(a, &mut self.product, &mut self.scratch[..self.inverse.get_scratch_len()]).expect(made);
    }
}

/// Mean square below which a pattern has too few gaps (or too few words) to be placed.
const FLAT: f32 = 0.004;

/// The smallest length of the form 2ᵃ or 3·2ᵃ that holds `n`.
fn fast_length(n: usize) -> usize {
    let power = n.max(8).next_power_of_two();
    if power / 4 * 3 >= n { power / 4 * 3 } else { power }
}
