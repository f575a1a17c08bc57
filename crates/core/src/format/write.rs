//! Exports: which way each source goes.

use super::cues::{self, CueOptions};
use super::draft::Notes;
use super::generate::generated;
use super::outcome::{Outcome, plan};
use super::payload::{Dialect, Payload, spliced};
use super::subtitle::{Cue, clock_like};
use super::{ReadError, WriteError, json, srt, text, transcribe, vtt};
use crate::transcript::{Format, PlacedWord, Transcript};
use serde_json::Value;
use std::ops::Range;

/// Writes a transcript as Amazon Transcribe JSON, in UTF-8.
///
/// Where `source` is such a document, `transcript` must be what [`super::read`] made of it; the document is written with
/// the corrections put in all places that repeat them. From any other source, or none, a new document is made; one of
/// Call Analytics or Data Automation is kept in it whole under `source`. Words that are not among `words`, whose text is
/// empty, or that the media does not have, are left out. Times are those of the media, in seconds rounded to milliseconds.
///
/// # Errors
/// [`WriteError`] where `words` and `transcript`, or `transcript` and `source`, do not belong together.
pub fn write_transcribe(source: Option<(Format, &[u8])>, transcript: &Transcript, words: &[PlacedWord]) -> Result<Vec<u8>, WriteError> {
    let outcomes = plan(transcript, words)?;
    let document = match source {
        Some((Format::Transcribe, bytes)) => {
            let mut document = json::parse(&text::decode(bytes)?.text)?;
            transcribe::patch(&mut document, transcript, &outcomes)?;
            document
        }
        Some((Format::CallAnalytics | Format::DataAutomation, bytes)) => {
            generated(transcript, &outcomes, Some(json::parse(&text::decode(bytes)?.text)?))
        }
        _ => generated(transcript, &outcomes, None),
    };
    Ok(pretty(&document))
}

fn pretty(document: &Value) -> Vec<u8> {
    let mut bytes = format!("{document:#}").into_bytes();
    bytes.push(b'\n');
    bytes
}

/// Writes a transcript as SubRip, in UTF-8.
///
/// From an SRT source the text is kept as it is but for words and times that changed, and cues whose words are all gone.
/// From any other source, or none, cues are made as `options` says; those of WebVTT stay apart.
///
/// # Errors
/// Those of [`write_transcribe`].
pub fn write_srt(
    source: Option<(Format, &[u8])>,
    transcript: &Transcript,
    words: &[PlacedWord],
    options: &CueOptions,
) -> Result<Vec<u8>, WriteError> {
    let outcomes = plan(transcript, words)?;
    let text = match source {
        Some((Format::Srt, bytes)) => {
            let text = text::decode(bytes)?.text;
            let cues = srt::cues(&text, &mut Notes::default())?;
            patched(&text, &cues, Dialect::Srt, transcript, &outcomes)?
        }
        _ => cues::srt(transcript, &outcomes, options),
    };
    Ok(text.into_bytes())
}

/// Writes a transcript as WebVTT, in UTF-8, with speakers as voices.
///
/// From a WebVTT source the text is kept as [`write_srt`] keeps SRT: header, styles, notes, names and settings of cues.
/// From any other source, or none, cues are made as `options` says; those of SRT stay apart.
///
/// # Errors
/// Those of [`write_transcribe`].
pub fn write_vtt(
    source: Option<(Format, &[u8])>,
    transcript: &Transcript,
    words: &[PlacedWord],
    options: &CueOptions,
) -> Result<Vec<u8>, WriteError> {
    let outcomes = plan(transcript, words)?;
    let text = match source {
        Some((Format::WebVtt, bytes)) => {
            let text = text::decode(bytes)?.text;
            let cues = vtt::cues(&text, &mut Notes::default())?;
            patched(&text, &cues, Dialect::WebVtt, transcript, &outcomes)?
        }
        _ => cues::vtt(transcript, &outcomes, options),
    };
    Ok(text.into_bytes())
}

/// A text of subtitles with what became of the words of its cues.
fn patched(text: &str, cues: &[Cue], dialect: Dialect, transcript: &Transcript, outcomes: &[Outcome]) -> Result<String, WriteError> {
    let ranges = words_of(cues.len(), transcript)?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut kept = 0;
    let renumber = dialect == Dialect::Srt && is_numbered(text, cues);
    // How far the last word before moved, for cues without words.
    let mut moved = 0;
    for (cue, range) in cues.iter().zip(ranges) {
        let payload = Payload::parse(&text[cue.payload.clone()], dialect);
        let words = &transcript.words[range.clone()];
        let same = payload.words.len() == words.len() && payload.words.iter().zip(words).all(|(a, b)| a.text == b.text);
        if !same {
            let id = words.first().or(transcript.words.first()).map(|word| word.id);
            return Err(id.map_or_else(|| WriteError::Source(changed()), WriteError::NotInSource));
        }
        let outcomes = &outcomes[range];
        if !words.is_empty() && outcomes.iter().all(|outcome| outcome.pieces.is_empty()) {
            edits.push((cue.whole.clone(), String::new()));
            continue;
        }
        kept += 1;
        if let Some(id) = cue.id.clone().filter(|id| renumber && text[id.clone()].trim() != kept.to_string()) {
            edits.push((id, kept.to_string()));
        }
        let (start, end) = cue_times(cue, transcript, words.first().and_then(|word| word.id.after()).unwrap_or(0), outcomes, &mut moved);
        for (stamp, us) in [(&cue.start, start), (&cue.end, end)] {
            if us != stamp.us {
                edits.push((stamp.at.clone(), clock_like(&text[stamp.at.clone()], us)));
            }
        }
        let old = &text[cue.payload.clone()];
        let new = payload.patched(old, outcomes, dialect);
        if new != *old {
            let new = if text.contains("\r\n") { new.replace("\r\n", "\n").replace('\n', "\r\n") } else { new };
            edits.push((cue.payload.clone(), new));
        }
    }
    Ok(spliced(text, edits))
}

fn changed() -> ReadError {
    ReadError::new("the cues are not those of the transcript", super::At::File, "Import the transcript again")
}

/// The words of each cue, as a range of the transcript's.
fn words_of(cues: usize, transcript: &Transcript) -> Result<Vec<Range<usize>>, WriteError> {
    let mut ranges = Vec::with_capacity(cues);
    let mut at = 0;
    for cue in 0..cues {
        let start = at;
        while transcript.words.get(at).is_some_and(|word| word.source as usize == cue) {
            at += 1;
        }
        ranges.push(start..at);
    }
    match transcript.words.get(at) {
        Some(word) => Err(WriteError::NotInSource(word.id)),
        None => Ok(ranges),
    }
}

/// Whether the cues count 1, 2, 3.
fn is_numbered(text: &str, cues: &[Cue]) -> bool {
    cues.iter().zip(1..).all(|(cue, number): (_, usize)| cue.id.clone().is_some_and(|id| text[id].trim() == number.to_string()))
}

/// The times of a cue: each moves with the word at its side. A word that a person removed still holds the place, for the
/// times of words in a cue are guesses, and its own are not.
fn cue_times(cue: &Cue, transcript: &Transcript, first: usize, outcomes: &[Outcome], moved: &mut i64) -> (i64, i64) {
    let mut there = outcomes.iter().enumerate().filter_map(|(at, outcome)| Some((at, outcome, outcome.place?)));
    let Some(left) = there.next() else { return ((cue.start.us + *moved).max(0), (cue.end.us + *moved).max(0)) };
    let right = there.next_back().unwrap_or(left);
    let source = |at: usize| transcript.words[first + at].span;
    let start = match left {
        (0, outcome, _) if !outcome.moved_start => cue.start.us,
        // The distance between a cue and its first word stays.
        (0, _, (start, _)) => start - (source(0).start.us() - cue.start.us),
        (_, _, (start, _)) => start,
    };
    let last = outcomes.len() - 1;
    let end = match right {
        (at, outcome, _) if at == last && !outcome.moved_end => cue.end.us,
        (at, _, (_, end)) if at == last => end + (cue.end.us - source(last).end.us()).max(0),
        (_, _, (_, end)) => end,
    };
    *moved = right.2.0 - source(right.0).start.us();
    let start = start.max(0);
    (start, if end == cue.end.us && start == cue.start.us { end } else { end.max(start) })
}
