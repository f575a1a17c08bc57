//! Gates of the user's own in the views of a project: listed and measured without a limit, flagged and decided on with one.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::float_cmp)]

mod common;

use common::{add_media, media, reviewer};
use plumbline_core::WordId;
use plumbline_core::gate::{GATES, GateId, Measure, Place};
use plumbline_project::views::{Decision, GateState, QueueAsk, QueueFilter};
use plumbline_project::{Analysis, By, Op, Project};

fn gate() -> GateId {
    GateId::parse("custom_odd_words").unwrap()
}

fn measured(folder: &std::path::Path, values: &[f64]) -> Project {
    let mut project = Project::create(&folder.join("p.plumbline")).unwrap();
    project.apply(add_media(1), &By::Machine).unwrap();
    analyse(&mut project, values);
    project
}

fn analyse(project: &mut Project, values: &[f64]) {
    let at = |i: u64| Place::Words { first: WordId(i), end: WordId(i + 1) };
    let measure = |(i, value): (u64, &f64)| Measure { gate: gate(), place: at(i), value: *value, signed: None };
    let measures = (0..).zip(values).map(measure).collect();
    let truth = project.truth(&media(1)).unwrap();
    let analysis = Analysis { measures, ..Analysis::default() };
    project.apply(Op::Analyse { media: media(1), analysis, truth }, &By::Machine).unwrap();
}

fn set(project: &mut Project, limit: Option<f64>) {
    project.apply(Op::SetLimits { limits: [(gate(), limit)].into(), note: String::new(), evidence: vec![] }, &reviewer()).unwrap();
}

/// Flags of the media, items and labels of the queue, and what the library counts.
fn open(project: &Project) -> (usize, u32, Vec<String>, u32) {
    let ask = QueueAsk { filter: QueueFilter::default(), desk: None, first: 0, count: 100 };
    let queue = project.queue(&ask, &reviewer()).unwrap();
    let counted = project.library().unwrap().media[0].open_flags.iter().map(|count| count.count).sum();
    let labels = queue.gates.iter().map(|gate| gate.label.clone()).collect();
    (project.flags(&media(1)).unwrap().flags.len(), queue.total, labels, counted)
}

#[test]
fn a_custom_gate_is_seen_without_a_limit_and_flags_with_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = measured(folder.path(), &[0.0, 3.5, 2.0, 8.0]);
    let row = |project: &Project| project.tuning().unwrap().gates.into_iter().find(|row| row.id == gate());
    let seen = row(&project).unwrap();
    assert_eq!((seen.label.as_str(), seen.unit.as_str(), seen.units, seen.limit, seen.state), ("odd words", "", 4, None, GateState::Off));
    assert_eq!(open(&project), (0, 0, vec![], 0));

    set(&mut project, Some(2.0));
    assert_eq!(open(&project), (2, 2, vec!["odd words".to_owned()], 2));
    let [change] = &project.compare_thresholds(1, 2).unwrap()[..] else { panic!("one limit differs") };
    assert_eq!((change.gate, change.from, change.to), (gate(), None, Some(2.0)));
    let flag = project.flags(&media(1)).unwrap().flags.remove(0);
    assert_eq!(flag.why, "the score of odd words is 3.5; the limit is at most 2");
    let decide = Op::Decide { media: media(1), flag: flag.id.clone(), decision: Some(Decision::Confirmed), note: None };
    project.apply(decide, &reviewer()).unwrap();
    assert_eq!(open(&project), (2, 1, vec!["odd words".to_owned()], 1));

    // What was decided stays to be seen when the program says otherwise, and when the gate is off and measures nothing.
    analyse(&mut project, &[0.0, 1.0]);
    assert_eq!(open(&project).0, 1);
    analyse(&mut project, &[]);
    assert_eq!(row(&project).unwrap().state, GateState::NoUnits);
    set(&mut project, None);
    assert_eq!((open(&project), row(&project)), ((1, 0, vec![], 0), None));
    assert_eq!(project.tuning().unwrap().gates.len(), GATES.len());

    let before = project.dump().unwrap();
    project.rebuild().unwrap();
    assert_eq!(project.dump().unwrap(), before);
}

#[test]
fn a_media_that_is_not_scored_yet_is_drawn_from_once_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = measured(folder.path(), &[0.0, 3.5, 2.0, 8.0]);
    set(&mut project, Some(2.0));
    project.apply(add_media(2), &By::Machine).unwrap();
    let probing = Op::StartProbing { gate: gate(), alpha: 0.05, delta: 0.05, pi: 1.0, cap: 1, seed: "seed".into() };
    project.apply(probing, &reviewer()).unwrap();
    let analyse = |project: &mut Project, measures: Vec<Measure>| {
        let truth = project.truth(&media(2)).unwrap();
        let analysis = Analysis { measures, ..Analysis::default() };
        project.apply(Op::Analyse { media: media(2), analysis, truth }, &By::Machine).unwrap();
        project.flags(&media(2)).unwrap().flags.len()
    };
    assert_eq!(analyse(&mut project, vec![]), 0);
    let place = Place::Words { first: WordId(0), end: WordId(1) };
    let passing = Measure { gate: gate(), place, value: 0.0, signed: None };
    assert_eq!(analyse(&mut project, vec![passing]), 1, "it passes, and is asked all the same");
}
