//! Clips of single voices: made by synthesisers, or recorded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is said.
const SENTENCES: [&str; 32] = [
    "The old bridge was closed last winter after the ice had damaged two of its piers.",
    "I think we should ask the people who live on the other side of the river.",
    "Nobody told us how long the work would take, or who would pay for it.",
    "That is true.",
    "They measured the water every morning and wrote it down in a small blue book.",
    "My father drove across it every day for thirty years and never thought about it.",
    "What happens to the market if the road stays shut until the summer?",
    "We moved the stalls to the square in front of the town hall.",
    "It was loud, it was crowded, and everyone loved it.",
    "Engineers from the city came with a drone and photographed each of the joints.",
    "You could see the rust from far away, if you knew where to look.",
    "No, I would not say that.",
    "There were three plans, and each of them had something that people disliked.",
    "The cheapest one would have left us without a path for bicycles.",
    "She showed me a drawing of the bridge as it looked a hundred years ago.",
    "Could you explain how the new cables carry the weight of the deck?",
    "Imagine a washing line with a heavy blanket in the middle.",
    "The pull goes up to the towers and from there down into the rock.",
    "We tested it with forty lorries full of gravel, and it moved by the width of a hand.",
    "Some of the children had painted flags and waved them from the bank.",
    "I was rather nervous, to be honest.",
    "In the end the whole thing opened four weeks early.",
    "Fish have come back to the pool below the second arch.",
    "Every evening the lamps go on one after another, from the left to the right.",
    "How much did the repair cost the town altogether?",
    "A little more than five million, and half of it came from the county.",
    "We are going to paint the railings green, because people voted for green.",
    "My neighbour still prefers the ferry.",
    "Above all, I have learned that a bridge is never finished.",
    "Thank you for taking the time to talk about it with me today.",
    "Wait, let me show you the other picture first.",
    "The wind was so strong that we could hardly hear each other speak.",
];

/// Sound at 16 kHz, -1..1.
#[derive(Clone)]
pub struct Clip(pub Vec<f32>);

/// What one speaker says, and how long one is silent between two clips, in ms.
pub struct Voice {
    pub clips: Vec<Clip>,
    pub gap_ms: (usize, usize),
}

/// The samples of a file.
pub fn samples(path: &Path) -> Vec<f32> {
    let arguments = ["-nostdin", "-loglevel", "error", "-i", path.to_str().unwrap(), "-ac", "1", "-ar", "16000", "-f", "s16le", "-"];
    let output = Command::new("ffmpeg").args(arguments).output().expect("this needs the ffmpeg program");
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    output.stdout.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0).collect()
}

/// The clip of a file, kept as it is decoded.
fn clip(kept: &Path, make: impl FnOnce() -> PathBuf) -> Clip {
    let bytes = std::fs::read(kept).unwrap_or_else(|_| {
        let bytes: Vec<u8> = samples(&make()).iter().flat_map(|s| s.to_le_bytes()).collect();
        std::fs::write(kept, &bytes).unwrap();
        bytes
    });
    Clip(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

/// Voices that say all sentences: those of espeak-ng by its name for them, those of flite as `flite:NAME`.
pub fn synthetic(folder: &Path, names: &[&str]) -> Vec<Voice> {
    std::fs::create_dir_all(folder).unwrap();
    let voice = |name: &&str| {
        let say = |(n, sentence): (usize, &&str)| {
            let stem = format!("{}-{n}", name.replace(['+', ':'], "_"));
            clip(&folder.join(format!("{stem}.f32")), || {
                let wave = folder.join(format!("{stem}.wav"));
                let mut command = match name.strip_prefix("flite:") {
                    Some(voice) => {
                        let text = sentence.replace([',', '?', '.'], "");
                        let mut command = Command::new("ffmpeg");
                        command.args([
                            "-nostdin",
                            "-loglevel",
                            "error",
                            "-y",
                            "-f",
                            "lavfi",
                            "-i",
                            &format!("flite=text='{text}':voice={voice}"),
                        ]);
                        command
                    }
                    None => {
                        let mut command = Command::new("espeak-ng");
                        command.args(["-v", name, "-s", "165", sentence, "-w"]);
                        command
                    }
                };
                assert!(command.arg(&wave).status().expect("this needs espeak-ng and ffmpeg").success(), "{command:?}");
                wave
            })
        };
        Voice { clips: SENTENCES.iter().enumerate().map(say).collect(), gap_ms: (150, 500) }
    };
    names.iter().map(voice).collect()
}

/// The speakers of a folder of recordings, sixty clips of each.
pub fn human(folder: &Path, recordings: &Path) -> Vec<Voice> {
    let mut by_speaker: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for entry in std::fs::read_dir(recordings).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if let Some(speaker) = name.rsplit('_').nth(1) {
            by_speaker.entry(speaker.to_owned()).or_default().push(path.clone());
        }
    }
    let voice = |mut paths: Vec<PathBuf>| {
        paths.sort();
        let step = (paths.len() / 60).max(1);
        let kept = |path: &PathBuf| folder.join(format!("clip-{}.f32", path.file_stem().unwrap().to_string_lossy()));
        let clips = paths.iter().step_by(step).map(|path| clip(&kept(path), || path.clone())).collect();
        Voice { clips, gap_ms: (80, 300) }
    };
    by_speaker.into_values().map(voice).collect()
}
