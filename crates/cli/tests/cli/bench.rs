//! A part of the alignment set, so that a change which finds less drift is seen before the next benchmark. The set is not part of the project;
//! where it is not there the test says so.
#![allow(clippy::print_stdout)]

use super::Room;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// `$PLUMBLINE_BENCH/align/dev`, by default in `../shared/bench` beside the project.
fn set() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/bench");
    let folder = std::env::var_os("PLUMBLINE_BENCH").map_or_else(beside, PathBuf::from).join("align/dev");
    folder.is_dir().then(|| folder.canonicalize().unwrap())
}

/// Median error of the starts of words, in ms, of a transcript against the truth.
fn median_ms(transcript: &Value, truth: &Value) -> f64 {
    let items = transcript["results"]["items"].as_array().unwrap().iter().zip(truth["items"].as_array().unwrap());
    let start = |item: &Value| item["start_time"].as_str().map(|s| s.parse::<f64>().unwrap());
    let mut errors: Vec<f64> = items.filter_map(|(item, truth)| Some((start(item)? - truth[0].as_f64()?).abs() * 1e3)).collect();
    errors.sort_by(f64::total_cmp);
    errors[errors.len() / 2]
}

#[test]
fn drift_of_the_alignment_set_is_mended() {
    let Some(set) = set() else {
        println!("skipped: the alignment set is not there (PLUMBLINE_BENCH names the folder that holds align/)");
        return;
    };
    let room = Room::new();
    // The limits leave room for a few ms beyond the 13.5 ms of jitter that every case carries; one that is right must not change at all.
    for (audio, case, limit_ms) in [
        ("dev_real", "identity", None),
        ("dev_clean12", "identity", None),
        ("dev_real", "lin_1001", Some(20.0)),
        ("dev_digits8", "const_3s", Some(20.0)),
        ("dev_noisy12", "const_4s", Some(22.0)),
        ("dev_clean12", "ppm200", Some(20.0)),
        ("dev_breaks20", "breaks", Some(20.0)),
    ] {
        let file = |ending: &str| set.join(format!("{audio}{ending}")).display().to_string();
        let (sound, input) = (file(".ogg"), file(&format!(".{case}.transcribe.json")));
        room.run(&format!("align {sound} {input} out.json"), 0);
        let read = |path: &str| serde_json::from_slice::<Value>(&std::fs::read(path).unwrap()).unwrap();
        let truth = read(&file(&format!(".{case}.truth.json")));
        let before = median_ms(&read(&input), &truth);
        let after = median_ms(&room.read_json("out.json"), &truth);
        assert!(after <= limit_ms.unwrap_or(before), "{audio} {case}: {before:.1} ms before, {after:.1} ms after");
    }
}
