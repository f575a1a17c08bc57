//! What the commands give: results on standard output, exit codes, JSON.

use crate::{Room, SRT, TONE, keys, text};
use plumbline_core::format;
use plumbline_project::Project;
use serde_json::json;

#[test]
fn the_examples_of_the_manual_work() {
    let manual = include_str!("../../../../docs/cli.md");
    let room = Room::with_sample();
    std::fs::write(room.path("notes.md"), "# Piers\nThe bridge has nine piers.").unwrap();
    let mut examples = 0;
    for line in manual.lines().filter(|l| l.starts_with("plumbline ")) {
        let (command, code) = line.split_once("# exit code ").unwrap_or((line, "0"));
        room.run(command.trim_start_matches("plumbline "), code.trim().parse().unwrap());
        examples += 1;
    }
    assert!(examples >= 7, "the manual has an example for every command");
    for file in ["mended.json", "results/bridge.srt", "results/bridge.transcribe.json"] {
        assert!(!format::read(&std::fs::read(room.path(file)).unwrap()).unwrap().words.is_empty(), "{file}");
    }
}

#[test]
fn json_has_the_keys_of_the_manual_and_rebuilding_changes_nothing() {
    let room = Room::with_sample();
    let run = "run bridge.mp4 bridge.transcribe.json --project p.plumbline --out out --json";
    let done = room.json(run, 3);
    assert_eq!(keys(&done), ["media", "open_flags", "notes", "failures", "written"]);
    assert_eq!((&done["media"][0]["state"], &done["written"]), (&json!("proposed"), &json!(["out/bridge.transcribe.json"])));

    let check = room.json("check p.plumbline --json", 3);
    assert_eq!(keys(&check), ["thresholds", "open", "media", "failures"]);
    assert_eq!(check["open"], done["open_flags"]);
    assert_eq!(check["open"].as_u64().unwrap() as usize, check["media"][0]["flags"].as_array().unwrap().len());

    let export = room.json("export p.plumbline --format vtt --out out --json", 0);
    assert_eq!((keys(&export), &export["written"]), (vec!["written", "failures"], &json!(["out/bridge.vtt"])));
    let import = room.json("import p.plumbline bridge.annotations.json --json", 0);
    assert_eq!(keys(&import), ["media", "notes", "failures"]);

    let search = room.json("search p.plumbline bridge --json", 0);
    assert_eq!(keys(&search), ["total", "hits", "replaced"]);
    assert_eq!(keys(&search["hits"][0]), ["media", "name", "number", "words", "at_us", "before", "hit", "with", "after"]);
    let refused = room.run("search p.plumbline (so --regex", 1);
    assert!(text(&refused.stderr).contains("no regular expression"));

    let show = room.json("show p.plumbline --json", 0);
    assert_eq!(keys(&show), ["project", "library", "thresholds"]);
    assert_eq!(show["library"]["media"][0]["words"], 584);
    assert_eq!(room.json("show p.plumbline --rebuild --json", 0), show);

    // The mended transcript of the accepted map is in step with the sound.
    room.run("run bridge.mp4 --project p.plumbline --out out --accept", 3);
    assert_eq!(room.json("drift bridge.mp4 out/bridge.transcribe.json --json", 0)["verdict"], "in_sync");
}

#[test]
fn nothing_open_ends_with_0() {
    let room = Room::new();
    room.make("tone.wav", TONE);
    room.run("run tone.wav --project p.plumbline --out out", 0);
    room.run("check p.plumbline", 0);
    assert!(text(&room.run("show p.plumbline", 0).stdout).starts_with("p: 1 media, "));
}

#[test]
fn the_imported_file_is_never_written_over() {
    let room = Room::new();
    room.make("tone.wav", TONE);
    std::fs::write(room.path("tone.srt"), SRT.replace("hello", "helo")).unwrap();
    room.run("import p.plumbline tone.wav tone.srt", 0);
    // An export that is the same as the file does no harm.
    room.run("export p.plumbline --format srt", 0);
    {
        let mut project = Project::open(&room.path("p.plumbline")).unwrap();
        let media = project.media_ids().unwrap().remove(0);
        let edit = plumbline_project::Op::EditWord { media, word: plumbline_core::WordId(0), text: "hello".into() };
        project.apply(edit, &plumbline_project::By::Machine).unwrap();
    }
    let said = room.run("export p.plumbline --format srt", 1);
    assert!(text(&said.stderr).contains("tone.srt: this is the file that was imported"), "{}", text(&said.stderr));
    assert!(std::fs::read_to_string(room.path("tone.srt")).unwrap().contains("helo"));
    room.run("export p.plumbline --format srt --out out", 0);
    assert_eq!(std::fs::read_to_string(room.path("out/tone.srt")).unwrap(), SRT);
    // Its own results may be written again.
    room.run("export p.plumbline --format srt --out out", 0);
}
