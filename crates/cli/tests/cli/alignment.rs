//! `align` and `drift`.

use crate::{Room, keys, sample};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The contents of the items, in order.
fn contents(document: &Value) -> Vec<&str> {
    let items = document["results"]["items"].as_array().unwrap();
    items.iter().map(|i| i["alternatives"][0]["content"].as_str().unwrap()).collect()
}

fn marked(document: &Value) -> BTreeSet<usize> {
    let items = document["results"]["items"].as_array().unwrap();
    items.iter().enumerate().filter(|(_, item)| item["in_audio"] == json!(false)).map(|(i, _)| i).collect()
}

/// The sample without the sound between these seconds, whose words the transcript still has.
fn without(room: &Room, from: u32, to: u32) {
    room.make("cut.wav", &format!("-i bridge.mp4 -vn -ac 1 -ar 16000 -af aselect=not(between(t\\,{from}\\,{to})),asetpts=N/SR/TB"));
}

/// The items of words that are spoken between these seconds, `slack` seconds inside or outside the edges.
fn spoken(from: f64, to: f64, slack: f64) -> BTreeSet<usize> {
    let truth: Value = serde_json::from_slice(&std::fs::read(sample("bridge.truth.json")).unwrap()).unwrap();
    let inside = |item: &Value| {
        let middle = (item[0].as_f64()? + item[1].as_f64()?) / 2e6;
        Some(from - slack <= middle && middle <= to + slack)
    };
    let items = truth["items"].as_array().unwrap().iter().enumerate();
    items.filter(|(_, item)| inside(item).unwrap_or(false)).map(|(i, _)| i).collect()
}

#[test]
fn align_keeps_every_item_and_puts_words_where_they_are_heard() {
    let room = Room::with_sample();
    let said = room.run("align bridge.mp4 bridge.transcribe.json out.json", 0);
    assert!(said.stdout.is_empty());
    assert!(crate::text(&said.stderr).contains("the media has 8.00\u{a0}s that the transcript lacks"), "{}", crate::text(&said.stderr));
    let (before, after) = (room.read_json("bridge.transcribe.json"), room.read_json("out.json"));
    assert_eq!(contents(&after), contents(&before));
    assert_eq!((marked(&after).len(), &after["alignment"]["verdict"]), (0, &json!("breaks")));
    assert_eq!(keys(&after["alignment"]), ["verdict", "score", "params", "words"]);
    let truth: Value = serde_json::from_slice(&std::fs::read(sample("bridge.truth.json")).unwrap()).unwrap();
    for (item, want) in after["results"]["items"].as_array().unwrap().iter().zip(truth["items"].as_array().unwrap()) {
        let Some(want) = want[0].as_f64() else { continue };
        let got: f64 = item["start_time"].as_str().unwrap().parse().unwrap();
        assert!((got - want / 1e6).abs() < 0.12, "{item} starts at {want}");
    }
    let piped = room.run("align bridge.mp4 bridge.transcribe.json -", 0);
    assert_eq!(serde_json::from_slice::<Value>(&piped.stdout).unwrap(), after);
}

#[test]
fn words_that_were_cut_stay_and_are_marked() {
    let room = Room::with_sample();
    let (from, to) = (60.0, 75.0);
    without(&room, 60, 75);
    room.run("import p.plumbline bridge.mp4 bridge.transcribe.json", 0);
    room.run("export p.plumbline --format srt --out .", 0);
    let before = room.read_json("bridge.transcribe.json");
    for input in ["bridge.transcribe.json", "bridge.srt"] {
        room.run(&format!("align cut.wav {input} out.json"), 0);
        let after = room.read_json("out.json");
        assert_eq!(contents(&after).len(), contents(&before).len(), "{input}");
        let marks = marked(&after);
        if input == "bridge.transcribe.json" {
            assert_eq!(contents(&after), contents(&before));
            assert!(marks.is_subset(&spoken(from, to, 0.5)) && marks.is_superset(&spoken(from, to, -0.6)), "{marks:?}");
        } else {
            // Subtitles guess the times of words, and so the place of the cut; a mark has no sound in any case.
            assert!(marks.intersection(&spoken(from, to, 0.0)).count() > 25, "{marks:?}");
            assert!(marks.iter().all(|i| after["results"]["items"][i]["type"] == "pronunciation"), "{marks:?}");
        }
        let report = room.json(&format!("drift cut.wav {input} --json"), 0);
        let absent: BTreeSet<usize> = report["absent"].as_array().unwrap().iter().map(|i| i.as_u64().unwrap() as usize).collect();
        assert_eq!(absent, marks, "{input}");
    }
}

#[test]
fn drift_reports_to_people_and_to_scripts() {
    let room = Room::with_sample();
    let report = room.json("drift bridge.mp4 bridge.transcribe.json --json", 0);
    assert_eq!(keys(&report), ["verdict", "ground", "sentence", "score", "pieces", "breaks", "absent", "residuals", "params", "words"]);
    assert_eq!((&report["verdict"], report["pieces"].as_array().unwrap().len()), (&json!("breaks"), 2));
    assert_eq!(
        keys(&report["pieces"][0]),
        ["transcript_start_us", "transcript_end_us", "media_start_us", "rate_ppm", "score", "confidence"]
    );
    let length = report["breaks"][0]["len_us"].as_i64().unwrap();
    assert_eq!((report["breaks"][0]["kind"].as_str(), (length - 8_000_000).abs() < 50_000), (Some("insert_in_media"), true), "{length}");
    let line = crate::text(&room.run("drift bridge.mp4 bridge.transcribe.json", 0).stdout);
    assert_eq!(line.trim_end(), report["sentence"].as_str().unwrap());
}

#[test]
fn words_are_listened_for_when_asked() {
    if plumbline_adapters::sphinx::find().is_none() {
        println!("skipped: the acoustic model (Debian's pocketsphinx-en-us) is not on this machine");
        return;
    }
    let room = Room::with_sample();
    room.run("align bridge.mp4 bridge.transcribe.json map.json", 0);
    let said = crate::text(&room.run("align --words bridge.mp4 bridge.transcribe.json words.json", 0).stderr);
    assert!(said.contains("words listened for"), "{said}");
    let (map, words) = (room.read_json("map.json"), room.read_json("words.json"));
    assert_eq!(contents(&words), contents(&map));
    assert!(map["alignment"]["words"].is_null() && words["alignment"]["words"]["learnt"]["jitter_us"].as_i64().unwrap() < 40_000);
    let truth: Value = serde_json::from_slice(&std::fs::read(sample("bridge.truth.json")).unwrap()).unwrap();
    let median = |document: &Value| {
        let items = document["results"]["items"].as_array().unwrap().iter().zip(truth["items"].as_array().unwrap());
        let start = |item: &Value| item["start_time"].as_str().unwrap().parse::<f64>().unwrap();
        let mut off: Vec<f64> = items.filter_map(|(item, want)| want[0].as_f64().map(|want| (start(item) - want / 1e6).abs())).collect();
        off.sort_by(f64::total_cmp);
        off[off.len() / 2]
    };
    assert!(median(&words) < 0.7 * median(&map), "{} {}", median(&words), median(&map));
    let spoken = words["results"]["items"].as_array().unwrap().iter().filter(|i| i["type"] == "pronunciation");
    let confidence: Vec<f64> = spoken.map(|i| i["alignment_confidence"].as_f64().unwrap()).collect();
    assert!(confidence.iter().all(|c| (0.0..=1.0).contains(c)) && confidence.len() > 570);

    let report = room.json("drift --words bridge.mp4 bridge.transcribe.json --json", 0);
    let length = report["breaks"][0]["len_us"].as_i64().unwrap();
    assert!((length - 8_000_000).abs() < 20_000, "{length}");
    assert!(report["pieces"].as_array().unwrap().iter().all(|p| p["confidence"].as_f64().unwrap() > 0.9), "{}", report["pieces"]);
}
