//! The history as people read it, and going back in it.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{WORDS, add_media, any_lab_op, clips, media, proposal, read, reviewer, run, state, transcript};
use plumbline_core::align::Heard;
use plumbline_core::gate::{GateId, Measure, Place};
use plumbline_core::time::{MediaTime, Span, TranscriptTime};
use plumbline_core::{Knot, WordId};
use plumbline_project::views::{Decision, HistoryFilter, HistoryGroup, HistoryRow};
use plumbline_project::{Analysis, By, Defect, DefectKind, Error, Import, MediaId, Op, Project, WordWrite};
use proptest::prelude::*;
use std::path::Path;

fn analysis() -> Analysis {
    let measure = |i| Measure {
        gate: GateId::WordConfidence,
        place: Place::Words { first: WordId(i), end: WordId(i + 1) },
        value: i as f64 * 10.0,
        signed: None,
    };
    Analysis { measures: (0..WORDS).map(measure).collect(), ..Analysis::default() }
}

/// Two media, the first of them measured and with a proposal.
fn start(folder: &Path) -> Project {
    let mut project = Project::create(&folder.join("test.plumbline")).unwrap();
    project.apply(add_media(1), &By::Machine).unwrap();
    project.apply(add_media(2), &By::Machine).unwrap();
    project.apply(Op::Propose { media: media(1), proposal: proposal(700), heard: vec![] }, &By::Machine).unwrap();
    let truth = project.truth(&media(1)).unwrap();
    project.apply(Op::Analyse { media: media(1), analysis: analysis(), truth }, &By::Machine).unwrap();
    project
}

fn edit(n: u8, word: u64, text: &str) -> Op {
    Op::EditWord { media: media(n), word: WordId(word), text: text.into() }
}

fn write(word: u64, text: &str, run: &str) -> Op {
    let words = vec![WordWrite { word: WordId(word), text: text.into(), line: false }];
    Op::WriteWords { media: media(1), words, run: Some(run.into()) }
}

fn told(project: &Project, filter: &HistoryFilter) -> Vec<String> {
    let view = project.history(filter, None, 100).unwrap();
    view.rows.iter().map(|row| format!("{} {}{}", row.who, row.did, if row.undone { " (undone)" } else { "" })).collect()
}

fn rows(project: &Project) -> Vec<HistoryRow> {
    project.history(&HistoryFilter::default(), None, 100).unwrap().rows
}

#[test]
fn each_step_is_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let flag = project.flags(&media(1)).unwrap().flags[0].id.clone();
    let span = |a, b| Span::new(MediaTime::from_ms(a), MediaTime::from_ms(b));
    let at = Knot { transcript: TranscriptTime::ZERO, media: MediaTime::from_ms(700) };
    let defect =
        Defect { id: "d".into(), kind: DefectKind::Moderation, span: span(0, 9), words: None, region: None, note: None, by: String::new() };
    let imported = project.annotations(&media(1)).unwrap().annotations[0].clone();
    let new = Import { name: "new.json".into(), source: b"new".to_vec(), parsed: transcript() };
    let words = |ids: &[u64]| ids.iter().map(|id| WordId(*id)).collect::<Vec<_>>();
    let cases = [
        (edit(1, 1, "gauge"), "wrote “gauge” for “word1”", Some(500)),
        (edit(1, 1, "gauges"), "wrote “gauges” for “gauge”", Some(500)),
        (edit(1, 1, ""), "removed “gauges”", Some(500)),
        (edit(1, 3, "three"), "wrote “three.” for “word3.”", Some(1_500)),
        (Op::RetimeWord { media: media(1), word: WordId(2), span: Some(span(3_000, 3_100)) }, "retimed “word2”", Some(3_000)),
        (
            Op::AssignSpeaker { media: media(1), words: words(&[4, 5, 6]), speaker: "Carol".into() },
            "reassigned 3 words to Carol",
            Some(2_000),
        ),
        (Op::NameSpeaker { media: media(1), label: "Carol".into(), name: "Caro".into() }, "named Carol “Caro”", None),
        (Op::SetAnchor { media: media(1), id: None, at }, "anchored 0:00:00.000 of the transcript", Some(700)),
        (Op::AcceptMap(media(1)), "accepted the map", None),
        (
            Op::Decide { media: media(1), flag, decision: Some(Decision::FalseAlarm), note: None },
            "called a flag a false alarm: word confidence",
            Some(700),
        ),
        (Op::AddDefect { media: media(1), defect }, "marked a defect: moderation", Some(0)),
        (Op::RemoveAnnotation { media: media(1), id: imported.id.clone() }, "removed the annotation “text”", Some(0)),
        (Op::Finish { media: media(1), finished: true }, "called the review done", None),
        (Op::SetThresholds { limits: [(GateId::WordConfidence, 40.0)].into(), note: "looser".into() }, "set thresholds 2: looser", None),
        (Op::ImportTranscript { media: media(1), file: new }, "imported the transcript new.json in place of t.json", None),
        (Op::RemoveMedia(media(2)), "removed 2.mp4 from the library", None),
    ];
    for (op, did, at_ms) in cases {
        project.apply(op.clone(), &reviewer()).unwrap();
        let row = &rows(&project)[0];
        let at = row.place.as_ref().and_then(|p| p.at_us);
        assert_eq!((row.who.as_str(), row.did.as_str(), at), ("Ada", did, at_ms.map(MediaTime::from_ms)), "{op:?}");
    }
    // What was written of a transcript that is gone is still told with its words.
    assert!(told(&project, &HistoryFilter::default()).contains(&"Ada wrote “three.” for “word3.”".to_owned()));
    assert_eq!(rows(&project)[0].media_name.as_deref(), Some("2.mp4"));
}

#[test]
fn undo_and_redo_name_what_they_are_about() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    for text in ["g", "ga", "gauge"] {
        project.apply(write(1, text, "run"), &reviewer()).unwrap();
    }
    project.apply(edit(1, 2, "two"), &By::Person("Bo".into())).unwrap();
    let people = |project: &Project| told(project, &HistoryFilter { who: Some("Ada".into()), ..HistoryFilter::default() });
    assert_eq!(people(&project), ["Ada wrote “gauge” for “word1”"], "a run of typing is one row");
    let seq = rows(&project)[0].seq;
    assert_eq!(project.history(&HistoryFilter::default(), None, 1).unwrap().undo, Some(seq));
    project.apply(Op::Undo, &reviewer()).unwrap();
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!(
        people(&project),
        ["Ada undid: wrote “gauge” for “word1”", "Ada undid: wrote “two” for “word2”", "Ada wrote “gauge” for “word1” (undone)"]
    );
    project.apply(Op::Redo, &reviewer()).unwrap();
    assert_eq!(
        people(&project)[..2],
        ["Ada redid: wrote “gauge” for “word1”".to_owned(), "Ada undid: wrote “gauge” for “word1” (undone)".to_owned()]
    );
    assert_eq!(people(&project)[3], "Ada wrote “gauge” for “word1”");
}

#[test]
fn findings_are_folded_and_only_shown_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    assert_eq!(told(&project, &HistoryFilter::default()).len(), 3, "the founding, and two media");
    let all = HistoryFilter { findings: true, ..HistoryFilter::default() };
    let view = project.history(&all, None, 100).unwrap();
    assert_eq!((view.rows[0].did.as_str(), view.rows[0].events), ("proposed a map and measured", 2));
    project.apply(edit(1, 0, "x"), &reviewer()).unwrap();
    for (filter, expected) in [
        (HistoryFilter { group: Some(HistoryGroup::Words), ..HistoryFilter::default() }, 1),
        (HistoryFilter { group: Some(HistoryGroup::Findings), ..HistoryFilter::default() }, 1),
        (HistoryFilter { media: Some(media(2)), ..HistoryFilter::default() }, 1),
        (HistoryFilter { who: Some("Bo".into()), ..HistoryFilter::default() }, 0),
    ] {
        assert_eq!(told(&project, &filter).len(), expected, "{filter:?}");
    }
}

#[test]
fn pages_follow_each_other_without_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    for i in 0..30u64 {
        project.apply(write(i % WORDS, &format!("w{i}"), &format!("run{}", i / 3)), &reviewer()).unwrap();
    }
    let whole = rows(&project);
    for limit in [1, 2, 5, 100] {
        let (mut paged, mut before) = (Vec::new(), None);
        loop {
            let page = project.history(&HistoryFilter::default(), before, limit).unwrap();
            assert!(page.rows.len() <= limit as usize);
            paged.extend(page.rows);
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(paged, whole, "by {limit}");
    }
}

#[test]
fn restoring_puts_back_what_people_changed_and_leaves_what_was_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    project.apply(edit(1, 1, "one"), &reviewer()).unwrap();
    project.apply(edit(2, 1, "uno"), &reviewer()).unwrap();
    let (seq, then) = (project.view().seq, people(&project, None));
    project.apply(edit(1, 1, "two"), &reviewer()).unwrap();
    project.apply(edit(2, 5, "cinque"), &reviewer()).unwrap();
    project.apply(Op::AcceptMap(media(1)), &reviewer()).unwrap();
    let truth = project.truth(&media(1)).unwrap();
    project.apply(Op::Analyse { media: media(1), analysis: Analysis::default(), truth }, &By::Machine).unwrap();
    let (before, found) = (state(&project), project.analysis(&media(1)).unwrap());

    let preview = project.restore_preview(seq, None).unwrap();
    assert_eq!((preview.words, preview.changes), (2, vec!["2 words".to_owned(), "1 map".to_owned()]));
    let changed = project.apply(Op::Restore { seq, media: None }, &reviewer()).unwrap();
    assert_eq!((changed.media, changed.undo.as_deref()), (None, Some("restore how things stood")));
    assert_eq!(people(&project, None), then);
    assert_eq!(project.analysis(&media(1)).unwrap(), found);
    for of in [None, Some(media(1)), Some(media(2))] {
        let last = &project.history(&HistoryFilter { media: of, ..HistoryFilter::default() }, None, 1).unwrap().rows[0];
        assert_eq!(last.did, "restored how things stood: 2 words, 1 map");
    }
    assert!(project.open_proposal(&media(1)).unwrap().is_some(), "what was accepted waits again");
    assert!(project.apply(Op::Restore { seq, media: None }, &reviewer()).unwrap().stale.is_empty(), "once is enough");
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!(state(&project), before);

    let changed = project.apply(Op::Restore { seq, media: Some(media(2)) }, &reviewer()).unwrap();
    assert_eq!(changed.media, Some(media(2)));
    assert_eq!(project.words(&media(1), None).unwrap().texts[1], "two");
    assert_eq!(project.words(&media(2), None).unwrap().texts[5], "word5");
}

#[test]
fn a_transcript_that_was_replaced_comes_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    project.apply(edit(1, 1, "one"), &reviewer()).unwrap();
    let (seq, then) = (project.view().seq, people(&project, None));
    let mut other = transcript();
    other.words.truncate(2);
    let file = Import { name: "new.json".into(), source: b"new".to_vec(), parsed: other };
    // Whoever imports it: a file comes in because people want it.
    project.apply(Op::ImportTranscript { media: media(1), file }, &By::Machine).unwrap();
    project.apply(edit(1, 0, "new"), &reviewer()).unwrap();
    project.apply(Op::Restore { seq, media: Some(media(1)) }, &reviewer()).unwrap();
    assert_eq!(people(&project, None), then);
    assert_eq!(project.words(&media(1), None).unwrap().texts[..3], ["word0", "one", "word2"]);
    let dump = project.dump().unwrap();
    project.rebuild().unwrap();
    assert_eq!(project.dump().unwrap(), dump);
}

#[test]
fn what_cannot_be_restored_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let seq = project.view().seq;
    let file = Import { name: "new.json".into(), source: b"new".to_vec(), parsed: transcript() };
    project.apply(Op::ImportTranscript { media: media(1), file }, &reviewer()).unwrap();
    let before = project.dump().unwrap();
    let refused = |project: &mut Project, seq: i64, of: Option<MediaId>, says: &str| {
        let asked = project.restore_preview(seq, of.as_ref()).unwrap_err();
        let said = project.apply(Op::Restore { seq, media: of }, &reviewer()).unwrap_err();
        assert_eq!(asked.to_string(), said.to_string());
        assert!(matches!(&said, Error::Refused(why) if why.contains(says)), "{said}");
    };
    refused(&mut project, 99, None, "no event 99");
    refused(&mut project, -1, None, "no event -1");
    refused(&mut project, seq, Some(media(9)), "never had a media");
    let raw = rusqlite::Connection::open(project.path()).unwrap();
    raw.execute("DELETE FROM blob WHERE bytes = ?1", [vec![1u8]]).unwrap();
    refused(&mut project, seq, None, "t.json is not in the project file any more");
    assert_eq!(project.dump().unwrap(), before);
}

/// The state that people made, of one media or of all: findings and measures left out.
fn people(project: &Project, of: Option<&MediaId>) -> String {
    let skipped = ["heard", "heard_word", "proposal", "analysis", "truth", "summary", "failing", "measured"];
    let dump = project.dump().unwrap();
    let (mut out, mut table) = (String::new(), "");
    for line in dump.lines() {
        if !line.contains(' ') && !line.is_empty() && line.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            table = line;
        } else if !skipped.contains(&table) && of.is_none_or(|media| line.contains(&media.0)) {
            out += &format!("{table} {line}\n");
        }
    }
    out
}

fn any_op() -> impl Strategy<Value = (bool, Op)> {
    let n = 1u8..3;
    let person = prop_oneof![
        6 => (n.clone(), 0..WORDS, "[a-z]{0,3}").prop_map(|(n, w, text)| edit(n, w, &text)),
        4 => (n.clone(), 0..WORDS, 0u32..3, "[a-z]{0,3}[.]?", any::<bool>()).prop_map(|(n, w, rank, text, line)| {
            let word = if rank == 0 { WordId(w) } else { WordId::added(Some(w as u32), rank) };
            Op::WriteWords { media: media(n), words: vec![WordWrite { word, text, line }], run: line.then(|| "run".into()) }
        }),
        2 => (n.clone(), 0..WORDS, "[ab]").prop_map(|(n, w, speaker)| Op::AssignSpeaker { media: media(n), words: vec![WordId(w)], speaker }),
        2 => (n.clone(), "[ab]").prop_map(|(n, name)| Op::NameSpeaker { media: media(n), label: "a".into(), name }),
        2 => (n.clone(), 0i64..6_000, 0i64..6_000).prop_map(|(n, t, m)| Op::SetAnchor {
            media: media(n),
            id: None,
            at: Knot { transcript: TranscriptTime::from_ms(t), media: MediaTime::from_ms(m) },
        }),
        1 => n.clone().prop_map(|n| Op::RemoveAnnotation { media: media(n), id: "a1".into() }),
        1 => (n.clone(), 0u8..3).prop_map(|(n, ids)| Op::AddAnnotations { media: media(n), source: "reader".into(), annotations: read(ids) }),
        1 => (n.clone(), any::<bool>()).prop_map(|(n, finished)| Op::Finish { media: media(n), finished }),
        2 => Just(Op::AcceptMap(media(1))),
        1 => Just(Op::RejectMap(media(1))),
        1 => (0.0..100.0).prop_map(|limit| Op::SetThresholds { limits: [(GateId::WordConfidence, limit)].into(), note: String::new() }),
        1 => n.clone().prop_map(|n| Op::RemoveMedia(media(n))),
        1 => n.clone().prop_map(add_media),
        4 => any_lab_op(),
        1 => (n.clone(), 2..WORDS as usize).prop_map(|(n, words)| {
            let mut parsed = transcript();
            parsed.words.truncate(words);
            parsed.segments[0].end = WordId(words as u64);
            Op::ImportTranscript { media: media(n), file: Import { name: "n.json".into(), source: vec![words as u8], parsed } }
        }),
        4 => Just(Op::Undo),
        2 => Just(Op::Redo),
        1 => (0i64..30, prop::option::of(n)).prop_map(|(seq, n)| Op::Restore { seq, media: n.map(media) }),
    ];
    let heard = |ms: i64| Heard {
        span: Span::new(MediaTime::from_ms(ms), MediaTime::from_ms(ms + 100)),
        mapped: MediaTime::from_ms(ms),
        confidence: 0.5,
        text: None,
    };
    let machine = prop_oneof![
        (-900i64..900, 0..WORDS as usize).prop_map(move |(ms, count)| Op::Propose {
            media: media(1),
            proposal: proposal(ms),
            heard: (0..count as i64).map(|i| Some(heard(i * 500 + ms))).collect(),
        }),
        (0..WORDS, 0i64..900, 1i64..40).prop_map(move |(w, ms, truth)| Op::Hear {
            media: media(1),
            heard: vec![(WordId(w), heard(ms))],
            truth
        }),
        Just(Op::Analyse { media: media(1), analysis: analysis(), truth: 0 }),
    ];
    prop_oneof![5 => person.prop_map(|op| (true, op)), 1 => machine.prop_map(|op| (false, op))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn restoring_gives_what_stood_then_and_undo_gives_it_back(
        ops in prop::collection::vec(any_op(), 1..20),
        to in any::<prop::sample::Index>(),
        only in prop::option::of(1u8..3),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut project = start(folder.path());
        project.apply(Op::KeepClips(clips()), &By::Machine).unwrap();
        project.apply(run(&project), &By::Machine).unwrap();
        let mut stood = vec![(project.view().seq, people(&project, only.map(media).as_ref()))];
        for (by_person, op) in ops {
            let by = if by_person { reviewer() } else { By::Machine };
            match project.apply(op, &by) {
                Ok(_) => stood.push((project.view().seq, people(&project, only.map(media).as_ref()))),
                Err(Error::Refused(_)) => {}
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
        let (seq, then) = &stood[to.index(stood.len())];
        let before = state(&project);
        let others = [1, 2].map(|n| people(&project, Some(&media(n))));
        let preview = project.restore_preview(*seq, only.map(media).as_ref()).unwrap();
        let changed = project.apply(Op::Restore { seq: *seq, media: only.map(media) }, &reviewer()).unwrap();
        prop_assert_eq!(&people(&project, only.map(media).as_ref()), then);
        if let Some(n) = only {
            prop_assert_eq!(&people(&project, Some(&media(3 - n))), &others[usize::from(2 - n)]);
        }
        let dump = project.dump().unwrap();
        project.rebuild().unwrap();
        prop_assert_eq!(project.dump().unwrap(), dump);
        if !changed.stale.is_empty() {
            prop_assert_eq!(project.restore_preview(*seq, only.map(media).as_ref()).unwrap().changes.len(), 0);
            project.apply(Op::Undo, &reviewer()).unwrap();
            prop_assert_eq!(project.restore_preview(*seq, only.map(media).as_ref()).unwrap().changes, preview.changes);
        }
        prop_assert_eq!(state(&project), before);
        // Whatever was done, it can be told.
        let all = HistoryFilter { findings: true, ..HistoryFilter::default() };
        prop_assert!(project.history(&all, None, 1_000).unwrap().rows.iter().all(|row| !row.did.is_empty()));
    }
}
