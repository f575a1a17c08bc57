//! What can be learned from what people did: phrases for a vocabulary, stretches for examples.
#![allow(clippy::unwrap_used)]

mod common;

use common::{add_media, media, reviewer, state};
use plumbline_core::WordId;
use plumbline_core::gate::{GateId, Measure, Place};
use plumbline_core::time::{MediaTime, Span};
use plumbline_core::tune::examples::Correction;
use plumbline_project::views::{Decision, HistoryFilter};
use plumbline_project::{Analysis, By, Op, Project};

/// A project of some media of 10 s, in each of which a word is flagged.
fn made(folder: &tempfile::TempDir, count: u8) -> Project {
    let mut project = Project::create(&folder.path().join("p.plumbline")).unwrap();
    for n in 1..=count {
        project.apply(add_media(n), &By::Machine).unwrap();
        measure(&mut project, n);
    }
    project
}

fn measure(project: &mut Project, n: u8) {
    let place = Place::Media(Span::new(MediaTime::from_ms(2_000), MediaTime::from_ms(2_400)));
    let measures = vec![Measure { gate: GateId::WordConfidence, place, value: 10.0, signed: None }];
    let truth = project.truth(&media(n)).unwrap();
    project.apply(Op::Analyse { media: media(n), analysis: Analysis { measures, ..Analysis::default() }, truth }, &By::Machine).unwrap();
}

fn write(project: &mut Project, n: u8, word: u64, text: &str, by: &str) {
    project.apply(Op::EditWord { media: media(n), word: WordId(word), text: text.into() }, &By::Person(by.into())).unwrap();
}

fn decide(project: &mut Project, n: u8, decision: Option<Decision>) {
    let flag = project.flags(&media(n)).unwrap().flags.remove(0).id;
    project.apply(Op::Decide { media: media(n), flag, decision, note: None }, &reviewer()).unwrap();
}

#[test]
fn a_phrase_is_counted_over_media_and_may_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = made(&folder, 3);
    write(&mut project, 1, 3, "Plumbline", "Ada");
    write(&mut project, 2, 5, "Plumbline", "Bo");
    write(&mut project, 2, 8, "once", "Bo");
    let view = project.vocabulary(2).unwrap();
    let [row] = &view.phrases[..] else { panic!("{:?}", view.phrases) };
    assert_eq!((row.language.as_str(), row.display.as_str(), row.count, row.media), ("en", "Plumbline", 2, 2));
    let heard: Vec<(&str, &str, i64)> =
        row.examples.iter().map(|e| (e.media.name.as_str(), e.heard.as_str(), e.span.start.us() / 1_000)).collect();
    assert_eq!(heard, [("1.mp4", "word3", 1_500), ("2.mp4", "word5", 2_500)]);
    let table = project.vocabulary_table(2, None).unwrap();
    assert_eq!(
        (table.as_str(), view.bytes["en"] as usize),
        ("Phrase\tSoundsLike\tIPA\tDisplayAs\nPlumbline\t\t\tPlumbline\n", table.len())
    );

    let before = state(&project);
    let skip = |skip| Op::SkipPhrase { language: "en".into(), phrase: "Plumbline".into(), skip };
    let changed = project.apply(skip(true), &reviewer()).unwrap();
    assert_eq!((changed.stale, changed.undo.as_deref()), (vec![], Some("leave out the phrase")));
    let seq = changed.seq;
    assert_eq!(project.apply(skip(true), &reviewer()).unwrap().seq, seq);
    let view = project.vocabulary(2).unwrap();
    assert_eq!(view.phrases[0].skipped.as_deref(), Some("Ada"));
    assert_eq!(project.vocabulary_table(2, Some("en")).unwrap().lines().count(), 1);
    let told = project.history(&HistoryFilter::default(), None, 1).unwrap();
    assert!(format!("{told:?}").contains("left “Plumbline” out of the vocabulary"), "{told:?}");
    let skipped = state(&project);
    project.rebuild().unwrap();
    assert_eq!(state(&project), skipped);
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!(state(&project), before);
    project.apply(Op::Redo, &reviewer()).unwrap();
    project.apply(Op::Restore { seq: seq - 1, media: None }, &reviewer()).unwrap();
    assert_eq!(state(&project), before);
}

#[test]
fn a_phrase_that_two_people_leave_out_is_no_conflict() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = made(&folder, 1);
    write(&mut project, 1, 3, "Plumbline", "Ada");
    let copy = folder.path().join("copy.plumbline");
    project.copy_to(&copy).unwrap();
    let mut other = Project::open(&copy).unwrap();
    let skip = Op::SkipPhrase { language: "en".into(), phrase: "Plumbline".into(), skip: true };
    other.apply(skip.clone(), &By::Person("Bo".into())).unwrap();
    drop(other);
    project.apply(skip, &reviewer()).unwrap();
    project.merge(&[copy], false).unwrap();
    assert_eq!(project.conflicts().unwrap().conflicts, []);
    assert!(project.vocabulary(1).unwrap().phrases[0].skipped.is_some());
}

#[test]
fn a_stretch_is_an_example_once_its_flags_are_decided() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = made(&folder, 3);
    let found = |project: &Project| {
        let view = project.examples(20).unwrap();
        let examples = view.examples.iter().map(|row| (row.media.name.clone(), row.stretch.corrections.len())).collect::<Vec<_>>();
        assert_eq!((view.reviewed as usize, view.media), (examples.len(), 3));
        examples
    };
    assert_eq!(found(&project), []);
    write(&mut project, 2, 3, "Plumbline", "Bo");
    decide(&mut project, 1, Some(Decision::FalseAlarm));
    assert_eq!(found(&project), [("1.mp4".to_owned(), 0)]);
    decide(&mut project, 2, Some(Decision::Unsure));
    assert_eq!(found(&project).len(), 1);
    decide(&mut project, 2, Some(Decision::Confirmed));
    // Who corrected teaches more than who only decided.
    assert_eq!(found(&project), [("2.mp4".to_owned(), 1), ("1.mp4".to_owned(), 0)]);

    project.apply(Op::RemoveAnnotation { media: media(2), id: "a1".into() }, &By::Person("Cy".into())).unwrap();
    let view = project.examples(1).unwrap();
    let first = &view.examples[0].stretch;
    assert_eq!(
        (first.span, &first.by[..]),
        (Span::new(MediaTime::ZERO, MediaTime::from_ms(10_000)), &["Ada", "Bo", "Cy"].map(str::to_owned)[..])
    );
    assert_eq!((first.annotations.len(), first.lines.len(), first.decisions[0].gate.as_str()), (0, 1, "word_confidence"));
    assert!(first.lines[0].text.contains("word2 Plumbline. word4"), "{}", first.lines[0].text);
    let Correction::Words { before, after, by, .. } = &first.corrections[1] else { panic!("{:?}", first.corrections) };
    assert_eq!((before.as_str(), after.as_str(), by.as_str()), ("word3.", "Plumbline.", "Bo"));
    let lines = view.jsonl().unwrap();
    assert_eq!((lines.lines().count(), lines.contains("\"after\":\"Plumbline.\"")), (1, true));

    decide(&mut project, 2, None);
    assert_eq!(found(&project), [("1.mp4".to_owned(), 0)]);
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!(found(&project).len(), 2);
    // Other thresholds ask other things.
    project
        .apply(Op::SetLimits { limits: [(GateId::WordConfidence, None)].into(), note: String::new(), evidence: vec![] }, &reviewer())
        .unwrap();
    assert_eq!(found(&project).len(), 2);
}

#[test]
fn only_what_changed_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = made(&folder, 4);
    (1..=3).for_each(|n| write(&mut project, n, 3, "Plumbline", "Ada"));
    let reads = |project: &Project| (0..).take_while(|_| project.learn(1).unwrap()).count();
    // Three media teach something: two times one is left.
    assert_eq!((reads(&project), reads(&project)), (2, 0));
    [1, 3].into_iter().for_each(|n| write(&mut project, n, 5, "Plumbline", "Ada"));
    assert_eq!(reads(&project), 1);
    project.apply(Op::SkipPhrase { language: "en".into(), phrase: "Plumbline".into(), skip: true }, &reviewer()).unwrap();
    assert_eq!((reads(&project), project.vocabulary(1).unwrap().phrases[0].count), (0, 5));
}
