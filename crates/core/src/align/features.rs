//! From samples to the envelope of speech energy.

use super::{Envelope, HOP, SAMPLE_RATE};
use crate::time::{Delta, MediaTime, Span};
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Samples between two frames: one [`HOP`].
const STEP: usize = 160;
/// Samples in a frame, 25 ms, centred on the middle of its hop.
const FRAME: usize = 400;
/// How far a frame begins before its hop.
const LEAD: usize = (FRAME - STEP) / 2;
/// Transform length; one bin is 31.25 Hz.
const FFT: usize = 512;
/// Band edges in bins: about 190, 470, 940, 1720 and 3125 Hz, where speech has its voicing and its formants.
const BAND_EDGES: [usize; BANDS + 1] = [6, 15, 30, 55, 100];
const BANDS: usize = 4;
/// Added to a band's energy before the logarithm, near -80 dB of full scale: dither and codec hiss are silence.
const ENERGY_FLOOR: f32 = 1e-5;
/// Samples taken in at once, so that a caller's huge block isn't copied whole.
const INTAKE: usize = 1 << 15;

/// Block length of the running floor and ceiling, in hops; each looks half a block back and one block on.
const LEVEL_BLOCK: usize = 1_000;
/// Quantiles that count as the floor and as the ceiling of a block.
const LEVEL_QUANTILES: (f32, f32) = (0.08, 0.92);
/// The least distance from floor to ceiling, in nepers of energy (10 dB): steady noise isn't blown up into speech.
const LEVEL_MIN_RANGE: f32 = 2.3;
/// Values above the ceiling are cut here, so that a bang doesn't outweigh a sentence.
const VALUE_MAX: f32 = 1.1;

/// Marks the bytes of an envelope; the last byte is the version.
const MAGIC: [u8; 4] = *b"PLE\x01";
/// Quantisation of a value in the stored form: 0..=255 stands for 0..=[`VALUE_MAX`].
const QUANTUM: f32 = VALUE_MAX / 255.0;

/// Hysteresis of [`Envelope::speech`]: a stretch begins above the first value and goes on above the second.
const SPEECH_LEVELS: (f32, f32) = (0.5, 0.3);
/// Pauses up to this many hops belong to the stretch around them.
const SPEECH_BRIDGE: usize = 30;
/// Stretches shorter than this many hops are clicks.
const SPEECH_MIN: usize = 20;

/// Makes an [`Envelope`] of a stream of samples in one pass: 16 bytes per 10 ms are kept.
///
/// Four log-energy bands per hop are normalised to a floor and a ceiling that follow the recording over about 30 s, and averaged. A
/// band that is drowned by music or noise in one place still lets the others speak.
pub struct EnvelopeBuilder {
    fft: Arc<dyn RealToComplex<f32>>,
    window: [f32; FRAME],
    frame: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    pending: Vec<f32>,
    samples: usize,
    bands: Vec<[f32; BANDS]>,
}

impl Default for EnvelopeBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl EnvelopeBuilder {
    /// A builder at the start of the media.
    pub fn new() -> Self {
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(FFT);
        let window = std::array::from_fn(|i| {
            let phase = std::f32::consts::TAU * (i as f32 + 0.5) / FRAME as f32;
            0.5 - 0.5 * phase.cos()
        });
        Self {
            window,
            frame: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
            pending: vec![0.0; LEAD],
            samples: 0,
            bands: Vec::new(),
        }
    }

    /// Takes in the next samples: one channel at [`SAMPLE_RATE`], nominally -1..1, in blocks of any size. What isn't a number counts as 0.
    pub fn push(&mut self, samples: &[f32]) {
        for block in samples.chunks(INTAKE) {
            self.samples += block.len();
            self.pending.extend(block.iter().map(|s| if s.is_finite() { s.clamp(-8.0, 8.0) } else { 0.0 }));
            self.take_frames(usize::MAX);
        }
    }

    /// The envelope of everything pushed; its last hop may be partly past the end.
    pub fn finish(mut self) -> Envelope {
        let hops = self.samples.div_ceil(STEP);
        self.pending.resize(self.pending.len() + FRAME + STEP, 0.0);
        self.take_frames(hops);
        Envelope { values: normalise(&self.bands) }
    }

    /// Turns pending samples into bands until there are `limit` hops or the samples don't fill a frame.
    fn take_frames(&mut self, limit: usize) {
        let mut at = 0;
        while at + FRAME <= self.pending.len() && self.bands.len() < limit {
            for ((to, sample), weight) in self.frame.iter_mut().zip(&self.pending[at..at + FRAME]).zip(&self.window) {
                *to = sample * weight;
            }
            self.frame[FRAME..].fill(0.0);
            self.fft
                .process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch)
                .expect("the buffers were made by this very plan");
            self.bands.push(std::array::from_fn(|b| {
                let energy: f32 = self.spectrum[BAND_EDGES[b]..BAND_EDGES[b + 1]].iter().map(Complex::norm_sqr).sum();
                (energy + ENERGY_FLOOR).ln()
            }));
            at += STEP;
        }
        self.pending.drain(..at);
    }
}

/// The mean over bands of where each lies between its running floor and ceiling, quantised as it will be stored.
fn normalise(bands: &[[f32; BANDS]]) -> Vec<f32> {
    let mut values = vec![0.0f32; bands.len()];
    let mut block = Vec::new();
    for band in 0..BANDS {
        let levels: Vec<(f32, f32)> = (0..bands.len())
            .step_by(LEVEL_BLOCK)
            .map(|at| {
                block.clear();
                let range = at.saturating_sub(LEVEL_BLOCK)..(at + 2 * LEVEL_BLOCK).min(bands.len());
                block.extend(bands[range].iter().map(|b| b[band]));
                (quantile(&mut block, LEVEL_QUANTILES.0), quantile(&mut block, LEVEL_QUANTILES.1))
            })
            .collect();
        for (i, value) in values.iter_mut().enumerate() {
            let (at, rest) = (i / LEVEL_BLOCK, (i % LEVEL_BLOCK) as f32 / LEVEL_BLOCK as f32);
            let (a, b) = (levels[at], levels[(at + 1).min(levels.len() - 1)]);
            let floor = a.0 + (b.0 - a.0) * rest;
            let range = (a.1 + (b.1 - a.1) * rest - floor).max(LEVEL_MIN_RANGE);
            *value += ((bands[i][band] - floor) / range).clamp(0.0, VALUE_MAX);
        }
    }
    for value in &mut values {
        *value = (*value / (BANDS as f32 * QUANTUM)).round() * QUANTUM;
    }
    values
}

/// The value at rank `q` (0..1); 0 of nothing. Reorders `values`.
fn quantile(values: &mut [f32], q: f32) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let rank = ((values.len() - 1) as f32 * q).round() as usize;
    *values.select_nth_unstable_by(rank, f32::total_cmp).1
}

impl Envelope {
    /// How long the media is, to the hop.
    pub fn duration(&self) -> Delta {
        Delta::from_us(self.values.len() as i64 * HOP.us())
    }

    /// The mean over the hops that `span` touches; 0 outside the media.
    pub fn mean(&self, span: Span<MediaTime>) -> f32 {
        let hop = |us: i64| us.clamp(0, self.duration().us());
        let from = hop(span.start.us()).div_euclid(HOP.us()) as usize;
        let to = (hop(span.end.us()) + HOP.us() - 1).div_euclid(HOP.us()) as usize;
        let part = self.values.get(from..to).unwrap_or(&[]);
        if part.is_empty() { 0.0 } else { part.iter().sum::<f32>() / part.len() as f32 }
    }

    /// Stretches that stand out like speech, in order. A stretch begins where the envelope rises over 0.5 and reaches to where it stays
    /// below 0.3 for more than 300 ms; what lasts less than 200 ms is dropped. Loud music counts too: this is energy, not a recogniser.
    pub fn speech(&self) -> Vec<Span<MediaTime>> {
        let at = |hop: usize| MediaTime::from_us(hop as i64 * HOP.us());
        let mut found: Vec<(usize, usize)> = Vec::new();
        let mut i = 0;
        while i < self.values.len() {
            if self.values[i] < SPEECH_LEVELS.0 {
                i += 1;
                continue;
            }
            let floor = found.last().map_or(0, |f| f.1);
            let start = (floor..i).rev().take_while(|&j| self.values[j] >= SPEECH_LEVELS.1).last().unwrap_or(i);
            let end = (i..self.values.len()).find(|&j| self.values[j] < SPEECH_LEVELS.1).unwrap_or(self.values.len());
            match found.last_mut() {
                Some(last) if start - last.1 <= SPEECH_BRIDGE => last.1 = end,
                _ => found.push((start, end)),
            }
            i = end;
        }
        found.retain(|(a, b)| b - a >= SPEECH_MIN);
        found.into_iter().map(|(a, b)| Span::new(at(a), at(b))).collect()
    }

    /// A compact form to keep: one byte per hop after a four-byte mark. Values from [`EnvelopeBuilder`] come back exactly.
    pub fn to_bytes(&self) -> Vec<u8> {
        MAGIC.into_iter().chain(self.values.iter().map(|v| (v / QUANTUM).round() as u8)).collect()
    }

    /// The envelope that [`Envelope::to_bytes`] wrote; none where the bytes are of another version or of something else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let values = bytes.strip_prefix(&MAGIC)?;
        Some(Self { values: values.iter().map(|b| f32::from(*b) * QUANTUM).collect() })
    }
}

const _: () = assert!(STEP as i64 * 1_000_000 == HOP.us() * SAMPLE_RATE as i64);
