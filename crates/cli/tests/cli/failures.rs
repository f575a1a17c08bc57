//! What goes wrong: one sentence on standard error, nothing on standard output, and a project that is whole.

use crate::{Room, SRT, TONE, text};
use plumbline_project::Project;
use std::process::Stdio;

/// `plumbline ARGUMENTS` ends with 1 and says one sentence with these words.
fn check(room: &Room, arguments: &str, says: &str) {
    let output = room.run(arguments, 1);
    let sentence = text(&output.stderr);
    assert!(output.stdout.is_empty(), "plumbline {arguments} printed {}", text(&output.stdout));
    assert!(sentence.starts_with("plumbline: ") && sentence.lines().count() == 1, "plumbline {arguments}: {sentence}");
    assert!(sentence.contains(says), "plumbline {arguments}: {sentence}");
}

#[test]
fn failures_are_one_sentence() {
    let room = Room::new();
    room.make("tone.wav", TONE);
    room.make("silent.mp4", "-f lavfi -i testsrc=s=64x48:r=10:d=1 -pix_fmt yuv420p");
    std::fs::write(room.path("tone.srt"), SRT).unwrap();
    std::fs::write(room.path("text.plumbline"), "hello ".repeat(100)).unwrap();
    std::fs::write(room.path("text.mp4"), "hello ".repeat(100)).unwrap();
    std::fs::write(room.path("file"), "").unwrap();
    std::fs::create_dir(room.path("empty")).unwrap();
    room.run("import p.plumbline tone.wav", 0);
    for (arguments, says) in [
        ("drift tone.wav none.srt", "none.srt: the file is not there. Check the path"),
        ("drift none.wav tone.srt", "none.wav: the file is not there"),
        ("drift tone.srt tone.srt", "tone.srt: it has neither sound nor picture"),
        ("drift tone.wav tone.wav", "tone.wav: this is a WAV or AVI file, not a transcript"),
        ("drift silent.mp4 tone.srt", "silent.mp4: it has no sound"),
        ("align tone.wav tone.srt no/such/folder.json", "no/such/folder.json: its folder is not there. Make it"),
        ("show none.plumbline", "none.plumbline does not exist. Check the path"),
        ("show text.plumbline", "text.plumbline is not a Plumbline project"),
        ("check none.plumbline", "none.plumbline does not exist"),
        ("check p.plumbline --media nobody.mp4", "the project has no media nobody.mp4"),
        ("export p.plumbline", "tone.wav: it has no transcript to export. Import one first"),
        ("export p.plumbline --format annotations", "tone.wav: it has no annotations to export"),
        ("export p.plumbline --out file", "file can't be made"),
        ("import tone.wav p.plumbline", "tone.wav is not a Plumbline project"),
        ("import none tone.wav", "none does not end in .plumbline. Name the project first"),
        ("import p.plumbline none.mp4", "none.mp4: the file is not there"),
        ("import p.plumbline empty", "empty: there is no video, sound, transcript or annotation file in it"),
        ("import p.plumbline text.mp4", "text.mp4: it is not a video or sound file"),
        ("run text.mp4 --project p.plumbline --out out", "text.mp4: it is not a video or sound file"),
    ] {
        check(&room, arguments, says);
    }
    for wrong in ["", "dance", "show", "export p.plumbline --format docx", "run tone.wav"] {
        let output = room.run(wrong, 2);
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "plumbline {wrong}");
    }
}

#[test]
fn a_cache_that_can_not_be_written_is_told_once() {
    let room = Room::new();
    room.make("tone.wav", TONE);
    std::fs::write(room.path("tone.srt"), SRT).unwrap();
    std::fs::write(room.path(".cache"), "in the way").unwrap();
    check(&room, "run tone.wav tone.srt --project p.plumbline", "the cache folder");
}

#[test]
fn some_that_fail_leave_the_others_be() {
    let room = Room::new();
    room.make("tone.wav", TONE);
    std::fs::write(room.path("bad.mp4"), "hello").unwrap();
    let said = room.run("import p.plumbline tone.wav bad.mp4 none.mp4", 4);
    let (stdout, stderr) = (text(&said.stdout), text(&said.stderr));
    assert_eq!(stdout, "1 media imported, 2 failed\n");
    assert!(stderr.lines().count() == 2 && stderr.lines().all(|l| l.starts_with("plumbline: ")), "{stderr}");
    let report = room.json("import p.plumbline tone.wav bad.mp4 --json", 4);
    assert!(report["failures"][0]["error"].as_str().unwrap().contains("bad.mp4: "), "{report}");

    // One media whose file went away does not hide the others.
    room.make("gone.wav", &TONE.replace("300", "400"));
    std::fs::write(room.path("gone.srt"), SRT).unwrap();
    room.run("import p.plumbline gone.wav gone.srt", 0);
    std::fs::remove_file(room.path("gone.wav")).unwrap();
    let report = room.json("check p.plumbline --json", 4);
    assert_eq!(report["media"][0]["name"], "tone.wav");
    assert!(report["failures"][0]["error"].as_str().unwrap().contains("gone.wav: the file is not there"), "{report}");
    let report = room.json("export p.plumbline --format srt --out out --json", 4);
    assert_eq!(report["written"], serde_json::json!(["out/gone.srt"]), "tone.wav has no words");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let room = Room::new();
    room.make("tone.wav", TONE);
    room.run("import p.plumbline tone.wav", 0);
    let mut child = room.command("show p.plumbline").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{:?} {}", output.status, text(&output.stderr));
}

#[cfg(unix)]
#[test]
fn ctrl_c_in_the_middle_leaves_a_project_that_opens() {
    use std::os::unix::process::ExitStatusExt;
    let room = Room::new();
    room.make("a.wav", TONE);
    // The second transcript never comes: the run waits in its middle for whoever writes into the pipe.
    let pipe = room.path("b.srt");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child = room.command("run a.wav b.srt --project p.plumbline").stderr(Stdio::null()).spawn().unwrap();
    // Opening it returns once the run has opened its end.
    let writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let status = child.wait().unwrap();
    drop(writer);
    assert_eq!(status.signal(), Some(2), "shells show it as 130: {status:?}");

    let mut project = Project::open(&room.path("p.plumbline")).unwrap();
    assert_eq!(project.library().unwrap().media.len(), 1, "what came before is there");
    let before = project.dump().unwrap();
    project.rebuild().unwrap();
    assert_eq!(project.dump().unwrap(), before);
    drop(project);
    std::fs::remove_file(&pipe).unwrap();
    room.run("run a.wav --project p.plumbline", 0);
}
