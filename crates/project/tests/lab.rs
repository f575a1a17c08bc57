//! The lab in the project's file: what is kept, taken back, restored, merged, and what it is refused for.
#![allow(clippy::unwrap_used, clippy::float_cmp, missing_docs)]

mod common;

use common::{add_media, media, reviewer, state, version};
use plumbline_core::gate::{Evidence, FACTS, GateId, Measure, Place};
use plumbline_core::lab::{Clip, ClipSet, PromptVersion, Record, RunPlan, Try, Variant};
use plumbline_core::models::Task;
use plumbline_core::prompt::Prompt;
use plumbline_core::time::{MediaTime, Span};
use plumbline_core::{Annotation, AnnotationSet};
use plumbline_project::views::{Decision, GateState, HistoryFilter, QueueAsk, View};
use plumbline_project::{Analysis, By, Error, Import, LabVote, Op, Project, Promotion};
use std::collections::BTreeMap;
use std::path::Path;

fn start(folder: &Path) -> Project {
    let mut project = Project::create(&folder.join("test.plumbline")).unwrap();
    (1..=2).for_each(|n| drop(project.apply(add_media(n), &By::Machine).unwrap()));
    project
}

fn person(name: &str) -> By {
    By::Person(name.into())
}

fn built_in(task: Task) -> PromptVersion {
    PromptVersion::bare(Prompt::built_in(task).unwrap())
}

fn clip(n: u8, from_ms: i64, to_ms: i64) -> Clip {
    Clip { media: media(n).0, start: MediaTime::from_ms(from_ms), end: MediaTime::from_ms(to_ms), holdout: false }
}

fn set(clips: Vec<Clip>) -> ClipSet {
    ClipSet { name: "talks".into(), clips, labels: vec![], chosen: String::new(), note: String::new() }
}

/// Keeps a set and says its id.
fn keep_set(project: &mut Project, clips: Vec<Clip>) -> String {
    project.apply(Op::KeepClips(set(clips)), &reviewer()).unwrap();
    project.clip_sets().unwrap().remove(0).id
}

fn variant(version: &PromptVersion) -> Variant {
    Variant { version: version.id(), model: "m".into(), temperature: Some(0.2) }
}

fn plan(set: &str, versions: &[&PromptVersion]) -> RunPlan {
    RunPlan {
        name: "first".into(),
        set: set.into(),
        variants: versions.iter().map(|v| variant(v)).collect(),
        repeats: 2,
        question: String::new(),
        schema: String::new(),
    }
}

fn tried(clip: u32, variant: u32, repeat: u32) -> Try {
    Try { clip, variant, repeat, annotations: vec![], unsupported: 0, unanswered: vec![], calls: vec![] }
}

fn record(plan: RunPlan, tries: Vec<Try>) -> Record {
    Record { plan, code: "1".into(), thresholds: 1, tries }
}

fn keep_run(id: &str, record: &Record) -> Op {
    Op::KeepRun { id: id.into(), record: record.clone() }
}

/// A project with a run `r` of two clips, the second held out, under the built-in prompt and another one.
fn with_run(folder: &Path) -> (Project, PromptVersion) {
    let mut project = start(folder);
    let other = version(2, "other");
    project.apply(Op::KeepPrompt(other.clone()), &reviewer()).unwrap();
    let set = keep_set(&mut project, vec![clip(1, 0, 2_000), Clip { holdout: true, ..clip(2, 0, 2_000) }]);
    let run = record(plan(&set, &[&built_in(Task::Describe), &other]), vec![tried(0, 0, 0)]);
    project.apply(keep_run("r", &run), &reviewer()).unwrap();
    (project, other)
}

fn vote(clip: u32, one: u32, other: u32, vote: Option<LabVote>) -> Op {
    Op::Vote { run: "r".into(), clip, one, other, vote }
}

fn promotion(version: &PromptVersion, model: &str) -> Promotion {
    Promotion {
        task: version.prompt.task,
        version: version.id(),
        model: model.into(),
        temperature: None,
        run: None,
        says: "0.1 better".into(),
        reason: Some("it reads well".into()),
    }
}

fn annotation(id: &str, from_ms: i64, to_ms: i64, label: &str) -> Annotation {
    Annotation {
        id: id.into(),
        span: Span { start: MediaTime::from_ms(from_ms), end: MediaTime::from_ms(to_ms) },
        region: None,
        label: label.into(),
        text: "a slide".into(),
        confidence: Some(0.3),
        source: None,
        words: None,
        extra: [("share".to_owned(), 0.123_456_789_012_345_67.into())].into_iter().collect(),
    }
}

fn did(project: &Project) -> String {
    project.history(&HistoryFilter::default(), None, 1).unwrap().rows.remove(0).did
}

fn prompts(project: &Project) -> Vec<String> {
    project.prompts().unwrap().into_iter().map(|kept| kept.label).collect()
}

fn rebuilds(project: &mut Project) {
    let dump = project.dump().unwrap();
    project.rebuild().unwrap();
    assert_eq!(project.dump().unwrap(), dump);
}

#[test]
fn a_version_is_kept_once_under_a_name_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let seq = project.view().seq;
    let shipped = built_in(Task::Describe);
    let same = project.apply(Op::KeepPrompt(shipped.clone()), &reviewer()).unwrap();
    assert_eq!((same.seq, project.free_version("describe").unwrap(), project.free_version("mine").unwrap()), (seq, 2, 1));

    let two = version(2, "other");
    let changed = project.apply(Op::KeepPrompt(two.clone()), &reviewer()).unwrap();
    assert_eq!((changed.stale.as_slice(), changed.undo.as_deref()), (&[View::Lab][..], Some("keep the prompt")));
    assert_eq!(did(&project), "kept the prompt describe@2");
    let kept = project.prompts().unwrap().remove(0);
    assert_eq!((kept.id.clone(), kept.version, kept.by.as_str()), (two.id(), two.clone(), "Ada"));
    assert_eq!(project.apply(Op::KeepPrompt(two.clone()), &reviewer()).unwrap().seq, changed.seq, "once is enough");
    assert_eq!(project.free_version("describe").unwrap(), 3);
    assert_eq!(project.prompt(&shipped.id()).unwrap(), shipped);
    assert!(matches!(project.prompt("nope"), Err(Error::Refused(why)) if why.contains("no version nope")));

    let (with, at_us) = (state(&project), kept.at_us);
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!((prompts(&project).len(), did(&project).as_str()), (0, "undid: kept the prompt describe@2"));
    assert_eq!(project.prompt(&two.id()).unwrap(), two, "who made something with it still finds it");
    let taken = project.apply(Op::KeepPrompt(version(2, "yet another")), &reviewer());
    assert!(matches!(&taken, Err(Error::Refused(why)) if why.ends_with("as describe@3")), "{taken:?}");
    project.apply(Op::Redo, &reviewer()).unwrap();
    assert_eq!((state(&project), project.prompts().unwrap()[0].at_us), (with, at_us));
    project.apply(Op::Undo, &reviewer()).unwrap();
    project.apply(Op::KeepPrompt(two), &reviewer()).unwrap();
    assert_eq!(prompts(&project), ["describe@2"], "its own count is free for it");
    rebuilds(&mut project);
}

/// What people stand by between `from_ms` and `to_ms` of the first media after `ops`: the ids, or nothing.
fn check_truth(ops: Vec<Op>, from_ms: i64, to_ms: i64, expected: Option<&[&str]>) {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    for op in &ops {
        project.apply(op.clone(), &reviewer()).unwrap();
    }
    let span = Span::new(MediaTime::from_ms(from_ms), MediaTime::from_ms(to_ms));
    let found = project.clip_truth(&media(1), span).unwrap();
    let ids = found.as_ref().map(|all| all.iter().map(|a| a.id.as_str()).collect::<Vec<_>>());
    assert_eq!(ids.as_deref(), expected, "{ops:?} {from_ms}..{to_ms}");
}

#[test]
fn the_truth_of_a_clip_is_what_people_stand_by() {
    let write = |id: &str, from, to| Op::SetAnnotation { media: media(1), annotation: annotation(id, from, to, "text") };
    let remove = || Op::RemoveAnnotation { media: media(1), id: "a1".into() };
    let finish = |finished| Op::Finish { media: media(1), finished };
    let mut imported = AnnotationSet::empty();
    imported.annotations = vec![annotation("moment", 2_000, 2_000, "text"), annotation("long", 500, 9_000, "text")];
    let import = Op::ImportAnnotations { media: media(1), file: Import { name: "b.json".into(), source: vec![7], parsed: imported } };
    // `a1`, which was imported, lasts until 1 s.
    check_truth(vec![], 0, 2_000, None);
    check_truth(vec![finish(true)], 0, 2_000, Some(&["a1"]));
    check_truth(vec![finish(true)], 1_000, 2_000, Some(&[]));
    check_truth(vec![finish(true), finish(false)], 0, 2_000, None);
    check_truth(vec![write("mine", 1_500, 3_000)], 0, 2_000, Some(&["a1", "mine"]));
    check_truth(vec![write("mine", 1_500, 3_000)], 3_000, 4_000, None);
    check_truth(vec![remove()], 0, 2_000, Some(&[]));
    check_truth(vec![remove()], 1_000, 2_000, None);
    check_truth(vec![remove(), Op::Undo], 0, 2_000, None);
    // Moved: something is said of where it was and of where it is.
    check_truth(vec![write("a1", 5_000, 6_000)], 0, 2_000, Some(&[]));
    check_truth(vec![write("a1", 5_000, 6_000)], 4_000, 5_500, Some(&["a1"]));
    check_truth(vec![import.clone(), finish(true)], 2_000, 3_000, Some(&["long", "moment"]));
    check_truth(vec![import, finish(true)], 1_000, 2_000, Some(&["long"]));
}

#[test]
fn the_truth_of_a_set_is_frozen_where_the_log_stood() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let own = Op::SetAnnotation { media: media(1), annotation: annotation("mine", 1_000, 1_500, "person") };
    project.apply(own, &reviewer()).unwrap();
    let position = project.view().seq;
    let before = state(&project);
    // Given in any order, kept by media and time.
    let wish = ClipSet { labels: vec!["text".into()], ..set(vec![clip(2, 0, 900), clip(1, 3_000, 4_000), clip(1, 0, 2_000)]) };
    let changed = project.apply(Op::KeepClips(wish.clone()), &reviewer()).unwrap();
    assert_eq!((changed.stale.as_slice(), did(&project).as_str()), (&[View::Lab][..], "kept the clip set “talks”"));
    let kept = project.clip_sets().unwrap().remove(0);
    assert_eq!(kept.set.clips, [clip(1, 0, 2_000), clip(1, 3_000, 4_000), clip(2, 0, 900)]);
    assert_eq!((kept.position, kept.truths, kept.by.as_str()), (position, 1, "Ada"), "labels that do not count are not counted");
    assert_eq!(project.clip_set(&kept.id).unwrap(), kept);
    let truth = project.set_truth(&kept.id).unwrap();
    let ids = |truth: &[Option<Vec<Annotation>>]| -> Vec<Option<usize>> { truth.iter().map(|t| t.as_ref().map(Vec::len)).collect() };
    assert_eq!(ids(&truth), [Some(2), None, None]);
    assert!(!project.set_outdated(&kept.id).unwrap());

    project.apply(Op::Finish { media: media(2), finished: true }, &reviewer()).unwrap();
    assert!(project.set_outdated(&kept.id).unwrap());
    assert_eq!(project.set_truth(&kept.id).unwrap(), truth);
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert!(!project.set_outdated(&kept.id).unwrap());
    project.apply(Op::RemoveAnnotation { media: media(1), id: "a1".into() }, &reviewer()).unwrap();
    assert!(project.set_outdated(&kept.id).unwrap());
    assert_eq!(project.set_truth(&kept.id).unwrap(), truth);
    // Kept again it is another set, of another truth.
    project.apply(Op::KeepClips(wish), &reviewer()).unwrap();
    let newer = project.clip_sets().unwrap().remove(0);
    assert!(newer.id != kept.id && !project.set_outdated(&newer.id).unwrap());
    rebuilds(&mut project);
    (0..3).for_each(|_| drop(project.apply(Op::Undo, &reviewer()).unwrap()));
    assert_eq!((state(&project), project.clip_sets().unwrap().len()), (before, 0));
    assert_eq!(project.set_truth(&kept.id).unwrap(), truth, "runs that were made with it still find it");
    assert!(matches!(project.clip_set("nope"), Err(Error::Refused(why)) if why.contains("no clip set nope")));
}

#[test]
fn a_run_goes_on_under_its_id_and_is_never_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let (mut project, other) = with_run(folder.path());
    assert_eq!(did(&project), "made the run “first”: 1 of 8 tries");
    let row = project.runs().unwrap().remove(0);
    let mut run = project.run("r").unwrap();
    assert_eq!((row.id.as_str(), row.tries, row.of, row.by.as_str(), &row.plan), ("r", 1, 8, "Ada", &run.plan));
    let seq = project.view().seq;
    assert_eq!(project.apply(keep_run("r", &run), &reviewer()).unwrap().seq, seq, "the same is no change");
    run.tries.push(tried(1, 1, 1));
    project.apply(keep_run("r", &run), &person("Bo")).unwrap();
    assert_eq!(project.run("r").unwrap(), run);
    let rows = project.runs().unwrap();
    assert_eq!((rows.len(), rows[0].tries, rows[0].by.as_str(), rows[0].at_us), (1, 2, "Ada", row.at_us), "who began it stays");

    // Undo goes by the run to what a person decided before; what the run was made with is still found.
    let undone = project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!((undone.redo.as_deref(), project.runs().unwrap().len()), (Some("keep the clip set"), 1));
    run.tries.push(tried(0, 1, 1));
    let on = project.apply(keep_run("r", &run), &reviewer()).unwrap();
    assert_eq!(on.redo.as_deref(), Some("keep the clip set"), "a run that goes on ends nothing that could be redone");
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert!(prompts(&project).is_empty());
    assert_eq!(project.prompt(&run.plan.variants[1].version).unwrap(), other);
    assert_eq!(project.clip_set(&run.plan.set).unwrap().set.clips.len(), 2);
    (0..2).for_each(|_| drop(project.apply(Op::Redo, &reviewer()).unwrap()));
    assert_eq!((prompts(&project).len(), project.run("r").unwrap()), (1, run));
    rebuilds(&mut project);
}

#[test]
fn each_person_has_a_vote_on_a_pair() {
    let folder = tempfile::tempdir().unwrap();
    let (mut project, _) = with_run(folder.path());
    let votes = |project: &Project| -> Vec<(String, LabVote)> {
        let all = project.votes("r").unwrap();
        assert!(all.iter().all(|v| (v.clip, v.one, v.other) == (0, 0, 1)));
        all.into_iter().map(|v| (v.by, v.vote)).collect()
    };
    project.apply(vote(0, 0, 1, Some(LabVote::One)), &reviewer()).unwrap();
    assert_eq!(did(&project), "voted on a clip of “first”");
    let seq = project.apply(vote(0, 1, 0, Some(LabVote::Other)), &reviewer()).unwrap().seq;
    assert_eq!(seq, project.view().seq);
    project.apply(vote(0, 1, 0, Some(LabVote::One)), &person("Bo")).unwrap();
    assert_eq!(
        votes(&project),
        [("Ada".to_owned(), LabVote::One), ("Bo".to_owned(), LabVote::Other)],
        "the pair is one, however it is named"
    );
    project.apply(vote(0, 0, 1, Some(LabVote::Tie)), &person("Bo")).unwrap();
    assert_eq!(votes(&project)[1].1, LabVote::Tie);
    project.apply(Op::Undo, &person("Bo")).unwrap();
    assert_eq!(votes(&project)[1].1, LabVote::Other);
    project.apply(vote(0, 0, 1, None), &reviewer()).unwrap();
    assert_eq!((votes(&project).len(), did(&project).as_str()), (1, "withdrew the vote on a clip of “first”"));
    rebuilds(&mut project);
}

#[test]
fn a_promotion_is_an_event_that_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let (mut project, other) = with_run(folder.path());
    assert_eq!(project.promoted(Task::Describe).unwrap(), None);
    let stands = Promotion { run: Some("r".into()), temperature: Some(0.2), reason: None, ..promotion(&other, "m") };
    project.apply(Op::Promote(stands.clone()), &reviewer()).unwrap();
    assert_eq!(did(&project), "promoted describe@2 with m at temperature 0.2");
    let first = project.promoted(Task::Describe).unwrap().unwrap();
    assert_eq!((&first.what, first.by.as_str()), (&stands, "Ada"));
    let seq = project.view().seq;
    let again = Promotion { reason: Some("still".into()), ..stands.clone() };
    assert_eq!(project.apply(Op::Promote(again), &reviewer()).unwrap().seq, seq, "it is done like this already");
    project.apply(Op::Promote(promotion(&built_in(Task::Describe), "n")), &person("Bo")).unwrap();
    assert_eq!(did(&project), "promoted describe@1 with n: it reads well");
    project.apply(Op::Promote(promotion(&built_in(Task::Text), "n")), &person("Bo")).unwrap();
    let tasks: Vec<Task> = project.promotions().unwrap().iter().map(|kept| kept.what.task).collect();
    assert_eq!(tasks, [Task::Describe, Task::Text]);
    (0..2).for_each(|_| drop(project.apply(Op::Undo, &person("Bo")).unwrap()));
    assert_eq!(project.promotions().unwrap(), [first], "as it was promoted, by whom and when");
    rebuilds(&mut project);
}

#[test]
fn restoring_goes_back_in_the_lab_and_leaves_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let (seq, before) = (project.view().seq, project.dump().unwrap());
    let other = version(2, "other");
    project.apply(Op::KeepPrompt(other.clone()), &reviewer()).unwrap();
    let set = keep_set(&mut project, vec![clip(1, 0, 2_000)]);
    let run = record(plan(&set, &[&built_in(Task::Describe), &other]), vec![]);
    project.apply(keep_run("r", &run), &reviewer()).unwrap();
    project.apply(vote(0, 0, 1, Some(LabVote::One)), &reviewer()).unwrap();
    project.apply(vote(0, 0, 1, Some(LabVote::Tie)), &person("Bo")).unwrap();
    project.apply(Op::Promote(promotion(&other, "m")), &reviewer()).unwrap();
    let with = state(&project);
    let changes = ["1 prompt", "1 clip set", "2 votes", "1 promotion"];
    assert_eq!(project.restore_preview(seq, None).unwrap().changes, changes);
    project.apply(Op::Restore { seq, media: None }, &reviewer()).unwrap();
    assert_eq!(did(&project), format!("restored how things stood: {}", changes.join(", ")));
    assert_eq!((project.runs().unwrap().len(), project.run("r").unwrap()), (1, run));
    let without_run = |dump: String| dump.lines().filter(|line| !line.starts_with("r {")).map(str::to_owned).collect::<Vec<_>>();
    let after: Vec<String> = without_run(project.dump().unwrap()).into_iter().filter(|line| !line.is_empty()).collect();
    assert_eq!(after, without_run(before).into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>());
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!(state(&project), with);
    rebuilds(&mut project);
}

#[test]
fn what_cannot_be_kept_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let (mut project, other) = with_run(folder.path());
    let run = project.run("r").unwrap();
    let with = |plan: RunPlan| keep_run("s", &record(plan, vec![]));
    let tries = |tries: Vec<Try>| keep_run("r", &record(run.plan.clone(), tries));
    let kept = promotion(&other, "m");
    let mut nameless = version(9, "");
    nameless.prompt.name = "two words".into();
    let text = built_in(Task::Text);
    let cases = [
        (
            Op::KeepPrompt(version(2, "yet another")),
            "describe@2 is another text already, and versions never change. Keep this one as describe@3",
        ),
        (Op::KeepPrompt(version(1, "not what is shipped")), "Keep this one as describe@3"),
        (Op::KeepPrompt(nameless), "letters, digits and hyphens"),
        (Op::KeepClips(set(vec![])), "“talks” has no clips"),
        (Op::KeepClips(ClipSet { name: " ".into(), ..set(vec![clip(1, 0, 1)]) }), "needs a name"),
        (Op::KeepClips(set(vec![clip(9, 0, 1_000)])), "no media 09"),
        (Op::KeepClips(set(vec![clip(1, 500, 500)])), "its end must come after its start"),
        (Op::KeepClips(set(vec![clip(1, 9_000, 10_001)])), "reaches beyond 1.mp4, which lasts 0:00:10.000"),
        (Op::KeepClips(set(vec![clip(1, -1, 1_000)])), "reaches beyond 1.mp4"),
        (Op::KeepClips(set(vec![clip(1, 1_000, 2_000), clip(2, 0, 1_000), clip(1, 0, 1_001)])), "Two clips of 1.mp4 overlap"),
        (with(RunPlan { set: "nope".into(), ..run.plan.clone() }), "no clip set nope"),
        (with(plan(&run.plan.set, &[&version(7, "never kept")])), "Keep it first"),
        (with(RunPlan { variants: vec![], ..run.plan.clone() }), "at least one variant"),
        (with(RunPlan { repeats: 0, ..run.plan.clone() }), "at least once"),
        (keep_run("r", &record(RunPlan { repeats: 3, ..run.plan.clone() }, vec![])), "The run r is one of another plan"),
        (tries(vec![tried(2, 0, 0)]), "Clip 2 under variant 0, repeat 0, is not in its plan"),
        (tries(vec![tried(0, 2, 0)]), "is not in its plan"),
        (tries(vec![tried(0, 0, 2)]), "is not in its plan"),
        (tries(vec![tried(0, 0, 1), tried(0, 0, 1)]), "is there twice"),
        (vote(0, 1, 1, Some(LabVote::One)), "“first” has no variants 1 and 1"),
        (vote(0, 0, 2, Some(LabVote::One)), "no variants 0 and 2"),
        (vote(1, 0, 1, Some(LabVote::One)), "Clip 1 is held out"),
        (vote(2, 0, 1, Some(LabVote::One)), "“first” has no clip 2"),
        (Op::Vote { run: "s".into(), clip: 0, one: 0, other: 1, vote: None }, "no run s"),
        (Op::Promote(Promotion { version: "nope".into(), ..kept.clone() }), "no version nope"),
        (Op::Promote(Promotion { task: Task::Text, ..kept.clone() }), "describe@2 is for describe, not for text"),
        (Op::Promote(Promotion { model: String::new(), ..kept.clone() }), "without a model"),
        (Op::Promote(Promotion { temperature: Some(1.5), ..kept.clone() }), "within 0..1"),
        (Op::Promote(Promotion { reason: Some(" ".into()), ..kept.clone() }), "write down a reason"),
        (Op::Promote(Promotion { run: Some("s".into()), ..kept.clone() }), "no run s"),
        (Op::Promote(Promotion { run: Some("r".into()), ..kept }), "“first” did not try describe@2 with m like this"),
        (Op::Promote(Promotion { run: Some("r".into()), ..promotion(&text, "m") }), "did not try text@1"),
    ];
    let before = (project.dump().unwrap(), project.view().seq);
    for (op, says) in cases {
        match project.apply(op.clone(), &reviewer()) {
            Err(Error::Refused(why)) => assert!(why.contains(says), "{why}"),
            other => panic!("{op:?} gave {other:?}"),
        }
    }
    assert_eq!((project.dump().unwrap(), project.view().seq), before);
}

#[test]
fn what_happens_in_the_lab_makes_no_media_be_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    while project.catch_up_found(2).unwrap() > 0 {}
    project.apply(Op::KeepPrompt(version(2, "other")), &reviewer()).unwrap();
    project.apply(Op::Promote(promotion(&version(2, "other"), "m")), &reviewer()).unwrap();
    assert_eq!(project.catch_up_found(0).unwrap(), 0);
    project.apply(Op::SetThresholds { limits: BTreeMap::new(), note: String::new() }, &reviewer()).unwrap();
    assert_eq!(project.catch_up_found(0).unwrap(), 2);
}

/// Two copies of a project with two media.
fn copies(folder: &Path) -> [Project; 2] {
    let ada = start(folder);
    let copy = folder.join("bo.plumbline");
    ada.copy_to(&copy).unwrap();
    [ada, Project::open(&copy).unwrap()]
}

fn merge(ada: &mut Project, bo: &mut Project) -> usize {
    let conflicts = ada.merge(&[bo.path().to_owned()], false).unwrap().conflicts.len();
    bo.merge(&[ada.path().to_owned()], false).unwrap();
    [ada, bo].into_iter().for_each(rebuilds);
    conflicts
}

#[test]
fn copies_that_are_merged_hold_the_lab_of_both() {
    let folder = tempfile::tempdir().unwrap();
    let [mut ada, mut bo] = copies(folder.path());
    let (by_ada, by_bo) = (person("Ada"), person("Bo"));
    let (theirs, same) = (version(2, "of Bo"), version(3, "both wrote this"));
    ada.apply(Op::KeepPrompt(version(2, "of Ada")), &by_ada).unwrap();
    ada.apply(Op::KeepPrompt(same.clone()), &by_ada).unwrap();
    ada.apply(Op::SetThresholds { limits: BTreeMap::new(), note: "of Ada".into() }, &by_ada).unwrap();
    for op in [Op::KeepPrompt(theirs.clone()), Op::KeepPrompt(same.clone()), Op::Finish { media: media(1), finished: true }] {
        bo.apply(op, &by_bo).unwrap();
    }
    bo.apply(Op::SetThresholds { limits: BTreeMap::new(), note: "of Bo".into() }, &by_bo).unwrap();
    let position = bo.view().seq;
    bo.apply(Op::KeepClips(set(vec![clip(1, 0, 2_000)])), &by_bo).unwrap();
    let kept = bo.clip_sets().unwrap().remove(0);
    let run = Record { thresholds: 2, ..record(plan(&kept.id, &[&theirs, &same]), vec![tried(0, 1, 1)]) };
    bo.apply(keep_run("r", &run), &by_bo).unwrap();
    bo.apply(vote(0, 0, 1, Some(LabVote::Other)), &by_bo).unwrap();
    // The clashing thresholds are the only thing that they differ on.
    assert_eq!((kept.position, merge(&mut ada, &mut bo)), (position, 1));

    for (project, thresholds) in [(&ada, 3), (&bo, 2)] {
        let mut labels = prompts(project);
        labels.sort();
        let clash = |version: &PromptVersion| format!("describe@2 ({})", &version.id()[..8]);
        let mut expected = vec![clash(&theirs), clash(&version(2, "of Ada")), "describe@3".to_owned()];
        expected.sort();
        assert_eq!((labels, project.free_version("describe").unwrap()), (expected, 4));
        assert_eq!(project.prompt(&theirs.id()).unwrap(), theirs);
        assert_eq!(project.set_truth(&kept.id).unwrap(), bo.set_truth(&kept.id).unwrap());
        assert!(!project.set_outdated(&kept.id).unwrap());
        assert_eq!(project.votes("r").unwrap().len(), 1);
        // The version of the thresholds as it is called here.
        assert_eq!(project.run("r").unwrap(), Record { thresholds, ..run.clone() });
        assert_eq!(project.runs().unwrap()[0].thresholds, thresholds);
    }
    // The position is that of the same event in both: the one before the set.
    assert_eq!(bo.clip_set(&kept.id).unwrap().position, position);
    let there = ada.clip_set(&kept.id).unwrap().position;
    let at = |project: &Project, seq: i64| {
        let db = rusqlite::Connection::open(project.path()).unwrap();
        db.query_row("SELECT id FROM event WHERE seq = ?1", [seq], |r| r.get::<_, String>(0)).unwrap()
    };
    assert_ne!(there, position);
    assert_eq!(at(&ada, there), at(&bo, position));
    // The votes of two people on one pair are two votes.
    ada.apply(vote(0, 0, 1, Some(LabVote::One)), &by_ada).unwrap();
    bo.apply(vote(0, 0, 1, Some(LabVote::Tie)), &by_bo).unwrap();
    assert_eq!(merge(&mut ada, &mut bo), 0);
    assert_eq!(ada.votes("r").unwrap(), bo.votes("r").unwrap());
    let votes: Vec<LabVote> = ada.votes("r").unwrap().into_iter().map(|v| v.vote).collect();
    assert_eq!(votes, [LabVote::One, LabVote::Tie]);
}

#[test]
fn two_promotions_of_one_task_wait_for_somebody_to_decide() {
    let folder = tempfile::tempdir().unwrap();
    let [mut ada, mut bo] = copies(folder.path());
    let theirs = version(2, "of Bo");
    bo.apply(Op::KeepPrompt(theirs.clone()), &person("Bo")).unwrap();
    let same = promotion(&built_in(Task::Text), "m");
    for (project, name, differs) in [(&mut ada, "Ada", built_in(Task::Describe)), (&mut bo, "Bo", theirs.clone())] {
        let reason = Some(format!("{name} likes it"));
        project.apply(Op::Promote(Promotion { reason: reason.clone(), ..same.clone() }), &person(name)).unwrap();
        project.apply(Op::Promote(Promotion { reason, ..promotion(&differs, "m") }), &person(name)).unwrap();
    }
    assert_eq!(merge(&mut ada, &mut bo), 1, "for another reason it is the same promotion");
    assert_eq!(ada.conflicts().unwrap().conflicts, bo.conflicts().unwrap().conflicts);
    let conflict = ada.conflicts().unwrap().conflicts.remove(0);
    assert_eq!((conflict.about.as_slice(), conflict.media), (&["Prompt for describe".to_owned()][..], None));
    let sides: Vec<(&str, &str)> = conflict.sides.iter().map(|s| (s.by.as_str(), s.values[0].as_str())).collect();
    assert_eq!(sides, [("Ada", "describe@1 with m: Ada likes it"), ("Bo", "describe@2 with m: Bo likes it")]);
    let stands = |project: &Project| project.promoted(Task::Describe).unwrap().unwrap().what.version;
    assert_eq!([stands(&ada), stands(&bo)], [theirs.id(), theirs.id()], "the later one is in force meanwhile");
    ada.apply(Op::Adjudicate { id: conflict.id, pick: conflict.sides[0].event.clone() }, &person("Cy")).unwrap();
    assert_eq!(merge(&mut bo, &mut ada), 0);
    let shipped = built_in(Task::Describe).id();
    assert_eq!([stands(&ada), stands(&bo)], [shipped.clone(), shipped]);
    assert_eq!(ada.promoted(Task::Describe).unwrap().unwrap().by, "Ada");
    ada.apply(Op::Undo, &person("Cy")).unwrap();
    assert_eq!((stands(&ada), ada.conflicts().unwrap().conflicts.len()), (theirs.id(), 1));
}

const JUDGES: GateId = GateId::AnnotationConfidence;

/// Adds a media with a unit of the gate on annotations and one of the gate on words.
fn measured(project: &mut Project, n: u8) {
    project.apply(add_media(n), &By::Machine).unwrap();
    let place = Place::Media(Span::new(MediaTime::ZERO, MediaTime::from_ms(1_000)));
    let measures = [JUDGES, GateId::WordConfidence].map(|gate| Measure { gate, place, value: 90.0, signed: None }).to_vec();
    let truth = project.truth(&media(n)).unwrap();
    project.apply(Op::Analyse { media: media(n), analysis: Analysis { measures, ..Analysis::default() }, truth }, &By::Machine).unwrap();
}

fn evidence(gate: GateId) -> Evidence {
    Evidence {
        gate,
        limit: 45.0,
        alpha: 0.05,
        delta: 0.05,
        probes: 100,
        defects: 0,
        step: 0,
        grid: String::new(),
        batch: String::new(),
        seed: "a seed".into(),
        pi: 0.5,
        cap: 1,
        sources: format!("transcribe; measures {FACTS}"),
        prompts: String::new(),
    }
}

fn gate_state(project: &Project, gate: GateId) -> (GateState, String) {
    let row = project.tuning().unwrap().gates.into_iter().find(|row| row.id == gate).unwrap();
    (row.state, row.says_state)
}

fn set_limit(project: &mut Project, evidence: Vec<Evidence>) {
    let limits = evidence.iter().map(|e| (e.gate, Some(e.limit))).collect();
    project.apply(Op::SetLimits { limits, note: "checked".into(), evidence }, &reviewer()).unwrap();
}

#[test]
fn gates_on_annotations_lose_their_promise_where_another_prompt_is_promoted() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = Project::create(&folder.path().join("test.plumbline")).unwrap();
    measured(&mut project, 1);
    let old = serde_json::to_value(evidence(JUDGES)).unwrap();
    assert!(old.get("prompts").is_none(), "evidence that stands on no prompt reads as it always did");
    set_limit(&mut project, vec![serde_json::from_value(old).unwrap(), evidence(GateId::WordConfidence)]);
    assert_eq!(project.promises_ended_by_promotion().unwrap(), [JUDGES]);
    assert!([JUDGES, GateId::WordConfidence].iter().all(|gate| gate_state(&project, *gate).0 != GateState::Voided));

    project.apply(Op::Promote(promotion(&built_in(Task::Text), "m")), &reviewer()).unwrap();
    let (state, says) = gate_state(&project, JUDGES);
    let id = &built_in(Task::Text).id()[..8];
    let expected = format!("models were asked with no promoted prompt, and now with text@1 ({id}) with m for text. Begin new checks.");
    assert_eq!((state, says), (GateState::Voided, format!("The promise is void: {expected}")));
    assert_ne!(gate_state(&project, GateId::WordConfidence).0, GateState::Voided);
    let version = project.tuning().unwrap().versions.remove(0);
    let ended: Vec<bool> = version.evidence.iter().map(|e| e.voided.is_some()).collect();
    assert_eq!((ended, project.promises_ended_by_promotion().unwrap().len()), (vec![true, false], 0));
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!(project.promises_ended_by_promotion().unwrap(), [JUDGES], "back to what was promised for");
}

#[test]
fn checks_stand_on_the_prompts_that_they_began_with() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = Project::create(&folder.path().join("test.plumbline")).unwrap();
    let text = built_in(Task::Text);
    project.apply(Op::Promote(promotion(&text, "m")), &reviewer()).unwrap();
    (1..=120).for_each(|n| measured(&mut project, n));
    let begin = Op::StartProbing { gate: JUDGES, alpha: 0.05, delta: 0.05, pi: 1.0, cap: 1, seed: "a seed".into() };
    project.apply(begin, &reviewer()).unwrap();
    let ask = QueueAsk { count: 1_000, ..QueueAsk::default() };
    for item in project.queue(&ask, &reviewer()).unwrap().items {
        let op = Op::Decide { media: item.media, flag: item.id, decision: Some(Decision::FalseAlarm), note: None };
        project.apply(op, &reviewer()).unwrap();
    }
    let proposed = |project: &Project| project.propose_limits(&[JUDGES], 0.05, 0.05).unwrap();
    let evidence = proposed(&project).evidence;
    assert_eq!(evidence[0].prompts, format!("text@1 ({}) with m for text", &text.id()[..8]));
    let guarantee = |project: &Project| project.tuning_gate(JUDGES).unwrap().guarantee.unwrap();
    assert_eq!((gate_state(&project, JUDGES).0, guarantee(&project).certified), (GateState::Ready, Some(evidence[0].limit)));

    // Another model is another way to ask: what was checked so far says nothing of it.
    project.apply(Op::Promote(promotion(&text, "n")), &reviewer()).unwrap();
    let (state, says) = gate_state(&project, JUDGES);
    assert!(
        state == GateState::Voided && says.starts_with("What was checked says nothing any more") && says.contains("with n for text"),
        "{says}"
    );
    assert_eq!((guarantee(&project).certified, guarantee(&project).says), (None, says.clone()));
    let nothing = proposed(&project);
    assert_eq!((nothing.gates[0].to, nothing.evidence.len(), nothing.gates[0].says.as_str()), (None, 0, says.as_str()));
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!(proposed(&project).evidence, evidence);
    set_limit(&mut project, evidence);
    let view = project.tuning().unwrap().versions.remove(0).evidence.remove(0);
    assert!(view.voided.is_none() && view.sources.contains("; models asked with text@1"), "{}", view.sources);
    assert_eq!(project.promises_ended_by_promotion().unwrap(), [JUDGES]);
}
