//! What a recogniser on this machine wrote down: Amazon Transcribe's document, with the recogniser's name in it.

use super::ReadError;
use super::decimal::seconds;
use super::json::text;
use super::transcribe;
use super::write::pretty;
use crate::time::{Span, TranscriptTime};
use crate::transcript::{Format, Transcript};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The member that names the recogniser, and that makes such a document known.
pub(super) const RECOGNISER: &str = "recogniser";

/// Marks that are no part of the word in front of them.
const MARKS: [char; 12] = ['.', ',', '?', '!', ';', ':', '\u{2026}', '\u{3002}', '\u{ff1f}', '\u{ff01}', '\u{ff0c}', '\u{3001}'];

/// A word as a recogniser heard it.
#[derive(Clone, Debug, PartialEq)]
pub struct HeardWord {
    /// The word, with the punctuation that follows, if any.
    pub text: String,
    /// When it is spoken.
    pub span: Span<TranscriptTime>,
    /// How sure the recogniser is of it, 0..1; none where it does not say.
    pub confidence: Option<f32>,
    /// The number of who says it, from 0; none where nobody knows.
    pub speaker: Option<u16>,
}

/// The document of a recogniser's lines, in UTF-8. Empty words are left out; times are in milliseconds. Speakers are called and written as Amazon
/// Transcribe does it, and a line ends where another speaker begins.
pub fn write_recognised(recogniser: &str, language: &str, lines: &[Vec<HeardWord>]) -> Vec<u8> {
    let mut items: Vec<Value> = Vec::new();
    let mut segments: Vec<Value> = Vec::new();
    let mut turns: Vec<Value> = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    for line in lines.iter().flat_map(|line| line.chunk_by(|one, next| one.speaker == next.speaker)) {
        let first = items.len();
        let mut spoken = Vec::new();
        for word in line {
            let whole = word.text.trim();
            let stem = whole.trim_end_matches(MARKS);
            if stem.is_empty() {
                continue;
            }
            spoken.push(whole);
            items.push(pronounced(items.len(), stem, word));
            let marks = &whole[stem.len()..];
            if !marks.is_empty() {
                let reading = json!([{"confidence": "0.0", "content": marks}]);
                items.push(labelled(json!({"id": items.len(), "type": "punctuation", "alternatives": reading}), word.speaker));
            }
        }
        let (Some(start), Some(end)) = (line.iter().map(|w| w.span.start).min(), line.iter().map(|w| w.span.end).max()) else { continue };
        if spoken.is_empty() {
            continue;
        }
        let text = spoken.join(" ");
        let ids: Vec<usize> = (first..items.len()).collect();
        let (start, end) = (seconds(start.us()), seconds(end.us()));
        let speaker = line[0].speaker;
        if speaker.is_some() {
            turns.push(labelled(json!({"start_time": start, "end_time": end, "items": spoken_items(&items[first..])}), speaker));
        }
        let segment = json!({"id": segments.len(), "transcript": text, "start_time": start, "end_time": end, "items": ids});
        segments.push(labelled(segment, speaker));
        texts.push(text);
    }
    let mut results = json!({"language_code": language, "transcripts": [{"transcript": texts.join(" ")}]});
    if !turns.is_empty() {
        let speakers: BTreeSet<u16> = lines.iter().flatten().filter_map(|word| word.speaker).collect();
        results["speaker_labels"] = json!({"speakers": speakers.len(), "segments": turns});
    }
    (results["items"], results["audio_segments"]) = (Value::from(items), Value::from(segments));
    pretty(&json!({"jobName": "", "accountId": "", "status": "COMPLETED", RECOGNISER: recogniser, "results": results}))
}

/// An entry with the label of who says it.
fn labelled(mut entry: Value, speaker: Option<u16>) -> Value {
    if let Some(speaker) = speaker {
        entry["speaker_label"] = Value::from(format!("spk_{speaker}"));
    }
    entry
}

/// The words among items, as they stand in a turn: their times and labels.
fn spoken_items(items: &[Value]) -> Vec<Value> {
    let of_turn = |item: &Value| {
        let members = ["start_time", "speaker_label", "end_time"].into_iter();
        members.map(|name| Some((name.to_owned(), item.get(name)?.clone()))).collect::<Option<Map<_, _>>>().map(Value::Object)
    };
    items.iter().filter_map(of_turn).collect()
}

fn pronounced(id: usize, text: &str, word: &HeardWord) -> Value {
    let mut reading = Map::new();
    if let Some(confidence) = word.confidence.filter(|c| c.is_finite()) {
        reading.insert("confidence".into(), Value::from(format!("{:.3}", confidence.clamp(0.0, 1.0))));
    }
    reading.insert("content".into(), Value::from(text));
    let (start, end) = (seconds(word.span.start.us()), seconds(word.span.end.us()));
    labelled(json!({"id": id, "type": "pronunciation", "alternatives": [reading], "start_time": start, "end_time": end}), word.speaker)
}

/// Reads such a document.
pub(super) fn read(document: Value) -> Result<Transcript, ReadError> {
    let recogniser = text(&document, RECOGNISER).map(str::to_owned);
    Ok(Transcript { format: Format::Recognised, recogniser, ..transcribe::read(document)? })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Reviewed, detect, read as read_any, write_transcribe};
    use super::*;
    use crate::place::{InForce, place};

    fn word(text: &str, start_ms: i64, end_ms: i64, confidence: Option<f32>) -> HeardWord {
        let span = Span::new(TranscriptTime::from_ms(start_ms), TranscriptTime::from_ms(end_ms));
        HeardWord { text: text.into(), span, confidence, speaker: None }
    }

    fn said(text: &str, start_ms: i64, speaker: Option<u16>) -> HeardWord {
        HeardWord { speaker, ..word(text, start_ms, start_ms + 400, None) }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let lines = [
            vec![word("Good", 100, 300, Some(0.91)), word("morning,", 300, 700, None), word(" ", 700, 800, None)],
            vec![],
            vec![word("\u{2026}", 900, 950, None)],
            vec![word("O'Neil?!", 1_000, 1_500, Some(1.5)), word("3.5", 1_500, 2_000, Some(f32::NAN))],
        ];
        let bytes = write_recognised("Ears 1, small", "en-US", &lines);
        assert_eq!(detect(&bytes), Ok(Format::Recognised));
        let transcript = read_any(&bytes).unwrap();
        assert_eq!(transcript.recogniser.as_deref(), Some("Ears 1, small"));
        assert_eq!((transcript.languages[0].code.as_str(), &transcript.notes), ("en-US", &vec![]));
        let read: Vec<_> = transcript.words.iter().map(|w| (w.text.as_str(), w.punctuation.as_str(), w.confidence)).collect();
        assert_eq!(read, [("Good", "", Some(0.91)), ("morning", ",", None), ("O'Neil", "?!", Some(1.0)), ("3.5", "", None)]);
        assert_eq!(transcript.words[2].span, lines[3][0].span);
        assert_eq!(transcript.segments.iter().map(|s| transcript.range_of(s)).collect::<Vec<_>>(), [0..2, 2..4]);
    }

    #[test]
    fn speakers_are_those_of_transcribe() {
        let lines =
            [vec![said("Is", 0, Some(0)), said("it?", 500, Some(0)), said("Yes.", 1_000, Some(1))], vec![said("Well,", 2_000, Some(0))]];
        let bytes = write_recognised("Ears", "en-US", &lines);
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        let turn = |label: &str, words: &[[&str; 2]]| {
            let items: Vec<Value> = words.iter().map(|w| json!({"start_time": w[0], "speaker_label": label, "end_time": w[1]})).collect();
            json!({"start_time": words[0][0], "end_time": words[words.len() - 1][1], "items": items, "speaker_label": label})
        };
        let first = turn("spk_0", &[["0.0", "0.4"], ["0.5", "0.9"]]);
        let turns = [first, turn("spk_1", &[["1.0", "1.4"]]), turn("spk_0", &[["2.0", "2.4"]])];
        assert_eq!(document["results"]["speaker_labels"], json!({"speakers": 2, "segments": turns}));
        let transcript = read_any(&bytes).unwrap();
        assert_eq!((&transcript.notes, transcript.speakers.as_slice()), (&vec![], ["spk_0".to_owned(), "spk_1".to_owned()].as_slice()));
        assert_eq!(transcript.words.iter().map(|w| w.speaker).collect::<Vec<_>>(), [Some(0), Some(0), Some(1), Some(0)]);
        // A line has one speaker.
        let segments: Vec<_> = transcript.segments.iter().map(|s| (transcript.range_of(s), s.speaker)).collect();
        assert_eq!(segments, [(0..2, Some(0)), (2..3, Some(1)), (3..4, Some(0))]);
        // Where nobody knows, nothing is said of speakers.
        let none = write_recognised("Ears", "en-US", &[vec![said("Is", 0, None)]]);
        assert!(!String::from_utf8(none).unwrap().contains("speaker"));
    }

    #[test]
    fn an_export_keeps_the_name_of_the_recogniser() {
        let bytes = write_recognised("Ears 1, small", "en-US", &[vec![word("Good", 100, 300, None)]]);
        let transcript = read_any(&bytes).unwrap();
        let placed = place(&transcript, &InForce::default());
        let review = Reviewed::of(&transcript, &placed);
        let out = write_transcribe(Some((Format::Recognised, &bytes)), review).unwrap();
        assert_eq!(read_any(&out).unwrap().recogniser, transcript.recogniser);
    }
}
