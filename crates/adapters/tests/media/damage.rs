use super::{CLICK, NUMBERED, Studio};
use plumbline_adapters::{Ffmpeg, Wave};
use plumbline_core::{MediaTime, Profile};
use plumbline_pipeline::{Job, Media};

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }
}

/// Whatever a file holds, reading it ends, in a result or in an error.
#[test]
fn no_damage_brings_the_reader_down() {
    let studio = Studio::new();
    let both = format!("{NUMBERED} {CLICK}");
    let x264 = "-c:v libx264 -preset ultrafast -bf 2";
    let rounds = std::env::var("PLUMBLINE_DAMAGE_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(6);
    let mut dice = Dice(7);
    for (name, arguments) in [
        ("a.mp4", format!("{both} {x264} -movflags +faststart -c:a aac")),
        ("a.mkv", format!("{both} {x264} -c:a aac")),
        ("a.webm", format!("{both} -c:v libvpx -c:a libopus")),
        ("a.ts", format!("{both} {x264} -c:a aac")),
        ("a.avi", format!("{both} -c:v mpeg4 -c:a libmp3lame")),
        ("a.ogg", format!("{CLICK} -c:a libvorbis")),
        ("a.wav", format!("{CLICK} -ac 2")),
        ("a.mp3", format!("{CLICK} -c:a libmp3lame")),
    ] {
        let path = studio.make(name, &arguments);
        let whole = std::fs::read(&path).unwrap();
        for round in 0..rounds {
            let mut bytes = whole.clone();
            // Every other round hits the head, where the structure is.
            let reach = if round % 2 == 0 { bytes.len() } else { bytes.len().min(4_000) };
            for _ in 0..1 + dice.roll(30) {
                bytes[dice.roll(reach)] = dice.roll(256) as u8;
            }
            std::fs::write(&path, bytes).unwrap();
            let job = Job::quiet();
            let readers: [&dyn Media; 2] = [&Ffmpeg, &Wave];
            for reader in readers {
                // What comes of it is not the question here.
                let _ = reader.probe(&path);
                let mut samples = 0;
                let _ = reader.sound(&path, Profile::default(), &job, &mut |block: &[f32]| samples += block.len());
                assert!(samples < 2 * 16_000 * 3_600, "{name}, round {round}: {samples} samples of a file of three seconds");
                let _ = reader.frame(&path, MediaTime::from_ms(1_500), 100);
                let _ = reader.neighbours(&path, MediaTime::from_ms(1_500));
                let _ = reader.shots(&path, &job, &mut |_, _| {});
            }
        }
    }
}
