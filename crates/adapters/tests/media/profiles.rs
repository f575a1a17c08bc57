//! Sound through profiles: nothing moves in time, what is to go goes, and both readers prepare it the same way.

use super::{Studio, heard, heard_through};
use plumbline_adapters::Wave;
use plumbline_core::Profile;
use plumbline_core::gate::GATES;
use plumbline_pipeline::{Job, Media};
use std::f32::consts::TAU;

/// A quiet tone of 1 kHz that is loud from 2.5 to 2.6 s; and another burst towards the end.
const BURSTS: &str = "-f lavfi -i aevalsrc='sin(2*PI*1000*t)*(if(between(t,2.5,2.6),0.5,0)+if(between(t,5.7,5.8),0.5,0))':s=48000:d=6";

/// Everything that is ever tried, and the sound as it is.
fn profiles() -> Vec<Profile> {
    let all: Vec<_> = GATES.iter().map(|gate| gate.id).collect();
    [vec![Profile::default()], Profile::candidates(&all)].concat()
}

/// Level of a frequency in samples, by its Fourier sum.
fn level(samples: &[f32], hz: f32) -> f32 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, s) in samples.iter().enumerate() {
        let (sin, cos) = (TAU * hz * n as f32 / 16_000.0).sin_cos();
        re += s * cos;
        im += s * sin;
    }
    re.hypot(im) * 2.0 / samples.len() as f32
}

/// Where a burst lies in a range of seconds: the centre of its energy, in milliseconds.
fn centre_ms(samples: &[f32], from_s: usize, to_s: usize) -> f64 {
    let (from, to) = (from_s * 16_000, (to_s * 16_000).min(samples.len()));
    let energy = |n: usize| f64::from(samples[n]).powi(2);
    let total: f64 = (from..to).map(energy).sum();
    assert!(total > 1.0, "the burst is gone");
    (from..to).map(|n| n as f64 * energy(n)).sum::<f64>() / total / 16.0
}

#[test]
fn no_profile_moves_anything_in_time() {
    let studio = Studio::new();
    let path = studio.make("bursts.wav", BURSTS);
    let whole = heard(&path).len();
    for profile in profiles() {
        let samples = heard_through(&path, profile);
        assert_eq!(samples.len(), whole, "{profile}");
        for (from, to, expected) in [(2, 3, 2_550.0), (5, 6, 5_750.0)] {
            let centre = centre_ms(&samples, from, to);
            assert!((centre - expected).abs() < 2.0, "{profile}: the burst is at {centre:.2} ms, not {expected}");
        }
    }
}

#[test]
fn a_gap_stays_where_it_is() {
    let studio = Studio::new();
    studio.make("late.mp4", &format!("{BURSTS} -c:a aac"));
    let path = studio
        .make("late.mkv", "-itsoffset 1 -i @late.mp4 -f lavfi -i color=c=black:s=64x64:r=25:d=7 -map 1:v -map 0:a -c:v libx264 -c:a copy");
    let as_it_is = heard(&path);
    for profile in profiles() {
        let samples = heard_through(&path, profile);
        assert_eq!(samples.len(), as_it_is.len(), "{profile}");
        let (here, there) = (centre_ms(&samples, 3, 4), centre_ms(&as_it_is, 3, 4));
        assert!((here - there).abs() < 2.0, "{profile}: {here:.2} ms, {there:.2} ms as it is");
    }
}

#[test]
fn the_sound_as_it_is_comes_through_untouched() {
    let studio = Studio::new();
    let path = studio.make("noise.flac", "-f lavfi -i anoisesrc=d=3:a=0.5:seed=7:r=44100");
    let mut direct = Vec::new();
    let wave = studio.make("noise.wav", "-i @noise.flac -ar 16000 -c:a pcm_f32le");
    Wave.sound(&wave, Profile::default(), &Job::quiet(), &mut |block: &[f32]| direct.extend_from_slice(block)).unwrap();
    let exact: Vec<f32> = hound::WavReader::open(&wave).unwrap().samples::<f32>().map(Result::unwrap).collect();
    assert_eq!(direct, exact, "at 16 kHz in one channel nothing is computed");
    assert_eq!(heard(&wave), exact);
    assert_eq!(heard(&path), heard_through(&path, Profile::default()));
}

#[test]
fn each_step_does_what_it_says() {
    let studio = Studio::new();
    let tones = "-f lavfi -i aevalsrc='0.2*sin(2*PI*50*t)+0.2*sin(2*PI*1000*t)':s=16000:d=4";
    let hummed = studio.make("hum.wav", tones);
    let high_pass = heard_through(&hummed, Profile { high_pass_hz: Some(120), ..Profile::default() });
    let middle = 16_000..48_000;
    assert!(level(&high_pass[middle.clone()], 50.0) < 0.01, "the hum is gone");
    assert!(level(&high_pass[middle.clone()], 1_000.0) > 0.18, "the tone stays");

    // A burst every second over hiss.
    let hiss = "-f lavfi -i aevalsrc='0.3*sin(2*PI*1000*t)*lt(mod(t\\,1)\\,0.5)+0.05*(2*random(0)-1)':s=16000:d=20";
    let hissing = studio.make("hiss.wav", hiss);
    let rms = |samples: &[f32]| (samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32).sqrt();
    let (before, after) = (heard(&hissing), heard_through(&hissing, Profile { denoise: true, ..Profile::default() }));
    let (pause, tone) = (15 * 16_000 + 10_000..15 * 16_000 + 15_000, 15 * 16_000 + 1_000..15 * 16_000 + 7_000);
    assert!(rms(&after[pause.clone()]) < 0.5 * rms(&before[pause]), "the pause is quieter");
    assert!(rms(&after[tone.clone()]) > 0.8 * rms(&before[tone]), "the tone stays");

    // Ten seconds that are quiet, then ten that are loud.
    let steps = "-f lavfi -i aevalsrc='sin(2*PI*1000*t)*if(lt(t\\,10)\\,0.01\\,0.3)':s=16000:d=20";
    let stepping = studio.make("steps.wav", steps);
    let evened = heard_through(&stepping, Profile { loudness_lufs: Some(-23), ..Profile::default() });
    let (quiet, loud) = (rms(&evened[32_000..64_000]), rms(&evened[256_000..288_000]));
    assert!(loud / quiet < 2.0, "{quiet} and {loud} are near each other, of 1 to 30");
    assert!((0.03..0.15).contains(&loud), "{loud}");
}

#[test]
fn both_readers_prepare_sound_alike() {
    let studio = Studio::new();
    let path = studio.make("bursts.wav", &BURSTS.replace("48000", "16000"));
    for profile in profiles() {
        let mut by_wave = Vec::new();
        Wave.sound(&path, profile, &Job::quiet(), &mut |block: &[f32]| by_wave.extend_from_slice(block)).unwrap();
        let by_ffmpeg = heard_through(&path, profile);
        let apart = by_wave.iter().zip(&by_ffmpeg).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(by_wave.len() == by_ffmpeg.len() && apart < 1e-4, "{profile}: {} and {}, {apart} apart", by_wave.len(), by_ffmpeg.len());
    }
}

#[test]
fn a_cancelled_job_ends_it() {
    let studio = Studio::new();
    let path = studio.make("bursts.wav", BURSTS);
    let job = Job::quiet();
    job.cancel();
    let profile = Profile { denoise: true, ..Profile::default() };
    assert!(plumbline_adapters::Ffmpeg.sound(&path, profile, &job, &mut |_: &[f32]| {}).is_err());
}
