//! A project at size, made through the project's own API from a seed: the same in every run.

use plumbline_adapters::DiskArtifacts;
use plumbline_core::align::Residual;
use plumbline_core::gate::{GateId, Inputs, Measure, Place, measure};
use plumbline_core::transcript::Transcript;
use plumbline_core::{Delta, InForce, MediaTime, TranscriptTime, WordId, format, place};
use plumbline_pipeline::Artifacts;
use plumbline_pipeline::peaks::PeaksBuilder;
use plumbline_pipeline::stages::sound;
use plumbline_project::{Analysis, By, Import, MediaId, MediaRecord, Op, Picture, Project};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub const HOURS: i64 = 10;
pub const WORDS: usize = 100_000;
pub const ROWS: usize = 20_000;
/// Frames a second of the media.
pub const FPS: i64 = 25;

const LENGTH_US: i64 = HOURS * 3_600_000_000;
/// The media is a clip of this length over and over: its pictures need not differ, they need to be decoded.
const CLIP_S: i64 = 300;
const LINES: usize = 6_000;
const SPEAKERS: u64 = 6;
const ANNOTATIONS: usize = 4_000;

/// xorshift64*: good enough to be irregular, and the same everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n
    }

    fn share(&mut self) -> f64 {
        self.below(1 << 20) as f64 / f64::from(1 << 20)
    }
}

/// What was made, kept from run to run.
pub struct Made {
    pub folder: PathBuf,
    /// Two media: a small one that opens first, and the long one.
    pub desk: PathBuf,
    pub library: PathBuf,
    /// The lines of the long transcript.
    pub lines: Vec<String>,
    /// Start and end of its words in µs.
    pub words: Vec<(i64, i64)>,
}

/// The id of the long media, by its made-up hash.
pub fn long_media() -> MediaId {
    MediaId::of_hash(&long_hash())
}

fn long_hash() -> String {
    "10".repeat(32)
}

/// Makes what is missing in `folder`.
pub fn make(folder: &Path) -> Made {
    std::fs::create_dir_all(folder).unwrap();
    let (desk, library) = (folder.join("desk.plumbline"), folder.join("library.plumbline"));
    let video = folder.join("long.mp4");
    once(&video, |to| make_video(folder, to));
    once(&folder.join("cache"), make_peaks);
    let source = transcript();
    let parsed = format::read(&source).unwrap();
    once(&desk, |to| make_desk(to, &video, Import { name: "long.json".into(), source, parsed: parsed.clone() }));
    once(&library, make_library);
    let lines = parsed.segments.iter().map(|s| line(&parsed, s.first.0 as usize, s.end.0 as usize)).collect();
    let words = parsed.words.iter().map(|w| (w.span.start.us(), w.span.end.us())).collect();
    Made { folder: folder.to_owned(), desk, library, lines, words }
}

/// Half-made things are not taken for whole ones: they get their name at the end.
fn once(path: &Path, make: impl FnOnce(&Path)) {
    if path.exists() {
        return;
    }
    let name = format!("half-{}", path.file_name().unwrap().to_string_lossy());
    let half = path.with_file_name(name);
    if half.is_dir() {
        std::fs::remove_dir_all(&half).unwrap();
    } else if half.exists() {
        std::fs::remove_file(&half).unwrap();
    }
    let started = std::time::Instant::now();
    make(&half);
    std::fs::rename(&half, path).unwrap();
    println!("made {} in {:.0} s", path.display(), started.elapsed().as_secs_f64());
}

fn line(transcript: &Transcript, first: usize, end: usize) -> String {
    transcript.words[first..end].iter().map(|w| format!("{}{}", w.text, w.punctuation)).collect::<Vec<_>>().join(" ")
}

/// Ten hours as a proxy has them: 640 pixels wide, a key frame each second, no B-frames.
fn make_video(folder: &Path, to: &Path) {
    let clip = folder.join("clip.mp4");
    let run = |arguments: &[&str], to: &Path| {
        let made = Command::new("ffmpeg").args(["-v", "error", "-nostdin", "-y"]).args(arguments).arg(to).stdin(Stdio::null()).status();
        assert!(made.expect("the ffmpeg program; ./dev/setup test installs it").success(), "{arguments:?}");
    };
    let pictures = format!("testsrc2=size=640x360:rate={FPS}:duration={CLIP_S}");
    let noise = format!("anoisesrc=colour=pink:amplitude=0.02:sample_rate=16000:duration={CLIP_S}:seed=7");
    let coded = [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-crf",
        "38",
        "-g",
        "25",
        "-bf",
        "0",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
        "-b:a",
        "24k",
        "-ac",
        "1",
    ];
    run(&[&["-f", "lavfi", "-i", &pictures, "-f", "lavfi", "-i", &noise][..], &coded].concat(), &clip);
    let times = (HOURS * 3600 / CLIP_S - 1).to_string();
    let length = (HOURS * 3600).to_string();
    run(&["-stream_loop", &times, "-i", &clip.display().to_string(), "-c", "copy", "-t", &length, "-movflags", "+faststart"], to);
}

/// The waveform where the app looks for it.
fn make_peaks(cache: &Path) {
    let mut dice = Dice::new(3);
    let mut peaks = PeaksBuilder::new();
    // A block of 100 ms; speech-like loudness that comes and goes.
    let mut block = [0f32; 1_600];
    for _ in 0..HOURS * 36_000 {
        let loud = (dice.share() * dice.share()) as f32;
        for (i, sample) in block.iter_mut().enumerate() {
            *sample = if i % 7 < 3 { loud } else { -loud };
        }
        peaks.push(&block);
    }
    DiskArtifacts::new(cache).put(&sound::peaks_key(&long_hash()), &peaks.finish().to_bytes()).unwrap();
}

fn words_of(dice: &mut Dice) -> Vec<String> {
    const SYLLABLES: [&str; 24] = [
        "ba", "den", "gra", "ti", "lo", "mer", "sun", "ve", "ka", "ro", "pil", "no", "sta", "wen", "ha", "ri", "tal", "mo", "fe", "ster",
        "u", "in", "or", "est",
    ];
    let mut all = vec!["the".to_owned(), "and".into(), "of".into(), "to".into(), "a".into(), "in".into(), "that".into(), "it".into()];
    for i in 0..2_000 {
        let syllables = 1 + dice.below(2) + u64::from(i % 5 == 0);
        all.push((0..syllables).map(|_| SYLLABLES[dice.below(24) as usize]).collect());
    }
    all
}

/// A result of Amazon Transcribe: lines of about 17 words over the whole media.
fn transcript() -> Vec<u8> {
    let mut dice = Dice::new(1);
    let vocabulary = words_of(&mut dice);
    let seconds = |us: i64| format!("{:.2}", us as f64 / 1e6);
    let mut items: Vec<Value> = Vec::with_capacity(WORDS + LINES);
    let mut speaker = 0;
    let line_us = LENGTH_US / LINES as i64;
    for line in 0..LINES {
        let words = WORDS * (line + 1) / LINES - WORDS * line / LINES;
        if dice.below(3) == 0 {
            speaker = dice.below(SPEAKERS);
        }
        let label = format!("spk_{speaker}");
        let step_us = (line_us - 700_000) / words as i64;
        for word in 0..words {
            let start = line as i64 * line_us + word as i64 * step_us;
            let common = dice.below(5) < 2;
            let text = &vocabulary[dice.below(if common { 8 } else { vocabulary.len() as u64 }) as usize];
            let confidence = if dice.below(25) == 0 { 0.2 + 0.29 * dice.share() } else { 0.6 + 0.399 * dice.share() };
            items.push(json!({
                "type": "pronunciation", "start_time": seconds(start), "end_time": seconds(start + step_us - 20_000), "speaker_label": label,
                "alternatives": [{ "confidence": format!("{confidence:.3}"), "content": text }],
            }));
        }
        items.push(json!({ "type": "punctuation", "speaker_label": label, "alternatives": [{ "confidence": "0.0", "content": "." }] }));
    }
    let document = json!({
        "jobName": "long", "accountId": "000000000000", "status": "COMPLETED",
        "results": { "language_code": "en-US", "transcripts": [{ "transcript": "" }], "items": items },
    });
    document.to_string().into_bytes()
}

fn annotations() -> Vec<u8> {
    let mut dice = Dice::new(2);
    let list: Vec<Value> = (0..ANNOTATIONS)
        .map(|i| {
            let start = LENGTH_US / ANNOTATIONS as i64 * i as i64 + dice.below(2_000_000) as i64;
            let label = ["shot", "text", "person", "chart", "gesture"][dice.below(5) as usize];
            let mut one = json!({
                "id": format!("a{i}"), "start_us": start, "end_us": start + 1_000_000 + dice.below(14_000_000) as i64,
                "label": label, "text": format!("{label} number {i}"), "confidence": 0.9,
            });
            if label != "shot" {
                one["region"] = json!({ "x": 0.1 + 0.3 * dice.share(), "y": 0.1 + 0.5 * dice.share(), "w": 0.3, "h": 0.15 });
            }
            one
        })
        .collect();
    json!({ "format": "plumbline-annotations", "version": 1, "source": "made", "annotations": list }).to_string().into_bytes()
}

/// Residuals every 15 s that wander, now and then too far.
fn residuals(dice: &mut Dice, length_us: i64, every_us: i64) -> Vec<Residual> {
    let mut left = 0;
    (0..length_us / every_us)
        .map(|i| {
            left = (left * 9 / 10) + dice.below(60_001) as i64 - 30_000 + if dice.below(40) == 0 { 400_000 } else { 0 };
            let by = Delta::from_us(left);
            Residual {
                at: TranscriptTime::from_us(i * every_us + every_us / 2),
                drift: by,
                left: by,
                score: 0.4 + 0.5 * dice.share() as f32,
            }
        })
        .collect()
}

fn record(hash: String, path: &str, length_us: i64) -> MediaRecord {
    MediaRecord {
        hash,
        path: path.into(),
        size_bytes: 1,
        duration: MediaTime::from_us(length_us),
        picture: Some(Picture { width: 640, height: 360, frame_rate: (FPS as i32, 1) }),
        has_audio: true,
        plays: true,
    }
}

/// Adds a media that is measured already, so that nothing of it is left to do.
fn add(
    project: &mut Project,
    record: MediaRecord,
    transcript: Option<Import<Transcript>>,
    annotated: bool,
    analysis: impl FnOnce(Option<&Transcript>) -> Analysis,
) {
    let by = By::Person("Ada".into());
    let media = MediaId::of_hash(&record.hash);
    let measured = analysis(transcript.as_ref().map(|t| &t.parsed));
    let annotations = annotated.then(|| {
        let source = annotations();
        let parsed = format::read_annotations(&source).unwrap().0;
        Import { name: "long.annotations.json".into(), source, parsed }
    });
    project.apply(Op::AddMedia { record, transcript, annotations }, &by).unwrap();
    let truth = project.truth(&media).unwrap();
    project.apply(Op::Analyse { media, analysis: measured, truth }, &By::Machine).unwrap();
}

fn analysis(transcript: &Transcript, seed: u64, length_us: i64) -> Analysis {
    let mut dice = Dice::new(seed);
    let residuals = residuals(&mut dice, length_us, 15_000_000);
    let placed = place(transcript, &InForce::default());
    let duration = MediaTime::from_us(length_us);
    let measures = measure(&Inputs { residuals: &residuals, ..Inputs::new(transcript, &placed, duration) });
    let mut at = 0;
    let shots = std::iter::from_fn(|| {
        at += 1_500_000 + dice.below(7_000_000) as i64;
        (at < length_us).then(|| MediaTime::from_us(at))
    });
    Analysis { measures, residuals, shots: shots.collect(), ..Analysis::default() }
}

fn small_transcript(words: usize, seed: u64) -> Import<Transcript> {
    let mut dice = Dice::new(seed);
    let mut text = String::new();
    for i in 0..words {
        let at = i * 2;
        let line = format!(
            "{}\n00:{:02}:{:02},000 --> 00:{:02}:{:02},500\nline {}\n\n",
            i + 1,
            at / 60,
            at % 60,
            at / 60,
            at % 60,
            dice.below(1_000)
        );
        text.push_str(&line);
    }
    let source = text.into_bytes();
    let parsed = format::read(&source).unwrap();
    Import { name: "small.srt".into(), source, parsed }
}

fn make_desk(to: &Path, video: &Path, words: Import<Transcript>) {
    let mut project = Project::create(to).unwrap();
    let path = video.display().to_string();
    let small = small_transcript(4, 9);
    // It opens first because it has something to decide.
    let late = |t: &Transcript| {
        let mut analysis = analysis(t, 5, 60_000_000);
        let place = Place::Words { first: WordId(0), end: WordId(1) };
        analysis.measures.push(Measure { gate: GateId::WordConfidence, place, value: 12.0, signed: None });
        analysis
    };
    add(&mut project, record("00".repeat(32), &path, LENGTH_US), Some(small), false, |t| late(t.unwrap()));
    add(&mut project, record(long_hash(), &path, LENGTH_US), Some(words), true, |t| analysis(t.unwrap(), 4, LENGTH_US));
    let flags = project.flags(&long_media()).unwrap().flags.len();
    println!("the long media has {flags} flags");
    project.pack().unwrap();
}

fn make_library(to: &Path) {
    let mut project = Project::create(to).unwrap();
    let folder = to.parent().unwrap();
    std::fs::create_dir_all(folder.join("archive")).unwrap();
    let mut dice = Dice::new(11);
    for i in 0..ROWS {
        let hash = format!("{i:064x}").chars().rev().collect();
        let length_us = 60_000_000 + dice.below(7_200_000_000) as i64;
        let name = format!("archive/tape {:05} take {}.mp4", dice.below(99_999), i);
        // There is something to find, so that nothing is missing.
        std::fs::write(folder.join(&name), "").unwrap();
        let words = small_transcript(1 + i % 6, i as u64);
        add(&mut project, record(hash, &name, length_us), Some(words), false, |t| analysis(t.unwrap(), i as u64, 600_000_000));
    }
    project.pack().unwrap();
}
