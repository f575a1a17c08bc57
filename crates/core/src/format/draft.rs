//! A transcript while it is being read: words, their speakers, and notes about what was odd.

use crate::time::{Span, TranscriptTime};
use crate::transcript::{Alternative, Format, Language, Segment, Transcript, Word, WordId, segment};
use std::collections::HashMap;

/// How many places a note names before it only counts.
const PLACES: usize = 5;

/// Notes, one for each kind of oddity, however often it occurs.
#[derive(Default)]
pub(super) struct Notes(Vec<(String, Vec<String>, usize)>);

impl Notes {
    /// Notes that `what` was met at `place`. Both are parts of one sentence: `{what}: {place}.`
    pub fn at(&mut self, what: &str, place: impl FnOnce() -> String) {
        let index = match self.0.iter().position(|(known, _, _)| known == what) {
            Some(index) => index,
            None => {
                self.0.push((what.to_owned(), Vec::new(), 0));
                self.0.len() - 1
            }
        };
        let (_, places, count) = &mut self.0[index];
        *count += 1;
        if places.len() < PLACES {
            places.push(place());
        }
    }

    /// A whole sentence that has no place.
    pub fn say(&mut self, sentence: impl Into<String>) {
        self.0.push((sentence.into(), Vec::new(), 0));
    }

    /// The sentences.
    pub fn lines(self) -> Vec<String> {
        let line = |(what, places, count): (String, Vec<String>, usize)| match count - places.len() {
            _ if count == 0 => what,
            0 => format!("{what}: {}.", places.join(", ")),
            more => format!("{what}: {} and {more} more.", places.join(", ")),
        };
        self.0.into_iter().map(line).collect()
    }
}

/// A word as a source has it. Times are in microseconds on the transcript's clock.
pub(super) struct Item {
    pub text: String,
    pub start: Option<i64>,
    pub end: Option<i64>,
    /// Where the source says it: how sure it is, or that what it says is no share of 1.
    pub confidence: Result<Option<f32>, ()>,
    pub speaker: Option<u16>,
    pub channel: Option<String>,
    pub alternatives: Vec<Alternative>,
    pub masked: bool,
    pub source: u32,
}

/// Says which line of the source a word stands on.
pub(super) type Part<'a> = &'a dyn Fn(&Word) -> Option<usize>;

/// Collects words in the order of the source.
#[derive(Default)]
pub(super) struct Draft {
    pub words: Vec<Word>,
    pub notes: Notes,
    speakers: Vec<String>,
    speaker_index: HashMap<String, u16>,
    /// Words that have no start of their own.
    untimed: Vec<usize>,
}

impl Draft {
    /// The index of a speaker's label; labels are numbered as they appear.
    pub fn speaker(&mut self, label: &str) -> Option<u16> {
        if let Some(index) = self.speaker_index.get(label) {
            return Some(*index);
        }
        let Ok(index) = u16::try_from(self.speakers.len()) else {
            self.notes.at("There are too many speakers; words of this one are left without", || label.to_owned());
            return None;
        };
        self.speakers.push(label.to_owned());
        self.speaker_index.insert(label.to_owned(), index);
        Some(index)
    }

    /// Adds a word; `place` says where it stands in the source.
    pub fn word(&mut self, item: Item, place: impl Fn() -> String) {
        let span = match (item.start, item.end) {
            (Some(start), Some(end)) if end >= start => (start, end),
            (Some(start), Some(_)) => {
                self.notes.at("A word ends before it starts, and is taken to end where it starts", &place);
                (start, start)
            }
            (Some(start), None) => {
                self.notes.at("A word has no end, and is taken to end where it starts", &place);
                (start, start)
            }
            (None, _) => {
                self.notes.at("A word has no time, and is put between its neighbours", &place);
                self.untimed.push(self.words.len());
                (0, 0)
            }
        };
        if span.0 < 0 {
            self.notes.at("A word starts before zero", &place);
        }
        let confidence = item.confidence.unwrap_or_else(|()| {
            self.notes.at("A confidence is not between 0 and 1, and is left out", &place);
            None
        });
        self.words.push(Word {
            id: WordId::imported(self.words.len()),
            text: item.text,
            punctuation: String::new(),
            span: Span { start: TranscriptTime::from_us(span.0), end: TranscriptTime::from_us(span.1) },
            confidence,
            speaker: item.speaker,
            channel: item.channel,
            alternatives: item.alternatives,
            masked: item.masked,
            timed: item.start.is_some(),
            source: item.source,
        });
    }

    /// Gives the words without a time the gap between those around them.
    pub fn place_untimed(&mut self) {
        let mut rest = self.untimed.as_slice();
        while let Some(&first) = rest.first() {
            let count = rest.iter().zip(first..).take_while(|(at, expected)| **at == *expected).count();
            let left = first.checked_sub(1).map(|i| self.words[i].span.end.us());
            let right = self.words.get(first + count).map(|word| word.span.start.us());
            let start = left.or(right).unwrap_or(0);
            let end = right.unwrap_or(start).max(start);
            let run = &mut self.words[first..first + count];
            let weights: Vec<usize> = run.iter().map(|word| word.text.chars().count()).collect();
            for (word, (start, end)) in run.iter_mut().zip(spread(start, end, &weights)) {
                word.span = Span { start: TranscriptTime::from_us(start), end: TranscriptTime::from_us(end) };
            }
            rest = &rest[count..];
        }
        self.untimed.clear();
    }

    /// The transcript. `part` names the line of a word, by its index: words in a row with the same line make a segment;
    /// without it segments are cut at pauses and sentences.
    pub fn finish(mut self, format: Format, languages: Vec<Language>, part: Option<Part<'_>>) -> Transcript {
        self.place_untimed();
        for (index, word) in self.words.iter_mut().enumerate() {
            word.id = WordId::imported(index);
        }
        if self.words.is_empty() {
            self.notes.say("The transcript has no words.");
        }
        let segments = match part {
            Some(part) => segments_by(&self.words, part),
            None => segment(&self.words),
        };
        Transcript { format, recogniser: None, languages, speakers: self.speakers, words: self.words, segments, notes: self.notes.lines() }
    }
}

/// Words in a row of one part and one speaker.
fn segments_by(words: &[Word], part: Part<'_>) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut last = None;
    for word in words {
        let key = (part(word), word.speaker);
        match segments.last_mut() {
            Some(segment) if last == Some(key) => segment.end = word.id.end(),
            _ => segments.push(Segment { first: word.id, end: word.id.end(), speaker: word.speaker }),
        }
        last = Some(key);
    }
    segments
}

/// Shares the time from `start` to `end` in proportion to `weights`, without gaps; a weight of 0 counts as 1.
pub(super) fn spread(start: i64, end: i64, weights: &[usize]) -> Vec<(i64, i64)> {
    let total: i128 = weights.iter().map(|weight| (*weight).max(1) as i128).sum();
    let length = i128::from(end) - i128::from(start);
    let at = |sum: i128| (i128::from(start) + length * sum / total.max(1)) as i64;
    let mut sum = 0;
    let share = |weight: &usize| {
        let from = at(sum);
        sum += (*weight).max(1) as i128;
        (from, at(sum))
    };
    weights.iter().map(share).collect()
}

/// Whether a text stands for one that a filter masked (`***`) or a redaction replaced (`[PII]`, `[NAME]`).
pub(super) fn is_mask(text: &str) -> bool {
    let stars = !text.is_empty() && text.chars().all(|c| c == '*');
    let category = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    stars || category.is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
}
