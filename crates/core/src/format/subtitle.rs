//! What SRT and WebVTT have in common: lines, cues with their places in the text, and times.

use super::decimal::{self, Unit};
use super::draft::{Draft, Item, Notes, is_mask, spread};
use super::payload::{Dialect, Payload};
use super::{At, ReadError};
use crate::transcript::{Format, Transcript, Word};
use std::ops::Range;

/// A time as it is written in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub us: i64,
    pub at: Range<usize>,
}

/// A cue; ranges are those of bytes in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cue {
    /// The number or name above the times.
    pub id: Option<Range<usize>>,
    pub start: Stamp,
    pub end: Stamp,
    /// All lines of text, without the line ends after the last.
    pub payload: Range<usize>,
    /// From its first line to where the next cue or block begins.
    pub whole: Range<usize>,
    /// The line of the times, counted from 1.
    pub line: usize,
}

/// The lines of a text, each without its line end, whichever of the three kinds that is.
pub(super) fn lines(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let (mut lines, mut start) = (Vec::new(), 0);
    for (at, byte) in bytes.iter().enumerate() {
        let after_return = at > 0 && bytes[at - 1] == b'\r';
        match byte {
            b'\n' if after_return => start = at + 1,
            b'\n' | b'\r' => {
                lines.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < bytes.len() {
        lines.push(start..bytes.len());
    }
    lines
}

/// Why a line of times is none.
pub(super) enum BadTimes {
    Malformed,
    Absurd,
}

/// The times of a line such as `00:01.000 --> 00:02.000 align:start` that begins at byte `offset` of the text.
pub(super) fn times(line: &str, offset: usize) -> Result<(Stamp, Stamp), BadTimes> {
    let (left, right) = line.split_once("-->").ok_or(BadTimes::Malformed)?;
    let stamp = |part: &str, base: usize| {
        let lead = part.len() - part.trim_start().len();
        let part = part.trim_start();
        let text = &part[..part.find(char::is_whitespace).unwrap_or(part.len())];
        let at = offset + base + lead;
        clock_us(text).map(|us| Stamp { us, at: at..at + text.len() })
    };
    Ok((stamp(left, 0)?, stamp(right, left.len() + 3)?))
}

/// Microseconds of `hh:mm:ss,mmm`; hours and the fraction may be missing, and the mark may be a comma or a dot.
pub(super) fn clock_us(text: &str) -> Result<i64, BadTimes> {
    let parts: Vec<&str> = text.split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return Err(BadTimes::Malformed);
    }
    let mut us = 0i64;
    for (from_end, part) in parts.iter().rev().enumerate() {
        let part = part.replacen(',', ".", if from_end == 0 { 1 } else { 0 });
        let numeric = part.bytes().next().is_some_and(|b| b.is_ascii_digit()) && part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if !numeric || (from_end > 0 && part.contains('.')) || part.matches('.').count() > 1 {
            return Err(BadTimes::Malformed);
        }
        let value = decimal::to_us(&part, Unit::Seconds).ok_or(BadTimes::Absurd)?;
        us += value * [1, 60, 3_600][from_end];
    }
    if us <= decimal::LIMIT_US { Ok(us) } else { Err(BadTimes::Absurd) }
}

/// A time in the style of `like`: its mark, and without hours where it has none and needs none.
pub(super) fn clock_like(like: &str, us: i64) -> String {
    let mark = if like.contains(',') { ',' } else { '.' };
    clock(us, mark, like.matches(':').count() > 1)
}

/// `hh:mm:ss.mmm` with `mark` before the fraction, rounded to the millisecond; hours are left out where they are zero
/// and not wanted.
pub(super) fn clock(us: i64, mark: char, hours: bool) -> String {
    let ms = decimal::milliseconds(us);
    let rest = format!("{:02}:{:02}{mark}{:03}", ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000);
    match ms / 3_600_000 {
        0 if !hours => rest,
        hours => format!("{hours:02}:{rest}"),
    }
}

/// The times of line `number`, or none with a note where it has `-->` but no times.
pub(super) fn cue_times(line: &str, offset: usize, number: usize, notes: &mut Notes) -> Result<Option<(Stamp, Stamp)>, ReadError> {
    match times(line, offset) {
        Ok(both) => Ok(Some(both)),
        Err(BadTimes::Malformed) => {
            notes.at("A line has --> but no times; its cue is kept in exports only", || format!("line {number}"));
            Ok(None)
        }
        Err(BadTimes::Absurd) => {
            Err(ReadError::new("a time is longer than 10,000,000 s", At::Line(number, 1), "Correct the time, or take the cue out"))
        }
    }
}

/// The transcript of `cues`: one segment for each, and the words share its time by their length.
pub(super) fn transcript(text: &str, cues: &[Cue], notes: Notes, format: Format) -> Result<Transcript, ReadError> {
    if cues.is_empty() {
        let what = if format == Format::Srt { "this SRT has no cues" } else { "this WebVTT has no cues" };
        let remedy = "A cue begins with a line such as 00:00:01,000 --> 00:00:02,000; choose another file, or export it again";
        return Err(ReadError::new(what, At::File, remedy));
    }
    let mut draft = Draft::default();
    draft.notes = notes;
    let dialect = if format == Format::Srt { Dialect::Srt } else { Dialect::WebVtt };
    for (index, cue) in cues.iter().enumerate() {
        if index > 0 && repeats(&text[cues[index - 1].payload.clone()], &text[cue.payload.clone()], dialect) {
            draft.notes.at("A cue begins with the last line of the one before, so its words stand twice", || format!("line {}", cue.line));
        }
        add_cue(&text[cue.payload.clone()], cue, index as u32, dialect, &mut draft);
    }
    Ok(draft.finish(format, Vec::new(), Some(&|word: &Word| Some(word.source as usize))))
}

/// Whether a cue rolls up: its first line is the last of the one before. Lines of one or two words may well be said twice.
fn repeats(before: &str, cue: &str, dialect: Dialect) -> bool {
    let words =
        |line: Option<&str>| Payload::parse(line.unwrap_or_default(), dialect).words.into_iter().map(|word| word.text).collect::<Vec<_>>();
    let (last, first) = (words(before.trim().lines().next_back()), words(cue.trim().lines().next()));
    first.len() > 2 && first == last
}

fn add_cue(payload: &str, cue: &Cue, index: u32, dialect: Dialect, draft: &mut Draft) {
    let place = || format!("line {}", cue.line);
    if cue.end.us < cue.start.us {
        draft.notes.at("A cue ends before it starts, and is taken to end where it starts", place);
    }
    let payload = Payload::parse(payload, dialect);
    let times = word_times(&payload, cue, draft);
    for (word, (start, end, timed)) in payload.words.into_iter().zip(times) {
        let speaker = word.speaker.and_then(|label| draft.speaker(&label));
        let item = Item {
            masked: is_mask(&word.text),
            text: word.text,
            start: Some(start),
            end: Some(end),
            confidence: Ok(None),
            speaker,
            channel: None,
            alternatives: Vec::new(),
            source: index,
        };
        draft.word(item, place);
        if let Some(last) = draft.words.last_mut() {
            last.punctuation = word.punctuation;
            last.timed = timed;
        }
    }
}

/// Start, end, and whether the source has the time, of each word of a cue. Words between two inline times share the
/// time between them; a word that stands there alone has its time from the source.
fn word_times(payload: &Payload, cue: &Cue, draft: &mut Draft) -> Vec<(i64, i64, bool)> {
    let (start, end) = (cue.start.us, cue.end.us.max(cue.start.us));
    let mut marks = vec![(0, start)];
    for (stamp, word) in &payload.stamps {
        let last = marks[marks.len() - 1].1;
        if stamp.us < last || stamp.us > end {
            draft.notes.at("An inline time is outside its cue or before another, and is not used", || format!("line {}", cue.line));
        } else if *word == marks[marks.len() - 1].0 {
            // Nothing stands between the two: the later one holds.
            let at = marks.len() - 1;
            marks[at].1 = stamp.us;
        } else {
            marks.push((*word, stamp.us));
        }
    }
    let inline = !payload.stamps.is_empty();
    let mut times = Vec::with_capacity(payload.words.len());
    for (at, (first, from)) in marks.iter().enumerate() {
        let (to, until) = marks.get(at + 1).copied().unwrap_or((payload.words.len(), end));
        let Some(words) = payload.words.get(*first..to) else { continue };
        let weights: Vec<usize> = words.iter().map(|word| word.text.chars().count() + word.punctuation.chars().count()).collect();
        times.extend(spread(*from, until, &weights).into_iter().map(|(a, b)| (a, b, inline && words.len() == 1)));
    }
    times
}
