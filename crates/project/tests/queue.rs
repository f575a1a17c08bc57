//! The queue: that its order is the one defined, that it follows the log, and that a large project waits for nothing.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod common;

use common::{add_media, media, reviewer};
use plumbline_core::gate::{GateId, Measure, Place, Thresholds, flag_id};
use plumbline_core::queue::{Judged, Record, band, beyond, chances, seconds, worth};
use plumbline_core::time::{MediaTime, Span};
use plumbline_core::{TranscriptTime, WordId};
use plumbline_project::views::{Decision, FlagView, QueueAsk, QueueFilter, QueueItem, QueueView};
use plumbline_project::{Analysis, By, Defect, DefectKind, MediaId, Op, Project};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

const MEDIA: u8 = 4;

fn word(i: u64, confidence: f64) -> Measure {
    let place = Place::Words { first: WordId(i), end: WordId(i + 1) };
    Measure { gate: GateId::WordConfidence, place, value: confidence, signed: None }
}

fn drift(from_ms: i64, value: f64) -> Measure {
    let place = Place::Transcript(Span::new(TranscriptTime::from_ms(from_ms), TranscriptTime::from_ms(from_ms + 2_000)));
    Measure { gate: GateId::ResidualOffset, place, value, signed: Some(-value) }
}

fn silence(from_ms: i64, length_ms: i64) -> Measure {
    let place = Place::Media(Span::new(MediaTime::from_ms(from_ms), MediaTime::from_ms(from_ms + length_ms)));
    Measure { gate: GateId::SpeechWithoutWords, place, value: length_ms as f64 / 1e3, signed: None }
}

/// Four media of five flags and one measure that passes.
fn start(folder: &Path) -> Project {
    let mut project = Project::create(&folder.join("test.plumbline")).unwrap();
    for n in 1..=MEDIA {
        project.apply(add_media(n), &By::Machine).unwrap();
        let shift = f64::from(n);
        let measures = vec![
            word(1, 49.0 - shift),
            word(4, 20.0),
            word(7, 4.0),
            word(8, 90.0),
            drift(500, 150.0 + 90.0 * shift),
            silence(3_000, 2_100 + 900 * i64::from(n)),
        ];
        let truth = project.truth(&media(n)).unwrap();
        project
            .apply(Op::Analyse { media: media(n), analysis: Analysis { measures, ..Analysis::default() }, truth }, &By::Machine)
            .unwrap();
    }
    project
}

fn ask(filter: QueueFilter) -> QueueAsk {
    QueueAsk { filter, desk: None, first: 0, count: 1_000 }
}

fn queue(project: &Project) -> QueueView {
    project.queue(&ask(QueueFilter::default()), &reviewer()).unwrap()
}

fn ids(view: &QueueView) -> Vec<&str> {
    view.items.iter().map(|item| item.id.as_str()).collect()
}

fn decide(project: &mut Project, item: &QueueItem, decision: Decision) {
    let op = Op::Decide { media: item.media.clone(), flag: item.id.clone(), decision: Some(decision), note: None };
    project.apply(op, &reviewer()).unwrap();
}

/// The order by its definition, from what the desk shows of every media.
fn defined(project: &Project, usual_us: &BTreeMap<GateId, i64>) -> Vec<String> {
    let shown: Vec<(usize, FlagView)> =
        (1..=MEDIA).flat_map(|n| project.flags(&media(n)).unwrap().flags.into_iter().map(move |flag| (usize::from(n), flag))).collect();
    let far = |flag: &FlagView| band(beyond(flag.value.unwrap().abs(), flag.limit, flag.fails));
    let mut records: BTreeMap<GateId, Record> = BTreeMap::new();
    for (_, flag) in &shown {
        let Judged { defects, false_alarms } = &mut records.entry(flag.gate).or_default()[far(flag)];
        match flag.verdict.as_ref().map(|v| v.decision) {
            Some(Decision::Confirmed) => *defects += 1,
            Some(Decision::FalseAlarm) => *false_alarms += 1,
            _ => {}
        }
    }
    let mut open: Vec<_> = shown.into_iter().filter(|(_, flag)| flag.verdict.is_none() && !flag.passed_since).collect();
    let takes = |flag: &FlagView| seconds(usual_us.get(&flag.gate).copied(), flag.span.len());
    let value = |flag: &FlagView| worth(chances(&records[&flag.gate])[far(flag)], takes(flag));
    open.sort_by(|(m, a), (n, b)| {
        let rest = |n: usize, f: &FlagView| (std::cmp::Reverse(far(f)), f.gate, takes(f), n, f.span.start, f.id.clone());
        value(b).total_cmp(&value(a)).then_with(|| rest(*m, a).cmp(&rest(*n, b)))
    });
    open.into_iter().map(|(_, flag)| flag.id).collect()
}

#[test]
fn the_order_is_the_one_defined() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let first = queue(&project);
    assert_eq!(first.total, 20);
    assert_eq!(ids(&first), defined(&project, &BTreeMap::new()));
    assert_eq!(first.items[0].reason, "nobody decided on such a flag yet; about 3\u{a0}s");
    // One decision has no time before it, and two pauses are not enough for a median: the defaults hold.
    let alarm = first.items.iter().find(|i| i.gate == Some(GateId::WordConfidence)).unwrap();
    decide(&mut project, alarm, Decision::FalseAlarm);
    let drift = first.items.iter().find(|i| i.gate == Some(GateId::ResidualOffset)).unwrap();
    decide(&mut project, drift, Decision::Confirmed);
    assert_eq!(ids(&queue(&project)), defined(&project, &BTreeMap::new()));
    // Verdicts of a test take no time: three more make the gate's seconds one.
    for _ in 0..3 {
        let view = queue(&project);
        let next = view.items.iter().find(|i| i.gate == Some(GateId::WordConfidence)).unwrap();
        decide(&mut project, next, Decision::Unsure);
    }
    let view = queue(&project);
    assert_eq!(ids(&view), defined(&project, &[(GateId::WordConfidence, 0)].into()));
    assert!(view.items.iter().any(|i| i.reason.contains("; about 1\u{a0}s")), "{view:#?}");
    let left = view.progress.project;
    assert_eq!((left.decided, left.open), (5, 15));
    assert!(view.progress.per_minute.unwrap() > 60.0);
    // Another person has other times, and the same chances.
    let other = project.queue(&ask(QueueFilter::default()), &By::Person("Ben".into())).unwrap();
    assert_eq!(ids(&other), defined(&project, &BTreeMap::new()));
    assert_eq!(other.progress.per_minute, None);
}

#[test]
fn pages_are_stretches_of_one_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let whole = queue(&project);
    decide(&mut project, &whole.items[3], Decision::Confirmed);
    let whole = queue(&project);
    let page = |first| project.queue(&QueueAsk { first, count: 4, ..ask(QueueFilter::default()) }, &reviewer()).unwrap();
    let pages: Vec<QueueItem> = (0..5).flat_map(|i| page(i * 4).items).collect();
    assert_eq!(pages, whole.items);
    let path = project.path().to_owned();
    drop(project);
    let mut again = Project::open(&path).unwrap();
    assert_eq!(queue(&again), whole);
    again.rebuild().unwrap();
    drop(again);
    assert_eq!(queue(&Project::open(&path).unwrap()), whole);
}

/// Whatever is done, the queue that was kept up from the log is the one that is read anew.
#[test]
fn what_is_kept_up_is_what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let start = queue(&project);
    let item = |i: usize| start.items[i].clone();
    let ben = By::Person("Ben".into());
    let decide = |i: usize, decision| Op::Decide { media: item(i).media, flag: item(i).id, decision, note: Some("so".into()) };
    let limits = Thresholds::defaults().unwrap().limits;
    let stricter = limits.iter().map(|(gate, limit)| (*gate, if *gate == GateId::WordConfidence { 95.0 } else { *limit })).collect();
    let defect = Defect {
        id: "d1".into(),
        kind: DefectKind::MissingWords,
        span: Span::new(MediaTime::ZERO, MediaTime::from_ms(10)),
        words: None,
        region: None,
        note: None,
        by: String::new(),
    };
    let less = Analysis { measures: vec![word(1, 3.0)], ..Analysis::default() };
    let steps = [
        decide(0, Some(Decision::Confirmed)),
        decide(1, Some(Decision::FalseAlarm)),
        decide(1, Some(Decision::Confirmed)),
        Op::Undo,
        decide(0, None),
        Op::Finish { media: media(2), finished: true },
        Op::AddDefect { media: media(3), defect },
        Op::SetThresholds { limits: stricter, note: "stricter".into() },
        Op::Analyse { media: media(1), analysis: less, truth: project.truth(&media(1)).unwrap() },
        Op::RemoveMedia(media(3)),
        Op::Undo,
        Op::Undo,
        Op::Undo,
        Op::Redo,
    ];
    let mut totals = vec![];
    for op in steps {
        project.apply(op, &reviewer()).unwrap();
        let fresh = Project::open(project.path()).unwrap();
        for by in [&reviewer(), &ben] {
            for decided in [false, true] {
                let wanted = ask(QueueFilter { decided, ..QueueFilter::default() });
                assert_eq!(project.queue(&wanted, by).unwrap(), fresh.queue(&wanted, by).unwrap());
            }
        }
        totals.push(queue(&project).total);
    }
    assert_eq!(totals, [19, 18, 18, 18, 19, 15, 15, 18, 13, 7, 13, 18, 15, 18]);
}

#[test]
fn filters_choose_items() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let all = queue(&project);
    let check = |project: &Project, what: &str, filter: QueueFilter, expected: u32| {
        let view = project.queue(&ask(filter), &reviewer()).unwrap();
        assert_eq!((view.total, view.items.len() as u32), (expected, expected), "{what}");
        view
    };
    let none = QueueFilter::default;
    check(&project, "gate", QueueFilter { gates: vec![GateId::ResidualOffset], ..none() }, 4);
    check(&project, "media", QueueFilter { media: Some(media(2)), ..none() }, 5);
    let far = check(&project, "far beyond", QueueFilter { far: 2, ..none() }, 4 + 3 + 3);
    let total: u32 = far.gates.iter().map(|g| g.count).sum();
    assert_eq!(total, 10);
    decide(&mut project, &all.items[0], Decision::Confirmed);
    let op =
        Op::Decide { media: all.items[1].media.clone(), flag: all.items[1].id.clone(), decision: Some(Decision::FalseAlarm), note: None };
    project.apply(op, &By::Person("Ben".into())).unwrap();
    let defect = |id: &str| Defect {
        id: id.into(),
        kind: DefectKind::Other,
        span: Span::new(MediaTime::ZERO, MediaTime::ZERO),
        words: None,
        region: None,
        note: Some("hum".into()),
        by: String::new(),
    };
    project.apply(Op::AddDefect { media: media(4), defect: defect("d1") }, &By::Person("Cy".into())).unwrap();
    let decided = check(&project, "decided", QueueFilter { decided: true, ..none() }, 3);
    assert_eq!(decided.people, ["Ada", "Ben", "Cy"]);
    check(&project, "by Ben", QueueFilter { decided: true, by: Some("Ben".into()), ..none() }, 1);
    let found = check(&project, "by Cy", QueueFilter { decided: true, by: Some("Cy".into()), ..none() }, 1);
    assert_eq!((found.items[0].defect, found.items[0].note.as_deref()), (Some(DefectKind::Other), Some("hum")));
    check(&project, "open", none(), 18);
}

#[test]
fn a_media_that_is_finished_leaves_and_the_next_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let here = queue(&project).items[0].media.clone();
    let asked = QueueAsk { desk: Some(here.clone()), count: 1, ..QueueAsk::default() };
    let view = project.queue(&asked, &reviewer()).unwrap();
    let next = view.next.unwrap();
    assert_ne!(next.media, here);
    assert_eq!(view.progress.media.unwrap().open, 5);
    project.apply(Op::Finish { media: here.clone(), finished: true }, &reviewer()).unwrap();
    let view = project.queue(&asked, &reviewer()).unwrap();
    assert_eq!((view.total, view.progress.media.unwrap().open), (15, 0));
    assert_eq!(view.progress.finished.as_deref(), Some("Ada"));
    assert_eq!(view.items[0], next);
}

/// The flags of a media say what was said of such flags, as the queue does.
#[test]
fn flags_say_what_was_said_of_such() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    for item in queue(&project).items.iter().filter(|i| i.gate == Some(GateId::ResidualOffset)).take(3) {
        decide(&mut project, item, Decision::Confirmed);
    }
    let view = queue(&project);
    for item in view.items.iter().filter(|i| i.media == media(1)) {
        let flags = project.flags(&media(1)).unwrap().flags;
        let flag = flags.iter().find(|f| f.id == item.id).unwrap();
        assert!(item.reason.starts_with(&flag.said), "{} is no start of {}", flag.said, item.reason);
        assert_eq!((flag.why.as_str(), flag.span), (item.why.as_str(), item.span));
    }
    assert!(view.items.iter().any(|i| i.reason.contains("of 3 ")));
}

/// 20,000 media with five open flags each, of which 5,000 others were decided: the first page comes at once, and so does every later one.
#[test]
fn a_large_project_waits_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.plumbline");
    drop(Project::create(&path).unwrap());
    let mut db = rusqlite::Connection::open(&path).unwrap();
    let tx = db.transaction().unwrap();
    let record = r#"{"hash":"","path":"media/x.mp4","size_bytes":1,"duration_us":600000000,"picture":null,"has_audio":true,"plays":true}"#;
    for m in 0..20_000i64 {
        let id = MediaId(format!("{m:032x}"));
        tx.execute("INSERT INTO media VALUES (?1, ?2, ?3)", rusqlite::params![id.0, m, record]).unwrap();
        for f in 0..5i64 {
            let place = Place::Words { first: WordId(f as u64), end: WordId(f as u64 + 1) };
            let row = rusqlite::params![
                id.0,
                f * 1_000_000,
                f * 1_000_000 + 400_000 * f,
                flag_id(&id.0, GateId::WordConfidence, &place),
                GateId::WordConfidence.name(),
                (m + f * 7) % 50,
                50.0
            ];
            tx.execute("INSERT INTO failing VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, ?7)", row).unwrap();
        }
    }
    for v in 0..5_000i64 {
        let verdict = format!(
            r#"{{"decision":"{}","gate":"word_confidence","place":{{"words":{{"first":{v},"end":{}}}}},"value":{}.0,"limit":50.0,"thresholds":1,"by":"Ada"}}"#,
            if v % 3 == 0 { "confirmed" } else { "false_alarm" },
            v + 1,
            v % 50
        );
        tx.execute("INSERT INTO verdict VALUES (?1, 'm', ?2)", rusqlite::params![format!("{v:032x}"), verdict]).unwrap();
        let body = format!(r#"[{{"cell":"verdict","media":"m","flag":"{v:032x}","before":null,"after":{verdict}}}]"#);
        let row = rusqlite::params![format!("{v:032x}"), v * 4_000_000, body];
        tx.execute("INSERT INTO event (id, at_us, actor, kind, version, media, body) VALUES (?1, ?2, 'Ada', 'decide', 1, 'm', ?3)", row)
            .unwrap();
    }
    tx.commit().unwrap();
    drop(db);
    let mut project = Project::open(&path).unwrap();
    let page = |project: &Project, first| {
        let began = Instant::now();
        let view = project.queue(&QueueAsk { first, count: 100, ..QueueAsk::default() }, &reviewer()).unwrap();
        (view, began.elapsed())
    };
    let (view, first) = page(&project, 0);
    assert_eq!((view.total, view.items.len()), (100_000, 100));
    let (_, again) = page(&project, 99_000);
    project.apply(Op::Finish { media: view.items[0].media.clone(), finished: true }, &reviewer()).unwrap();
    let (view, after) = page(&project, 0);
    assert_eq!(view.total, 99_995);
    println!("100,000 flags of 20,000 media: first page {first:?}, another {again:?}, after a write {after:?}");
    // Far above what it takes, so that only another order of growth fails.
    assert!(first.as_secs() < 10 && again.as_secs() < 3 && after.as_secs() < 3, "{first:?}, {again:?}, {after:?}");
}
