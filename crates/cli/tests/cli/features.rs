//! Features as other programs read them: DuckDB, pandas and polars, over what was imported and what other commands say.

use crate::annotate::Studio;
use crate::harness::python;
use crate::{Room, keys, sample, text};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// A table as DuckDB reads it, and as pandas and polars do.
fn read(path: &Path) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/features.py");
    let output = Command::new(python("python")).arg(script).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn rows(table: &Value) -> &[Value] {
    table["rows"].as_array().unwrap()
}

/// All values of a column.
fn column<'a>(table: &'a Value, name: &str) -> Vec<&'a Value> {
    rows(table).iter().map(|row| &row[name]).collect()
}

/// What the lists of a column hold, under one of their members, each once.
fn held(table: &Value, name: &str, member: &str) -> BTreeSet<String> {
    let items = column(table, name).into_iter().filter_map(Value::as_array).flatten();
    items.map(|item| item[member].as_str().unwrap().to_owned()).collect()
}

fn json_file(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(sample(name)).unwrap()).unwrap()
}

#[test]
fn another_program_reads_what_was_imported_and_measured() {
    let room = Room::with_sample();
    room.run("run bridge.mp4 bridge.transcribe.json bridge.annotations.json --project p.plumbline", 3);
    let done = room.json("features p.plumbline --out f --json", 0);
    assert_eq!(keys(&done), ["written", "media", "segments", "windows", "window_us", "space", "behind", "failures"]);
    assert_eq!(done["written"], json!(["f/segments.parquet", "f/windows.parquet"]));
    assert_eq!((&done["media"], &done["behind"], &done["space"]), (&json!(1), &json!(0), &Value::Null));
    let (segments, windows) = (read(&room.path("f/segments.parquet")), read(&room.path("f/windows.parquet")));
    assert_eq!(segments["types"], windows["types"]);
    assert_eq!(segments["created_by"], "plumbline");
    let about = json!({ "plumbline.format": "1", "plumbline.table": "windows", "plumbline.window_us": "10000000" });
    assert_eq!(windows["about"], about);
    for (name, kind) in
        [("start_us", "BIGINT"), ("speaker", "VARCHAR"), ("clipped", "FLOAT"), ("shots_us", "BIGINT[]"), ("embedding", "FLOAT[]")]
    {
        assert_eq!(windows["types"][name], kind, "{name}");
    }

    // A segment for each line of the transcript, with its words.
    let transcript = json_file("bridge.transcribe.json");
    let lines = transcript["results"]["audio_segments"].as_array().unwrap();
    let said: Vec<&Value> = lines.iter().map(|line| &line["transcript"]).collect();
    assert_eq!(column(&segments, "text"), said);
    let speakers: Vec<&Value> = lines.iter().map(|line| &line["speaker_label"]).collect();
    assert_eq!(column(&segments, "speaker"), speakers);
    let words: usize = column(&segments, "words").iter().map(|words| words.as_array().unwrap().len()).sum();
    assert_eq!((words, done["segments"].as_u64()), (584, Some(lines.len() as u64)));
    let first = &rows(&segments)[0]["words"][0];
    assert_eq!((&first["text"], &first["edited"]), (&json!("Welcome"), &json!(false)));
    assert!((first["confidence"].as_f64().unwrap() - 0.9766).abs() < 1e-6);

    // Windows from the start to the end, each word in one.
    let end_us = room.json("show p.plumbline --json", 0)["library"]["media"][0]["duration_us"].as_i64().unwrap();
    let spans: Vec<(i64, i64)> = rows(&windows).iter().map(|r| (r["start_us"].as_i64().unwrap(), r["end_us"].as_i64().unwrap())).collect();
    let expected: Vec<(i64, i64)> = (0..end_us).step_by(10_000_000).map(|start| (start, (start + 10_000_000).min(end_us))).collect();
    assert_eq!(spans, expected);
    let within: usize = column(&windows, "words").iter().map(|words| words.as_array().unwrap().len()).sum();
    let measured = |name: &str| column(&windows, name).iter().filter(|v| !v.is_null()).count();
    assert!(within <= words && within > words - 40, "{within} of {words} begin within the media");
    assert_eq!((measured("clipped"), measured("sharpness"), measured("media_loudness_lufs")), (spans.len(), spans.len(), spans.len()));

    // What other commands say of shots, annotations and flags.
    let shots: Vec<i64> =
        column(&windows, "shots_us").into_iter().flat_map(|s| s.as_array().unwrap()).map(|s| s.as_i64().unwrap()).collect();
    let cuts: Vec<i64> =
        json_file("bridge.truth.json")["shots"].as_array().unwrap()[1..].iter().map(|s| s["start_us"].as_i64().unwrap()).collect();
    assert_eq!(shots, cuts);
    let imported = json_file("bridge.annotations.json");
    let ids = imported["annotations"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap().to_owned());
    assert_eq!(held(&windows, "annotations", "id"), ids.collect());
    let check = room.json("check p.plumbline --json", 3);
    let flags = check["media"][0]["flags"].as_array().unwrap().iter().filter(|f| f["start_us"].as_i64() < Some(end_us));
    assert_eq!(held(&windows, "flags", "id"), flags.map(|f| f["id"].as_str().unwrap().to_owned()).collect());
}

#[test]
fn the_same_project_gives_the_same_bytes_and_what_people_wrote_stands_in_it() {
    let room = Room::with_sample();
    room.run("import p.plumbline bridge.mp4 bridge.transcribe.json", 0);
    let bytes = |folder: &str| ["segments", "windows"].map(|table| std::fs::read(room.path(&format!("{folder}/{table}.parquet"))).unwrap());
    let output = room.run("features p.plumbline --out a --media bridge.mp4", 0);
    assert!(text(&output.stderr).contains("1 media were not measured"), "{}", text(&output.stderr));
    room.run("features p.plumbline --out b --media bridge.mp4 --media bridge.mp4", 0);
    assert_eq!(bytes("a"), bytes("b"));
    assert!(!room.path("p.runs").exists(), "nothing is made beside the project");

    // Nobody listened or looked yet.
    let unmeasured = read(&room.path("a/segments.parquet"));
    for name in
        ["clipped", "media_silence", "sharpness", "still", "shots_us", "annotations", "flags", "residual_us", "text_support", "embedding"]
    {
        assert!(column(&unmeasured, name).iter().all(|value| value.is_null()), "{name}");
    }

    room.run("search p.plumbline Welcome --match-case --replace Greetings", 0);
    room.run("features p.plumbline --out b --window 2.5", 0);
    let segments = read(&room.path("b/segments.parquet"));
    let first = &rows(&segments)[0];
    assert_eq!((&first["text"], &first["words"][0]["edited"]), (&json!("Greetings to Field Notes."), &json!(true)));
    assert_eq!(rows(&read(&room.path("b/windows.parquet")))[1]["start_us"], 2_500_000);
    for (arguments, code, says) in [
        ("features p.plumbline --out c --window 0.5", 2, "between 1 and 3600 seconds"),
        ("features p.plumbline --out c --window nan", 2, "between 1 and 3600 seconds"),
        ("features p.plumbline --out c --media none.mp4", 1, "no media none.mp4"),
        ("features p.plumbline --out p.plumbline", 1, "can't be made"),
    ] {
        let output = room.run(arguments, code);
        assert!(text(&output.stderr).contains(says), "{arguments}: {}", text(&output.stderr));
    }
}

#[test]
fn vectors_stand_where_they_were_made_as_long_as_the_words_are_the_same() {
    let studio = Studio::new();
    let output = studio.command_of("embed p.plumbline --model amazon.titan-embed-text-v2:0").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = |folder: &str| {
        let done = studio.room.json(&format!("features p.plumbline --out {folder} --json"), 0);
        assert!(done["space"].as_str().unwrap().starts_with("amazon.titan-embed-text-v2:0 "), "{done}");
        read(&studio.room.path(&format!("{folder}/segments.parquet")))
    };
    let before = table("a");
    for row in rows(&before) {
        let vector: Vec<f64> = row["embedding"].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect();
        assert_eq!(vector.len(), 256);
        assert!((vector.iter().map(|n| n * n).sum::<f64>() - 1.0).abs() < 1e-4, "{row}");
    }
    studio.room.run("search p.plumbline Welcome --match-case --replace Greetings", 0);
    let after = table("b");
    let changed: Vec<usize> = (0..rows(&after).len()).filter(|i| rows(&after)[*i]["embedding"] != rows(&before)[*i]["embedding"]).collect();
    assert!(changed.first() == Some(&0) && changed.len() * 2 < rows(&after).len(), "{changed:?}");
    assert!(rows(&after)[0]["embedding"].is_null(), "a vector of other words says nothing of these");
}
