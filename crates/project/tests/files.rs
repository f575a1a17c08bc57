//! Files that are not as they should be, and disks that fail.
#![allow(clippy::unwrap_used, missing_docs)]

use plumbline_core::gate::GateId;
use plumbline_core::lab::{Clip, ClipSet};
use plumbline_core::time::MediaTime;
use plumbline_project::{By, Error, LabVote, Op, Project};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

fn reviewer() -> By {
    By::Person("Ada".into())
}

fn thresholds(note: &str) -> Op {
    Op::SetThresholds { limits: [(GateId::ReadingSpeed, 20.0)].into(), note: note.into() }
}

/// Opening the file that `make` writes must fail with a sentence that holds `says`, and leave the file and its folder as they were.
fn check(name: &str, make: impl FnOnce(&Path), says: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.plumbline");
    make(&path);
    let listing = |folder: &Path| -> Vec<PathBuf> { std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect() };
    let before = (std::fs::read(&path).ok(), listing(folder.path()));
    let Err(error) = Project::open(&path) else { panic!("{name} opens") };
    let sentence = error.to_string();
    assert!(sentence.contains(says) && sentence.contains("x.plumbline"), "{name}: {sentence}");
    assert_eq!((std::fs::read(&path).ok(), listing(folder.path())), before, "{name} was touched");
}

fn made(path: &Path, sql: &str) {
    drop(Project::create(path).unwrap());
    let db = Connection::open(path).unwrap();
    db.execute_batch(sql).unwrap();
    db.pragma_update(None, "journal_mode", "DELETE").unwrap();
}

#[test]
fn what_is_no_project_is_refused_with_a_sentence() {
    check("missing", |_| {}, "does not exist");
    check("empty", |p| std::fs::write(p, b"").unwrap(), "empty or cut short");
    check("text", |p| std::fs::write(p, "hello ".repeat(100)).unwrap(), "no SQLite database");
    check(
        "another program's database",
        |p| Connection::open(p).unwrap().execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap(),
        "another program",
    );
}

#[test]
fn a_newer_file_is_refused_and_named() {
    for (name, sql, says) in [
        ("layout", "PRAGMA user_version = 99", "layout 99"),
        (
            "kind",
            "INSERT INTO event (id, at_us, actor, kind, version, body) VALUES ('x', 0, '', 'teleport', 1, '[]')",
            "unknown kind teleport",
        ),
        ("version", "INSERT INTO event (id, at_us, actor, kind, version, body) VALUES ('x', 0, '', 'edit_word', 9, '[]')", "edit_word 9"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.plumbline");
        made(&path, sql);
        let before = std::fs::read(&path).unwrap();
        let Err(error) = Project::open(&path) else { panic!("{name} opens") };
        assert!(matches!(error, Error::Newer { .. }) && error.to_string().contains(says), "{name}: {error}");
        let version: u32 = Connection::open(&path).unwrap().pragma_query_value(None, "user_version", |r| r.get(0)).unwrap();
        assert_eq!(version == 99, name == "layout", "{name} was migrated");
        assert_eq!(std::fs::read(&path).unwrap().len(), before.len(), "{name} was written to");
    }
}

#[test]
fn the_log_and_the_blobs_cannot_be_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.plumbline");
    drop(Project::create(&path).unwrap());
    let db = Connection::open(&path).unwrap();
    for sql in ["UPDATE event SET actor = 'me'", "DELETE FROM event"] {
        assert!(db.execute(sql, []).unwrap_err().to_string().contains("appended"), "{sql}");
    }
}

#[test]
fn a_full_disk_is_a_sentence_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.plumbline");
    let mut project = Project::create(&path).unwrap();
    project.apply(thresholds("kept"), &reviewer()).unwrap();
    let before = project.dump().unwrap();
    // SQLite gives the same answer at its page limit as at the end of the disk.
    project.limit_pages_for_test(1);
    let error = project.apply(thresholds(&"x".repeat(1_000_000)), &reviewer()).unwrap_err();
    assert!(error.to_string().contains("the disk is full"), "{error}");
    assert_eq!(project.dump().unwrap(), before);
    drop(project);
    assert_eq!(Project::open(&path).unwrap().dump().unwrap(), before);
}

#[test]
fn making_a_project_where_none_can_be_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no/such/folder/x.plumbline");
    let Err(error) = Project::create(&path) else { panic!("made") };
    assert!(error.to_string().contains("can't be made"), "{error}");
    let there = folder.path().join("there.plumbline");
    std::fs::write(&there, "mine").unwrap();
    assert!(matches!(Project::create(&there), Err(Error::Exists { .. })));
    assert_eq!(std::fs::read(&there).unwrap(), b"mine");
}

/// A project of an older layout opens, says what it said, and where its words start.
fn check_layout(file: &str, texts: &[&str], expected_us: &[i64]) {
    let folder = tempfile::tempdir().unwrap();
    let mut project = Project::open(&copy_of(folder.path(), file)).unwrap();
    let media = project.media_ids().unwrap();
    let [media] = &media[..] else { panic!("{media:?}") };
    let words = project.words(media, None).unwrap();
    assert_eq!(words.texts, texts, "{file}");
    let starts: Vec<i64> = words.start_us.iter().map(|s| s.us()).collect();
    assert_eq!(starts, expected_us, "{file}");
    let flags = project.flags(media).unwrap().flags;
    assert!(flags.iter().any(|f| f.verdict.is_some()), "{flags:?}");
    let dump = project.dump().unwrap();
    project.rebuild().unwrap();
    assert_eq!(project.dump().unwrap(), dump, "{file}");
    assert_eq!(project.apply(Op::Undo, &reviewer()).unwrap().redo.as_deref(), Some("decide on the flag"));
}

#[test]
fn projects_of_every_layout_open_and_say_the_same() {
    let three = ["hello", "wide", "world"];
    check_layout("layout-1.plumbline", &three, &[1_500_000, 2_000_000, 3_000_000]);
    check_layout("layout-2.plumbline", &three, &[1_500_000, 2_050_000, 3_000_000]);
    check_layout("layout-3.plumbline", &["hello", "wide", "blue", "world"], &[1_500_000, 2_050_000, 2_260_000, 3_000_000]);
    check_layout("layout-4.plumbline", &["hello", "wide", "blue", "world"], &[1_500_000, 2_050_000, 2_260_000, 3_000_000]);
    check_layout("layout-6.plumbline", &["hello", "wide", "blue", "world"], &[1_500_000, 2_050_000, 2_260_000, 3_000_000]);
    check_layout("layout-7.plumbline", &["hello", "wide", "blue", "world"], &[1_500_000, 2_050_000, 2_260_000, 3_000_000]);
    check_layout("layout-9.plumbline", &["hello", "wide", "blue", "world"], &[1_500_000, 2_050_000, 2_260_000, 3_000_000]);
    check_layout("layout-10.plumbline", &["hello", "wide", "blue", "world"], &[1_500_000, 2_050_000, 2_260_000, 3_000_000]);
    check_layout("layout-11.plumbline", &["hello", "wide", "blue", "world"], &[1_500_000, 2_050_000, 2_260_000, 3_000_000]);
}

/// The file of a layout, to be opened.
fn copy_of(folder: &Path, file: &str) -> PathBuf {
    let path = folder.join("old.plumbline");
    std::fs::copy(format!("{}/../../tests/fixtures/{file}", env!("CARGO_MANIFEST_DIR")), &path).unwrap();
    path
}

/// What was kept of the lab is in the file as it was left.
#[test]
fn a_project_opens_with_its_lab() {
    let folder = tempfile::tempdir().unwrap();
    let project = Project::open(&copy_of(folder.path(), "layout-11.plumbline")).unwrap();
    let (prompt, set) = (project.prompts().unwrap().remove(0), project.clip_sets().unwrap().remove(0));
    assert_eq!((prompt.label.as_str(), prompt.version.note.as_str(), prompt.id.clone()), ("describe@2", "shorter", prompt.version.id()));
    assert_eq!((set.set.clips.len(), set.truths, project.set_outdated(&set.id).unwrap()), (1, 1, false));
    let run = project.run("r").unwrap();
    assert_eq!((run.plan.set, run.plan.variants[1].temperature, run.tries[0].annotations.len()), (set.id, Some(0.25), 1));
    assert_eq!(project.votes("r").unwrap().iter().map(|v| v.vote).collect::<Vec<_>>(), [LabVote::Other]);
    let promoted = project.promotions().unwrap().remove(0);
    assert_eq!((promoted.by.as_str(), promoted.what.version, promoted.what.run.as_deref()), ("Ada", prompt.id, Some("r")));
}

/// A project from before there was a lab has an empty one, and takes what is kept in it.
#[test]
fn a_project_of_an_older_layout_takes_a_lab() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = Project::open(&copy_of(folder.path(), "layout-10.plumbline")).unwrap();
    assert!(project.prompts().unwrap().is_empty() && project.clip_sets().unwrap().is_empty() && project.promotions().unwrap().is_empty());
    let media = project.media_ids().unwrap().remove(0);
    let clip = Clip { media: media.0, start: MediaTime::ZERO, end: MediaTime::from_ms(2_000), holdout: false };
    let set = ClipSet { name: "talks".into(), clips: vec![clip], labels: vec![], chosen: String::new(), note: String::new() };
    project.apply(Op::KeepClips(set), &reviewer()).unwrap();
    let set = project.clip_sets().unwrap().remove(0);
    // Its review was called done: all that touches the clip counts.
    assert_eq!((set.truths, project.set_truth(&set.id).unwrap()[0].as_ref().map(Vec::len)), (1, Some(1)));
}

/// What two people wrote whose copies were merged is in the file as it was left.
#[test]
fn a_merged_project_opens_with_its_conflicts() {
    let folder = tempfile::tempdir().unwrap();
    let project = Project::open(&copy_of(folder.path(), "layout-3.plumbline")).unwrap();
    let media = project.media_ids().unwrap().remove(0);
    let waiting = project.conflicts().unwrap().conflicts;
    let sides: Vec<&str> = waiting.iter().flat_map(|c| &c.sides).map(|s| s.by.as_str()).collect();
    assert_eq!((waiting.len(), sides), (1, vec!["Ada", "Bo"]));
    let names: Vec<String> = project.words(&media, None).unwrap().speakers.into_iter().map(|s| s.name).collect();
    assert!(names.iter().any(|n| n.ends_with("by Ada")) && names.iter().any(|n| n.ends_with("by Bo")), "{names:?}");
    let flags = project.flags(&media).unwrap();
    assert_eq!((flags.defects.len(), project.annotations(&media).unwrap().edited), (1, vec!["a1".to_owned()]));
}
