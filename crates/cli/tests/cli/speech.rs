//! A video alone becomes something to review, with the recognisers that this machine has.

use crate::{Room, keys, text};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;

/// The first words of the sample.
const CLIP: &str = "-t 14 -i bridge.mp4 -c copy";

#[test]
fn a_video_alone_becomes_something_to_review() {
    let room = Room::with_sample();
    room.make("clip.mp4", CLIP);
    let done = room.json("run clip.mp4 --project p.plumbline --out out --json", 3);
    assert_eq!(done["failures"], json!([]));
    let out = room.read_json("out/clip.transcribe.json");
    assert_eq!(out["recogniser"], "PocketSphinx, en-us");
    // Modest, but what it is sure of is what is said, and lies where it is said.
    let items = out["results"]["items"].as_array().unwrap();
    let truth = room.sample_truth();
    for text in ["story", "bridge"] {
        let item = items.iter().find(|item| item["alternatives"][0]["content"] == text).unwrap_or_else(|| panic!("{text} in {out}"));
        let start_us = item["start_time"].as_str().unwrap().parse::<f64>().unwrap() * 1e6;
        let spoken = truth.iter().find(|word| word["text"].as_str().unwrap().eq_ignore_ascii_case(text)).unwrap();
        assert!((start_us - spoken["start_us"].as_f64().unwrap()).abs() < 100_000.0, "{item} and {spoken}");
    }
    // Of its own sound a transcript can't drift.
    let flags = room.json("check p.plumbline --json", 3);
    let gates: Vec<_> = flags["media"][0]["flags"].as_array().unwrap().iter().map(|f| f["gate"].as_str().unwrap().to_owned()).collect();
    assert!(gates.iter().any(|g| g == "word_confidence"), "{gates:?}");
    let again = text(&room.run("transcribe p.plumbline", 0).stdout);
    assert_eq!(again, "every media with sound has a transcript already\n");
}

#[test]
fn whisper_is_used_where_somebody_has_it() {
    let room = Room::new();
    room.make("tone.wav", crate::TONE);
    std::fs::write(room.path("ggml-tiny.bin"), b"a model").unwrap();
    // Stands in for the program: it checks what it is told and answers in its form.
    let program = room.path("whisper-cli");
    let said = r#"{"transcription":[{"tokens":[{"text":" Plumb","offsets":{"from":100,"to":300},"p":0.8},{"text":"line.","offsets":{"from":300,"to":700},"p":0.6}]}]}"#;
    let script = format!(
        "#!/bin/sh\n[ -s \"$4\" ] && [ -s \"$2\" ] && [ \"$5 $6 $7 $8\" = \"-l en -ojf -of\" ] && printf '%s' '{said}' > \"$9.json\"\n"
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    room.run("import p.plumbline tone.wav", 0);
    let whisper = format!("transcribe p.plumbline --whisper ggml-tiny.bin --whisper-program {}", program.display());
    let done = room.json(&format!("{whisper} --json"), 0);
    assert_eq!(keys(&done), ["recogniser", "media", "failures"]);
    assert_eq!((&done["recogniser"], &done["media"][0]["words"]), (&json!("whisper.cpp, ggml-tiny (7 bytes), en"), &json!(1)));
    room.run("export p.plumbline --format srt --out out", 0);
    assert!(std::fs::read_to_string(room.path("out/tone.srt")).unwrap().contains("Plumbline."));
}

#[test]
fn what_is_missing_is_a_sentence_and_the_rest_is_measured() {
    let room = Room::new();
    room.make("tone.wav", crate::TONE);
    std::fs::write(room.path("m.bin"), b"a model").unwrap();
    let gone = text(&room.run("run tone.wav --project p.plumbline --whisper m.bin --whisper-program ./no-such-program", 4).stderr);
    assert!(gone.contains("no-such-program: the program is not there. Install it"), "{gone}");
    let none = text(&room.run("run tone.wav --project p.plumbline --whisper none.bin", 1).stderr);
    assert!(none.contains("none.bin: the model can't be read"), "{none}");
    room.run("run tone.wav --project p.plumbline --no-speech", 0);
}
