//! From samples to the cepstra that the acoustic model was trained on.

use super::SAMPLE_RATE;
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::f32::consts::PI;
use std::ops::Range;
use std::sync::Arc;

/// Coefficients per frame; the first is the level.
pub const CEPSTRA: usize = 13;
/// Samples between two frames: one [`super::HOP`].
const STEP: usize = 160;
/// Samples in a frame: 25.625 ms.
const FRAME: usize = 410;
const FFT: usize = 512;
const FILTERS: usize = 25;
/// Lowest and highest frequency of the filters, in Hz.
const BAND: (f32, f32) = (130.0, 6_800.0);
const PRE_EMPHASIS: f32 = 0.97;
const LIFTER: f32 = 22.0;
/// The model's units are those of 16-bit samples.
const FULL_SCALE: f32 = 32_768.0;
/// Added to the energy of a filter before the logarithm.
const ENERGY_FLOOR: f32 = 1e-4;
/// A stored unit: 1/200 of a coefficient. The level reaches 140, a 16-bit number 163.
const QUANTUM: f32 = 1.0 / 200.0;
/// Samples taken in at once, so that a caller's huge block isn't copied whole.
const INTAKE: usize = 1 << 15;
/// Marks the bytes of stored cepstra; the last byte is the version.
const MAGIC: [u8; 4] = *b"PLC\x01";

/// Mel-frequency cepstra, one frame per [`super::HOP`] from the start of the media: 26 bytes per 10 ms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cepstra {
    frames: Vec<[i16; CEPSTRA]>,
}

impl Cepstra {
    /// Number of frames.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there is no sound at all.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The frames of a range; those outside the media repeat its ends, and there are none of no sound.
    pub(super) fn range(&self, range: Range<i64>) -> Vec<[f32; CEPSTRA]> {
        let Some(last) = self.frames.len().checked_sub(1) else { return vec![] };
        range.map(|i| self.frames[i.clamp(0, last as i64) as usize].map(|c| f32::from(c) * QUANTUM)).collect()
    }

    /// In a compact form, to keep between runs.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MAGIC.len() + self.frames.len() * CEPSTRA * 2);
        bytes.extend(MAGIC);
        bytes.extend(self.frames.iter().flatten().flat_map(|c| c.to_le_bytes()));
        bytes
    }

    /// Back from [`Cepstra::to_bytes`]; none for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let body = bytes.strip_prefix(&MAGIC)?;
        let frames = body.chunks_exact(CEPSTRA * 2);
        if !frames.remainder().is_empty() {
            return None;
        }
        let frame = |bytes: &[u8]| std::array::from_fn(|i| i16::from_le_bytes([bytes[2 * i], bytes[2 * i + 1]]));
        Some(Self { frames: frames.map(frame).collect() })
    }
}

/// Makes [`Cepstra`] of a stream of samples in one pass.
///
/// The front end of Sphinx as its English model was trained with: pre-emphasis, a Hamming window, 25 triangular mel filters of equal area,
/// the logarithm, an orthogonal cosine transform, a lifter (Davis and Mermelstein 1980; sphinxbase `fe_sigproc`).
pub struct CepstraBuilder {
    fft: Arc<dyn RealToComplex<f32>>,
    window: [f32; FRAME],
    filters: Vec<(usize, Vec<f32>)>,
    cosines: [[f32; FILTERS]; CEPSTRA],
    frame: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    pending: Vec<f32>,
    last: f32,
    samples: usize,
    out: Cepstra,
}

impl Default for CepstraBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl CepstraBuilder {
    /// A builder at the start of the media.
    pub fn new() -> Self {
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(FFT);
        Self {
            window: std::array::from_fn(|i| 0.54 - 0.46 * (2.0 * PI * i as f32 / (FRAME - 1) as f32).cos()),
            filters: filters(),
            cosines: cosines(),
            frame: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
            pending: Vec::new(),
            last: 0.0,
            samples: 0,
            out: Cepstra::default(),
        }
    }

    /// Takes in the next samples: one channel at [`SAMPLE_RATE`], nominally -1..1, in blocks of any size. What isn't a number counts as 0.
    pub fn push(&mut self, samples: &[f32]) {
        for block in samples.chunks(INTAKE) {
            self.samples += block.len();
            for sample in block {
                let sample = if sample.is_finite() { sample.clamp(-8.0, 8.0) * FULL_SCALE } else { 0.0 };
                self.pending.push(sample - PRE_EMPHASIS * self.last);
                self.last = sample;
            }
            self.take_frames(usize::MAX);
        }
    }

    /// The cepstra of everything pushed; the last frame may reach past the end.
    pub fn finish(mut self) -> Cepstra {
        let hops = self.samples.div_ceil(STEP);
        self.pending.resize(self.pending.len() + FRAME + STEP, 0.0);
        self.take_frames(hops);
        self.out
    }

    fn take_frames(&mut self, limit: usize) {
        let mut at = 0;
        while at + FRAME <= self.pending.len() && self.out.frames.len() < limit {
            for ((to, sample), weight) in self.frame.iter_mut().zip(&self.pending[at..at + FRAME]).zip(&self.window) {
                *to = sample * weight;
            }
            self.frame[FRAME..].fill(0.0);
            self.fft
                .process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch)
                .expect("the buffers were made by this very plan");
            let energies: [f32; FILTERS] = std::array::from_fn(|f| {
                let (first, weights) = &self.filters[f];
                let energy: f32 = self.spectrum[*first..].iter().zip(weights).map(|(bin, w)| bin.norm_sqr() * w).sum();
                (energy + ENERGY_FLOOR).ln()
            });
            self.out.frames.push(std::array::from_fn(|i| {
                let value: f32 = self.cosines[i].iter().zip(&energies).map(|(a, b)| a * b).sum();
                // A float becomes the nearest number that fits.
                (value / QUANTUM).round() as i16
            }));
            at += STEP;
        }
        self.pending.drain(..at);
    }
}

/// The first bin and the weights of each filter: triangles on the mel scale with their corners on bins.
fn filters() -> Vec<(usize, Vec<f32>)> {
    let mel = |hz: f32| 2_595.0 * (1.0 + hz / 700.0).log10();
    let hz = |mel: f32| 700.0 * (10f32.powf(mel / 2_595.0) - 1.0);
    let (low, high) = (mel(BAND.0), mel(BAND.1));
    let width = (high - low) / (FILTERS + 1) as f32;
    let bin_hz = SAMPLE_RATE as f32 / FFT as f32;
    let corner = |i: usize| (hz(low + i as f32 * width) / bin_hz + 0.5).floor();
    (0..FILTERS)
        .map(|f| {
            let [a, b, c] = [corner(f), corner(f + 1), corner(f + 2)];
            let area = 2.0 / ((c - a) * bin_hz);
            let weight = |bin: f32| ((bin - a) / (b - a)).min((c - bin) / (c - b)) * area;
            (a as usize, (a as usize..=c as usize).map(|bin| weight(bin as f32).max(0.0)).collect())
        })
        .collect()
}

/// The cosine transform with the lifter in it.
fn cosines() -> [[f32; FILTERS]; CEPSTRA] {
    std::array::from_fn(|i| {
        let scale = if i == 0 { (1.0 / FILTERS as f32).sqrt() } else { (2.0 / FILTERS as f32).sqrt() };
        let lifter = 1.0 + LIFTER / 2.0 * (i as f32 * PI / LIFTER).sin();
        std::array::from_fn(|j| scale * lifter * (PI * i as f32 * (j as f32 + 0.5) / FILTERS as f32).cos())
    })
}

/// Frames with how they change: each coefficient, its slope over four frames and the slope of that over six, as the model has them, less
/// `mean`. The first and last three of `frames` are only looked at.
pub(super) fn with_slopes(frames: &[[f32; CEPSTRA]], mean: &[f32; CEPSTRA]) -> Vec<[[f32; CEPSTRA]; 3]> {
    let at = |t: usize, i: usize| frames[t][i];
    (3..frames.len().saturating_sub(3))
        .map(|t| {
            [
                std::array::from_fn(|i| at(t, i) - mean[i]),
                std::array::from_fn(|i| at(t + 2, i) - at(t - 2, i)),
                std::array::from_fn(|i| (at(t + 3, i) - at(t - 1, i)) - (at(t + 1, i) - at(t - 3, i))),
            ]
        })
        .collect()
}
