//! Several copies of a project: whoever merges first, all end up in the same state, and nothing that anybody did is lost.
#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::large_enum_variant, missing_docs)]

mod common;

use common::{WORDS, add_media, any_lab_op, clips, media, proposal, read, run};
use plumbline_core::align::Heard;
use plumbline_core::gate::{GateId, Measure, Place};
use plumbline_core::time::{MediaTime, Span, TranscriptTime};
use plumbline_core::{Annotation, Document, DocumentKind, Knot, WordId};
use plumbline_project::views::{ConflictView, Decision};
use plumbline_project::{Analysis, By, Defect, DefectKind, Error, Import, Op, Project, WordWrite};
use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn analysis() -> Analysis {
    let place = |i| Place::Words { first: WordId(i), end: WordId(i + 1) };
    let measure = |i| Measure { gate: GateId::WordConfidence, place: place(i), value: i as f64, signed: None };
    Analysis { measures: (0..WORDS).map(measure).collect(), ..Analysis::default() }
}

fn person(name: &str) -> By {
    By::Person(name.into())
}

/// A project with one media, its words measured and a proposal open, ready to be copied.
fn start(folder: &Path) -> PathBuf {
    let path = folder.join("start.plumbline");
    let mut project = Project::create(&path).unwrap();
    project.apply(add_media(1), &By::Machine).unwrap();
    let heard = |i: u64| Heard {
        span: Span::new(MediaTime::from_ms(i as i64 * 500 + 700), MediaTime::from_ms(i as i64 * 500 + 1_000)),
        mapped: MediaTime::from_ms(i as i64 * 500 + 700),
        confidence: 0.3,
        text: None,
    };
    let heard = (0..WORDS).map(|i| Some(heard(i))).collect();
    project.apply(Op::Propose { media: media(1), proposal: proposal(700), heard }, &By::Machine).unwrap();
    let truth = project.truth(&media(1)).unwrap();
    project.apply(Op::Analyse { media: media(1), analysis: analysis(), truth }, &By::Machine).unwrap();
    project.apply(Op::KeepClips(clips()), &By::Machine).unwrap();
    project.apply(run(&project), &By::Machine).unwrap();
    project.pack().unwrap();
    path
}

/// Copies for these people.
fn copies<const N: usize>(folder: &Path, names: [&str; N]) -> [Project; N] {
    let from = start(folder);
    names.map(|name| {
        let to = folder.join(format!("{name}.plumbline"));
        std::fs::copy(&from, &to).unwrap();
        Project::open(&to).unwrap()
    })
}

fn merge(into: &mut Project, from: &Project) -> plumbline_project::Merged {
    into.merge(&[from.path().to_owned()], false).unwrap()
}

/// What a project shows, without positions of its log.
fn shown(project: &Project) -> Value {
    let mut all = json!({ "conflicts": project.conflicts().unwrap(), "library": project.library().unwrap(), "limits": project.thresholds().unwrap().limits });
    for media in project.media_ids().unwrap() {
        all[&media.0] = json!({
            "words": project.words(&media, None).unwrap(),
            "alignment": project.alignment(&media).unwrap(),
            "flags": project.flags(&media).unwrap(),
            "annotations": project.annotations(&media).unwrap(),
        });
    }
    without_positions(&mut all);
    let tables = [
        "transcript",
        "word_edit",
        "speaker_name",
        "annotation_edit",
        "defect",
        "document",
        "finished",
        "anchor",
        "map",
        "heard",
        "heard_word",
        "prompt",
        "vote",
        "promoted",
    ];
    all["tables"] = tables.iter().map(|name| json!([name, rows(project, name)])).collect();
    all
}

/// The rows of a table as the dump has them.
fn rows(project: &Project, table: &str) -> Vec<String> {
    let db = Connection::open(project.path()).unwrap();
    let count = db.prepare(&format!("SELECT * FROM {table}")).unwrap().query_map([], |_| Ok(())).unwrap().count();
    let dump = project.dump().unwrap();
    dump.lines().skip_while(|line| *line != table).skip(1).take(count).map(str::to_owned).collect()
}

fn without_positions(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            // Versions of thresholds count up within a file.
            fields.retain(|name, _| name != "seq" && name != "thresholds");
            fields.values_mut().for_each(without_positions);
        }
        Value::Array(all) => all.iter_mut().for_each(without_positions),
        _ => {}
    }
}

/// The log as it lies in the file: position, id, stamp and body.
fn log(project: &Project) -> Vec<(i64, String, i64, String)> {
    let db = Connection::open(project.path()).unwrap();
    let mut rows = db.prepare("SELECT seq, id, stamp, body FROM event ORDER BY seq").unwrap();
    let rows = rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn edit(word: u64, text: &str) -> Op {
    Op::EditWord { media: media(1), word: WordId(word), text: text.into() }
}

fn retime(word: u64, ms: i64) -> Op {
    Op::RetimeWord { media: media(1), word: WordId(word), span: Some(Span::new(MediaTime::from_ms(ms), MediaTime::from_ms(ms + 90))) }
}

fn decide(project: &Project, flag: usize, decision: Decision) -> Op {
    let flag = project.flags(&media(1)).unwrap().flags[flag].id.clone();
    Op::Decide { media: media(1), flag, decision: Some(decision), note: None }
}

fn text(project: &Project, word: usize) -> String {
    project.words(&media(1), None).unwrap().texts[word].clone()
}

fn values(conflict: &ConflictView) -> Vec<(&str, Vec<&str>)> {
    conflict.sides.iter().map(|s| (s.by.as_str(), s.values.iter().map(String::as_str).collect())).collect()
}

#[test]
fn what_two_people_did_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let [mut ada, mut bo] = copies(folder.path(), ["ada", "bo"]);
    ada.apply(edit(1, "ada"), &person("Ada")).unwrap();
    bo.apply(edit(2, "bo"), &person("Bo")).unwrap();
    bo.apply(retime(1, 4_000), &person("Bo")).unwrap();
    let before = log(&ada);
    let merged = merge(&mut ada, &bo);
    assert_eq!((merged.events(), merged.conflicts.len(), merged.brought[0].by.as_str()), (2, 0, "Bo"));
    assert_eq!(log(&ada)[..before.len()], before, "the log only grows");
    let words = ada.words(&media(1), None).unwrap();
    // The text of one and the time of the other are no conflict, and neither is lost.
    assert_eq!((words.texts[1].as_str(), words.texts[2].as_str(), words.start_us[1]), ("ada", "bo", MediaTime::from_ms(4_000)));
    assert_eq!(merge(&mut ada, &bo).events(), 0, "merging again changes nothing");
    merge(&mut bo, &ada);
    assert_eq!(shown(&ada), shown(&bo));
    let dump = ada.dump().unwrap();
    ada.rebuild().unwrap();
    assert_eq!(ada.dump().unwrap(), dump);
}

#[test]
fn touched_media_are_measured_again_wherever_they_were_not_seen_as_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let [mut ada, mut bo, mut idle] = copies(folder.path(), ["ada", "bo", "idle"]);
    for (project, word, by) in [(&mut ada, 1, "Ada"), (&mut bo, 2, "Bo")] {
        project.apply(edit(word, "x"), &person(by)).unwrap();
        let truth = project.truth(&media(1)).unwrap();
        project.apply(Op::Analyse { media: media(1), analysis: analysis(), truth }, &By::Machine).unwrap();
        assert!(!project.needs_analysis(&media(1)).unwrap());
    }
    merge(&mut idle, &bo);
    assert!(!idle.needs_analysis(&media(1)).unwrap(), "only one worked on it, and measured it");
    merge(&mut ada, &bo);
    assert!(ada.needs_analysis(&media(1)).unwrap());
    merge(&mut bo, &ada);
    assert!(bo.needs_analysis(&media(1)).unwrap());
}

#[test]
fn a_word_written_twice_waits_for_somebody_to_decide() {
    let folder = tempfile::tempdir().unwrap();
    let [mut ada, mut bo] = copies(folder.path(), ["ada", "bo"]);
    ada.apply(edit(1, "ada"), &person("Ada")).unwrap();
    bo.apply(edit(1, "bo"), &person("Bo")).unwrap();
    bo.apply(edit(1, "boo"), &person("Bo")).unwrap();
    let merged = merge(&mut ada, &bo);
    let [conflict] = &merged.conflicts[..] else { panic!("{merged:?}") };
    assert_eq!(values(conflict), [("Ada", vec!["ada"]), ("Bo", vec!["boo"])]);
    assert_eq!((conflict.about.as_slice(), conflict.word), (&["Text of “word1”".to_owned()][..], Some(WordId(1))));
    assert_eq!(text(&ada, 1), "boo", "the later one is in force meanwhile");
    assert_eq!(merge(&mut bo, &ada).conflicts, merged.conflicts, "both copies find the same");

    let pick = Op::Adjudicate { id: conflict.id.clone(), pick: conflict.sides[0].event.clone() };
    let changed = ada.apply(pick.clone(), &person("Cy")).unwrap();
    assert_eq!((text(&ada, 1).as_str(), changed.undo.as_deref()), ("ada", Some("decide between two people")));
    assert_eq!(ada.conflicts().unwrap().conflicts, []);
    assert!(matches!(ada.apply(pick, &person("Cy")), Err(Error::Refused(why)) if why.contains("gone")));
    ada.apply(Op::Undo, &person("Cy")).unwrap();
    assert_eq!((text(&ada, 1).as_str(), ada.conflicts().unwrap().conflicts.as_slice()), ("boo", &merged.conflicts[..]));
    ada.apply(Op::Redo, &person("Cy")).unwrap();
    merge(&mut bo, &ada);
    assert_eq!((text(&bo, 1).as_str(), bo.conflicts().unwrap().conflicts.len()), ("ada", 0));
    assert_eq!(shown(&ada), shown(&bo));
    ada.rebuild().unwrap();
    assert_eq!(shown(&ada), shown(&bo));
}

#[test]
fn writing_the_word_anew_decides_as_well_and_undo_opens_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let [mut ada, mut bo] = copies(folder.path(), ["ada", "bo"]);
    ada.apply(edit(1, "ada"), &person("Ada")).unwrap();
    bo.apply(edit(1, "bo"), &person("Bo")).unwrap();
    merge(&mut ada, &bo);
    ada.apply(edit(1, "both"), &person("Ada")).unwrap();
    assert_eq!(ada.conflicts().unwrap().conflicts, []);
    ada.apply(Op::Undo, &person("Ada")).unwrap();
    assert_eq!(ada.conflicts().unwrap().conflicts.len(), 1);
    // Ada takes back her own word, too: Bo's stands alone.
    ada.apply(Op::Undo, &person("Ada")).unwrap();
    assert_eq!((ada.conflicts().unwrap().conflicts.len(), text(&ada, 1).as_str()), (0, "bo"));
    merge(&mut bo, &ada);
    assert_eq!(shown(&ada), shown(&bo));
}

#[test]
fn undo_takes_back_ones_own_and_never_what_another_built_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let [mut ada, mut bo] = copies(folder.path(), ["ada", "bo"]);
    ada.apply(edit(1, "ada"), &person("Ada")).unwrap();
    merge(&mut bo, &ada);
    assert_eq!(bo.view().undo, None, "what came in is another's to take back");
    bo.apply(edit(2, "bo"), &person("Bo")).unwrap();
    merge(&mut ada, &bo);
    assert_eq!(ada.apply(Op::Undo, &person("Ada")).unwrap().redo.as_deref(), Some("edit the word"));
    assert_eq!((text(&ada, 1).as_str(), text(&ada, 2).as_str()), ("word1", "bo"));

    ada.apply(edit(3, "ada"), &person("Ada")).unwrap();
    merge(&mut bo, &ada);
    bo.apply(edit(3, "bo"), &person("Bo")).unwrap();
    merge(&mut ada, &bo);
    let refused = ada.apply(Op::Undo, &person("Ada"));
    assert!(matches!(&refused, Err(Error::Refused(why)) if why.contains("Bo changed this since")), "{refused:?}");
    assert_eq!(text(&ada, 3), "bo");
}

#[test]
fn second_opinions_are_counted_and_differing_ones_decided() {
    let folder = tempfile::tempdir().unwrap();
    let [mut ada, mut bo] = copies(folder.path(), ["ada", "bo"]);
    let decisions = [
        (0, Decision::Confirmed, Decision::Confirmed),
        (1, Decision::FalseAlarm, Decision::FalseAlarm),
        (2, Decision::Confirmed, Decision::FalseAlarm),
    ];
    for (flag, one, other) in decisions {
        ada.apply(decide(&ada, flag, one), &person("Ada")).unwrap();
        bo.apply(decide(&bo, flag, other), &person("Bo")).unwrap();
    }
    // One that was taken back says nothing.
    bo.apply(decide(&bo, 3, Decision::Unsure), &person("Bo")).unwrap();
    bo.apply(Op::Undo, &person("Bo")).unwrap();
    ada.apply(decide(&ada, 3, Decision::Confirmed), &person("Ada")).unwrap();
    let merged = merge(&mut ada, &bo);
    let [conflict] = &merged.conflicts[..] else { panic!("{merged:?}") };
    assert_eq!(values(conflict), [("Ada", vec!["confirmed"]), ("Bo", vec!["false alarm"])]);
    let agreement = ada.agreement().unwrap();
    assert_eq!((agreement.flags, agreement.pairs, agreement.agreeing), (3, 3, 2));
    // By hand: 6 decisions, 3 of each; observed disagreement 2/6, expected 2*9/30.
    assert!((agreement.alpha.unwrap() - (1.0 - (2.0 / 6.0) / (18.0 / 30.0))).abs() < 1e-12);
    let [differing] = &agreement.differing[..] else { panic!("{agreement:?}") };
    assert_eq!((differing.settled, differing.in_force, Some(&differing.flag)), (false, Some(Decision::FalseAlarm), conflict.flag.as_ref()));
    ada.apply(Op::Adjudicate { id: conflict.id.clone(), pick: conflict.sides[0].event.clone() }, &person("Ada")).unwrap();
    let settled = ada.agreement().unwrap();
    assert_eq!((settled.alpha, settled.differing[0].settled), (agreement.alpha, true), "who decides between two changes no opinion");
}

#[test]
fn a_map_accepted_here_and_rejected_there_is_one_question() {
    for accepted_first in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let [mut ada, mut bo] = copies(folder.path(), ["ada", "bo"]);
        let accept = |p: &mut Project| p.apply(Op::AcceptMap(media(1)), &person("Ada")).unwrap();
        let reject = |p: &mut Project| p.apply(Op::RejectMap(media(1)), &person("Bo")).unwrap();
        if accepted_first {
            accept(&mut ada);
            reject(&mut bo);
        } else {
            reject(&mut bo);
            accept(&mut ada);
        }
        merge(&mut ada, &bo);
        merge(&mut bo, &ada);
        assert_eq!(shown(&ada), shown(&bo));
        let mapped = |p: &Project| p.words(&media(1), None).unwrap().start_us[0] != MediaTime::ZERO;
        assert_eq!(mapped(&ada), !accepted_first, "the later one is in force");
        let conflict = ada.conflicts().unwrap().conflicts.remove(0);
        assert_eq!(ada.conflicts().unwrap().conflicts.len(), 1, "{conflict:?}");
        for (by, expected) in [("Ada", true), ("Bo", false)] {
            let pick = conflict.sides.iter().find(|s| s.by == by).unwrap().event.clone();
            ada.apply(Op::Adjudicate { id: conflict.id.clone(), pick }, &person("Cy")).unwrap();
            assert_eq!(mapped(&ada), expected, "{by}, accepted first: {accepted_first}");
            assert_eq!(ada.conflicts().unwrap().conflicts, []);
            ada.apply(Op::Undo, &person("Cy")).unwrap();
            assert_eq!(mapped(&ada), !accepted_first);
        }
    }
}

#[test]
fn edits_of_a_transcript_that_another_replaced_stay_in_the_log_alone() {
    let folder = tempfile::tempdir().unwrap();
    let [mut ada, mut bo] = copies(folder.path(), ["ada", "bo"]);
    bo.apply(edit(1, "early"), &person("Bo")).unwrap();
    let mut other = common::transcript();
    other.words[1].text = "other".into();
    let file = Import { name: "other.json".into(), source: b"other".to_vec(), parsed: other };
    ada.apply(Op::ImportTranscript { media: media(1), file }, &person("Ada")).unwrap();
    bo.apply(edit(1, "late"), &person("Bo")).unwrap();
    bo.apply(decide(&bo, 0, Decision::Confirmed), &person("Bo")).unwrap();
    let merged = merge(&mut ada, &bo);
    assert_eq!((merged.events(), merged.outdated, merged.conflicts.len()), (3, 1, 0));
    assert_eq!(text(&ada, 1), "other");
    merge(&mut bo, &ada);
    assert_eq!(shown(&ada), shown(&bo));
}

#[test]
fn versions_of_thresholds_that_clash_are_counted_on() {
    let folder = tempfile::tempdir().unwrap();
    let [mut ada, mut bo] = copies(folder.path(), ["ada", "bo"]);
    let limit = |limit| Op::SetThresholds { limits: [(GateId::WordConfidence, limit)].into(), note: format!("below {limit}") };
    ada.apply(limit(90.0), &person("Ada")).unwrap();
    ada.apply(decide(&ada, 0, Decision::Confirmed), &person("Ada")).unwrap();
    bo.apply(limit(80.0), &person("Bo")).unwrap();
    bo.apply(decide(&bo, 1, Decision::Confirmed), &person("Bo")).unwrap();
    let merged = merge(&mut ada, &bo);
    let [conflict] = &merged.conflicts[..] else { panic!("{merged:?}") };
    assert_eq!(
        values(conflict),
        [("Ada", vec!["word confidence 90\u{a0}%: below 90"]), ("Bo", vec!["word confidence 80\u{a0}%: below 80"])]
    );
    let seen = |p: &Project, i: usize| p.flags(&media(1)).unwrap().flags[i].verdict.as_ref().map(|v| (v.limit, v.thresholds));
    assert_eq!([seen(&ada, 0), seen(&ada, 1)], [Some((90.0, 2)), Some((80.0, 3))]);
    merge(&mut bo, &ada);
    assert_eq!([seen(&bo, 0), seen(&bo, 1)], [Some((90.0, 3)), Some((80.0, 2))]);
    let id = bo.conflicts().unwrap().conflicts[0].clone();
    assert_eq!(id.id, conflict.id);
    bo.apply(Op::Adjudicate { id: id.id, pick: id.sides[0].event.clone() }, &person("Bo")).unwrap();
    merge(&mut ada, &bo);
    assert_eq!([&ada, &bo].map(|p| p.thresholds().unwrap().limits[&GateId::WordConfidence]), [90.0, 90.0]);
    assert_eq!(shown(&ada), shown(&bo));
}

#[test]
fn what_cannot_be_merged_is_a_sentence_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let [mut ada, mut bo] = copies(folder.path(), ["ada", "bo"]);
    bo.apply(edit(1, "bo"), &person("Bo")).unwrap();
    let bo = bo.path().to_owned();
    let path = |name: &str| folder.path().join(name);
    drop(Project::create(&path("other.plumbline")).unwrap());
    std::fs::write(path("text.plumbline"), "no project".repeat(20)).unwrap();
    drop(Project::create(&path("newer.plumbline")).unwrap());
    Connection::open(path("newer.plumbline")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = (ada.dump().unwrap(), log(&ada));
    for (name, says) in [
        ("gone.plumbline", "does not exist"),
        ("other.plumbline", "is no copy of"),
        ("text.plumbline", "not a Plumbline project"),
        ("newer.plumbline", "newer Plumbline"),
    ] {
        // The first could be merged: nothing of it may come in alone.
        let error = ada.merge(&[bo.clone(), path(name)], false).unwrap_err().to_string();
        assert!(error.contains(says) && error.contains(name), "{name}: {error}");
        assert_eq!((ada.dump().unwrap(), log(&ada)), before, "{name}");
    }
    let tried = ada.merge(std::slice::from_ref(&bo), true).unwrap();
    assert_eq!((tried.events(), ada.dump().unwrap(), log(&ada)), (1, before.0, before.1), "a dry run changes nothing");
}

#[test]
fn a_full_disk_leaves_the_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let [mut ada, mut bo] = copies(folder.path(), ["ada", "bo"]);
    bo.apply(edit(1, &"long ".repeat(100_000)), &person("Bo")).unwrap();
    let before = (ada.dump().unwrap(), log(&ada));
    ada.limit_pages_for_test(2);
    let error = ada.merge(&[bo.path().to_owned()], false).unwrap_err().to_string();
    assert!(error.contains("ada.plumbline") && error.contains("the disk is full"), "{error}");
    assert_eq!((ada.dump().unwrap(), log(&ada)), before);
    let path = ada.path().to_owned();
    drop(ada);
    let mut again = Project::open(&path).unwrap();
    assert_eq!(again.dump().unwrap(), before.0);
    assert_eq!(merge(&mut again, &bo).events(), 1);
}

#[test]
fn a_copy_that_nobody_may_write_to_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let [mut ada, mut bo] = copies(folder.path(), ["ada", "bo"]);
    bo.apply(edit(1, "bo"), &person("Bo")).unwrap();
    // Open elsewhere: what was written last lies in the log beside it.
    let wal = PathBuf::from(format!("{}-wal", bo.path().display()));
    let before = (std::fs::read(bo.path()).unwrap(), std::fs::read(&wal).unwrap());
    assert_eq!(merge(&mut ada, &bo).events(), 1);
    assert_eq!((std::fs::read(bo.path()).unwrap(), std::fs::read(&wal).unwrap()), before);
}

fn document(n: u8) -> Import<Document> {
    let source = vec![b'a' + n];
    let parsed = Document::new("a.txt", DocumentKind::Txt, &source, vec!["a".into()]);
    Import { name: "a.txt".into(), source, parsed }
}

fn any_op() -> impl Strategy<Value = Op> {
    let word = || 0..4u64;
    let id = (word(), 0u32..3).prop_map(|(w, rank)| if rank == 0 { WordId(w) } else { WordId::added(Some(w as u32), rank) });
    let write = (id, "[ab]{0,1}[.]?", any::<bool>()).prop_map(|(word, text, line)| WordWrite { word, text, line });
    let span = |ms: i64| Span::new(MediaTime::from_ms(ms), MediaTime::from_ms(ms + 200));
    let annotation = move |ms: i64| Annotation {
        id: "a1".into(),
        span: span(ms),
        region: None,
        label: "text".into(),
        text: "a slide".into(),
        confidence: Some(0.9),
        source: None,
        words: None,
        extra: serde_json::Map::new(),
    };
    let defect = move |n: u8, ms: i64| Defect {
        id: format!("d{n}"),
        kind: DefectKind::WrongWord,
        span: span(ms),
        words: None,
        region: None,
        note: None,
        by: String::new(),
    };
    let heard = |ms: i64| Heard {
        span: Span::new(MediaTime::from_ms(ms), MediaTime::from_ms(ms + 100)),
        mapped: MediaTime::from_ms(ms),
        confidence: 0.5,
        text: None,
    };
    let import = |n: u8| {
        let mut parsed = common::transcript();
        parsed.words[0].text = format!("imported{n}");
        Op::ImportTranscript { media: media(1), file: Import { name: format!("{n}.json"), source: vec![9, n], parsed } }
    };
    prop_oneof![
        5 => (word(), "[ab]{0,1}").prop_map(|(w, text)| edit(w, &text)),
        4 => (word(), prop::option::of(0i64..3)).prop_map(|(w, at)| match at {
            Some(at) => retime(w, at * 1_000),
            None => Op::RetimeWord { media: media(1), word: WordId(w), span: None },
        }),
        6 => prop::collection::vec(write, 1..4).prop_map(|words| Op::WriteWords { media: media(1), words, run: None }),
        2 => (word(), "[ab]").prop_map(|(w, speaker)| Op::AssignSpeaker { media: media(1), words: vec![WordId(w)], speaker }),
        2 => "[ab]".prop_map(|name| Op::NameSpeaker { media: media(1), label: "a".into(), name }),
        2 => any::<bool>().prop_map(|finished| Op::Finish { media: media(1), finished }),
        2 => (0i64..3).prop_map(move |ms| Op::SetAnnotation { media: media(1), annotation: annotation(ms * 500) }),
        1 => Just(Op::RemoveAnnotation { media: media(1), id: "a1".into() }),
        1 => (0u8..3).prop_map(|ids| Op::AddAnnotations { media: media(1), source: "reader".into(), annotations: read(ids) }),
        2 => (0u8..2, 0i64..3).prop_map(move |(n, ms)| Op::AddDefect { media: media(1), defect: defect(n, ms * 100) }),
        1 => (0u8..2).prop_map(|n| Op::RemoveDefect { media: media(1), id: format!("d{n}") }),
        2 => (0u8..2).prop_map(|n| Op::AttachDocument { media: media(1), file: document(n) }),
        1 => (0u8..2).prop_map(|n| Op::DetachDocument { media: media(1), id: document(n).parsed.id }),
        3 => (0i64..5, 0i64..5).prop_map(|(t, m)| Op::SetAnchor {
            media: media(1),
            id: None,
            at: Knot { transcript: TranscriptTime::from_ms(t * 1_000), media: MediaTime::from_ms(m * 1_000) },
        }),
        2 => Just(Op::AcceptMap(media(1))),
        2 => Just(Op::RejectMap(media(1))),
        2 => (0i64..3).prop_map(|n| Op::Propose { media: media(1), proposal: proposal(n * 300), heard: vec![] }),
        1 => (word(), 0i64..900, 1i64..40).prop_map(move |(w, ms, truth)| Op::Hear { media: media(1), heard: vec![(WordId(w), heard(ms))], truth }),
        1 => (1u8..3).prop_map(import),
        1 => (0u8..3).prop_map(|n| Op::SetThresholds { limits: [(GateId::WordConfidence, 50.0 + f64::from(n))].into(), note: String::new() }),
        1 => Just(add_media(2)),
        1 => Just(Op::RemoveMedia(media(2))),
        6 => any_lab_op(),
        4 => Just(Op::Undo),
        2 => Just(Op::Redo),
    ]
}

/// What happens to the copies.
#[derive(Clone, Debug)]
enum Step {
    Apply(usize, Op),
    Decide(usize, usize, Decision),
    Adjudicate(usize, usize),
    Merge(usize, usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    let decision = prop_oneof![Just(Decision::Confirmed), Just(Decision::FalseAlarm)];
    prop_oneof![
        12 => (0..3usize, any_op()).prop_map(|(at, op)| Step::Apply(at, op)),
        3 => (0..3usize, 0..3usize, decision).prop_map(|(at, flag, decision)| Step::Decide(at, flag, decision)),
        2 => (0..3usize, 0..2usize).prop_map(|(at, side)| Step::Adjudicate(at, side)),
        3 => (0..3usize, 0..3usize).prop_map(|(into, from)| Step::Merge(into, from)),
    ]
}

const NAMES: [&str; 3] = ["ada", "bo", "cy"];

fn take(step: Step, all: &mut [Project; 3]) {
    let apply = |project: &mut Project, op: Op, name: &str| match project.apply(op, &person(name)) {
        Ok(_) | Err(Error::Refused(_)) => {}
        Err(other) => panic!("{other}"),
    };
    match step {
        Step::Apply(at, op) => apply(&mut all[at], op, NAMES[at]),
        Step::Decide(at, flag, decision) => {
            if all[at].flags(&media(1)).unwrap().flags.len() > flag {
                let op = decide(&all[at], flag, decision);
                apply(&mut all[at], op, NAMES[at]);
            }
        }
        Step::Adjudicate(at, side) => {
            if let Some(conflict) = all[at].conflicts().unwrap().conflicts.first() {
                let pick = conflict.sides[side.min(conflict.sides.len() - 1)].event.clone();
                let op = Op::Adjudicate { id: conflict.id.clone(), pick };
                all[at].apply(op, &person(NAMES[at])).unwrap();
            }
        }
        Step::Merge(into, from) if into != from => {
            let from = all[from].path().to_owned();
            all[into].merge(&[from], false).unwrap();
        }
        Step::Merge(..) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, max_shrink_iters: 400, ..ProptestConfig::default() })]
    #[test]
    fn copies_converge_whoever_merges_first(steps in prop::collection::vec(any_step(), 1..30)) {
        let folder = tempfile::tempdir().unwrap();
        let mut all = copies(folder.path(), NAMES);
        for step in steps {
            let before = all.each_ref().map(log);
            take(step, &mut all);
            for (project, before) in all.iter().zip(before) {
                prop_assert_eq!(&log(project)[..before.len()], &before[..], "the log only grows");
            }
        }
        // What each copy shows is what its log adds up to.
        for project in &mut all {
            let before = project.dump().unwrap();
            project.rebuild().unwrap();
            prop_assert_eq!(project.dump().unwrap(), before);
        }
        let paths = all.each_ref().map(|p| p.path().to_owned());
        let events: std::collections::BTreeSet<String> = all.iter().flat_map(|p| log(p).into_iter().map(|e| e.1)).collect();
        let joined = |name: &str, order: &[&[usize]]| {
            // Each list is one merge into a fresh copy of its first.
            let mut made: Vec<PathBuf> = Vec::new();
            for (i, list) in order.iter().enumerate() {
                let at = |n: &usize| if *n < 3 { paths[*n].clone() } else { made[*n - 3].clone() };
                let to = folder.path().join(format!("{name}{i}.plumbline"));
                let db = Connection::open(at(&list[0])).unwrap();
                db.execute("VACUUM INTO ?1", [to.to_str().unwrap()]).unwrap();
                let mut project = Project::open(&to).unwrap();
                project.merge(&list[1..].iter().map(at).collect::<Vec<_>>(), false).unwrap();
                let mut ids: Vec<String> = log(&project).into_iter().map(|e| e.1).collect();
                ids.sort();
                ids.dedup();
                assert_eq!(ids.len(), log(&project).len());
                made.push(to);
            }
            Project::open(made.last().unwrap()).unwrap()
        };
        // (a b) c, a (b c), all at once, and another way round.
        let mut left = joined("left", &[&[0, 1], &[3, 2]]);
        let right = joined("right", &[&[1, 2], &[0, 3]]);
        let at_once = joined("once", &[&[2, 0, 1]]);
        let back = joined("back", &[&[2, 1], &[3, 0, 1, 2]]);
        let expected = shown(&left);
        for other in [&right, &at_once, &back] {
            prop_assert_eq!(&shown(other), &expected);
            prop_assert_eq!(log(other).len(), events.len());
        }
        // Once more changes nothing.
        let seq = left.view().seq;
        prop_assert_eq!(left.merge(&[right.path().to_owned(), paths[0].clone()], false).unwrap().events(), 0);
        prop_assert_eq!((left.view().seq, &shown(&left)), (seq, &expected));
    }
}
