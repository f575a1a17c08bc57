//! Amazon Transcribe's batch results, of the schema with `id` and `audio_segments` and of the one before it.

mod layout;
mod patch;
mod regroup;
mod toxicity;

pub(super) use patch::patch;
pub use toxicity::{Toxic, toxicity};

use super::decimal::Unit;
use super::draft::{Draft, Item, Part, is_mask};
use super::json::{confidence, list, text, time, unfinished};
use super::{At, ReadError};
use crate::time::Delta;
use crate::transcript::{Alternative, Format, Language, Transcript, Word};
use layout::{Layout, Role, channels, content, speaker_segments};
use serde_json::{Map, Value};

/// Reads a result. Words of a file with channels come in the order of their starts, all others in the order of the file.
pub(super) fn read(mut document: Value) -> Result<Transcript, ReadError> {
    check_results(&document)?;
    complete(&mut document);
    let results = &document["results"];
    let items = list(results, "items");
    let layout = Layout::of(results);
    let mut draft = Draft::default();
    if let Some(status) = text(&document, "status").filter(|status| *status != "COMPLETED") {
        draft.notes.say(format!("The job has the status {status}; the transcript may be incomplete."));
    }
    if items.is_empty() && list(results, "transcripts").iter().filter_map(|t| text(t, "transcript")).any(|t| !t.trim().is_empty()) {
        draft.notes.say("The file has the text of the transcript, but no items with times for its words.");
    }
    read_items(items, results, &layout, &mut draft)?;
    read_alternatives(results, &layout, &mut draft);
    draft.place_untimed();
    if !channels(results).is_empty() {
        draft.words.sort_by_key(|word| word.span.start);
    }
    let languages = languages(results, &mut draft);
    let part = layout.lines(!channels(results).is_empty()).map(|lines| layout.list_of(lines));
    let part = part.as_ref().map(|part| move |word: &Word| part.get(word.source as usize).copied().flatten());
    Ok(draft.finish(Format::Transcribe, languages, part.as_ref().map(|part| part as Part<'_>)))
}

/// Whether there is anything to read.
fn check_results(document: &Value) -> Result<(), ReadError> {
    let status = text(document, "status");
    let results = document.get("results").filter(|results| results.is_object());
    let is_list = |value: Option<&Value>| value.is_none_or(|value| value.is_array() || value.is_null());
    match results {
        Some(results) => {
            for name in ["items", "transcripts", "segments", "audio_segments"] {
                if !is_list(results.get(name)) {
                    let at = At::Path(format!("results.{name}"));
                    return Err(ReadError::new("this is no list", at, "Fetch the file again, or undo what was edited there"));
                }
            }
            let empty = list(results, "items").is_empty() && channels(results).is_empty();
            if empty && status.is_some_and(|status| status != "COMPLETED") {
                return Err(unfinished(status, text(document, "failureReason"), "status"));
            }
            Ok(())
        }
        None if status.is_some_and(|status| status != "COMPLETED") => Err(unfinished(status, text(document, "failureReason"), "status")),
        None => Err(ReadError::new("the results are missing", At::Path("results".into()), "Fetch the job's result again")),
    }
}

/// Gives a document whose items stand only under its channels the list that all others have, in the order of time.
pub(super) fn complete(document: &mut Value) {
    let Some(results) = document.get_mut("results").and_then(Value::as_object_mut) else { return };
    if results.get("items").is_some_and(|items| items.as_array().is_some_and(|items| !items.is_empty())) {
        return;
    }
    let results_value = Value::Object(std::mem::take(results));
    let mut keyed: Vec<(i64, Value)> = Vec::new();
    for channel in channels(&results_value) {
        let mut at = 0;
        for item in list(channel, "items") {
            // Punctuation has no time and stays behind its word.
            at = time(item.get("start_time"), Unit::Seconds, String::new).ok().flatten().unwrap_or(at);
            keyed.push((at, item.clone()));
        }
    }
    if let Value::Object(map) = results_value {
        *results = map;
    }
    keyed.sort_by_key(|(at, _)| *at);
    if !keyed.is_empty() {
        results.insert("items".into(), keyed.into_iter().map(|(_, item)| item).collect());
    }
}

fn read_items(items: &[Value], results: &Value, layout: &Layout, draft: &mut Draft) -> Result<(), ReadError> {
    let speakers = speaker_of(results, layout);
    let labels: Vec<Option<&str>> = channels(results).iter().map(|channel| text(channel, "channel_label")).collect();
    // Where each item's word went, for the punctuation after it.
    let mut word_of = vec![None; items.len()];
    for (at, item) in items.iter().enumerate() {
        let path = || format!("results.items[{at}]");
        match layout.roles[at] {
            Role::Word => {
                let speaker = text(item, "speaker_label").or(speakers[at]);
                let speaker = speaker.and_then(|label| draft.speaker(label));
                let channel = text(item, "channel_label").or_else(|| layout.channel[at].and_then(|c| labels[c]));
                let best = list(item, "alternatives").first().unwrap_or(item);
                let content = content(item).unwrap_or_default();
                let word = Item {
                    text: content.to_owned(),
                    start: time(item.get("start_time"), Unit::Seconds, || format!("{}.start_time", path()))?,
                    end: time(item.get("end_time"), Unit::Seconds, || format!("{}.end_time", path()))?,
                    confidence: confidence(best.get("confidence")),
                    speaker,
                    channel: channel.map(str::to_owned),
                    alternatives: list(item, "alternatives").iter().skip(1).filter_map(alternative).collect(),
                    masked: is_mask(content) || !list(best, "redactions").is_empty(),
                    source: at as u32,
                };
                word_of[at] = Some(draft.words.len());
                draft.word(word, path);
            }
            Role::Punctuation(word) => {
                if let (Some(index), Some(mark)) = (word_of[word], content(item)) {
                    draft.words[index].punctuation.push_str(mark);
                }
            }
            Role::Other if layout::is_punctuation(item) && content(item).is_some() => {
                draft.notes.at("Punctuation stands before any word, and is kept in exports only", path);
            }
            Role::Other => draft.notes.at("An item has no text, and is kept in exports only", path),
        }
    }
    Ok(())
}

fn alternative(value: &Value) -> Option<Alternative> {
    let confidence = confidence(value.get("confidence")).ok().flatten();
    Some(Alternative { text: text(value, "content")?.to_owned(), confidence })
}

/// The speaker of each item, as the speaker segments say it, or else the audio segments.
fn speaker_of<'a>(results: &'a Value, layout: &Layout) -> Vec<Option<&'a str>> {
    let mut speakers = vec![None; layout.roles.len()];
    for (segment, owners) in speaker_segments(results).iter().zip(&layout.speakers) {
        for (entry, owner) in list(segment, "items").iter().zip(owners) {
            if let Some(item) = owner {
                speakers[*item] = text(entry, "speaker_label").or_else(|| text(segment, "speaker_label"));
            }
        }
    }
    for (segment, owners) in list(results, "audio_segments").iter().zip(&layout.audio) {
        for item in owners.iter().flatten() {
            speakers[*item] = speakers[*item].or_else(|| text(segment, "speaker_label"));
        }
    }
    speakers
}

/// Takes from the whole alternatives of a segment what they say instead of each word: the words whose middle is in it.
fn read_alternatives(results: &Value, layout: &Layout, draft: &mut Draft) {
    let mut word_of = vec![None; layout.roles.len()];
    for (index, word) in draft.words.iter().enumerate() {
        word_of[word.source as usize] = Some(index);
    }
    for (segment, owners) in list(results, "segments").iter().zip(&layout.best) {
        let mut words: Vec<usize> = owners.iter().flatten().filter_map(|item| word_of[*item]).collect();
        words.sort_by_key(|index| draft.words[*index].span.start);
        for reading in list(segment, "alternatives").iter().skip(1) {
            let mut said: Vec<(usize, Alternative)> = Vec::new();
            for item in list(reading, "items").iter().filter(|item| !layout::is_punctuation(item)) {
                let at = |name| time(item.get(name), Unit::Seconds, String::new).ok().flatten();
                let (Some(start), Some(end), Some(mut told)) = (at("start_time"), at("end_time"), alternative(item)) else { continue };
                let middle = start + (end - start) / 2;
                let place = words.partition_point(|index| draft.words[*index].span.start.us() <= middle);
                let Some(index) = place.checked_sub(1).map(|place| words[place]) else { continue };
                match said.last_mut() {
                    Some((last, known)) if *last == index => {
                        known.text = format!("{} {}", known.text, told.text);
                        known.confidence = known.confidence.zip(told.confidence).map(|(a, b)| a.min(b));
                    }
                    _ => said.push((index, std::mem::replace(&mut told, Alternative { text: String::new(), confidence: None }))),
                }
            }
            for (index, told) in said {
                add_alternative(&mut draft.words[index], told);
            }
        }
    }
}

/// Adds a reading unless it is known; case alone makes no other reading.
fn add_alternative(word: &mut Word, told: Alternative) {
    let text = told.text.to_lowercase();
    if text != word.text.to_lowercase() && word.alternatives.iter().all(|known| known.text.to_lowercase() != text) {
        word.alternatives.push(told);
    }
}

fn languages(results: &Value, draft: &mut Draft) -> Vec<Language> {
    let mut languages: Vec<Language> = Vec::new();
    for (at, entry) in list(results, "language_codes").iter().enumerate() {
        let path = || format!("results.language_codes[{at}].duration_in_seconds");
        let duration = time(entry.get("duration_in_seconds"), Unit::Seconds, path).unwrap_or_else(|_| {
            draft.notes.at("A language's duration is no time, and is left out", path);
            None
        });
        if let Some(code) = text(entry, "language_code") {
            languages.push(Language { code: code.to_owned(), score: None, duration: duration.map(Delta::from_us) });
        }
    }
    languages.sort_by_key(|language| std::cmp::Reverse(language.duration));
    let mut scored: Vec<Language> = Vec::new();
    for (at, entry) in list(results, "language_identification").iter().enumerate() {
        let score = confidence(entry.get("score")).unwrap_or_else(|()| {
            draft
                .notes
                .at("A language's score is not between 0 and 1, and is left out", || format!("results.language_identification[{at}]"));
            None
        });
        if let Some(code) = text(entry, "code").or_else(|| text(entry, "language_code")) {
            scored.push(Language { code: code.to_owned(), score, duration: None });
        }
    }
    scored.sort_by(|a, b| b.score.unwrap_or(0.0).total_cmp(&a.score.unwrap_or(0.0)));
    for language in scored {
        match languages.iter_mut().find(|known| known.code == language.code) {
            Some(known) => known.score = language.score,
            None => languages.push(language),
        }
    }
    if let Some(code) = text(results, "language_code") {
        let at = languages.iter().position(|known| known.code == code);
        let first = at.map_or_else(|| Language { code: code.to_owned(), score: None, duration: None }, |at| languages.remove(at));
        languages.insert(0, first);
    }
    languages
}

/// `results` of a document, for a writer.
pub(super) fn results_mut(document: &mut Value) -> Option<&mut Map<String, Value>> {
    document.get_mut("results").and_then(Value::as_object_mut)
}
