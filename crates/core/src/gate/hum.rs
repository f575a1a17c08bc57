//! Lines of mains hum in a stretch of sound.

use realfft::RealFftPlanner;

/// Sample rate that hum is looked for at, in Hz.
pub(super) const HUM_RATE: usize = 2_000;
/// Transform length: 2 s, so that one bin is 0.5 Hz.
const FRAME: usize = 2 * HUM_RATE;
/// Bins per Hz.
const BINS_PER_HZ: usize = FRAME / HUM_RATE;
/// Mains frequencies of the world in Hz, and how many of their harmonics are looked at. No tone of music lies on one of these.
const MAINS_HZ: [usize; 2] = [50, 60];
const HARMONICS: usize = 3;
/// A line is as strong as the strongest bin this near to it: mains keep their frequency to a tenth of a Hz.
const LINE_BINS: usize = 1;
/// Its surroundings lie this far away on both sides, in bins.
const NEAR_BINS: usize = 4;
const FAR_BINS: usize = 14;
/// Hum is steady: a bin is as strong as it is in the frame that a quarter of the frames are below. Speech and music come and go.
const STEADY: f64 = 0.25;
/// A line below this level, in dB of full scale, is heard by nobody.
const AUDIBLE_DB: f32 = -70.0;
/// The least power of surroundings, in dB of full scale a bin: below it is the arithmetic of codecs.
const LEAST_DB: f32 = -110.0;

/// How far the strongest line of hum stands out of its surroundings, in dB; 0 where none is heard, none of too few samples.
pub(super) fn hum_db(samples: &[f32]) -> Option<f32> {
    let highest = MAINS_HZ[1] * HARMONICS * BINS_PER_HZ + FAR_BINS + 1;
    let power = steady_power(samples, highest)?;
    let line = |at: usize| power[at - LINE_BINS..=at + LINE_BINS].iter().copied().fold(0.0, f32::max);
    let around = |at: usize| {
        let mut near: Vec<f32> =
            [at - FAR_BINS..at - NEAR_BINS, at + NEAR_BINS + 1..at + FAR_BINS + 1].into_iter().flat_map(|r| power[r].to_vec()).collect();
        near.sort_by(f32::total_cmp);
        near[near.len() / 2]
    };
    let lines = MAINS_HZ.iter().flat_map(|hz| (1..=HARMONICS).map(move |k| hz * k * BINS_PER_HZ));
    let out = lines.filter(|at| db(line(*at)) >= AUDIBLE_DB).map(|at| db(line(at)) - db(around(at)).max(LEAST_DB));
    Some(out.fold(0.0, f32::max))
}

fn db(power: f32) -> f32 {
    10.0 * power.max(1e-20).log10()
}

/// Power of the lowest `bins` bins as it is nearly always; a sine of full scale has 0.5.
fn steady_power(samples: &[f32], bins: usize) -> Option<Vec<f32>> {
    let fft = RealFftPlanner::<f32>::new().plan_fft_forward(FRAME);
    let (mut frame, mut spectrum, mut scratch) = (fft.make_input_vec(), fft.make_output_vec(), fft.make_scratch_vec());
    // A Hann window halves the amplitude; half of it lies at negative frequencies.
    let scale = 8.0 / (FRAME * FRAME) as f32;
    let mut frames: Vec<Vec<f32>> = Vec::new();
    let mut at = 0;
    while at + FRAME <= samples.len() {
        for (i, (to, from)) in frame.iter_mut().zip(&samples[at..at + FRAME]).enumerate() {
            *to = from * (0.5 - 0.5 * (std::f32::consts::TAU * i as f32 / FRAME as f32).cos());
        }
        fft.process_with_scratch(&mut frame, &mut spectrum, &mut scratch).expect("the buffers were made by this very plan");
        frames.push(spectrum[..bins].iter().map(|c| c.norm_sqr() * scale).collect());
        at += FRAME / 2;
    }
    let rank = (frames.len().checked_sub(1)? as f64 * STEADY).round() as usize;
    Some(
        (0..bins)
            .map(|bin| {
                let mut all: Vec<f32> = frames.iter().map(|f| f[bin]).collect();
                all.sort_by(f32::total_cmp);
                all[rank]
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    /// Ten seconds of noise at -60 dB with tones of `(Hz, amplitude)`, the last of which swells and fades.
    fn check(tones: &[(f32, f32)], comes_and_goes: bool, wanted: std::ops::Range<f32>) {
        let mut seed = 1u32;
        let samples: Vec<f32> = (0..10 * HUM_RATE)
            .map(|i| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let t = i as f32 / HUM_RATE as f32;
                let gain = if comes_and_goes && (t as usize) % 5 < 3 { 0.0 } else { 1.0 };
                let noise = (seed >> 8) as f32 / (1 << 24) as f32 - 0.5;
                0.0035 * noise + gain * tones.iter().map(|(hz, amplitude)| amplitude * (TAU * hz * t).sin()).sum::<f32>()
            })
            .collect();
        let found = hum_db(&samples);
        assert!(found.is_some_and(|db| wanted.contains(&db)), "{tones:?}: {found:?}");
    }

    #[test]
    fn steady_lines_of_the_mains_stand_out_and_nothing_else() {
        check(&[], false, 0.0..12.0);
        check(&[(50.0, 0.01)], false, 30.0..80.0);
        check(&[(60.0, 0.003), (180.0, 0.01)], false, 30.0..80.0);
        check(&[(49.9, 0.01)], false, 30.0..80.0);
        for hz in [48.0, 98.0, 110.0, 123.5, 220.0, 300.0] {
            check(&[(hz, 0.1)], false, 0.0..15.0);
        }
        check(&[(100.0, 0.1)], true, 0.0..25.0);
        assert_eq!(hum_db(&[0.1; 100]), None);
        assert_eq!(hum_db(&[0.0; 10 * HUM_RATE]), Some(0.0));
    }
}
