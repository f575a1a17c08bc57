//! Films whose sound is shifted against their pictures by a known offset, and films that must say nothing.

use super::Studio;
use plumbline_adapters::{DocumentFiles, Ffmpeg, MemoryArtifacts, NoAcoustics, NoScorers};
use plumbline_core::crossmodal::{Offset, offset};
use plumbline_core::gate::{self, GateId, Inputs, Place, Thresholds};
use plumbline_core::{MediaTime, Profile, Span, Transcript};
use plumbline_pipeline::stages::{shots, sound};
use plumbline_pipeline::{Job, MediaFile, Ports};
use std::path::{Path, PathBuf};

const SIZE: (i64, i64) = (160, 90);
const SECONDS: i64 = 60;
const FRAMES: i64 = SECONDS * 25;

/// A hash of a number: the same chance in every run.
fn chance(n: i64) -> i64 {
    let mut x = (n.cast_unsigned().wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 33).cast_signed()
}

/// Frames at irregular distances of 0.4 s to 2 s.
fn events(seed: i64) -> Vec<i64> {
    let mut at = 12;
    let next = |n| {
        at += 10 + chance(seed * 1_000 + n) % 40;
        (at < FRAMES - 25).then_some(at)
    };
    (0..).map_while(next).collect()
}

/// A film of what `luma` draws at `(x, y, frame)`, with bursts of 80 ms from these times on, in ms.
fn film(studio: &Studio, name: &str, luma: &dyn Fn(i64, i64, i64) -> u8, bursts_ms: &[i64]) -> PathBuf {
    let (width, height) = SIZE;
    let pictures = (0..FRAMES).flat_map(|n| (0..width * height).map(move |i| (i % width, i / width, n)));
    let pictures: Vec<u8> = pictures.map(|(x, y, n)| luma(x, y, n)).collect();
    let mut samples: Vec<i16> = (0..SECONDS * 16_000).map(|i| (chance(i) % 20) as i16 - 10).collect();
    for at in bursts_ms {
        for i in 0..80 * 16 {
            let Some(sample) = usize::try_from(at * 16 + i).ok().and_then(|n| samples.get_mut(n)) else { continue };
            *sample = (8_000.0 * (i as f64 * 0.35).sin() * (-i as f64 / 500.0).exp()) as i16 + (chance(i) % 600) as i16;
        }
    }
    let samples: Vec<u8> = samples.into_iter().flat_map(i16::to_le_bytes).collect();
    std::fs::write(studio.path("pictures.raw"), pictures).unwrap();
    std::fs::write(studio.path("sound.raw"), samples).unwrap();
    let inputs = format!("-f rawvideo -pix_fmt gray -s {width}x{height} -r 25 -i @pictures.raw -f s16le -ar 16000 -ac 1 -i @sound.raw");
    studio.make(name, &format!("{inputs} -pix_fmt yuv420p -c:v libx264 -preset veryfast -crf 24 -c:a aac -b:a 96k"))
}

/// A grained picture, other for each `scene`, in which a dot swings to and fro.
fn scene(x: i64, y: i64, n: i64, scene: i64) -> u8 {
    let dot = (x - 80 - (60.0 * (n as f64 / 17.0).sin()) as i64).pow(2) + (y - 70).pow(2) < 36;
    let ground = 40 + chance(scene * 977 + x / 20 * 31 + y / 18) % 150;
    if dot { 220 } else { (ground + chance(x + 160 * y + 14_400 * n) % 5) as u8 }
}

/// The same, with a ball that lies elsewhere from each of these frames on.
fn hopping<'a>(events: &'a [i64], of: i64) -> impl Fn(i64, i64, i64) -> u8 + 'a {
    move |x, y, n| {
        let hop = events.partition_point(|at| *at <= n) as i64;
        let (bx, by) = (20 + chance(hop * 2) % 120, 15 + chance(hop * 2 + 1) % 40);
        if (x - bx).pow(2) + (y - by).pow(2) < 100 { 235 } else { scene(x, y, n, of) }
    }
}

fn ms(frames: &[i64], shift_ms: i64) -> Vec<i64> {
    frames.iter().map(|n| n * 40 + shift_ms).collect()
}

/// What the stages make of a file, and what comes of it; the gate says the same.
fn found(path: &Path) -> Option<Offset> {
    let (artifacts, job) = (MemoryArtifacts::new(), Job::quiet());
    let ports =
        Ports { media: &Ffmpeg, artifacts: &artifacts, acoustics: &NoAcoustics, scorers: &NoScorers, documents: &DocumentFiles::USUAL };
    let file = MediaFile { path, hash: "film" };
    let envelope = sound::envelope(file, Profile::default(), &ports, &job).unwrap();
    let pictures = shots::run(file, &ports, &job).unwrap();
    // What was kept is all of it.
    assert_eq!(shots::run(MediaFile { path: Path::new("gone"), ..file }, &ports, &job).unwrap(), pictures);
    let found = offset(&envelope, &pictures.changes, &pictures.shots);
    let (transcript, end) = (Transcript::empty(), MediaTime::from_ms(SECONDS * 1_000));
    let inputs = Inputs {
        envelope: Some(&envelope),
        changes: Some(&pictures.changes),
        shots: &pictures.shots,
        ..Inputs::new(&transcript, &[], end)
    };
    let measures = gate::measure(&inputs);
    let measured: Vec<_> = measures.iter().filter(|m| m.gate == GateId::PictureOffset).collect();
    assert_eq!(measured.len(), usize::from(found.is_some()));
    if let (Some(found), [measure]) = (found, &measured[..]) {
        assert_eq!(measure.place, Place::Media(Span::new(MediaTime::ZERO, end)));
        assert!(measure.signed.is_some_and(|ms| (ms * 1e3 - found.offset.us() as f64).abs() <= 500.0), "{measure:?}");
        let far = found.offset.us().abs() > 500_500;
        assert_eq!(Thresholds::defaults().unwrap().fails(measure).is_some(), far, "{found:?}");
    }
    found
}

#[test]
fn sound_that_was_shifted_is_found_to_half_a_frame() {
    let studio = Studio::new();
    let at = events(1);
    for by in [-700, -400, -120, -40, 0, 40, 120, 400] {
        let path = film(&studio, "hops.mp4", &hopping(&at, 1), &ms(&at, by));
        let found = found(&path);
        assert!(found.is_some_and(|f| (f.offset.us() - by * 1_000).abs() <= 20_000), "{by} ms: {found:?}");
    }
    // A shift that the container tells of is a shift.
    film(&studio, "hops.mp4", &hopping(&at, 1), &ms(&at, 0));
    let late = studio.make("late.mkv", "-i @hops.mp4 -itsoffset 0.25 -i @hops.mp4 -map 0:v -map 1:a -c copy");
    let found = found(&late);
    assert!(found.is_some_and(|f| (f.offset.us() - 250_000).abs() <= 20_000), "{found:?}");
}

#[test]
fn films_that_do_not_tell_say_nothing() {
    let studio = Studio::new();
    let (at, other) = (events(2), events(3));
    let unrelated = film(&studio, "unrelated.mp4", &hopping(&at, 1), &ms(&other, 0));
    assert_eq!(found(&unrelated), None, "unrelated");
    let beat: Vec<i64> = (1..FRAMES / 15).map(|n| n * 15).collect();
    let music = film(&studio, "music.mp4", &hopping(&beat, 1), &ms(&beat, 200));
    assert_eq!(found(&music), None, "a beat of 600 ms");
    let cut = |x, y, n| scene(x, y, n, at.partition_point(|at| *at <= n) as i64);
    let edited = film(&studio, "edited.mp4", &cut, &ms(&at, 160));
    assert_eq!(found(&edited), None, "cut to the sound");
    let calm = film(&studio, "calm.mp4", &|x, y, n| scene(x, y, n, 1), &ms(&at, 0));
    assert_eq!(found(&calm), None, "nothing to see");
}

#[test]
fn the_sample_says_nothing_at_any_shift() {
    // Drawn pictures under a voice: what moves has nothing to do with what is said, and cuts keep a constant distance from it.
    let studio = Studio::new();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/sample/bridge.mp4");
    assert_eq!(found(&sample), None);
    std::fs::copy(&sample, studio.path("bridge.mp4")).unwrap();
    let late = studio.make("late.mkv", "-i @bridge.mp4 -itsoffset 0.4 -i @bridge.mp4 -map 0:v:0 -map 1:a:0 -c copy");
    assert_eq!(found(&late), None);
}
