//! Thresholds from the command line: a proposal that is the same every time, its activation, the versions.

use crate::library::{self, UNITS};
use crate::{Room, keys, text};
use serde_json::json;

/// A project of 400 media whose units were drawn and decided on; what `dev/tuning-world` makes.
fn decided(room: &Room) {
    let mut world = library::world(&room.path("w.plumbline"), 400);
    library::start(&mut world.project, 1.0 / UNITS as f64, UNITS as u32);
    library::review(&mut world);
    world.project.pack().unwrap();
}

#[test]
fn a_proposal_is_the_same_every_time_and_is_put_in_force_and_taken_back() {
    let room = Room::new();
    decided(&room);
    let tune = "tune w.plumbline --gate word_confidence --alpha 0.05 --delta 0.05";
    let first = room.json(&format!("{tune} --json"), 0);
    assert_eq!(room.json(&format!("{tune} --json"), 0), first);
    assert_eq!(keys(&first), ["gates", "before", "after", "held_out", "digest"]);
    // The file is made from seeds, so that the proposal is known.
    assert_eq!((&first["gates"][0]["to"], &first["digest"]), (&json!(PROPOSED), &json!(DIGEST)));
    let said = text(&room.run(tune, 0).stdout);
    for part in
        [format!("word confidence: from 50 % to {PROPOSED} %"), "at most 5\u{a0}% of what passes".into(), format!("proposal {DIGEST}")]
    {
        assert!(said.contains(&part), "{part:?} in {said}");
    }

    let stale = text(&room.run(&format!("{tune} --activate --digest 0123456789abcdef"), 1).stderr);
    assert!(stale.contains("Propose again"), "{stale}");
    room.run(&format!("{tune} --activate --digest {DIGEST}"), 0);
    let versions = room.json("thresholds list w.plumbline --json", 0);
    assert_eq!((&versions["versions"][0]["version"], &versions["versions"][0]["active"]), (&json!(2), &json!(true)));
    assert_eq!(versions["versions"][0]["evidence"][0]["gate"], "word_confidence");
    let diff = text(&room.run("thresholds diff w.plumbline 1", 0).stdout);
    assert_eq!(diff, format!("word confidence: 50 % -> {PROPOSED} %\n"));
    assert!(text(&room.run("thresholds revert w.plumbline", 0).stdout).starts_with("thresholds 1 are in force"));
    assert!(text(&room.run("thresholds activate w.plumbline 2", 0).stdout).starts_with("thresholds 2 are in force"));
    room.run("thresholds set w.plumbline reading_speed off --note checked", 0);
    let listed = text(&room.run("thresholds list w.plumbline", 0).stdout);
    assert!(listed.starts_with("* 3") && listed.contains("reading speed: 25 characters/s -> off"), "{listed}");
}

#[test]
fn what_is_missing_is_told_and_a_wrong_word_is_a_sentence() {
    let room = Room::new();
    drop(plumbline_project::Project::create(&room.path("p.plumbline")).unwrap());
    let said = text(&room.run("tune p.plumbline --gate word_confidence", 0).stdout);
    assert!(said.contains("stays at 50 %") && said.contains("Nothing was measured"), "{said}");
    for (arguments, part) in [
        ("tune p.plumbline --gate loudest", "there is no gate loudest"),
        ("tune p.plumbline --gate word_confidence --alpha 7", "can't be promised"),
        ("tune p.plumbline --gate word_confidence --activate", "nothing was put in force"),
        ("tune p.plumbline --gate word_confidence --begin", "Nothing was measured"),
        ("thresholds activate p.plumbline 9", "no thresholds of version 9"),
        ("thresholds revert p.plumbline", "no other thresholds"),
        ("thresholds set p.plumbline word_confidence high", "high is no limit"),
        ("thresholds diff p.plumbline 1 4", "no thresholds of version 4"),
    ] {
        let error = text(&room.run(arguments, 1).stderr);
        assert!(error.contains(part) && error.lines().count() == 1, "{arguments}: {error}");
    }
}

const PROPOSED: f64 = 29.0;
const DIGEST: &str = "7ed8968e1c3815b4";
