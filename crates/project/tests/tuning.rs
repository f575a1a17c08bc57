//! Thresholds that learn: checks drawn blind, proposals, versions, and what is missing where there is not enough.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::float_cmp)]

mod common;
#[path = "common/world.rs"]
mod library;

use common::{media, reviewer};
use library::{Dice, GATE, UNITS, add, at, open, review, start, world};
use plumbline_core::gate::Measure;
use plumbline_core::time::{MediaTime, Span};
use plumbline_project::views::{Becomes, Decision, GateRow, GateState, QueueItem};
use plumbline_project::{Analysis, By, Defect, DefectKind, Error, Op, Project};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

fn row(project: &Project) -> GateRow {
    project.tuning().unwrap().gates.into_iter().find(|row| row.id == GATE).unwrap()
}

#[test]
fn checks_lead_to_a_looser_limit_that_keeps_its_promise() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(&folder.path().join("world.plumbline"), 400);
    let before = row(&world.project);
    assert_eq!((before.units, before.media, before.state), (1_600, 400, GateState::NoVerdicts));
    let nothing = world.project.propose_limits(&[GATE], 0.05, 0.05).unwrap();
    assert_eq!(nothing.gates[0].to, None);
    assert!(nothing.gates[0].says.contains("at least 88"), "{}", nothing.gates[0].says);

    // One unit of each media but the pilots is drawn, passing or not; half of them are flags anyway.
    let flagged_now: BTreeSet<String> = open(&world.project).into_iter().map(|item| item.id).collect();
    start(&mut world.project, 0.25, 4);
    let items = open(&world.project);
    let probing = row(&world.project).probing.unwrap();
    assert_eq!((probing.drawn, probing.open), (360, 360));
    let passing = items.len() - before.flagged as usize;
    assert!((120..300).contains(&passing), "{passing} of the drawn units pass");
    // Nor does the library's count: it is that of the queue.
    let counted: u32 = world.project.library().unwrap().media.iter().flat_map(|row| &row.open_flags).map(|flags| flags.count).sum();
    assert_eq!(counted as usize, items.len());
    // Nothing about an item tells whether its gate raised it.
    assert!(items.iter().all(|item| item.value.is_none() && item.why == items[0].why && item.reason == items[0].reason));
    for media in items.iter().map(|item| &item.media).take(20) {
        let flags = world.project.flags(media).unwrap().flags;
        assert!(flags.iter().all(|f| f.value.is_none() && !f.passed_since && f.why == flags[0].why && f.said == flags[0].said));
    }
    let waiting = world.project.propose_limits(&[GATE], 0.05, 0.05).unwrap();
    assert_eq!(waiting.gates[0].to, None);
    // Nor does what another limit would change.
    let drawn: BTreeSet<&str> = items.iter().filter(|i| !flagged_now.contains(&i.id)).map(|i| i.id.as_str()).collect();
    let effect = world.project.tuning_effect(GATE, 90.0).unwrap();
    assert!(effect.new_flags > 0 && !effect.rows.is_empty());
    assert!(effect.rows.iter().all(|row| row.value.is_none() && row.text == effect.rows[0].text && !drawn.contains(row.flag.as_str())));

    let decided = review(&mut world);
    assert_eq!(decided, items.len());
    assert!(open(&world.project).is_empty());
    let proposal = world.project.propose_limits(&[GATE], 0.05, 0.05).unwrap();
    let limit = proposal.gates[0].to.unwrap();
    assert!(limit < 45.0, "{limit}: {}", proposal.gates[0].says);
    assert!(proposal.after.flagged * 4 < proposal.before.flagged * 3, "{} of {}", proposal.after.flagged, proposal.before.flagged);
    assert!(proposal.held_out.probes >= 88, "{:?}", proposal.held_out);
    // A share that was not the one the checks began with is proposed with a caution.
    for (share, cautions) in [((0.05, 0.05), false), ((0.05, 0.02), false), ((0.1, 0.05), true), ((0.05, 0.1), true)] {
        let says = world.project.propose_limits(&[GATE], share.0, share.1).unwrap().gates.remove(0).says;
        assert_eq!(says.contains("The checks began with 5\u{a0}% and 5\u{a0}%"), cautions, "{share:?}: {says}");
    }
    // The same again, and after opening the file anew.
    let path = world.project.path().to_owned();
    assert_eq!(world.project.propose_limits(&[GATE], 0.05, 0.05).unwrap(), proposal);
    world.project.rebuild().unwrap();
    assert_eq!(Project::open(&path).unwrap().propose_limits(&[GATE], 0.05, 0.05).unwrap(), proposal);

    // What the window would show of it before anybody says yes.
    let effect = world.project.tuning_effect(GATE, limit).unwrap();
    assert_eq!((effect.flagged, effect.was_flagged), (proposal.after.flagged, proposal.before.flagged));
    assert_eq!(effect.gone_flags, effect.was_flagged - effect.flagged);
    assert!(effect.rows.iter().all(|row| row.becomes == Becomes::Passes && row.value.is_none_or(|value| value >= limit && value < 50.0)));
    assert_eq!(effect.rows.iter().filter(|r| r.decision == Some(Decision::Confirmed)).count(), effect.known_defects_lost as usize);

    let limits = BTreeMap::from([(GATE, Some(limit))]);
    let op = Op::SetLimits { limits, note: "checked".into(), evidence: proposal.evidence.clone() };
    world.project.apply(op, &reviewer()).unwrap();
    let after = row(&world.project);
    assert_eq!((after.flagged, after.limit), (proposal.after.flagged, Some(limit)));
    // The promise, against what only the test knows.
    let passed: Vec<bool> = world.values.iter().filter(|v| v.0 >= limit).map(|v| v.1).collect();
    let escapes = passed.iter().filter(|d| **d).count() as f64 / passed.len() as f64;
    assert!(escapes <= 0.05, "{escapes}");
    // No defect that anybody confirmed is lost from sight: it stays among the flags with its verdict.
    let confirmed: u32 = world
        .project
        .media_ids()
        .unwrap()
        .iter()
        .map(|media| {
            let flags = world.project.flags(media).unwrap().flags;
            flags.iter().filter(|f| f.verdict.as_ref().is_some_and(|v| v.decision == Decision::Confirmed)).count() as u32
        })
        .sum();
    assert_eq!(confirmed, before.confirmed + after.confirmed);

    // A version can be gone back to, and undo works.
    let versions = world.project.tuning().unwrap().versions;
    assert_eq!(versions.iter().map(|v| (v.version, v.active)).collect::<Vec<_>>(), [(2, true), (1, false)]);
    assert_eq!((versions[0].changes.len(), versions[0].evidence.len(), versions[0].by.as_str()), (1, 1, "Ada"));
    world.project.apply(Op::ActivateThresholds(1), &reviewer()).unwrap();
    assert_eq!(row(&world.project).flagged, before.flagged);
    world.project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!(row(&world.project).flagged, after.flagged);
    let dump = world.project.dump().unwrap();
    world.project.rebuild().unwrap();
    assert_eq!(world.project.dump().unwrap(), dump);
}

#[test]
fn media_that_come_later_are_drawn_from_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(&folder.path().join("world.plumbline"), 20);
    start(&mut world.project, 0.25, 4);
    let drawn = row(&world.project).probing.unwrap().drawn;
    assert_eq!(drawn, 18);
    let id = add(&mut world.project, 900, &[90.0, 95.0, 97.0, 99.0]);
    assert_eq!(row(&world.project).probing.unwrap().drawn, 19);
    let mine: Vec<QueueItem> = open(&world.project).into_iter().filter(|item| item.media == id).collect();
    assert_eq!(mine.len(), 1, "of media where all passes the drawn unit alone is asked for");
    // Measured again it is not drawn again, and what was drawn stays drawn.
    let measures = (0..UNITS).map(|unit| Measure { gate: GATE, place: at(unit), value: 96.0, signed: None }).collect();
    let truth = world.project.truth(&id).unwrap();
    world
        .project
        .apply(Op::Analyse { media: id.clone(), analysis: Analysis { measures, ..Analysis::default() }, truth }, &By::Machine)
        .unwrap();
    assert_eq!(open(&world.project).iter().filter(|item| item.media == id).map(|i| &i.id).collect::<Vec<_>>(), [&mine[0].id]);
    // Once the checks end it is none any more, and values are told again.
    world.project.apply(Op::StopProbing(GATE), &reviewer()).unwrap();
    assert!(open(&world.project).iter().all(|item| item.value.is_some() && item.media != id));
}

#[test]
fn where_something_is_missing_a_sentence_says_what() {
    let folder = tempfile::tempdir().unwrap();
    let says = |project: &Project| {
        let row = row(project);
        let proposal = project.propose_limits(&[GATE], 0.05, 0.05).unwrap();
        assert_eq!(proposal.gates[0].to, None, "{}", proposal.gates[0].says);
        assert!(project.tuning_gate(GATE).is_ok());
        assert!(project.tuning_effect(GATE, 10.0).is_ok());
        (row.state, row.says_state, proposal.gates[0].says.clone())
    };
    let mut project = Project::create(&folder.path().join("empty.plumbline")).unwrap();
    let (state, _, why) = says(&project);
    assert_eq!((state, why.as_str()), (GateState::NoUnits, "Nothing was measured by this gate yet."));
    let refused = project.apply(Op::StartProbing { gate: GATE, alpha: 0.05, delta: 0.05, pi: 0.1, cap: 4, seed: "s".into() }, &reviewer());
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");

    add(&mut project, 1, &[40.0]);
    let (state, says_state, why) = says(&project);
    assert_eq!(state, GateState::NoVerdicts);
    assert!(says_state.contains("Nobody") && why.contains("not checked") && why.contains("cost view"), "{says_state} {why}");
    for (alpha, pi, cap) in [(0.0, 0.1, 4), (f64::NAN, 0.1, 4), (0.05, 0.5, 4), (0.05, 0.0, 1)] {
        let refused = project.apply(Op::StartProbing { gate: GATE, alpha, delta: 0.05, pi, cap, seed: "s".into() }, &reviewer());
        assert!(matches!(refused, Err(Error::Refused(_))), "{alpha} {pi} {cap}: {refused:?}");
    }
    // The only media gives the scores that the steps are made of; nothing is left to draw from.
    start(&mut project, 1.0, 1);
    let (state, _, why) = says(&project);
    assert_eq!(state, GateState::Learning);
    assert!(why.contains("88"), "{why}");

    // All of one kind: every drawn unit is a defect, so that no limit can be promised.
    for n in 10..130 {
        add(&mut project, n, &[70.0]);
    }
    for item in open(&project) {
        let op = Op::Decide { media: item.media, flag: item.id, decision: Some(Decision::Confirmed), note: None };
        project.apply(op, &reviewer()).unwrap();
    }
    let (state, _, why) = says(&project);
    assert_eq!(state, GateState::Learning);
    assert!(why.contains("too many defects"), "{why}");

    // Off.
    project.apply(Op::SetLimits { limits: BTreeMap::from([(GATE, None)]), note: String::new(), evidence: vec![] }, &reviewer()).unwrap();
    assert_eq!(says(&project).0, GateState::Off);
    for limit in [f64::NAN, f64::INFINITY] {
        assert!(matches!(project.tuning_effect(GATE, limit), Err(Error::Refused(_))));
        let op = Op::SetLimits { limits: BTreeMap::from([(GATE, Some(limit))]), note: String::new(), evidence: vec![] };
        assert!(matches!(project.apply(op, &reviewer()), Err(Error::Refused(_))));
    }
    assert!(matches!(project.apply(Op::ActivateThresholds(99), &reviewer()), Err(Error::Refused(_))));
}

#[test]
fn what_people_mark_by_hand_counts_against_the_gate_that_let_it_pass() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = Project::create(&folder.path().join("hand.plumbline")).unwrap();
    let id = add(&mut project, 1, &[90.0, 20.0]);
    assert_eq!(row(&project).known_escapes, 0);
    let defect = |name: &str, unit: i64, kind| Defect {
        id: name.into(),
        kind,
        span: Span::new(MediaTime::from_ms(unit * 2_000 + 100), MediaTime::from_ms(unit * 2_000 + 300)),
        words: None,
        region: None,
        note: None,
        by: String::new(),
    };
    // One under a unit that passes, one under a unit that is flagged, one of a kind that this gate is not there for.
    for defect in [defect("a", 0, DefectKind::WrongWord), defect("b", 1, DefectKind::WrongWord), defect("c", 0, DefectKind::WrongSpeaker)] {
        project.apply(Op::AddDefect { media: id.clone(), defect }, &reviewer()).unwrap();
    }
    assert_eq!(row(&project).known_escapes, 1);
    // Nobody has looked at what passes: what escapes can't be told, nor what it costs.
    let flag = open(&project).remove(0);
    project.apply(Op::Decide { media: flag.media, flag: flag.id, decision: Some(Decision::FalseAlarm), note: None }, &reviewer()).unwrap();
    let seen = project.tuning_gate(GATE).unwrap();
    assert!(seen.cost.is_empty() && seen.curve.escapes.iter().all(Option::is_none) && seen.curve.precision.iter().any(Option::is_some));
    let curve = project.tuning_gate(GATE).unwrap().curve;
    assert_eq!(curve.known_escapes.iter().copied().max(), Some(2));
    assert_eq!(project.tuning_effect(GATE, 10.0).unwrap().known_defects_lost, 1);
    assert_ne!(media(1), id);
}

/// How long a slider waits with a million measures; `cargo test --release -p plumbline-project --test tuning -- --ignored --nocapture` tells.
#[test]
#[ignore = "takes a minute to make; for measuring"]
fn a_million_measures_are_swept_at_once() {
    swept(1_000_000);
}

#[test]
fn many_measures_are_swept_at_once() {
    let slowest_ms = swept(100_000);
    // Of a busy machine, and of a program that is not optimised.
    assert!(slowest_ms < 2_000, "{slowest_ms} ms");
}

/// The slowest of what a slider and its room ask for.
fn swept(units: u32) -> u128 {
    let folder = tempfile::tempdir().unwrap();
    let mut project = Project::create(&folder.path().join("large.plumbline")).unwrap();
    let mut dice = Dice(3);
    let per_media = 10_000;
    for n in 0..units / per_media {
        let values: Vec<f64> = (0..per_media).map(|_| 100.0 * dice.share()).collect();
        add(&mut project, n, &values);
    }
    assert_eq!(row(&project).units, units);
    let timed = |what: &str, run: &dyn Fn()| {
        let began = Instant::now();
        run();
        let ms = began.elapsed().as_millis();
        println!("{what}: {ms} ms");
        ms
    };
    let effect = |limit: f64| timed("the effect of a limit", &|| drop(project.tuning_effect(GATE, limit).unwrap()));
    let slowest = [10.0, 50.5, 90.0].map(effect).into_iter().max().unwrap_or(0);
    slowest.max(timed("a gate", &|| drop(project.tuning_gate(GATE).unwrap())))
}
