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
    pub(crate) fn range(&self, range: Range<i64>) -> Vec<[f32; CEPSTRA]> {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::{PI, TAU};

    fn of(blocks: &[&[f32]]) -> Cepstra {
        let mut builder = CepstraBuilder::new();
        blocks.iter().for_each(|b| builder.push(b));
        builder.finish()
    }

    /// Noise of -1..1, the same every time.
    fn noise(count: usize) -> Vec<f32> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    /// From 100 Hz to 7.5 kHz.
    fn chirp(count: usize) -> Vec<f32> {
        let phase = |t: f64| TAU * (100.0 * t + 7_400.0 * t * t / (2.0 * count as f64 / 16_000.0));
        (0..count).map(|i| (0.5 * phase(i as f64 / 16_000.0).sin()) as f32).collect()
    }

    /// The coefficients of the frame that begins at a sample, by the textbook and slowly.
    fn textbook(samples: &[f32], start: usize) -> [f64; 13] {
        let sample = |i: usize| f64::from(samples.get(i).copied().unwrap_or(0.0)) * 32_768.0;
        let before = |i: usize| if i == 0 || i > samples.len() { 0.0 } else { 0.97 * sample(i - 1) };
        // What lies past the end is no sound, the last sample's echo in the pre-emphasis neither.
        let emphasised = |i: usize| if i < samples.len() { sample(i) - before(i) } else { 0.0 };
        let windowed: Vec<f64> = (0..410).map(|n| emphasised(start + n) * (0.54 - 0.46 * (TAU * n as f64 / 409.0).cos())).collect();
        let power: Vec<f64> = (0..=256)
            .map(|k| {
                let turn = |n: usize| TAU * ((k * n) % 512) as f64 / 512.0;
                let re: f64 = windowed.iter().enumerate().map(|(n, x)| x * turn(n).cos()).sum();
                let im: f64 = windowed.iter().enumerate().map(|(n, x)| x * turn(n).sin()).sum();
                re * re + im * im
            })
            .collect();
        let mel = |hz: f64| 1_127.010_48 * (1.0 + hz / 700.0).ln();
        let corner = |i: usize| {
            let at = mel(130.0) + (mel(6_800.0) - mel(130.0)) * i as f64 / 26.0;
            (700.0 * ((at / 1_127.010_48).exp() - 1.0) / 31.25).round() * 31.25
        };
        let energies: Vec<f64> = (0..25)
            .map(|f| {
                let [low, top, high] = [corner(f), corner(f + 1), corner(f + 2)];
                let weight = |hz: f64| match hz {
                    _ if hz <= low || hz >= high => 0.0,
                    _ if hz <= top => (hz - low) / (top - low),
                    _ => (high - hz) / (high - top),
                };
                let area = (high - low) / 2.0;
                (power.iter().enumerate().map(|(k, p)| p * weight(k as f64 * 31.25) / area).sum::<f64>() + 1e-4).ln()
            })
            .collect();
        std::array::from_fn(|i| {
            let orthonormal = if i == 0 { 1.0 / 25f64.sqrt() } else { (2.0 / 25f64).sqrt() };
            let sum: f64 = energies.iter().enumerate().map(|(j, e)| e * (PI * i as f64 * (j as f64 + 0.5) / 25.0).cos()).sum();
            orthonormal * sum * (1.0 + 11.0 * (PI * i as f64 / 22.0).sin())
        })
    }

    #[test]
    fn cepstra_are_those_of_the_textbook() {
        let check = |name: &str, samples: &[f32]| {
            let cepstra = of(&[samples]);
            assert_eq!(cepstra.len(), samples.len().div_ceil(160), "{name}");
            for (t, frame) in cepstra.range(0..cepstra.len() as i64).iter().enumerate() {
                for (i, (is, should)) in frame.iter().zip(textbook(samples, t * 160)).enumerate() {
                    // Half a stored unit, and what single precision loses.
                    assert!((f64::from(*is) - should).abs() < 0.0025 + 0.004, "{name}: {is} for {should}, coefficient {i} of frame {t}");
                }
            }
        };
        check("noise", &noise(2_001));
        check("faint noise", &noise(1_700).iter().map(|s| s * 1e-3).collect::<Vec<_>>());
        check("chirp", &chirp(6_400));
        check("silence", &[0.0; 500]);
        check("one sample", &[0.5]);
        check("nothing", &[]);
    }

    #[test]
    fn what_is_no_number_is_silence() {
        let mut samples = noise(800);
        samples[300..400].fill(0.0);
        let clean = of(&[&samples]);
        samples[300..400].copy_from_slice(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::NAN].repeat(25));
        assert_eq!(of(&[&samples]), clean);
        let level = |amplitude: f32| of(&[&noise(800).iter().map(|s| s * amplitude).collect::<Vec<_>>()]).range(1..2)[0];
        assert!(level(f32::MAX)[0].is_finite() && level(f32::MAX)[0] < 163.0);
    }

    #[test]
    fn frames_outside_the_media_repeat_its_ends() {
        let cepstra = of(&[&noise(480)]);
        let [first, last] = [cepstra.range(0..1)[0], cepstra.range(2..3)[0]];
        assert_eq!(cepstra.range(-2..1), [first; 3]);
        assert_eq!(cepstra.range(2..5), [last; 3]);
        assert!(Cepstra::default().range(-5..5).is_empty());
    }

    #[test]
    fn slopes_are_those_of_the_model() {
        let frames: Vec<[f32; CEPSTRA]> = (0..9).map(|t| [(t * t * t) as f32; CEPSTRA]).collect();
        let slopes = with_slopes(&frames, &[2.0; CEPSTRA]);
        assert_eq!(slopes.len(), 3);
        // Of t³ at 4: 64 - 2; 6³ - 2³; (7³ - 3³) - (5³ - 1³).
        assert_eq!(slopes[1], [[62.0; CEPSTRA], [208.0; CEPSTRA], [192.0; CEPSTRA]]);
        assert!(with_slopes(&frames[..6], &[0.0; CEPSTRA]).is_empty());
    }

    #[test]
    fn stored_cepstra_come_back() {
        for samples in [vec![], noise(1), noise(4_000)] {
            let cepstra = of(&[&samples]);
            let bytes = cepstra.to_bytes();
            assert_eq!(bytes.len(), 4 + 26 * cepstra.len());
            assert_eq!(Cepstra::from_bytes(&bytes).unwrap(), cepstra);
        }
        let bytes = of(&[&noise(400)]).to_bytes();
        let other_version = [b"PLC\x02", &bytes[4..]].concat();
        for other in [&b""[..], b"PLC", b"RIFF", &bytes[1..], &bytes[..bytes.len() - 1], &other_version] {
            assert!(Cepstra::from_bytes(other).is_none(), "{:?}", &other[..other.len().min(8)]);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn blocks_of_any_size_give_the_same(count in 0usize..3_000, cuts in prop::collection::vec(0usize..3_000, 0..8)) {
            let samples = noise(count);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(count)).chain([0, count]).collect();
            cuts.sort_unstable();
            let blocks: Vec<&[f32]> = cuts.windows(2).map(|w| &samples[w[0]..w[1]]).collect();
            prop_assert_eq!(of(&blocks), of(&[&samples]));
        }
    }

    #[test]
    fn a_huge_block_is_taken_in_pieces() {
        let samples = noise(3 * INTAKE + 77);
        assert_eq!(of(&[&samples]), of(&samples.chunks(1_000).collect::<Vec<_>>()));
    }
}
