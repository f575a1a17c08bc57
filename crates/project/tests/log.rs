//! The log's laws: undo is the state before, a rebuild is the same state, the file can be opened again at any point.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{WORDS, add_media, any_lab_op, clips, media, proposal, reviewer, run, state, transcript};
use plumbline_core::align::{Heard, Piece, Proposal, Residual, Verdict};
use plumbline_core::gate::{GateId, Measure, Place};
use plumbline_core::time::{Delta, MediaTime, Span, TranscriptTime};
use plumbline_core::{Knot, WordId};
use plumbline_project::views::{Decision, ProposalState, View};
use plumbline_project::{Analysis, By, Error, Import, Op, Project, WordWrite};
use proptest::prelude::*;
use std::path::Path;

fn analysis() -> Analysis {
    let measures = (0..WORDS)
        .map(|i| Measure {
            gate: GateId::WordConfidence,
            place: Place::Words { first: WordId(i), end: WordId(i + 1) },
            value: i as f64 * 10.0,
            signed: None,
        })
        .collect();
    let residual =
        Residual { at: TranscriptTime::from_ms(1_000), drift: Delta::from_us(700_000), left: Delta::from_us(700_000), score: 0.9 };
    Analysis { measures, residuals: vec![residual], shots: vec![MediaTime::from_ms(2_000)], ..Analysis::default() }
}

/// A project with one media, its words measured and a proposal open.
fn start(folder: &Path) -> Project {
    let mut project = Project::create(&folder.join("test.plumbline")).unwrap();
    project.apply(add_media(1), &By::Machine).unwrap();
    project.apply(Op::Propose { media: media(1), proposal: proposal(700), heard: vec![] }, &By::Machine).unwrap();
    let truth = project.truth(&media(1)).unwrap();
    project.apply(Op::Analyse { media: media(1), analysis: analysis(), truth }, &By::Machine).unwrap();
    project.apply(Op::KeepClips(clips()), &By::Machine).unwrap();
    project.apply(run(&project), &By::Machine).unwrap();
    project
}

fn first_flag(project: &Project) -> String {
    project.flags(&media(1)).unwrap().flags[0].id.clone()
}

#[test]
fn a_days_work_is_undone_step_by_step_and_redone() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let flag = first_flag(&project);
    let ops = [
        Op::AcceptMap(media(1)),
        Op::EditWord { media: media(1), word: WordId(3), text: " two   words ".into() },
        Op::RetimeWord { media: media(1), word: WordId(3), span: Some(Span::new(MediaTime::from_ms(1), MediaTime::from_ms(2))) },
        Op::EditWord { media: media(1), word: WordId(3), text: "word3".into() },
        Op::RetimeWord { media: media(1), word: WordId(3), span: None },
        Op::SetAnchor { media: media(1), id: None, at: Knot { transcript: TranscriptTime::ZERO, media: MediaTime::from_ms(900) } },
        Op::Decide { media: media(1), flag: flag.clone(), decision: Some(Decision::Confirmed), note: Some("hear it".into()) },
        Op::Decide { media: media(1), flag, decision: Some(Decision::FalseAlarm), note: None },
        Op::SetThresholds { limits: [(GateId::WordConfidence, 90.0)].into(), note: "stricter".into() },
        add_media(2),
        Op::RelocateMedia { media: media(2), path: "elsewhere/2.mp4".into() },
        Op::RemoveMedia(media(1)),
    ];
    let mut states = vec![state(&project)];
    for op in ops {
        let changed = project.apply(op.clone(), &reviewer()).unwrap();
        assert!(!changed.stale.is_empty(), "{op:?} says nothing is stale");
        assert!(changed.undo.is_some() && changed.redo.is_none());
        states.push(state(&project));
    }
    for (i, before) in states.iter().enumerate().rev().skip(1) {
        project.apply(Op::Undo, &reviewer()).unwrap();
        assert_eq!(&state(&project), before, "undo {i}");
    }
    assert!(matches!(project.apply(Op::Undo, &reviewer()), Err(Error::Refused(why)) if why.contains("undo")));
    for (i, after) in states.iter().enumerate().skip(1) {
        project.apply(Op::Redo, &reviewer()).unwrap();
        assert_eq!(&state(&project), after, "redo {i}");
    }
    let dump = project.dump().unwrap();
    project.rebuild().unwrap();
    assert_eq!(project.dump().unwrap(), dump);
}

#[test]
fn a_new_change_ends_what_could_be_redone_and_the_machine_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let edit = |text: &str| Op::EditWord { media: media(1), word: WordId(0), text: text.into() };
    project.apply(edit("a"), &reviewer()).unwrap();
    let undone = project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!((undone.undo, undone.redo.as_deref()), (None, Some("edit the word")));
    let measured = project.apply(Op::Analyse { media: media(1), analysis: Analysis::default(), truth: 0 }, &By::Machine).unwrap();
    assert!(measured.redo.is_some());
    assert_eq!(project.apply(edit("b"), &reviewer()).unwrap().redo, None);
}

#[test]
fn a_verdict_keeps_what_the_reviewer_saw_and_outlives_the_flag() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let flag = first_flag(&project);
    project
        .apply(Op::Decide { media: media(1), flag: flag.clone(), decision: Some(Decision::Confirmed), note: None }, &reviewer())
        .unwrap();
    let all_pass = Op::SetThresholds { limits: [(GateId::WordConfidence, -1.0)].into(), note: String::new() };
    project.apply(all_pass, &reviewer()).unwrap();
    let flags = project.flags(&media(1)).unwrap().flags;
    let [left] = &flags[..] else { panic!("{flags:?}") };
    let verdict = left.verdict.as_ref().unwrap();
    assert_eq!((&left.id, left.passed_since, verdict.limit, verdict.thresholds), (&flag, true, 50.0, 1));
    let gone =
        project.apply(Op::Decide { media: media(1), flag: "0".repeat(32), decision: Some(Decision::Unsure), note: None }, &reviewer());
    assert!(matches!(gone, Err(Error::Refused(_))));
}

#[test]
fn words_that_moved_ask_to_be_measured_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    assert!(!project.needs_analysis(&media(1)).unwrap());
    project.apply(Op::AcceptMap(media(1)), &reviewer()).unwrap();
    assert!(project.needs_analysis(&media(1)).unwrap());
    let words = project.words(&media(1), None).unwrap();
    assert_eq!(words.start_us[2], MediaTime::from_ms(1_700));
    assert_eq!(words.original_start_us[2], MediaTime::from_ms(1_000));
}

#[test]
fn refusals_say_why_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let before = project.dump().unwrap();
    let backwards = |a, b| Op::RetimeWord {
        media: media(1),
        word: WordId(0),
        span: Some(Span { start: MediaTime::from_ms(a), end: MediaTime::from_ms(b) }),
    };
    for (op, says) in [
        (add_media(1), "same content"),
        (Op::EditWord { media: media(1), word: WordId(99), text: "x".into() }, "no word 99"),
        (Op::EditWord { media: media(7), word: WordId(0), text: "x".into() }, "no transcript"),
        (backwards(5, 5), "end must come after"),
        (backwards(-5, 5), "end must come after"),
        (Op::RemoveAnchor { media: media(1), id: "nope".into() }, "no anchor"),
        (Op::AcceptMap(media(2)), "No proposal"),
        (Op::SetThresholds { limits: [(GateId::ReadingSpeed, f64::NAN)].into(), note: String::new() }, "no limit"),
        (Op::Undo, "undo"),
        (Op::Redo, "redo"),
    ] {
        match project.apply(op.clone(), &reviewer()) {
            Err(Error::Refused(why)) => assert!(why.contains(says), "{why}"),
            other => panic!("{op:?} gave {other:?}"),
        }
    }
    assert_eq!(project.dump().unwrap(), before);
}

#[test]
fn a_new_transcript_takes_the_old_ones_edits_with_it_and_undo_brings_them_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    project.apply(Op::AcceptMap(media(1)), &reviewer()).unwrap();
    project.apply(Op::EditWord { media: media(1), word: WordId(1), text: "mine".into() }, &reviewer()).unwrap();
    let before = state(&project);
    let file = Import { name: "new.json".into(), source: b"new".to_vec(), parsed: transcript() };
    let changed = project.apply(Op::ImportTranscript { media: media(1), file: file.clone() }, &reviewer()).unwrap();
    assert!(changed.stale.contains(&View::Words));
    let words = project.words(&media(1), None).unwrap();
    assert_eq!((words.texts[1].as_str(), words.start_us[1]), ("word1", words.original_start_us[1]));
    assert!(
        project.apply(Op::ImportTranscript { media: media(1), file }, &reviewer()).unwrap().stale.is_empty(),
        "the same file again is no change"
    );
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!(state(&project), before);
}

#[test]
fn two_programs_on_one_file_see_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut one = start(folder.path());
    let mut two = Project::open(one.path()).unwrap();
    one.apply(Op::EditWord { media: media(1), word: WordId(0), text: "one".into() }, &reviewer()).unwrap();
    let changed = two.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!(changed.redo.as_deref(), Some("edit the word"));
    assert_eq!(one.words(&media(1), None).unwrap().texts[0], "word0");
}

fn heard(ms: i64) -> Heard {
    let span = Span::new(MediaTime::from_ms(ms), MediaTime::from_ms(ms + 100));
    Heard { span, mapped: MediaTime::from_ms(ms), confidence: 0.5, text: None }
}

/// A proposal of two pieces, its first words heard.
fn propose_pieces(ms: i64, words: usize) -> Op {
    let piece = |from: i64, to: i64| Piece {
        span: Span::new(TranscriptTime::from_ms(from), TranscriptTime::from_ms(to)),
        media_start: MediaTime::from_ms(from + ms),
        rate_ppm: 0.0,
        score: 0.5,
    };
    let proposal = Proposal { pieces: vec![piece(0, 3_000), piece(3_000, 6_000)], ..proposal(ms) };
    Op::Propose { media: media(1), proposal, heard: (0..words as i64).map(|i| Some(heard(i * 500 + ms))).collect() }
}

fn any_write() -> impl Strategy<Value = WordWrite> {
    let id = (0..WORDS, 0u32..3).prop_map(|(w, rank)| if rank == 0 { WordId(w) } else { WordId::added(Some(w as u32), rank) });
    (id, "[a-z]{0,4}[.,]?", any::<bool>()).prop_map(|(word, text, line)| WordWrite { word, text, line })
}

fn any_op() -> impl Strategy<Value = Op> {
    let word = 0..WORDS;
    prop_oneof![
        4 => (word.clone(), "[a-z ]{0,6}").prop_map(|(w, text)| Op::EditWord { media: media(1), word: WordId(w), text }),
        4 => (word, prop::option::of((0i64..9_000, 1i64..500))).prop_map(|(w, span)| Op::RetimeWord {
            media: media(1),
            word: WordId(w),
            span: span.map(|(at, len)| Span::new(MediaTime::from_ms(at), MediaTime::from_ms(at + len))),
        }),
        6 => prop::collection::vec(any_write(), 1..4).prop_map(|words| Op::WriteWords { media: media(1), words, run: None }),
        2 => (0..WORDS, "[ab]").prop_map(|(w, speaker)| Op::AssignSpeaker { media: media(1), words: vec![WordId(w)], speaker }),
        1 => "[ab]".prop_map(|name| Op::NameSpeaker { media: media(1), label: "a".into(), name }),
        1 => any::<bool>().prop_map(|finished| Op::Finish { media: media(1), finished }),
        2 => (0i64..6_000, 0i64..6_000).prop_map(|(t, m)| Op::SetAnchor {
            media: media(1),
            id: None,
            at: Knot { transcript: TranscriptTime::from_ms(t), media: MediaTime::from_ms(m) },
        }),
        1 => Just(Op::AcceptMap(media(1))),
        1 => (0u32..3).prop_map(|piece| Op::AcceptPiece { media: media(1), piece }),
        1 => Just(Op::RejectMap(media(1))),
        2 => (-900i64..900, 0..WORDS as usize).prop_map(|(ms, heard)| propose_pieces(ms, heard)),
        1 => (0..WORDS, 0i64..900, 1i64..40).prop_map(|(word, ms, truth)| {
            Op::Hear { media: media(1), heard: vec![(WordId(word), heard(ms))], truth }
        }),
        1 => (0.0..100.0).prop_map(|limit| Op::SetThresholds { limits: [(GateId::WordConfidence, limit)].into(), note: String::new() }),
        1 => Just(Op::RemoveMedia(media(1))),
        1 => Just(add_media(1)),
        4 => any_lab_op(),
        6 => Just(Op::Undo),
        3 => Just(Op::Redo),
    ]
}

/// The projections without when things were done, in µs since 1970.
fn timeless(project: &Project) -> String {
    let dump = project.dump().unwrap();
    let is_time = |part: &str| part.len() == 16 && part.starts_with("17") && part.bytes().all(|b| b.is_ascii_digit());
    dump.split_inclusive(|c: char| !c.is_ascii_digit())
        .filter(|part| !is_time(part.trim_end_matches(|c: char| !c.is_ascii_digit())))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn many_operations_at_once_come_to_what_they_come_to_one_by_one(ops in prop::collection::vec(any_op(), 1..25)) {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [mut single, mut together] = folders.each_ref().map(|folder| start(folder.path()));
        // The names of new anchors are drawn.
        let named = ops.into_iter().filter(|op| !matches!(op, Op::SetAnchor { .. }));
        let taken: Vec<Op> = named.filter(|op| single.apply(op.clone(), &reviewer()).is_ok()).collect();
        together.apply_all(taken, &reviewer()).unwrap();
        prop_assert_eq!(timeless(&single), timeless(&together));

        // One that is refused takes the others with it.
        let before = together.dump().unwrap();
        let refused = vec![add_media(2), Op::Finish { media: media(2), finished: true }, Op::Finish { media: media(9), finished: true }];
        prop_assert!(matches!(together.apply_all(refused, &reviewer()), Err(Error::Refused(_))));
        prop_assert_eq!(together.dump().unwrap(), before);
    }

    #[test]
    fn any_sequence_rebuilds_to_the_same_and_each_step_undoes(ops in prop::collection::vec((any_op(), any::<bool>()), 1..25)) {
        let folder = tempfile::tempdir().unwrap();
        let mut project = start(folder.path());
        for (op, machine) in ops {
            let reversible = !machine && !matches!(op, Op::Undo | Op::Redo | Op::Propose { .. } | Op::Hear { .. });
            let by = if machine { By::Machine } else { reviewer() };
            let before = state(&project);
            match project.apply(op, &by) {
                Ok(changed) if reversible && !changed.stale.is_empty() => {
                    let after = state(&project);
                    project.apply(Op::Undo, &by).unwrap();
                    prop_assert_eq!(&state(&project), &before);
                    project.apply(Op::Redo, &by).unwrap();
                    prop_assert_eq!(&state(&project), &after);
                }
                Ok(_) => {}
                Err(Error::Refused(_)) => prop_assert_eq!(&state(&project), &before),
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
        let dump = project.dump().unwrap();
        let mut again = Project::open(project.path()).unwrap();
        prop_assert_eq!(again.dump().unwrap(), dump.clone());
        again.rebuild().unwrap();
        prop_assert_eq!(again.dump().unwrap(), dump);
    }
}

#[test]
fn a_proposal_belongs_to_the_words_that_it_was_made_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let mut other = transcript();
    other.words[0].text = "other".into();
    let file = Import { name: "other.json".into(), source: b"other".to_vec(), parsed: other };
    project.apply(Op::ImportTranscript { media: media(1), file }, &reviewer()).unwrap();
    assert_eq!(project.proposal(&media(1)).unwrap(), None);
    assert!(matches!(project.apply(Op::AcceptMap(media(1)), &reviewer()), Err(Error::Refused(_))));
    project.apply(Op::Propose { media: media(1), proposal: proposal(-300), heard: vec![] }, &By::Machine).unwrap();
    project.apply(Op::Undo, &reviewer()).unwrap();
    let (back, _) = project.proposal(&media(1)).unwrap().unwrap();
    assert_eq!(back, proposal(700));
}

#[test]
fn what_is_there_already_is_no_event() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let seq = project.view().seq;
    let Op::AddMedia { transcript: Some(words), annotations: Some(annotations), .. } = add_media(1) else { panic!() };
    for op in [
        Op::ImportTranscript { media: media(1), file: words },
        Op::ImportAnnotations { media: media(1), file: annotations },
        Op::RelocateMedia { media: media(1), path: "media/1.mp4".into() },
        Op::EditWord { media: media(1), word: WordId(0), text: "word0".into() },
        Op::RetimeWord { media: media(1), word: WordId(0), span: None },
    ] {
        let changed = project.apply(op.clone(), &reviewer()).unwrap();
        assert_eq!((changed.seq, changed.stale.len()), (seq, 0), "{op:?}");
    }
}

#[test]
fn anchoring_a_word_again_moves_its_anchor() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    for media_ms in [900, 1_400, 600] {
        let at = Knot { transcript: TranscriptTime::from_ms(500), media: MediaTime::from_ms(media_ms) };
        project.apply(Op::SetAnchor { media: media(1), id: None, at }, &reviewer()).unwrap();
        let anchors = project.alignment(&media(1)).unwrap().anchors;
        assert_eq!(anchors.iter().map(|a| a.at).collect::<Vec<_>>(), [at]);
        assert_eq!(project.words(&media(1), None).unwrap().start_us[1], at.media);
    }
}

#[test]
fn what_is_in_force_already_does_not_wait_for_a_decision() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let waits = |project: &Project| {
        let shown =
            project.library().unwrap().media[0].verdict.is_some() && !project.words(&media(1), None).unwrap().proposed_start_us.is_empty();
        assert_eq!(shown, project.open_proposal(&media(1)).unwrap().is_some());
        shown
    };
    assert!(waits(&project));
    project.apply(Op::AcceptMap(media(1)), &reviewer()).unwrap();
    assert!(!waits(&project));
    for (again, expected) in [(proposal(700), false), (proposal(900), true), (Proposal { verdict: Verdict::Unknown, ..proposal(0) }, false)]
    {
        project.apply(Op::Propose { media: media(1), proposal: again.clone(), heard: vec![] }, &By::Machine).unwrap();
        assert_eq!(waits(&project), expected, "{again:?}");
        let state = project.alignment(&media(1)).unwrap().proposal.unwrap().state;
        assert_eq!(state, if expected { ProposalState::Open } else { ProposalState::Idle });
    }
}
