//! Amazon Transcribe Call Analytics: turns of an agent and a customer, with times in milliseconds.

use super::ReadError;
use super::decimal::Unit;
use super::draft::{Draft, Item, is_mask, spread};
use super::json::{confidence, list, text, time, unfinished};
use super::outcome::peel;
use crate::transcript::{Format, Language, Transcript, Word};
use serde_json::Value;

/// Reads a result. Words come turn by turn in the order of the file, so turns that overlap in time stay whole.
pub(super) fn read(document: &Value) -> Result<Transcript, ReadError> {
    let mut draft = Draft::default();
    let turns = list(document, "Transcript");
    if let Some(status) = text(document, "JobStatus").filter(|status| *status != "COMPLETED") {
        if turns.is_empty() {
            return Err(unfinished(Some(status), text(document, "FailureReason"), "JobStatus"));
        }
        draft.notes.say(format!("The job has the status {status}; the transcript may be incomplete."));
    }
    let mut turn_of = Vec::new();
    for (at, turn) in turns.iter().enumerate() {
        read_turn(turn, &format!("Transcript[{at}]"), &mut draft, &mut turn_of, at)?;
    }
    let code = text(document, "LanguageCode").map(|code| Language { code: code.to_owned(), score: None, duration: None });
    let part = move |word: &Word| turn_of.get(word.source as usize).copied();
    Ok(draft.finish(Format::CallAnalytics, code.into_iter().collect(), Some(&part)))
}

/// Reads one turn. A word's `source` counts the items of all turns; `turn_of` says which turn each of them is in.
fn read_turn(turn: &Value, path: &str, draft: &mut Draft, turn_of: &mut Vec<usize>, at: usize) -> Result<(), ReadError> {
    let speaker = text(turn, "ParticipantRole").or_else(|| text(turn, "ParticipantId"));
    let speaker = speaker.and_then(|label| draft.speaker(label));
    let first = draft.words.len();
    let offset = |value: &Value, name: &str, path: &str| time(value.get(name), Unit::Milliseconds, || format!("{path}.{name}"));
    for (index, item) in list(turn, "Items").iter().enumerate() {
        let source = turn_of.len() as u32;
        turn_of.push(at);
        let path = format!("{path}.Items[{index}]");
        let Some(content) = text(item, "Content").filter(|content| !content.is_empty()) else {
            draft.notes.at("An item has no text, and is left out", || path);
            continue;
        };
        if text(item, "Type") == Some("punctuation") {
            match draft.words.last_mut().filter(|_| turn_of.len() > 1) {
                Some(word) => word.punctuation.push_str(content),
                None => draft.notes.at("Punctuation stands before any word, and is left out", || path),
            }
            continue;
        }
        let word = Item {
            text: content.to_owned(),
            start: offset(item, "BeginOffsetMillis", &path)?,
            end: offset(item, "EndOffsetMillis", &path)?,
            confidence: confidence(item.get("Confidence")),
            speaker,
            channel: None,
            alternatives: Vec::new(),
            masked: is_mask(content) || item.get("Redaction").is_some(),
            source,
        };
        draft.word(word, || path.clone());
    }
    if draft.words.len() > first {
        return Ok(());
    }
    // A turn without items has its text and its own times at least.
    let (start, end) = (offset(turn, "BeginOffsetMillis", path)?, offset(turn, "EndOffsetMillis", path)?);
    let (Some(start), Some(content)) = (start, text(turn, "Content")) else { return Ok(()) };
    add_spread(content, (start, end.unwrap_or(start)), speaker, draft, turn_of, at);
    if draft.words.len() > first {
        draft.notes.at("A turn has no items; its words share its time", || path.to_owned());
    }
    Ok(())
}

fn add_spread(content: &str, span: (i64, i64), speaker: Option<u16>, draft: &mut Draft, turn_of: &mut Vec<usize>, at: usize) {
    let parts: Vec<&str> = content.split_whitespace().collect();
    let weights: Vec<usize> = parts.iter().map(|part| part.chars().count()).collect();
    for (part, (start, end)) in parts.iter().zip(spread(span.0, span.1.max(span.0), &weights)) {
        let (bare, marks) = peel(part);
        if bare.is_empty() {
            continue;
        }
        let word = Item {
            text: bare.to_owned(),
            start: Some(start),
            end: Some(end),
            confidence: Ok(None),
            speaker,
            channel: None,
            alternatives: Vec::new(),
            masked: is_mask(bare),
            source: turn_of.len() as u32,
        };
        turn_of.push(at);
        draft.word(word, String::new);
        if let Some(word) = draft.words.last_mut() {
            word.punctuation = marks.to_owned();
            word.timed = false;
        }
    }
}
