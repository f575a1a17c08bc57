//! The transcript as people left it: words they added, lines they cut or joined, speakers they named.

use crate::place::WordEdit;
use crate::time::{Delta, Span, TranscriptTime};
use crate::transcript::{Segment, Transcript, Word};
use crate::word_id::WordId;
use std::collections::BTreeMap;

/// How long a letter is said: what a word lasts that nobody has timed.
const LETTER: Delta = Delta::from_us(60_000);

/// `transcript` with what `edits` add to it and change about it, apart from text: that goes on to be an edit, since the imported text
/// says what was there. Added words have an empty text here for the same reason; they get their time from their neighbours. Words that
/// were removed stay, with an empty text in `edits`, and give their time to words added in their place.
pub fn revise(transcript: &Transcript, edits: &BTreeMap<WordId, WordEdit>) -> Transcript {
    let mut revised = transcript.clone();
    if edits.is_empty() {
        return revised;
    }
    add_words(&mut revised, edits);
    for word in &mut revised.words {
        let Some(edit) = edits.get(&word.id) else { continue };
        if let Some(punctuation) = &edit.punctuation {
            word.punctuation.clone_from(punctuation);
        }
        if let Some(label) = &edit.speaker {
            word.speaker = Some(speaker(&mut revised.speakers, label));
        }
    }
    revised.segments = lines(transcript, &revised, edits);
    name_added(&mut revised, edits);
    time_edited(&mut revised.words, edits);
    revised
}

fn add_words(revised: &mut Transcript, edits: &BTreeMap<WordId, WordEdit>) {
    let count = revised.words.len();
    let added = edits.keys().filter(|id| id.is_added() && id.is_within(count)).map(|id| Word {
        id: *id,
        text: String::new(),
        punctuation: String::new(),
        span: Span::new(TranscriptTime::ZERO, TranscriptTime::ZERO),
        confidence: None,
        speaker: None,
        channel: None,
        alternatives: vec![],
        masked: false,
        timed: false,
        source: 0,
    });
    revised.words.extend(added);
    // The sort is stable and quick on what is nearly in order.
    revised.words.sort_by_key(|w| w.id);
}

/// The index of a speaker by label, who may be new.
fn speaker(speakers: &mut Vec<String>, label: &str) -> u16 {
    let known = speakers.iter().position(|s| s == label);
    let at = known.unwrap_or_else(|| {
        speakers.push(label.to_owned());
        speakers.len() - 1
    });
    u16::try_from(at).unwrap_or(u16::MAX)
}

/// The words in the lines that people left; a line keeps the imported speaker as long as none of its words has another.
fn lines(transcript: &Transcript, revised: &Transcript, edits: &BTreeMap<WordId, WordEdit>) -> Vec<Segment> {
    let imported: BTreeMap<WordId, Option<u16>> = transcript.segments.iter().map(|s| (s.first, s.speaker)).collect();
    let mut segments: Vec<Segment> = Vec::new();
    for word in &revised.words {
        let begins = edits.get(&word.id).and_then(|e| e.line).unwrap_or_else(|| imported.contains_key(&word.id));
        match segments.last_mut() {
            Some(line) if !begins => line.end = line.end.max(word.id.end()),
            _ => {
                if let Some(before) = segments.last_mut() {
                    before.end = word.id;
                }
                segments.push(Segment { first: word.id, end: word.id.end(), speaker: None });
            }
        }
    }
    let speaker_of = |line: &Segment| {
        let here = &revised.words[revised.range_of(line)];
        let reassigned = here.iter().any(|w| edits.get(&w.id).is_some_and(|e| e.speaker.is_some()));
        let as_imported = imported.get(&line.first).copied().flatten().filter(|_| !reassigned);
        let stands = |w: &&Word| edits.get(&w.id).and_then(|e| e.text.as_deref()) != Some("");
        as_imported.or_else(|| here.iter().filter(stands).chain(here).find_map(|w| w.speaker))
    };
    let mut segments: Vec<Segment> = segments.iter().map(|line| Segment { speaker: speaker_of(line), ..line.clone() }).collect();
    speak_new(revised, &mut segments);
    segments
}

/// A line of new words alone is said by whoever says the line before, or else the one after.
fn speak_new(revised: &Transcript, segments: &mut [Segment]) {
    let is_new = |line: &Segment| line.speaker.is_none() && revised.words[revised.range_of(line)].iter().all(|w| w.id.is_added());
    for at in 0..segments.len() {
        if is_new(&segments[at]) {
            let before = at.checked_sub(1).map(|before| segments[before].speaker);
            let after = || segments[at..].iter().find(|line| !is_new(line)).and_then(|line| line.speaker);
            segments[at].speaker = before.unwrap_or_else(after);
        }
    }
}

/// Added words are said by whoever says their line, into the same channel.
fn name_added(revised: &mut Transcript, edits: &BTreeMap<WordId, WordEdit>) {
    if !revised.words.iter().any(|w| w.id.is_added()) {
        return;
    }
    for segment in &revised.segments.clone() {
        let range = revised.range_of(segment);
        let around = || range.clone().rev().chain((0..range.start).rev()).chain(range.end..revised.words.len());
        let channel = around().map(|i| &revised.words[i]).find(|w| !w.id.is_added()).and_then(|w| w.channel.clone());
        for word in revised.words[range].iter_mut().filter(|w| w.id.is_added()) {
            word.channel.clone_from(&channel);
            if edits.get(&word.id).is_none_or(|e| e.speaker.is_none()) {
                word.speaker = segment.speaker;
            }
        }
    }
}

/// Calls speakers by the names that people gave them, by label.
pub fn name_speakers(revised: &mut Transcript, names: &BTreeMap<String, String>) {
    for label in &mut revised.speakers {
        if let Some(name) = names.get(label) {
            label.clone_from(name);
        }
    }
}

fn letters(text: &str) -> i64 {
    text.chars().filter(|c| c.is_alphanumeric()).count().max(1) as i64
}

/// Gives times to added words, and to words that were cut in two or joined with the one that followed.
fn time_edited(words: &mut [Word], edits: &BTreeMap<WordId, WordEdit>) {
    let text = |word: &Word| edits.get(&word.id).and_then(|e| e.text.clone());
    let gone = |word: &Word| text(word).is_some_and(|t| t.is_empty());
    let mut at = 0;
    while at < words.len() {
        if !words[at].id.is_added() && !gone(&words[at]) {
            at += 1;
            continue;
        }
        // A run of words that were added or removed, between two that stand.
        let end = words[at..].iter().position(|w| !w.id.is_added() && !gone(w)).map_or(words.len(), |n| at + n);
        let (before, rest) = words.split_at_mut(at);
        let (run, after) = rest.split_at_mut(end - at);
        let texts: Vec<Option<String>> = run.iter().map(|w| text(w).filter(|t| !t.is_empty())).collect();
        let left_text = before.last().and_then(text);
        time_run(before.last_mut(), left_text.as_deref(), run, &texts, after.first());
        at = end;
    }
}

/// Times one run between the words that stand at its two sides. `texts` has the text of each word of the run that was added.
fn time_run(left: Option<&mut Word>, left_text: Option<&str>, run: &mut [Word], texts: &[Option<String>], right: Option<&Word>) {
    let removed = || run.iter().filter(|w| !w.id.is_added());
    let slot = removed().next().zip(removed().next_back()).map(|(a, b)| Span::new(a.span.start, b.span.end));
    let joined: String = removed().map(|w| w.text.as_str()).collect();
    let added = texts.iter().flatten().count();
    match (left, left_text, slot) {
        // Joined: the text of the left word ends with what was removed, and so does its time.
        (Some(left), Some(text), Some(slot)) if added == 0 => {
            if !joined.is_empty() && text.replace(char::is_whitespace, "").ends_with(&joined) && slot.end > left.span.end {
                left.span = Span::new(left.span.start, slot.end);
            }
        }
        _ if added == 0 => {}
        // Cut in two: the parts share the time of the whole.
        (Some(left), Some(text), None) if left.text.starts_with(text) && left.text.len() > text.len() => {
            let parts: Vec<i64> = std::iter::once(letters(text)).chain(texts.iter().flatten().map(|t| letters(t))).collect();
            let mut shares = share(left.span, &parts).into_iter();
            left.span = shares.next().unwrap_or(left.span);
            spread(run, texts, shares);
        }
        (left, _, slot) => {
            let parts: Vec<i64> = texts.iter().flatten().map(|t| letters(t)).collect();
            let window = slot.unwrap_or_else(|| between(left.as_deref(), right, Delta::from_us(LETTER.us() * parts.iter().sum::<i64>())));
            spread(run, texts, share(window, &parts).into_iter());
        }
    }
}

/// Where words that take `need` go between two words: behind the left one, and where the gap is too short for them over its second half.
fn between(left: Option<&Word>, right: Option<&Word>, need: Delta) -> Span<TranscriptTime> {
    match (left.map(|w| w.span), right.map(|w| w.span)) {
        (None, None) => Span::new(TranscriptTime::ZERO, TranscriptTime::ZERO + need),
        (None, Some(right)) => Span::new((right.start - need).max(TranscriptTime::ZERO.min(right.start)), right.start),
        (Some(left), None) => Span::new(left.end, left.end + need),
        (Some(left), Some(right)) if right.start - left.end >= need => Span::new(left.end, left.end + need),
        (Some(left), Some(right)) => {
            let half = left.start + Delta::from_us((left.end - left.start).us() / 2);
            let end = right.start.max(left.end);
            Span::new((end - need).max(half).min(end), end)
        }
    }
}

/// `whole` cut in proportion to `parts`, which are all above 0.
fn share(whole: Span<TranscriptTime>, parts: &[i64]) -> Vec<Span<TranscriptTime>> {
    let (length, total) = (whole.len().us(), parts.iter().sum::<i64>().max(1));
    let mut done = 0;
    let cut = |done: i64| whole.start + Delta::from_us((i128::from(length) * i128::from(done) / i128::from(total)) as i64);
    parts
        .iter()
        .map(|part| {
            let start = cut(done);
            done += part;
            Span::new(start, cut(done))
        })
        .collect()
}

fn spread(run: &mut [Word], texts: &[Option<String>], mut shares: impl Iterator<Item = Span<TranscriptTime>>) {
    for (word, text) in run.iter_mut().zip(texts) {
        if text.is_some()
            && let Some(span) = shares.next()
        {
            word.span = span;
        }
    }
}

#[cfg(test)]
#[path = "revise_tests.rs"]
mod tests;
