//! The word stage on the sample: heard with a real acoustic model, and again after an edit.

use crate::{ARTIFACTS, Room, SAMPLE, sample};
use plumbline_adapters::{DocumentFiles, Ffmpeg, NoScorers, Sphinx, sphinx};
use plumbline_core::align::{Voice, touched};
use plumbline_core::transcript::PlacedWord;
use plumbline_core::{Anchor, Delta, MediaTime, Span, WordId};
use plumbline_flows::{self as flows, Desk, Error};
use plumbline_pipeline::ports::{Acoustics, MediaError};
use plumbline_pipeline::stages::Ports;
use plumbline_pipeline::{Job, Progress};
use plumbline_project::{By, MediaId, Op, WordWrite};
use serde_json::Value;
use std::path::Path;
use std::sync::{Arc, LazyLock, OnceLock};

static SPHINX: LazyLock<Sphinx> = LazyLock::new(Sphinx::default);

/// A desk that can hear words, or none, with the reason printed.
pub fn desk(room: &Room) -> Option<Desk<'_>> {
    if sphinx::find().is_none() {
        println!("skipped: the acoustic model (Debian's pocketsphinx-en-us) is not on this machine");
        return None;
    }
    let ports =
        Ports { media: &Ffmpeg, artifacts: &*ARTIFACTS, acoustics: &*SPHINX, scorers: &NoScorers, documents: &DocumentFiles::USUAL };
    Some(Desk { project: &room.project, ports, by: By::Person("Ada".into()) })
}

fn placed(desk: &Desk<'_>, media: &MediaId) -> Vec<PlacedWord> {
    desk.project().placed(media).unwrap()
}

fn apply(desk: &Desk<'_>, op: Op) {
    desk.project().apply(op, &desk.by).unwrap();
}

/// Errors of the words' starts in microseconds, sorted; of the words that were spoken.
fn off(desk: &Desk<'_>, media: &MediaId) -> Vec<i64> {
    let truth: Value = serde_json::from_slice(&std::fs::read(sample("bridge.truth.json")).unwrap()).unwrap();
    let transcript = desk.project().transcript(media).unwrap().unwrap();
    let placed = placed(desk, media);
    let starts = transcript.words.iter().zip(&placed).filter_map(|(word, placed)| {
        let start = truth["items"][word.source as usize][0].as_i64()?;
        Some((placed.span.start.us() - start).abs())
    });
    let mut off: Vec<i64> = starts.collect();
    off.sort_unstable();
    off
}

#[test]
fn words_lie_where_they_are_heard() {
    let room = Room::new();
    let Some(desk) = desk(&room) else { return };
    let media = room.import_one(&room.sample(&SAMPLE));
    flows::ensure_analysed(&desk, &media, &Job::quiet()).unwrap();
    let before = placed(&desk, &media);
    assert!(before.iter().all(|w| w.alignment_confidence.is_none()), "nothing moves before a person says so");
    apply(&desk, Op::AcceptMap(media.clone()));
    let off = off(&desk, &media);
    let within = |us: i64| off.partition_point(|o| *o <= us) as f64 / off.len() as f64;
    assert!(off[off.len() / 2] <= 10_000, "median {} us", off[off.len() / 2]);
    assert!(within(50_000) >= 0.97 && within(100_000) >= 0.995, "{} {}", within(50_000), within(100_000));
    let sure = placed(&desk, &media).iter().filter(|w| w.alignment_confidence.is_some_and(|c| c >= 0.9)).count();
    assert!(sure * 10 >= off.len() * 9, "{sure} of {}", off.len());
}

#[test]
fn an_edit_is_listened_for_again_and_nothing_else_moves() {
    let room = Room::new();
    let Some(desk) = desk(&room) else { return };
    let media = room.import_one(&room.sample(&SAMPLE));
    let quiet = Job::quiet();
    flows::ensure_analysed(&desk, &media, &quiet).unwrap();
    apply(&desk, Op::AcceptMap(media.clone()));
    flows::refresh(&desk, &media, &quiet).unwrap();
    let transcript = desk.project().transcript(&media).unwrap().unwrap();

    // A word placed by hand, one with another text, and one that is anchored far away from both.
    let (put, edited, anchored) = (WordId(40), WordId(43), WordId(300));
    let hand = {
        let span = placed(&desk, &media)[put.0 as usize].span;
        Span::new(span.start - Delta::from_ms(30), span.end - Delta::from_ms(30))
    };
    apply(&desk, Op::RetimeWord { media: media.clone(), word: put, span: Some(hand) });
    apply(&desk, Op::EditWord { media: media.clone(), word: edited, text: "bridge".into() });
    let mapped = desk.project().map(&media).unwrap().map_span(transcript.words[anchored.0 as usize].span).start;
    let at = Anchor { transcript: transcript.words[anchored.0 as usize].span.start, media: mapped + Delta::from_ms(5) };
    let before = placed(&desk, &media);
    apply(&desk, Op::SetAnchor { media: media.clone(), id: None, at });
    flows::refresh(&desk, &media, &quiet).unwrap();

    let after = placed(&desk, &media);
    assert_eq!(after[put.0 as usize].span, hand);
    assert_eq!(after[anchored.0 as usize].span.start, at.media, "a person's anchor is the truth");
    let project = desk.project();
    let truth = project.in_force(&media).unwrap();
    assert!(truth.heard.newer.contains_key(&edited), "what was edited was listened for");
    assert!(truth.heard.newer.keys().all(|w| w.0.abs_diff(edited.0) <= 3), "{:?}", truth.heard.newer.keys());
    assert!(touched(&transcript, &truth).is_empty(), "and it is done");
    assert!(!project.needs_analysis(&media).unwrap());
    for (before, after) in before.iter().zip(&after) {
        let near = before.id.0.abs_diff(edited.0) <= 3 || before.id == anchored;
        assert!(near || before.span == after.span, "word {}: {:?} became {:?}", before.id.0, before.span, after.span);
    }
}

#[test]
fn an_added_word_is_listened_for_and_a_removed_one_is_not() {
    let room = Room::new();
    let Some(desk) = desk(&room) else { return };
    let media = room.import_one(&room.sample(&SAMPLE));
    let quiet = Job::quiet();
    flows::ensure_analysed(&desk, &media, &quiet).unwrap();
    apply(&desk, Op::AcceptMap(media.clone()));
    flows::refresh(&desk, &media, &quiet).unwrap();
    let (at, said) = {
        let placed = placed(&desk, &media);
        let sure = |w: &&PlacedWord| w.alignment_confidence.is_some_and(|c| c >= 0.9) && w.text.chars().count() >= 5;
        let word = placed[50..].iter().find(sure).unwrap();
        (word.clone(), word.text.clone())
    };
    // The same word once more, in the place of the one that is there.
    let added = WordId::added(at.id.after().map(|i| i as u32), 1_000);
    let write = |word: WordId, text: &str| WordWrite { word, text: text.into(), line: false };
    let words = vec![write(at.id, ""), write(added, &said)];
    apply(&desk, Op::WriteWords { media: media.clone(), words, run: None });
    flows::refresh(&desk, &media, &quiet).unwrap();
    let placed = placed(&desk, &media);
    let new = placed.iter().find(|w| w.id == added).unwrap();
    assert!(new.alignment_confidence.is_some(), "it was listened for");
    assert!((new.span.start - at.span.start).us().abs() <= 50_000, "{:?} was heard at {:?}", new.span, at.span);
    let project = desk.project();
    let transcript = project.transcript(&media).unwrap().unwrap();
    assert!(touched(&transcript, &project.in_force(&media).unwrap()).is_empty(), "and it is done");
}

#[test]
fn a_cancelled_search_for_words_leaves_no_trace() {
    let room = Room::new();
    let Some(desk) = desk(&room) else { return };
    let media = room.import_one(&room.sample(&SAMPLE));
    let before = room.state();
    let slot: Arc<OnceLock<Job>> = Arc::default();
    let inner = Arc::clone(&slot);
    let job = Job::new(move |Progress { what, done, .. }| {
        if what == "placing words" && done > 3 {
            inner.get().unwrap().cancel();
        }
    });
    slot.set(job.clone()).ok().unwrap();
    assert!(matches!(flows::ensure_analysed(&desk, &media, &job), Err(Error::Cancelled(_))));
    assert_eq!(room.state(), before);
}

#[test]
fn a_language_that_nobody_knows_stays_with_the_map() {
    let room = Room::new();
    let Some(desk) = desk(&room) else { return };
    let text = std::fs::read_to_string(sample("bridge.transcribe.json")).unwrap();
    let text = text.replacen("\"results\": {", "\"results\": { \"language_code\": \"de-DE\",", 1);
    let mut files = room.sample(&["bridge.mp4"]);
    files.push(room.write("bridge.transcribe.json", text));
    let media = room.import_one(&files);
    flows::ensure_analysed(&desk, &media, &Job::quiet()).unwrap();
    assert_eq!(desk.project().transcript(&media).unwrap().unwrap().languages[0].code, "de-DE");
    apply(&desk, Op::AcceptMap(media.clone()));
    assert!(placed(&desk, &media).iter().all(|w| w.alignment_confidence.is_none()));
    assert!(placed(&desk, &media).iter().all(|w| w.span.start >= MediaTime::ZERO));
}

/// A model whose files are damaged.
struct Broken;

impl Acoustics for Broken {
    fn load(&self, _: &str) -> Result<Option<Arc<Voice>>, MediaError> {
        sphinx::load(Path::new("nowhere")).map(|_| None)
    }
}

#[test]
fn a_damaged_model_costs_the_words_and_not_the_map() {
    let room = Room::new();
    let ports = Ports { media: &Ffmpeg, artifacts: &*ARTIFACTS, acoustics: &Broken, scorers: &NoScorers, documents: &DocumentFiles::USUAL };
    let desk = Desk { project: &room.project, ports, by: By::Person("Ada".into()) };
    let media = room.import_one(&room.sample(&SAMPLE));
    let error = flows::ensure_analysed(&desk, &media, &Job::quiet()).unwrap_err().to_string();
    assert!(error.contains("nowhere") && error.contains("PLUMBLINE_ACOUSTIC_MODEL"), "{error}");
    assert!(desk.project().open_proposal(&media).unwrap().is_some(), "the map is proposed");
    assert!(!desk.project().needs_analysis(&media).unwrap(), "and measured");
}

#[test]
fn a_model_damaged_since_costs_no_measures() {
    let room = Room::new();
    let Some(desk) = desk(&room) else { return };
    let media = room.import_one(&room.sample(&SAMPLE));
    flows::ensure_analysed(&desk, &media, &Job::quiet()).unwrap();
    apply(&desk, Op::AcceptMap(media.clone()));
    apply(&desk, Op::EditWord { media: media.clone(), word: WordId(43), text: "bridge".into() });
    let ports = Ports { media: &Ffmpeg, artifacts: &*ARTIFACTS, acoustics: &Broken, scorers: &NoScorers, documents: &DocumentFiles::USUAL };
    let broken = Desk { project: &room.project, ports, by: By::Person("Ada".into()) };
    assert!(flows::refresh(&broken, &media, &Job::quiet()).is_err(), "it is told");
    assert!(!desk.project().needs_analysis(&media).unwrap(), "and measured all the same");
}
