//! Real results of the services: what is read from them, and that an export without corrections says the same.
#![allow(clippy::unwrap_used)]

mod common;

use common::identity;
use plumbline_core::Transcript;
use plumbline_core::format::{CueOptions, Reviewed, detect, read, write_srt, write_transcribe, write_vtt};
use plumbline_core::transcript::Format;
use serde_json::Value;
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/transcribe");

fn sample(name: &str) -> Option<Vec<u8>> {
    let bytes = std::fs::read(Path::new(FOLDER).join(name)).ok();
    if bytes.is_none() {
        eprintln!("skipped: {name} does not stand beside the project");
    }
    bytes
}

fn all() -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(FOLDER) else {
        eprintln!("skipped: no samples stand beside the project");
        return Vec::new();
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).filter(|name| name.ends_with(".json"));
    names.filter_map(|name| sample(&name).map(|bytes| (name, bytes))).collect()
}

struct Expected {
    name: &'static str,
    format: Format,
    words: usize,
    punctuated: usize,
    speakers: &'static [&'static str],
    channels: usize,
    masked: usize,
    /// Where the source has segments.
    segments: Option<usize>,
    notes: usize,
}

fn check(expected: &Expected) {
    let Some(bytes) = sample(expected.name) else { return };
    let name = expected.name;
    assert_eq!(detect(&bytes).unwrap(), expected.format, "{name}");
    let t = read(&bytes).unwrap();
    assert_eq!(t.words.len(), expected.words, "{name}");
    assert_eq!(t.words.iter().filter(|w| !w.punctuation.is_empty()).count(), expected.punctuated, "{name}: punctuation");
    assert_eq!(t.speakers, expected.speakers, "{name}");
    let channels: std::collections::BTreeSet<_> = t.words.iter().filter_map(|w| w.channel.clone()).collect();
    assert_eq!(channels.len(), expected.channels, "{name}: channels");
    assert_eq!(t.words.iter().filter(|w| w.masked).count(), expected.masked, "{name}: masked");
    assert_eq!(t.segments.len(), expected.segments.unwrap_or(t.segments.len()), "{name}: segments");
    assert_eq!(t.notes.len(), expected.notes, "{name}: {:?}", t.notes);
    covers(&t);
}

/// Segments hold every word once and in order.
fn covers(t: &Transcript) {
    let mut next = 0;
    for segment in &t.segments {
        assert_eq!(segment.first.0, next);
        assert!(segment.end > segment.first);
        next = segment.end.0;
    }
    assert_eq!(next as usize, t.words.len());
}

#[test]
fn samples_are_read() {
    let transcribe = Expected {
        name: "01-plain.json",
        format: Format::Transcribe,
        words: 354,
        punctuated: 38,
        speakers: &[],
        channels: 0,
        masked: 0,
        segments: None,
        notes: 0,
    };
    for expected in [
        Expected { name: "02-channel-identification.json", punctuated: 39, channels: 2, ..transcribe },
        Expected { name: "03-speaker-identification.json", speakers: &["spk_0", "spk_1", "spk_2"], segments: Some(24), ..transcribe },
        Expected { name: "04-alternative-results.json", segments: Some(26), ..transcribe },
        Expected { name: "05-automatic-content-redaction-with-undredacted-redacted.json", ..transcribe },
        Expected { name: "07-vocabulary-filter-mask.json", masked: 10, ..transcribe },
        Expected { name: "08-vocabulary-filter-remove.json", words: 344, ..transcribe },
        Expected { name: "plain-small.json", words: 23, punctuated: 2, ..transcribe },
        Expected {
            name: "call-analytics.json",
            format: Format::CallAnalytics,
            words: 462,
            punctuated: 76,
            speakers: &["AGENT", "CUSTOMER"],
            masked: 12,
            segments: Some(37),
            ..transcribe
        },
        Expected {
            name: "bedrock-data-automation-audio.json",
            format: Format::DataAutomation,
            words: 737,
            punctuated: 185,
            speakers: &["spk_1", "spk_0"],
            channels: 2,
            segments: Some(51),
            ..transcribe
        },
        transcribe,
    ] {
        check(&expected);
    }
}

#[test]
fn whole_alternatives_become_those_of_words() {
    let Some(bytes) = sample("04-alternative-results.json") else { return };
    let t = read(&bytes).unwrap();
    let word = t.words.iter().find(|word| word.text == "till").unwrap();
    assert_eq!(word.alternatives[0].text, "until");
    assert!(t.words[0].alternatives.is_empty(), "{:?}", t.words[0].alternatives);
}

#[test]
fn an_export_without_corrections_says_the_same() {
    for (name, bytes) in all() {
        let t = read(&bytes).unwrap();
        let exported = write_transcribe(Some((t.format, &bytes)), Reviewed::of(&t, &identity(&t))).unwrap();
        let (source, exported): (Value, Value) = (serde_json::from_slice(&bytes).unwrap(), serde_json::from_slice(&exported).unwrap());
        match t.format {
            Format::Transcribe => {
                assert_eq!(source, exported, "{name}");
                assert_eq!(source.to_string(), exported.to_string(), "{name}: the order of members");
            }
            _ => assert_eq!(source, exported["source"], "{name}"),
        }
    }
}

#[test]
fn what_is_exported_reads_the_same() {
    for (name, bytes) in all() {
        let t = read(&bytes).unwrap();
        let again = read(&write_transcribe(Some((t.format, &bytes)), Reviewed::of(&t, &identity(&t))).unwrap()).unwrap();
        assert_eq!(common::said(&t), common::said(&again), "{name}");
        let options = CueOptions::default();
        if t.words.is_empty() {
            continue;
        }
        for subtitles in [
            write_srt(None, Reviewed::of(&t, &identity(&t)), &options).unwrap(),
            write_vtt(None, Reviewed::of(&t, &identity(&t)), &options).unwrap(),
        ] {
            let text = |t: &Transcript| {
                let mut words: Vec<_> = t.words.iter().collect();
                words.sort_by_key(|word| word.span.start);
                words.iter().map(|word| word.text.clone()).collect::<Vec<_>>()
            };
            let cues = read(&subtitles).unwrap();
            assert_eq!(text(&t).len(), text(&cues).len(), "{name}");
            assert!(cues.notes.is_empty(), "{name}: {:?}", cues.notes);
        }
    }
}

/// Corrections of every kind, spread over a transcript.
fn corrected(t: &Transcript) -> Vec<plumbline_core::transcript::PlacedWord> {
    let mut words = common::moved(t, 255_000);
    for (index, word) in words.iter_mut().enumerate() {
        match index % 23 {
            3 => word.text = "corrected".into(),
            7 => word.text = "two words".into(),
            11 => word.text = String::new(),
            17 => word.in_media = false,
            19 => word.text = "stop.".into(),
            _ => {}
        }
    }
    words
}

/// Text and times of each entry that has a text.
fn entries(lists: &[&Value]) -> Vec<String> {
    let entry = |entry: &Value| {
        let best = entry.pointer("/alternatives/0").unwrap_or(entry);
        format!("{} {} {}", best["content"], entry["start_time"], entry["end_time"])
    };
    let mut all: Vec<String> = lists.iter().flat_map(|list| list.as_array().unwrap().iter().map(entry)).collect();
    all.sort();
    all
}

#[test]
fn all_places_of_a_corrected_document_agree() {
    for (name, bytes) in all() {
        let t = read(&bytes).unwrap();
        let words = corrected(&t);
        let out = write_transcribe(Some((t.format, &bytes)), Reviewed::of(&t, &words)).unwrap();
        let document: Value = serde_json::from_slice(&out).unwrap();
        let results = &document["results"];
        let items = entries(&[&results["items"]]);
        let children = |path: &str, child: &str| -> Vec<Value> {
            let parents = results.pointer(path).and_then(Value::as_array).cloned().unwrap_or_default();
            parents.iter().filter_map(|parent| parent.pointer(child).cloned()).collect()
        };
        for lists in [children("/channel_labels/channels", "/items"), children("/segments", "/alternatives/0/items")] {
            assert!(lists.is_empty() || entries(&lists.iter().collect::<Vec<_>>()) == items, "{name}");
        }
        let turns = children("/speaker_labels/segments", "/items");
        let times = |items: &[Value]| {
            let mut times: Vec<String> =
                items.iter().filter(|i| i["start_time"].is_string()).map(|i| format!("{} {}", i["start_time"], i["end_time"])).collect();
            times.sort();
            times
        };
        let spoken: Vec<Value> = turns.iter().flat_map(|turn| turn.as_array().unwrap().clone()).collect();
        assert!(turns.is_empty() || times(&spoken) == times(results["items"].as_array().unwrap()), "{name}");
        let kept = words.iter().filter(|word| word.in_media).map(|word| word.text.split_whitespace().count()).sum::<usize>();
        assert_eq!(read(&out).unwrap().words.len(), kept, "{name}");
    }
}
