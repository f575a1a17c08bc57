//! The sample's way through: imported, analysed, mended, exported.

use crate::{Room, SAMPLE, sample};
use plumbline_adapters::MemoryArtifacts;
use plumbline_core::align::{BreakKind, Verdict};
use plumbline_core::gate::{About, GateId};
use plumbline_core::{Annotation, Span, format};
use plumbline_flows::export::{Kind, export, render};
use plumbline_flows::{self as flows, Error};
use plumbline_pipeline::{Job, Progress};
use plumbline_project::views::ProposalState;
use plumbline_project::{Analysis, MediaId, Op};
use serde_json::Value;
use std::sync::{Arc, OnceLock};

fn truth() -> Value {
    serde_json::from_slice(&std::fs::read(sample("bridge.truth.json")).unwrap()).unwrap()
}

fn drift_flags(room: &Room, media: &MediaId) -> usize {
    let flags = room.desk().project().flags(media).unwrap().flags;
    flags.iter().filter(|f| f.gate == GateId::ResidualOffset).count()
}

fn accept(room: &Room, media: &MediaId) {
    room.desk().project().apply(Op::AcceptMap(media.clone()), &room.desk().by).unwrap();
    flows::refresh(&room.desk(), media, &Job::quiet()).unwrap();
}

#[test]
fn its_drift_is_found_and_mended() {
    let room = Room::new();
    let media = room.import_one(&room.sample(&SAMPLE));
    room.analyse(&media);
    let truth = truth();

    let (proposal, state) = room.desk().project().proposal(&media).unwrap().unwrap();
    assert_eq!((proposal.verdict, state), (Verdict::Breaks, ProposalState::Open));
    let [only] = &proposal.breaks[..] else { panic!("{:?}", proposal.breaks) };
    let near = |us: i64, want: &str, within: i64| (us - truth.pointer(want).unwrap().as_i64().unwrap()).abs() <= within;
    assert_eq!(only.kind, BreakKind::InsertInMedia);
    assert!(near(only.len.us(), "/breaks/0/length_us", 50_000), "{only:?}");
    assert!(near(only.media.us(), "/breaks/0/media_us", 500_000), "{only:?}");

    let shots: Vec<i64> = room.desk().project().analysis(&media).unwrap().unwrap().shots.iter().map(|s| s.us()).collect();
    let cuts: Vec<i64> = truth["shots"].as_array().unwrap().iter().skip(1).map(|s| s["start_us"].as_i64().unwrap()).collect();
    assert_eq!(shots, cuts);

    assert!(drift_flags(&room, &media) > 0);
    accept(&room, &media);
    assert_eq!(drift_flags(&room, &media), 0);
    assert!(!room.desk().project().flags(&media).unwrap().flags.is_empty(), "a mended clock mends no misheard word");

    let project = room.desk();
    let project = project.project();
    let transcript = project.transcript(&media).unwrap().unwrap();
    let off = project.placed(&media).unwrap().into_iter().zip(&transcript.words).filter_map(|(placed, word)| {
        let start = truth["items"][word.source as usize][0].as_i64()?;
        Some((placed.span.start.us() - start).abs())
    });
    let mut off: Vec<i64> = off.collect();
    off.sort_unstable();
    assert!(off.len() > 570 && off[off.len() / 2] < 30_000 && off[off.len() - 1] < 120_000, "{off:?}");
}

/// The sample is a good recording: of its sound, its picture and its map no gate has anything to say, and of its annotations what is wrong with them.
#[test]
fn its_sound_and_picture_are_measured_and_raise_no_flags() {
    let room = Room::new();
    let media = room.import_one(&room.sample(&SAMPLE));
    room.analyse(&media);
    accept(&room, &media);
    let analysis = room.desk().project().analysis(&media).unwrap().unwrap();
    let about = |gate: GateId| gate.row().about;
    for wanted in [About::Sound, About::Picture, About::Annotations] {
        assert!(analysis.measures.iter().filter(|m| about(m.gate) == wanted).count() > 20, "{wanted:?}");
    }
    let flags = room.desk().project().flags(&media).unwrap().flags;
    let of = |wanted| flags.iter().filter(|f| about(f.gate) == wanted).map(|f| f.why.clone()).collect::<Vec<_>>();
    assert_eq!((of(About::Sound), of(About::Picture)), (vec![], vec![]));
    let annotations = of(About::Annotations);
    assert_eq!(annotations.len(), 2, "one reaches past the end, one is doubted by its own annotator: {annotations:?}");
    let all: Vec<_> = flags.iter().map(|f| f.gate).collect();
    println!("{all:?}");

    // What is measured of the pictures outlives the artifacts, and an annotation that is changed is measured again.
    let set = room.desk().project().annotation_set(&media).unwrap().unwrap();
    let long = set.annotations.iter().find(|a| a.span.end > room.desk().project().media(&media).unwrap().duration).unwrap().clone();
    let end = room.desk().project().media(&media).unwrap().duration;
    let mended = Annotation { span: Span::new(long.span.start, end), ..long };
    room.desk().project().apply(Op::SetAnnotation { media: media.clone(), annotation: mended }, &room.desk().by).unwrap();
    flows::refresh(&room.desk(), &media, &Job::quiet()).unwrap();
    let after = room.desk().project().analysis(&media).unwrap().unwrap();
    let pictures = |analysis: &Analysis| {
        let mut all: Vec<_> =
            analysis.measures.iter().filter(|m| about(m.gate) == About::Picture).map(|m| (m.gate, format!("{m:?}"))).collect();
        all.sort();
        all
    };
    assert_eq!(pictures(&after), pictures(&analysis));
    let left =
        room.desk().project().flags(&media).unwrap().flags.into_iter().filter(|f| about(f.gate) == About::Annotations && !f.passed_since);
    assert_eq!(left.count(), 1);
}

#[test]
fn its_exports_read_back() {
    let room = Room::new();
    let media = room.import_one(&room.sample(&SAMPLE));
    room.analyse(&media);
    accept(&room, &media);
    let placed = room.desk().project().placed(&media).unwrap();
    for kind in [Kind::Transcribe, Kind::Srt, Kind::Vtt] {
        let to = room.path(&format!("out.{}", kind.ending()));
        export(&room.desk(), &media, kind, &to).unwrap();
        let back = format::read(&std::fs::read(&to).unwrap()).unwrap();
        assert_eq!(back.notes, Vec::<String>::new(), "{kind:?}");
        let texts = back.words.iter().map(|w| &w.text);
        assert!(texts.eq(placed.iter().map(|w| &w.text)), "{kind:?}");
        if kind == Kind::Transcribe {
            let off = back.words.iter().zip(&placed).map(|(b, p)| (b.span.start.us() - p.span.start.us()).abs());
            assert!(off.max().unwrap() <= 500, "rounded to the millisecond");
        }
    }
    let bytes = render(&room.desk(), &media, Kind::Annotations).unwrap();
    let (set, notes) = format::read_annotations(&bytes).unwrap();
    assert_eq!((Some(set), notes), (room.desk().project().annotation_set(&media).unwrap(), vec![]));
}

#[test]
fn the_same_files_again_change_nothing() {
    let room = Room::new();
    let files = room.sample(&SAMPLE);
    let media = room.import_one(&files);
    room.analyse(&media);
    accept(&room, &media);
    let before = room.state();
    assert_eq!(room.import_one(&files), media);
    for file in &files[1..] {
        assert_eq!(room.import_one(std::slice::from_ref(file)), media, "alone, by its name");
    }
    room.analyse(&media);
    assert_eq!(room.state(), before);
}

#[test]
fn another_recordings_words_do_no_harm() {
    let room = Room::new();
    let media = room.import_one(&room.sample(&["bridge.mp4"]));
    // Words at moments that have nothing to do with the sound; the multiplier scatters them.
    let mut cues = String::new();
    let mut at_ms = 500u64;
    for i in 0..150u64 {
        let (pause, len) = (200 + i * 7_919 % 1_700, 300 + i * 104_729 % 700);
        at_ms += pause;
        let time = |ms: u64| format!("00:{:02}:{:02},{:03}", ms / 60_000, ms / 1_000 % 60, ms % 1_000);
        cues += &format!("{}\n{} --> {}\nword{i}\n\n", i + 1, time(at_ms), time(at_ms + len));
        at_ms += len;
    }
    assert_eq!(room.import_one(&[room.write("bridge.srt", cues)]), media);
    room.analyse(&media);
    let (proposal, _) = room.desk().project().proposal(&media).unwrap().unwrap();
    assert_eq!(proposal.verdict, Verdict::Unknown);
    let words = room.desk().project().words(&media, None).unwrap();
    assert!(words.ids.len() == 150 && words.start_us == words.original_start_us && words.marks.iter().all(|m| *m == 0));
    assert!(!room.desk().project().flags(&media).unwrap().flags.is_empty(), "words that fit nothing are flagged");

    // The right words in their place are looked at anew.
    room.import_one(&room.sample(&["bridge.transcribe.json"]));
    room.analyse(&media);
    let (proposal, state) = room.desk().project().proposal(&media).unwrap().unwrap();
    assert_eq!((proposal.verdict, state), (Verdict::Breaks, ProposalState::Open));
    assert!(drift_flags(&room, &media) > 0);
}

/// A job that cancels itself at the first step of this name that has come some way.
fn cancelled_while(what: &'static str) -> Job {
    let handle: Arc<OnceLock<Job>> = Arc::default();
    let own = Arc::clone(&handle);
    let job = Job::new(move |p: Progress| {
        if p.what == what && p.done > 0 {
            own.get().unwrap().cancel();
        }
    });
    handle.set(job.clone()).ok().unwrap();
    job
}

#[test]
fn a_job_that_is_stopped_in_the_middle_leaves_the_project_as_it_was() {
    let room = Room::new();
    let files = room.sample(&SAMPLE);
    let empty = room.state();
    let stopped = flows::import(&room.desk(), &files, &cancelled_while("reading the file"));
    assert!(matches!(stopped, Err(Error::Cancelled(_))));
    assert_eq!(room.state(), empty);

    let media = room.import_one(&files);
    let before = room.state();
    let artifacts = MemoryArtifacts::new();
    let stopped = flows::ensure_analysed(&room.desk_with(&artifacts), &media, &cancelled_while("reading the sound"));
    assert!(matches!(stopped, Err(Error::Cancelled(_))));
    assert_eq!(room.state(), before);

    // The proposal stands when only what comes after it was stopped, and the next run goes on from there.
    let stopped = flows::ensure_analysed(&room.desk_with(&artifacts), &media, &cancelled_while("looking for shots"));
    assert!(matches!(stopped, Err(Error::Cancelled(_))), "{stopped:?}");
    assert!(room.desk().project().proposal(&media).unwrap().is_some());
    room.analyse(&media);
    assert!(!room.desk().project().needs_analysis(&media).unwrap());
}
