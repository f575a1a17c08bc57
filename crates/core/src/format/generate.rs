//! A new Amazon Transcribe document for a transcript that came from something else.

use super::decimal::seconds;
use super::json::text;
use super::outcome::{Outcome, Piece, compose, is_spaced};
use super::plan::Plan;
use crate::transcript::{Transcript, Word};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The document; `source` is kept in it whole.
pub(super) fn generated(plan: &Plan<'_>, source: Option<Value>) -> Value {
    let kept = |name: &str, or: &str| source.as_ref().and_then(|s| text(s, name)).unwrap_or(or).to_owned();
    let mut document = Map::new();
    document.insert("jobName".into(), Value::from(kept("JobName", "plumbline-export")));
    document.insert("accountId".into(), Value::from(kept("AccountId", "")));
    document.insert("status".into(), Value::from("COMPLETED"));
    document.insert("results".into(), Value::Object(results(plan)));
    if let Some(source) = source {
        document.insert("source".into(), source);
    }
    Value::Object(document)
}

/// The ids of the items of each word.
struct Items {
    all: Vec<Value>,
    of: Vec<Vec<usize>>,
}

/// All members of `results`.
pub(super) fn results(plan: &Plan<'_>) -> Map<String, Value> {
    let transcript = plan.review.revised;
    let mut results = Map::new();
    add_languages(transcript, &mut results);
    let all: Vec<usize> = (0..transcript.words.len()).collect();
    results.insert("transcripts".into(), json!([{"transcript": line(&plan.pieces(&all))}]));
    let items = items(plan);
    let lines = plan.standing_lines();
    if !transcript.speakers.is_empty() {
        let turns: Vec<Value> = lines.iter().filter_map(|line| Some(turn(plan.label(line[0])?, &plan.pieces(line)))).collect();
        let labels: BTreeSet<&String> = transcript.speakers.iter().collect();
        results.insert("speaker_labels".into(), json!({"segments": turns, "speakers": labels.len()}));
    }
    add_channels(transcript, &items, &mut results);
    let audio = lines.iter().enumerate().map(|(id, words)| {
        let pieces = plan.pieces(words);
        let ids: Vec<usize> = words.iter().flat_map(|word| items.of[*word].iter().copied()).collect();
        let text = line(&pieces);
        let mut audio = json!({"id": id, "transcript": text, "start_time": start(&pieces), "end_time": end(&pieces)});
        if let Some(speaker) = plan.label(words[0]) {
            audio["speaker_label"] = Value::from(speaker);
        }
        audio["items"] = Value::from(ids);
        audio
    });
    let audio: Vec<Value> = audio.collect();
    results.insert("items".into(), Value::Array(items.all));
    results.insert("audio_segments".into(), Value::Array(audio));
    results
}

fn line(pieces: &[&Piece]) -> String {
    compose(pieces.iter().map(|piece| (piece.text.as_str(), piece.punctuation.as_str())), is_spaced)
}

fn start(pieces: &[&Piece]) -> String {
    seconds(pieces.iter().map(|piece| piece.start).min().unwrap_or(0))
}

fn end(pieces: &[&Piece]) -> String {
    seconds(pieces.iter().map(|piece| piece.end).max().unwrap_or(0))
}

fn turn(speaker: &str, pieces: &[&Piece]) -> Value {
    let item = |piece: &&Piece| json!({"start_time": seconds(piece.start), "end_time": seconds(piece.end), "speaker_label": speaker});
    let items: Vec<Value> = pieces.iter().map(item).collect();
    json!({"start_time": start(pieces), "end_time": end(pieces), "speaker_label": speaker, "items": items})
}

fn items(plan: &Plan<'_>) -> Items {
    let words = &plan.review.revised.words;
    let mut items = Items { all: Vec::new(), of: vec![Vec::new(); words.len()] };
    for (index, (word, outcome)) in words.iter().zip(plan.outcomes()).enumerate() {
        for piece in &outcome.pieces {
            let mut push = |mut item: Map<String, Value>| {
                let id = items.all.len();
                item.insert("id".into(), Value::from(id));
                if let Some(speaker) = plan.label(index) {
                    item.insert("speaker_label".into(), Value::from(speaker));
                }
                if let Some(channel) = &word.channel {
                    item.insert("channel_label".into(), Value::from(channel.as_str()));
                }
                items.all.push(Value::Object(item));
                items.of[index].push(id);
            };
            push(spoken(word, outcome, piece));
            if !piece.punctuation.is_empty() {
                let mut mark = Map::new();
                mark.insert("type".into(), Value::from("punctuation"));
                mark.insert("alternatives".into(), json!([{"confidence": "0.0", "content": piece.punctuation}]));
                push(mark);
            }
        }
    }
    items
}

/// The item of a word without its id and labels. What a person wrote is certain; where the source knows no confidence
/// there is none.
fn spoken(word: &Word, outcome: &Outcome, piece: &Piece) -> Map<String, Value> {
    let reading = |text: &str, confidence: Option<f32>| {
        let mut reading = Map::new();
        if let Some(confidence) = confidence {
            reading.insert("confidence".into(), Value::from(format!("{confidence:?}")));
        }
        reading.insert("content".into(), Value::from(text));
        Value::Object(reading)
    };
    let confidence = if outcome.rewritten { Some(1.0) } else { word.confidence };
    let mut readings = vec![reading(&piece.text, confidence)];
    if outcome.pieces.len() == 1 {
        readings.extend(word.alternatives.iter().map(|other| reading(&other.text, other.confidence)));
    }
    let mut item = Map::new();
    item.insert("type".into(), Value::from("pronunciation"));
    item.insert("alternatives".into(), Value::Array(readings));
    item.insert("start_time".into(), Value::from(seconds(piece.start)));
    item.insert("end_time".into(), Value::from(seconds(piece.end)));
    outcome.set_alignment_confidence(&mut item);
    item
}

fn add_languages(transcript: &Transcript, results: &mut Map<String, Value>) {
    if let Some(first) = transcript.languages.first() {
        results.insert("language_code".into(), Value::from(first.code.as_str()));
    }
    if transcript.languages.len() > 1 {
        let codes = transcript.languages.iter().map(|language| match language.duration {
            Some(duration) => {
                let duration = serde_json::from_str(&seconds(duration.us())).unwrap_or(Value::Null);
                json!({"language_code": language.code, "duration_in_seconds": duration})
            }
            None => json!({"language_code": language.code}),
        });
        results.insert("language_codes".into(), codes.collect());
    }
}

/// Where words have channels, the items once more by channel.
fn add_channels(transcript: &Transcript, items: &Items, results: &mut Map<String, Value>) {
    let mut labels: Vec<&str> = transcript.words.iter().filter_map(|word| word.channel.as_deref()).collect();
    labels.sort_unstable();
    labels.dedup();
    if labels.is_empty() {
        return;
    }
    let of = |label: &str| -> Vec<Value> {
        let words = transcript.words.iter().zip(&items.of).filter(|(word, _)| word.channel.as_deref() == Some(label));
        words.flat_map(|(_, ids)| ids.iter().map(|id| items.all[*id].clone())).collect()
    };
    let channels: Vec<Value> = labels.iter().map(|label| json!({"channel_label": label, "items": of(label)})).collect();
    results.insert("channel_labels".into(), json!({"channels": channels, "number_of_channels": labels.len()}));
}
