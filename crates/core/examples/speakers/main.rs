//! Measures who is said to speak when, on conversations that are put together from clips of single voices.
//!
//!     cargo run --locked -p plumbline-core --example speakers -- FOLDER [clips=FOLDER] [spoken=FOLDER] [speaker_penalty=2,3,4] [NAME=VALUE]...
//!
//! FOLDER keeps the clips that espeak-ng and the flite of ffmpeg are made to say. `clips` names a folder of short recordings `ANYTHING_SPEAKER_N.wav`
//! of which conversations are put together in the same way, `spoken` one of whole recordings, each `NAME.wav` with its true turns in `NAME.rttm`.
//! Of each parameter several values may be given: all are measured.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod clips;
mod conversation;

use clips::{Clip, Voice, human, samples, synthetic};
use conversation::{Conversation, Dice, Shape, talk, words_of};
use plumbline_core::align::{Cepstra, CepstraBuilder};
use plumbline_core::speakers::error::{DiarisationError, Turn, diarisation_error};
use plumbline_core::speakers::{Params, speakers};
use plumbline_core::{Delta, MediaTime, Span, TranscriptTime};
use std::path::Path;

/// Conversations of each kind.
const EACH: u64 = 8;
/// Words closer than this are one turn.
const JOINED: Delta = Delta::from_ms(500);
const COLLAR: Delta = Delta::from_ms(250);

/// Parameters are chosen on these ...
const CHOSEN_ON: [&str; 8] = ["en-us+m1", "en-us+m3", "en-gb+m5", "en-us+m7", "en-us+f1", "en-gb+f3", "en-us+klatt2", "en-us+antonio"];
/// ... and reported on these.
const REPORTED: [&str; 8] = ["en-us+m2", "en-gb+m4", "en-us+m6", "en-us+m8", "en-us+f2", "en-gb+f4", "en-us+klatt4", "en-us+linda"];
const FLITE: [&str; 4] = ["flite:slt", "flite:rms", "flite:awb", "flite:kal16"];

/// A recording, the words that are heard in it, and who truly speaks.
struct Case {
    cepstra: Cepstra,
    words: Vec<Span<TranscriptTime>>,
    truth: Vec<Turn>,
    speakers: usize,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(arguments.first().expect("name a folder for the clips"));
    let given = |name: &str| arguments.iter().find_map(|a| a.strip_prefix(name)?.strip_prefix('=').map(str::to_owned));
    let mut sets = vec![
        ("espeak, chosen on", cases(&synthetic(folder, &CHOSEN_ON), 1)),
        ("espeak, others", cases(&synthetic(folder, &REPORTED), 2)),
        ("flite", cases(&synthetic(folder, &FLITE), 3)),
    ];
    if let Some(clips) = given("clips") {
        let mut voices = human(folder, Path::new(&clips));
        let others = voices.split_off(voices.len() / 2);
        sets.push(("clips, chosen on", cases(&voices, 4)));
        sets.push(("clips, others", cases(&others, 5)));
    }
    if let Some(spoken) = given("spoken") {
        sets.push(("spoken", recorded(Path::new(&spoken))));
    }
    for params in every(&arguments[1..]) {
        println!(
            "\n{params:?}\n\n| voices | speakers | files | speakers found | DER | confused | words of the right speaker |\n|---|---|---|---|---|---|---|"
        );
        for (name, cases) in &sets {
            let most = cases.iter().map(|case| case.speakers).max().unwrap_or(0);
            for count in 1..=most {
                tell(name, count, &cases.iter().filter(|case| case.speakers == count).collect::<Vec<_>>(), &params);
            }
        }
    }
}

/// All combinations of the values that are given.
fn every(arguments: &[String]) -> Vec<Params> {
    let mut all = vec![Params::default()];
    for (name, values) in arguments.iter().filter_map(|a| a.split_once('=')).filter(|(name, _)| !["clips", "spoken"].contains(name)) {
        let with = |params: &Params, value: f64| {
            let mut params = *params;
            match name {
                "window" => params.window = value as u32,
                "least_turn" => params.least_turn = value as u32,
                "least_speaker" => params.least_speaker = value as u32,
                "cut_penalty" => params.cut_penalty = value,
                "speaker_penalty" => params.speaker_penalty = value,
                "turn_penalty" => params.turn_penalty = value,
                _ => panic!("there is no parameter {name}"),
            }
            params
        };
        let values: Vec<f64> = values.split(',').map(|v| v.parse().expect("values are numbers")).collect();
        all = all.iter().flat_map(|params| values.iter().map(|value| with(params, *value))).collect();
    }
    all
}

/// One to four speakers, the same conversations for the same seed.
fn cases(voices: &[Voice], seed: u64) -> Vec<Case> {
    let mut cases = vec![];
    for speakers in 1..=4.min(voices.len()) {
        // That one is one matters most.
        for n in 0..if speakers == 1 { 2 * EACH } else { EACH } {
            let mut dice = Dice::new(seed * 1_000 + speakers as u64 * 100 + n);
            let shape = Shape { speakers, seconds: 60 + 20 * (n % EACH) as usize, noise_db: 20.0 + 2.5 * (n % EACH) as f32 };
            let Conversation { samples, words } = talk(voices, &shape, &mut dice);
            let truth = turns(words.iter().map(|(span, who)| (*span, Some(*who))));
            cases.push(Case { cepstra: cepstra(&samples), words: words.iter().map(|(span, _)| *span).collect(), truth, speakers });
        }
    }
    cases
}

fn cepstra(samples: &[f32]) -> Cepstra {
    let mut builder = CepstraBuilder::new();
    builder.push(samples);
    builder.finish()
}

/// Words of one speaker that follow each other closely, as turns; those of nobody are left out.
fn turns(words: impl Iterator<Item = (Span<TranscriptTime>, Option<u16>)>) -> Vec<Turn> {
    let mut turns: Vec<Turn> = vec![];
    for (span, who) in words {
        let (start, end) = (MediaTime::from_us(span.start.us()), MediaTime::from_us(span.end.us()));
        let Some(speaker) = who else { continue };
        match turns.last_mut() {
            Some(last) if last.speaker == speaker && start - last.span.end < JOINED => last.span.end = end,
            _ => turns.push(Turn { speaker, span: Span::new(start, end) }),
        }
    }
    turns
}

/// Recordings with true turns beside them; words are where somebody speaks and it is loud.
fn recorded(folder: &Path) -> Vec<Case> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "wav"));
    files.sort();
    let case = |path: &std::path::PathBuf| {
        let (mut names, mut truth) = (vec![], vec![]);
        for line in std::fs::read_to_string(path.with_extension("rttm")).unwrap().lines() {
            let field: Vec<&str> = line.split_ascii_whitespace().collect();
            let us = |text: &str| (text.parse::<f64>().unwrap() * 1e6).round() as i64;
            let (start, length) = (us(field[3]), us(field[4]));
            let speaker = names.iter().position(|n| n == field[7]).unwrap_or_else(|| {
                names.push(field[7].to_owned());
                names.len() - 1
            }) as u16;
            truth.push(Turn { speaker, span: Span::new(MediaTime::from_us(start), MediaTime::from_us(start + length)) });
        }
        let samples = samples(path);
        let spoken = |span: &Span<TranscriptTime>| {
            let middle = (span.start.us() + span.end.us()) / 2;
            truth.iter().any(|turn| (turn.span.start.us()..turn.span.end.us()).contains(&middle))
        };
        let words = words_of(&Clip(samples.clone()), 0).into_iter().filter(spoken).collect();
        Case { cepstra: cepstra(&samples), words, truth, speakers: names.len() }
    };
    files.iter().map(case).collect()
}

fn tell(name: &str, count: usize, cases: &[&Case], params: &Params) {
    if cases.is_empty() {
        return;
    }
    let (mut sum, mut counts, mut words, mut right) = (DiarisationError::default(), vec![], 0, 0.0);
    for case in cases {
        let said = speakers(&case.cepstra, &case.words, params);
        counts.push(said.iter().flatten().max().map_or(0, |last| last + 1));
        let found = turns(case.words.iter().copied().zip(said.iter().copied()));
        let error = diarisation_error(&case.truth, &found, COLLAR);
        sum.total_us += error.total_us;
        sum.missed_us += error.missed_us;
        sum.false_alarm_us += error.false_alarm_us;
        sum.confused_us += error.confused_us;
        // The same without a collar, of words alone.
        let each: Vec<Turn> = case
            .words
            .iter()
            .zip(&said)
            .filter_map(|(span, who)| {
                Some(Turn { speaker: (*who)?, span: Span::new(MediaTime::from_us(span.start.us()), MediaTime::from_us(span.end.us())) })
            })
            .collect();
        let of_words = diarisation_error(&case.truth, &each, Delta::from_us(0));
        let spoken: i64 = case.words.iter().map(|w| (w.end - w.start).us()).sum();
        words += spoken;
        right += (spoken - of_words.confused_us - of_words.false_alarm_us) as f64;
    }
    let percent = |of: i64| 100.0 * of as f64 / sum.total_us.max(1) as f64;
    let (files, rate, confused) = (cases.len(), 100.0 * sum.rate().unwrap_or(0.0), percent(sum.confused_us));
    println!("| {name} | {count} | {files} | {counts:?} | {rate:.1} % | {confused:.1} % | {:.1} % |", 100.0 * right / words.max(1) as f64);
}
