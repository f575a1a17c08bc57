//! Measures finding in a large project: `cargo run --release -p plumbline-project --example found_at_size -- FOLDER 20000 300`.
#![allow(clippy::print_stdout)]

use plumbline_core::WordId;
use plumbline_core::time::{MediaTime, Span, TranscriptTime};
use plumbline_core::transcript::{Format, Segment, Transcript, Word};
use plumbline_project::found::Finding;
use plumbline_project::{By, Import, MediaRecord, Op, Project};
use std::path::Path;
use std::time::{Duration, Instant};

/// Words of a sentence.
const LENGTH: usize = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("name a folder")?;
    let media: u32 = arguments.next().ok_or("say how many media")?.parse()?;
    let rows: usize = arguments.next().ok_or("say how many sentences each of them has")?.parse()?;
    let path = Path::new(&folder).join("found-at-size.plumbline");
    if !path.exists() {
        fill(&path, media, rows)?;
    }
    let mut project = Project::open(&path)?;
    println!("{media} media of {rows} rows; the file has {} MB", path.metadata()?.len() / 1_000_000);
    let first = project.media_ids()?.remove(0);
    let mut edits = times(20, |n| {
        project.apply(Op::EditWord { media: first.clone(), word: WordId(3), text: format!("edit{n}") }, &By::Machine)?;
        let begun = Instant::now();
        project.catch_up_found(4)?;
        project.find(&Finding { typed: format!("edit{n}"), kinds: vec![], from: 0, count: 100 })?;
        Ok(begun.elapsed())
    })?;
    println!("first query after an edit: {}", told(&mut edits));
    let mut all = Vec::new();
    for typed in [
        "w0",
        "w1 w2",
        "w0 w900",
        "w4",
        "w1",
        "w12",
        "w9",
        "w4000 ",
        "w0 w1 w2 ",
        "\"w0 w1\"",
        "\"w3 w1 w7\"",
        "w0 -w1 ",
        "w40 w50 ",
        "nowhere",
        "w2 kind:flag",
    ] {
        let mut of_one = times(10, |_| {
            let begun = Instant::now();
            project.find(&Finding { typed: typed.into(), kinds: vec![], from: 0, count: 100 })?;
            Ok(begun.elapsed())
        })?;
        println!("{typed:?}: {}", told(&mut of_one));
        all.append(&mut of_one);
    }
    println!("all queries: {}", told(&mut all));
    Ok(())
}

fn times(
    count: usize,
    mut one: impl FnMut(usize) -> Result<Duration, Box<dyn std::error::Error>>,
) -> Result<Vec<Duration>, Box<dyn std::error::Error>> {
    (0..count).map(&mut one).collect()
}

fn told(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    format!("p50 {:.1?}, p95 {:.1?}, worst {:.1?}", at(50), at(95), at(100))
}

/// A word's number: the nth most frequent has a share of about 1 / n, as in a language.
fn word(dice: &mut u64) -> u64 {
    *dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let share = (*dice >> 11) as f64 / (1u64 << 53) as f64;
    (10_000f64.powf(share) - 1.0) as u64
}

/// A project of so many media whose rows are written as they would be read: transcripts of this size would fill the disk. The first media has words.
fn fill(path: &Path, media: u32, rows: usize) -> Result<(), Box<dyn std::error::Error>> {
    let mut project = Project::create(path)?;
    let mut dice = 7;
    for n in 0..media {
        let hash = blake3::hash(&n.to_le_bytes()).to_hex().to_string();
        let duration = MediaTime::from_ms(rows as i64 * 4_000);
        let record = MediaRecord { hash, path: format!("{n}.mp4"), size_bytes: 1, duration, picture: None, has_audio: true, plays: true };
        let transcript = (n == 0).then(|| Import { name: "t.json".into(), source: vec![], parsed: transcript(rows, &mut dice) });
        project.apply(Op::AddMedia { record, transcript, annotations: None }, &By::Machine)?;
    }
    while project.catch_up_found(256)? > 0 {}
    drop(project);
    let mut db = rusqlite::Connection::open(path)?;
    let tx = db.transaction()?;
    for number in 2..=i64::from(media) {
        for row in 0..rows as i64 {
            let text: Vec<String> = (0..LENGTH).map(|_| format!("w{}", word(&mut dice))).collect();
            tx.prepare_cached("INSERT INTO found_row (id, start_us, end_us, at, text, label, who) VALUES (?1, ?2, ?3, '0', ?4, '', '')")?
                .execute(rusqlite::params![(number << 24) + row, row * 4_000_000, row * 4_000_000 + 3_000_000, text.join(" ")])?;
        }
    }
    tx.execute_batch("INSERT INTO found (found) VALUES ('rebuild')")?;
    Ok(tx.commit()?)
}

fn transcript(rows: usize, dice: &mut u64) -> Transcript {
    let words = (0..rows * LENGTH).map(|i| Word {
        id: WordId::imported(i),
        text: format!("w{}", word(dice)),
        punctuation: if i % LENGTH == LENGTH - 1 { ".".into() } else { String::new() },
        span: Span::new(TranscriptTime::from_ms(i as i64 * 400), TranscriptTime::from_ms(i as i64 * 400 + 300)),
        confidence: None,
        speaker: None,
        channel: None,
        alternatives: vec![],
        masked: false,
        timed: true,
        source: i as u32,
    });
    let words = words.collect();
    let segments = vec![Segment { first: WordId::imported(0), end: WordId::imported(rows * LENGTH), speaker: None }];
    Transcript { format: Format::Transcribe, recogniser: None, languages: vec![], speakers: vec![], words, segments, notes: vec![] }
}
