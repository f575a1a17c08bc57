//! How the sound of a media is prepared: chosen by people, undone, merged, shown, and a reason to measure again.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{add_media, media, reviewer};
use plumbline_core::gate::{GateId, Measure, Place};
use plumbline_core::tune::paired::Paired;
use plumbline_core::tune::trial::{Trial, Tried};
use plumbline_core::{MediaTime, Profile, Span};
use plumbline_project::views::HistoryFilter;
use plumbline_project::{Analysis, By, Error, Op, Project};
use std::path::Path;

const HIGH_PASS: Profile = Profile { high_pass_hz: Some(120), denoise: false, loudness_lufs: None };
const DENOISED: Profile = Profile { high_pass_hz: None, denoise: true, loudness_lufs: None };

/// Two media, the first one with hum in two stretches; measured.
fn start(folder: &Path) -> Project {
    let mut project = Project::create(&folder.join("test.plumbline")).unwrap();
    for n in [1, 2] {
        project.apply(add_media(n), &reviewer()).unwrap();
        let stretch = |s: i64| Place::Media(Span::new(MediaTime::from_ms(s), MediaTime::from_ms(s + 1_000)));
        let hum = |s: i64, value: f64| Measure { gate: GateId::Hum, place: stretch(s), value, signed: None };
        let measures = if n == 1 { vec![hum(0, 60.0), hum(1_000, 60.0), hum(2_000, 0.0)] } else { vec![hum(0, 0.0)] };
        let truth = project.truth(&media(n)).unwrap();
        project
            .apply(Op::Analyse { media: media(n), analysis: Analysis { measures, ..Analysis::default() }, truth }, &By::Machine)
            .unwrap();
    }
    project
}

fn set(profile: Option<Profile>) -> Op {
    Op::SetProfile { media: media(1), profile }
}

fn tried(gain: f64) -> Op {
    let gain = Paired { mean: gain, lower: gain - 0.05, upper: gain + 0.05 };
    let trial =
        Trial { stretches: 2, words: 20, as_it_is: 0.5, tried: vec![Tried { profile: DENOISED, confidence: 0.5 + gain.mean, gain }] };
    Op::TryProfiles { media: media(1), trial }
}

#[test]
fn a_profile_is_chosen_undone_and_asks_to_be_measured_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    assert!(project.profile(&media(1)).unwrap().is_as_it_is());
    let changed = project.apply(set(Some(HIGH_PASS)), &reviewer()).unwrap();
    assert_eq!((changed.undo.as_deref(), changed.stale.is_empty()), (Some("prepare the sound"), false));
    assert_eq!(project.profile(&media(1)).unwrap(), HIGH_PASS);
    assert!(project.needs_analysis(&media(1)).unwrap() && !project.needs_analysis(&media(2)).unwrap());
    assert!(project.apply(set(Some(HIGH_PASS)), &reviewer()).unwrap().stale.is_empty(), "the same again is no change");

    project.apply(Op::Undo, &reviewer()).unwrap();
    assert!(project.profile(&media(1)).unwrap().is_as_it_is());
    project.apply(Op::Redo, &reviewer()).unwrap();
    project.apply(set(Some(Profile::default())), &reviewer()).unwrap();
    assert!(project.profile(&media(1)).unwrap().is_as_it_is());
    let dump = project.dump().unwrap();
    project.rebuild().unwrap();
    assert_eq!(project.dump().unwrap(), dump);
}

#[test]
fn what_can_not_be_prepared_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let before = project.dump().unwrap();
    let loud = Profile { loudness_lufs: Some(20), ..Profile::default() };
    for (op, says) in [
        (set(Some(Profile { high_pass_hz: Some(9_000), ..Profile::default() })), "high-pass 9000 Hz"),
        (set(Some(loud)), "evened to 20 LUFS"),
        (Op::SetProfile { media: media(7), profile: None }, "no media"),
    ] {
        match project.apply(op.clone(), &reviewer()) {
            Err(Error::Refused(why)) => assert!(why.contains(says), "{why}"),
            other => panic!("{op:?} gave {other:?}"),
        }
    }
    assert_eq!(project.dump().unwrap(), before);
}

#[test]
fn the_list_holds_what_is_flagged_prepared_or_tried() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let [row] = &project.profiles().unwrap().media[..] else { panic!("one media hums") };
    assert_eq!((&row.media, row.gates(), row.failing[0].count, row.shown.as_str()), (&media(1), vec![GateId::Hum], 2, "as it is"));
    assert!(row.trial.is_none());

    project.apply(Op::SetProfile { media: media(2), profile: Some(DENOISED) }, &reviewer()).unwrap();
    project.apply(tried(0.2), &By::Machine).unwrap();
    let view = project.profiles().unwrap();
    let shown: Vec<&str> = view.media.iter().map(|row| row.shown.as_str()).collect();
    assert_eq!(shown, ["as it is", "denoised"]);
    let trial = view.media[0].trial.as_ref().unwrap();
    assert_eq!((trial.best, trial.tried[0].gain), (Some(DENOISED), 0.2));
    assert!(trial.says.starts_with("denoised: alignment confidence 70.0 % instead of 50.0 %"), "{}", trial.says);

    // What was measured last counts, and no person takes it back.
    project.apply(tried(0.0), &By::Machine).unwrap();
    assert_eq!(project.profiles().unwrap().media[0].trial.as_ref().unwrap().best, None);
    assert_eq!(project.view().undo.as_deref(), Some("prepare the sound"));
}

#[test]
fn the_history_and_a_restore_tell_and_keep_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let before = project.view().seq;
    project.apply(tried(0.2), &By::Machine).unwrap();
    project.apply(set(Some(HIGH_PASS)), &reviewer()).unwrap();
    let told: Vec<String> = project.history(&HistoryFilter::default(), None, 9).unwrap().rows.into_iter().map(|row| row.did).collect();
    assert!(told.iter().any(|did| did == "set how the sound is prepared: high-pass 120 Hz"), "{told:?}");
    project.apply(Op::Restore { seq: before, media: None }, &reviewer()).unwrap();
    assert!(project.profile(&media(1)).unwrap().is_as_it_is());
    assert!(project.trial(&media(1)).unwrap().is_some(), "what was found out stays");
}

#[test]
fn two_people_who_choose_differently_are_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut ours = start(folder.path());
    let copy = folder.path().join("copy.plumbline");
    ours.copy_to(&copy).unwrap();
    let mut theirs = Project::open(&copy).unwrap();
    ours.apply(set(Some(HIGH_PASS)), &reviewer()).unwrap();
    theirs.apply(set(Some(DENOISED)), &By::Person("Bo".into())).unwrap();
    ours.merge(&[copy], false).unwrap();
    let conflicts = ours.conflicts().unwrap().conflicts;
    let [conflict] = &conflicts[..] else { panic!("{conflicts:?}") };
    let sides: Vec<&str> = conflict.sides.iter().map(|side| side.values[0].as_str()).collect();
    assert_eq!((conflict.about[0].as_str(), sides), ("Sound", vec!["high-pass 120 Hz", "denoised"]));
    let pick = conflict.sides[1].event.clone();
    ours.apply(Op::Adjudicate { id: conflict.id.clone(), pick }, &reviewer()).unwrap();
    assert_eq!(ours.profile(&media(1)).unwrap(), DENOISED);
    assert!(ours.needs_analysis(&media(1)).unwrap());
}
