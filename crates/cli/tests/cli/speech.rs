//! A video alone becomes something to review, with the recognisers that this machine has.

use crate::{Room, keys, text};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

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
fn two_voices_are_two_speakers() {
    let room = Room::new();
    // Two turns of each, and where the second, third and fourth begin.
    let turns = [
        ("en-us+m3", "the river was high and the old bridge was closed for many weeks while people asked when it would open again"),
        ("en-us+f2", "we went there every morning to measure the water and wrote all the numbers down in a small blue book"),
        ("en-us+m3", "nobody told us how long the work would take or who was going to pay for all of it in the end"),
        ("en-us+f2", "some of the children had painted flags and they waved them from the bank when the first car came over"),
    ];
    for (n, (voice, words)) in turns.iter().enumerate() {
        let said = Command::new("espeak-ng").args(["-v", voice, "-s", "140", words, "-w"]).arg(room.path(&format!("{n}.wav"))).status();
        assert!(said.expect("the tests need espeak-ng").success());
    }
    room.make("talk.wav", "-i 0.wav -i 1.wav -i 2.wav -i 3.wav -filter_complex concat=n=4:v=0:a=1");
    // 16-bit mono at 22,050 Hz behind a head of 44 bytes.
    let seconds = |n: usize| (std::fs::metadata(room.path(&format!("{n}.wav"))).unwrap().len() - 44) as f64 / 2.0 / 22_050.0;
    let begins: Vec<f64> = (0..4).scan(0.0, |at, n| Some(std::mem::replace(at, *at + seconds(n)))).collect();
    room.run("import p.plumbline talk.wav", 0);
    room.run("transcribe p.plumbline", 0);
    room.run("export p.plumbline --format transcribe --out out", 0);
    let out = room.read_json("out/talk.transcribe.json");
    assert_eq!(out["results"]["speaker_labels"]["speakers"], 2, "{out}");
    let items: Vec<_> = out["results"]["items"].as_array().unwrap().iter().filter(|i| i["type"] == "pronunciation").collect();
    assert!(items.len() > 30, "{out}");
    let at = |item: &serde_json::Value, name: &str| item[name].as_str().unwrap().parse::<f64>().unwrap();
    let is_right = |item: &&&serde_json::Value| {
        let middle = (at(item, "start_time") + at(item, "end_time")) / 2.0;
        let turn = begins.iter().filter(|begin| **begin <= middle).count() - 1;
        item["speaker_label"] == format!("spk_{}", turn % 2)
    };
    let right = items.iter().filter(is_right).count();
    // The recogniser's words may reach from one turn into the next.
    assert!(right + 3 >= items.len(), "{right} of {}: {out}", items.len());
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
