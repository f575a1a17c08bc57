//! Two reviewers, on the command line.

use crate::{Room, TONE, keys, text};
use plumbline_project::{By, Op, Project};
use serde_json::json;

#[test]
fn copies_are_handed_out_and_brought_together() {
    let room = Room::new();
    room.make("tone.wav", TONE);
    room.run("import p.plumbline tone.wav", 0);
    assert_eq!(text(&room.run("copy p.plumbline bo.plumbline", 0).stdout), "bo.plumbline\n");
    let again = text(&room.run("copy p.plumbline bo.plumbline", 1).stderr);
    assert!(again.contains("exists already"), "{again}");
    assert!(text(&room.run("merge p.plumbline bo.plumbline", 0).stdout).contains("nothing new"));

    let finish = |file: &str, name: &str, path: &str| {
        let mut project = Project::open(&room.path(file)).unwrap();
        let media = project.media_ids().unwrap().remove(0);
        let by = By::Person(name.into());
        project.apply(Op::Finish { media: media.clone(), finished: true }, &by).unwrap();
        project.apply(Op::NameSpeaker { media, label: "spk_0".into(), name: path.into() }, &by).unwrap();
    };
    finish("p.plumbline", "Ada", "Maria");
    finish("bo.plumbline", "Bo", "Marie");
    let tried = room.json("merge p.plumbline bo.plumbline --dry-run --json", 3);
    assert_eq!(keys(&tried), ["dry_run", "events", "brought", "outdated", "media", "conflicts", "waiting", "agreement"]);
    assert_eq!((&tried["events"], &tried["dry_run"]), (&json!(2), &json!(true)));
    let said = text(&room.run("merge p.plumbline bo.plumbline", 3).stdout);
    for part in ["2 events came: 2 Bo", "1 conflict\n", "Name of spk_0", "Ada: Maria\n", "Bo: Marie (in force)", "no flag was decided on"] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    let shown = room.json("show p.plumbline --agreement --json", 0);
    assert_eq!(shown["conflicts"], tried["conflicts"]);
    room.run("show p.plumbline --agreement", 0);
    room.run("import q.plumbline tone.wav", 0);
    let refused = text(&room.run("merge p.plumbline q.plumbline", 1).stderr);
    assert!(refused.contains("q.plumbline is no copy of p.plumbline"), "{refused}");
}
