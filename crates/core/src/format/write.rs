//! Exports: which way each source goes.

use super::cues::{self, CueOptions};
use super::draft::Notes;
use super::generate::generated;
use super::payload::{self, Dialect, Payload, spliced};
use super::plan::{Plan, Reviewed};
use super::subtitle::{Cue, clock_like};
use super::{ReadError, WriteError, json, srt, text, transcribe, vtt};
use crate::transcript::{Format, Transcript};
use serde_json::Value;
use std::ops::Range;

/// Writes a transcript as Amazon Transcribe JSON, in UTF-8.
///
/// Where `source` is such a document, what was imported must be what [`super::read`] made of it; the document is written with
/// the corrections put in all places that repeat them. From any other source, or none, a new document is made; one of
/// Call Analytics or Data Automation is kept in it whole under `source`. Times are those of the media, in seconds rounded to
/// milliseconds.
///
/// # Errors
/// [`WriteError`] where the parts of `review`, or what was imported and `source`, do not belong together.
pub fn write_transcribe(source: Option<(Format, &[u8])>, review: Reviewed<'_>) -> Result<Vec<u8>, WriteError> {
    let plan = Plan::new(review)?;
    let document = match source {
        Some((Format::Transcribe | Format::Recognised, bytes)) => {
            let mut document = json::parse(&text::decode(bytes)?.text)?;
            transcribe::patch(&mut document, &plan)?;
            document
        }
        Some((Format::CallAnalytics | Format::DataAutomation, bytes)) => generated(&plan, Some(json::parse(&text::decode(bytes)?.text)?)),
        _ => generated(&plan, None),
    };
    Ok(pretty(&document))
}

pub(super) fn pretty(document: &Value) -> Vec<u8> {
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
pub fn write_srt(source: Option<(Format, &[u8])>, review: Reviewed<'_>, options: &CueOptions) -> Result<Vec<u8>, WriteError> {
    let plan = Plan::new(review)?;
    let text = match source {
        Some((Format::Srt, bytes)) if can_be_patched(review) => {
            let text = text::decode(bytes)?.text;
            let cues = srt::cues(&text, &mut Notes::default())?;
            patched(&text, &cues, Dialect::Srt, &plan)?
        }
        _ => cues::srt(&plan, options),
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
pub fn write_vtt(source: Option<(Format, &[u8])>, review: Reviewed<'_>, options: &CueOptions) -> Result<Vec<u8>, WriteError> {
    let plan = Plan::new(review)?;
    let text = match source {
        Some((Format::WebVtt, bytes)) if can_be_patched(review) => {
            let text = text::decode(bytes)?.text;
            let cues = vtt::cues(&text, &mut Notes::default())?;
            patched(&text, &cues, Dialect::WebVtt, &plan)?
        }
        _ => cues::vtt(&plan, options),
    };
    Ok(text.into_bytes())
}

/// Whether the cues of the source have words beside which others can stand.
fn can_be_patched(review: Reviewed<'_>) -> bool {
    !review.imported.words.is_empty() || review.revised.words.is_empty()
}

/// A cue of an export.
struct Part {
    /// The cue of the source that it is made of, and whether it stands in its place, or behind it.
    cue: usize,
    in_place: bool,
    payload: String,
    /// The words that stand in it, as indices of revised words.
    words: Vec<usize>,
    start: i64,
    end: i64,
}

/// A text of subtitles with what became of the words of its cues.
fn patched(text: &str, cues: &[Cue], dialect: Dialect, plan: &Plan<'_>) -> Result<String, WriteError> {
    let ranges = words_of(cues.len(), plan.review.imported)?;
    let mut parts: Vec<Part> = Vec::new();
    // How far the last word before moved, for cues without words.
    let mut moved = 0;
    for (at, (cue, range)) in cues.iter().zip(ranges).enumerate() {
        let old = &text[cue.payload.clone()];
        let payload = Payload::parse(old, dialect);
        let words = &plan.review.imported.words[range.clone()];
        let same = payload.words.len() == words.len() && payload.words.iter().zip(words).all(|(a, b)| a.text == b.text);
        if !same {
            let id = words.first().or(plan.review.imported.words.first()).map(|word| word.id);
            return Err(id.map_or_else(|| WriteError::Source(changed()), WriteError::NotInSource));
        }
        let standing: Vec<usize> = range.clone().flat_map(|imported| plan.said(imported)).collect();
        if !words.is_empty() && standing.is_empty() {
            continue;
        }
        let (start, end) = cue_times(cue, plan, range.clone(), &mut moved);
        let payloads = payload::cut(&payload.patched(old, plan, range.start, dialect), dialect);
        let chunks: Vec<&[usize]> = standing.chunk_by(|a, b| !plan.cuts(*a, *b)).collect();
        let count = payloads.len();
        for (k, payload) in payloads.into_iter().enumerate() {
            let words = chunks.get(k).map(|words| words.to_vec()).unwrap_or_default();
            let pieces = plan.pieces(&words);
            let start = pieces.iter().map(|p| p.start).min().filter(|_| k > 0).unwrap_or(start).max(0);
            let end = pieces.iter().map(|p| p.end).max().filter(|_| k + 1 < count).unwrap_or(end);
            let end = if count > 1 { end.max(start) } else { end };
            let joins = |last: &&mut Part| k == 0 && last.words.last().zip(words.first()).is_some_and(|(a, b)| plan.joins(*a, *b));
            if let Some(last) = parts.last_mut().filter(joins) {
                let before = last.payload.trim_end();
                let silent = plan.label(last.words[last.words.len() - 1]) != words.first().and_then(|word| plan.label(*word));
                let silence = if silent && payload::speaks(before, dialect) { "</v>" } else { "" };
                last.payload = format!("{before}{silence}\n{payload}");
                last.words.extend(words);
                last.end = end.max(last.start);
            } else {
                parts.push(Part { cue: at, in_place: k == 0, payload, words, start, end });
            }
        }
    }
    Ok(assembled(text, cues, dialect, &parts))
}

/// The text with its cues as they shall be.
fn assembled(text: &str, cues: &[Cue], dialect: Dialect, parts: &[Part]) -> String {
    let renumber = dialect == Dialect::Srt && is_numbered(text, cues);
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines = |payload: &str| payload.replace("\r\n", "\n").replace('\n', line_end);
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut parts = parts.iter().zip(1usize..).peekable();
    for (at, cue) in cues.iter().enumerate() {
        let Some((part, number)) = parts.next_if(|(part, _)| part.cue == at && part.in_place) else {
            edits.push((cue.whole.clone(), String::new()));
            continue;
        };
        if let Some(id) = cue.id.clone().filter(|id| renumber && text[id.clone()].trim() != number.to_string()) {
            edits.push((id, number.to_string()));
        }
        for (stamp, us) in [(&cue.start, part.start), (&cue.end, part.end)] {
            if us != stamp.us {
                edits.push((stamp.at.clone(), clock_like(&text[stamp.at.clone()], us)));
            }
        }
        let mut new = if part.payload == text[cue.payload.clone()] { part.payload.clone() } else { lines(&part.payload) };
        while let Some((part, number)) = parts.next_if(|(part, _)| !part.in_place) {
            let id = if dialect == Dialect::Srt && cue.id.is_some() { format!("{number}{line_end}") } else { String::new() };
            let clock = |like: &super::subtitle::Stamp, us| clock_like(&text[like.at.clone()], us);
            let settings = text[cue.end.at.end..].lines().next().unwrap_or_default();
            let times = format!("{} --> {}{settings}", clock(&cue.start, part.start), clock(&cue.end, part.end));
            new.push_str(&format!("{line_end}{line_end}{id}{times}{line_end}{}", lines(&part.payload)));
        }
        if new != text[cue.payload.clone()] {
            edits.push((cue.payload.clone(), new));
        }
    }
    spliced(text, edits)
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
fn cue_times(cue: &Cue, plan: &Plan<'_>, words: Range<usize>, moved: &mut i64) -> (i64, i64) {
    let source = |imported: usize| plan.review.imported.words[imported].span;
    let own = |imported: usize| plan.outcome(plan.own(imported));
    let all = || words.clone().flat_map(|i| plan.before(i).chain([plan.own(i)]).chain(plan.after(i)));
    let mut there = all().filter_map(|word| Some((word, plan.outcome(word).place?)));
    let Some(left) = there.next() else { return ((cue.start.us + *moved).max(0), (cue.end.us + *moved).max(0)) };
    let right = there.last().unwrap_or(left);
    let (first, last) = (words.start, words.end - 1);
    let start = match left {
        (word, _) if word == plan.own(first) && !own(first).moved_start => cue.start.us,
        // The distance between a cue and its first word stays.
        (word, (start, _)) if word == plan.own(first) => start - (source(first).start.us() - cue.start.us),
        (_, (start, _)) => start,
    };
    let end = match right {
        (word, _) if word == plan.own(last) && !own(last).moved_end => cue.end.us,
        (word, (_, end)) if word == plan.own(last) => end + (cue.end.us - source(last).end.us()).max(0),
        (_, (_, end)) => end,
    };
    let host = plan.host(right.0);
    *moved = right.1.0 - source(host).start.us();
    let start = start.max(0);
    (start, if end == cue.end.us && start == cue.start.us { end } else { end.max(start) })
}
