//! Amazon Bedrock Data Automation's audio output: items and segments with times in milliseconds.

use super::decimal::Unit;
use super::draft::{Draft, Item, is_mask};
use super::json::{list, text, time};
use super::{At, ReadError};
use crate::transcript::{Format, Language, Transcript, Word};
use serde_json::Value;

/// Reads a result. Words come in the order of the file, segment by segment.
pub(super) fn read(document: &Value) -> Result<Transcript, ReadError> {
    if document.get("audio_items").is_none_or(|items| !items.is_array()) {
        return Err(ReadError::new(
            "the result has no words",
            At::Path("audio_items".into()),
            "Turn the audio transcript on in the Data Automation project, and run it again",
        ));
    }
    let mut draft = Draft::default();
    let segments = list(document, "audio_segments");
    let by_index = by_index(segments);
    let segment_of = |item: &Value| {
        let index = item.get("audio_segment_index").and_then(Value::as_u64)?;
        by_index.get(usize::try_from(index).ok()?).copied().flatten()
    };
    let items = list(document, "audio_items");
    for (at, item) in items.iter().enumerate() {
        read_item(item, at, segment_of(item).map(|at| &segments[at]), &mut draft)?;
    }
    let part = |word: &Word| segment_of(&items[word.source as usize]);
    Ok(draft.finish(Format::DataAutomation, languages(document, segments), Some(&part)))
}

/// The place in the list of each `segment_index`; the index is the place where a segment does not say.
fn by_index(segments: &[Value]) -> Vec<Option<usize>> {
    let mut by = vec![None; segments.len()];
    for (at, segment) in segments.iter().enumerate() {
        let index = segment.get("segment_index").and_then(Value::as_u64).map_or(at, |index| index as usize);
        if let Some(slot) = by.get_mut(index) {
            *slot = Some(at);
        }
    }
    by
}

fn read_item(item: &Value, at: usize, segment: Option<&Value>, draft: &mut Draft) -> Result<(), ReadError> {
    let path = || format!("audio_items[{at}]");
    let Some(content) = text(item, "content").filter(|content| !content.is_empty()) else {
        draft.notes.at("An item has no text, and is left out", path);
        return Ok(());
    };
    let offset = |name: &str| time(item.get(name), Unit::Milliseconds, || format!("{}.{name}", path()));
    let (start, end) = (offset("start_timestamp_millis")?, offset("end_timestamp_millis")?);
    // Items have no type: punctuation is what has neither a time nor a letter.
    if start.is_none() && !content.chars().any(char::is_alphanumeric) {
        match draft.words.last_mut() {
            Some(word) => word.punctuation.push_str(content),
            None => draft.notes.at("Punctuation stands before any word, and is left out", path),
        }
        return Ok(());
    }
    let label = |name: &str, key: &str| segment.and_then(|segment| segment.get(name)).and_then(|value| text(value, key));
    let speaker = label("speaker", "speaker_label").and_then(|label| draft.speaker(label));
    let word = Item {
        text: content.to_owned(),
        start,
        end,
        confidence: Ok(None),
        speaker,
        channel: label("channel", "channel_label").map(str::to_owned),
        alternatives: Vec::new(),
        masked: is_mask(content),
        source: at as u32,
    };
    draft.word(word, path);
    Ok(())
}

/// The language of the whole first, then those that only segments name.
fn languages(document: &Value, segments: &[Value]) -> Vec<Language> {
    let whole = document.pointer("/metadata/dominant_asset_language").and_then(Value::as_str);
    let mut codes: Vec<&str> = Vec::new();
    for code in whole.into_iter().chain(segments.iter().filter_map(|segment| text(segment, "language"))) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes.into_iter().map(|code| Language { code: code.to_owned(), score: None, duration: None }).collect()
}
