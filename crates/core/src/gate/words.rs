//! What speaks against the words: the recogniser's own doubt, sound that does not go with them, and words that nobody says that way.

use super::measure::{line, plain, standing};
use super::{GateId, Inputs, Measure, Place};
use crate::align::Envelope;
use crate::time::{Delta, MediaTime, Span};
use crate::transcript::{PlacedWord, Segment, Word};

/// A recogniser's word ends early and starts late by up to this; speech that near to a word is that word's.
const WORD_MARGIN: Delta = Delta::from_us(300_000);
/// Reading speed of a line shorter than this is that of a line of this length.
const SHORTEST_LINE: Delta = Delta::from_us(700_000);
/// Uncovered speech shorter than this is a breath or the edge of a word.
const SHORTEST_SPEECH: Delta = Delta::from_us(500_000);
/// Loops of recognisers repeat up to so many words.
const LONGEST_LOOP: usize = 8;
/// A word repeated once is a stammer or meant that way.
const LEAST_REPEATED: usize = 2;

pub(super) fn measure(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    if let Some(envelope) = inputs.envelope {
        speech_without_words(inputs, envelope, out);
        words_without_speech(inputs, envelope, out);
    }
    word_confidence(inputs, out);
    line_confidence(inputs, out);
    rates(inputs, out);
    repetition(inputs, out);
    overlap(inputs, out);
    masked(inputs, out);
    language(inputs, out);
    toxicity(inputs, out);
}

/// Speech in the gaps between words, one measure per gap that holds any.
fn speech_without_words(inputs: &Inputs<'_>, envelope: &Envelope, out: &mut Vec<Measure>) {
    let mut covered: Vec<Span<MediaTime>> = inputs
        .placed
        .iter()
        .filter(|w| w.in_media && !w.text.is_empty())
        .map(|w| Span::new(w.span.start - WORD_MARGIN, w.span.end + WORD_MARGIN))
        .collect();
    covered.sort_by_key(|s| (s.start, s.end));
    let speech = envelope.speech();
    let mut at = MediaTime::from_us(i64::MIN);
    let mut from = 0;
    let end_of_time = Span::new(MediaTime::from_us(i64::MAX), MediaTime::from_us(i64::MAX));
    for word in covered.into_iter().chain([end_of_time]) {
        let gap = Span::new(at, word.start);
        // Stretches that end before this gap can't matter to a later one.
        from += speech[from..].iter().take_while(|s| s.end <= at).count();
        let parts: Vec<Span<MediaTime>> = speech[from..].iter().take_while(|s| s.start < gap.end).filter_map(|s| s.overlap(gap)).collect();
        let total: i64 = parts.iter().map(|s| s.len().us()).sum();
        if let (Some(first), Some(last)) = (parts.first(), parts.last())
            && total >= SHORTEST_SPEECH.us()
        {
            let place = Place::Media(Span::new(first.start, last.end));
            out.push(plain(GateId::SpeechWithoutWords, place, total as f64 / 1e6));
        }
        at = at.max(word.end);
    }
}

/// Mean level of the sound under the words of a line.
fn words_without_speech(inputs: &Inputs<'_>, envelope: &Envelope, out: &mut Vec<Measure>) {
    for segment in &inputs.transcript.segments {
        let (mut sum, mut time) = (0.0, 0.0);
        for word in standing(inputs, segment) {
            let us = word.span.len().us() as f64;
            sum += f64::from(envelope.mean(word.span)) * us;
            time += us;
        }
        if time > 0.0 {
            out.push(plain(GateId::WordsWithoutSpeech, line(segment), 100.0 * sum / time));
        }
    }
}

/// The recogniser's confidence in each word that a person has not rewritten.
fn word_confidence(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    for (word, placed) in inputs.transcript.words.iter().zip(inputs.placed) {
        if let Some(confidence) = word.confidence
            && placed.text == word.text
        {
            let place = Place::Words { first: word.id, end: word.id.end() };
            out.push(plain(GateId::WordConfidence, place, 100.0 * f64::from(confidence)));
        }
    }
}

/// The mean over the words of a line that a person has not rewritten.
fn line_confidence(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    for segment in &inputs.transcript.segments {
        let range = inputs.transcript.range_of(segment);
        let words = inputs.transcript.words[range.clone()].iter().zip(inputs.placed.get(range).unwrap_or_default());
        let sure: Vec<f64> =
            words.filter(|(word, placed)| placed.text == word.text).filter_map(|(w, _)| w.confidence.map(f64::from)).collect();
        if !sure.is_empty() {
            out.push(plain(GateId::LineConfidence, line(segment), 100.0 * sure.iter().sum::<f64>() / sure.len() as f64));
        }
    }
}

/// Characters, spaces included, and words over the time from a line's first word to its last.
fn rates(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    let mut spoken = Vec::new();
    for segment in &inputs.transcript.segments {
        let words = standing(inputs, segment);
        let (Some(start), Some(end)) = (words.iter().map(|w| w.span.start).min(), words.iter().map(|w| w.span.end).max()) else { continue };
        let characters: usize = words.iter().map(|w| w.text.chars().count() + 1).sum::<usize>() - 1;
        let seconds = (end - start).us().max(SHORTEST_LINE.us()) as f64 / 1e6;
        out.push(plain(GateId::ReadingSpeed, line(segment), characters as f64 / seconds));
        let count = words.iter().flat_map(|w| w.text.split_whitespace()).count();
        spoken.push(plain(GateId::SpeakingRate, line(segment), count as f64 / seconds));
    }
    out.append(&mut spoken);
}

/// Runs in which the same one to eight words come again and again: how many words only repeat.
fn repetition(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    let words: Vec<(String, &PlacedWord)> =
        inputs.placed.iter().filter(|w| !w.text.is_empty()).map(|w| (w.text.to_lowercase(), w)).collect();
    let mut at = 0;
    while at < words.len() {
        // Words that equal those `n` before them, from `at + n` on.
        let repeated = |n: usize| words[at..].iter().zip(words.get(at + n..).unwrap_or_default()).take_while(|(a, b)| a.0 == b.0).count();
        let whole = |n: usize| repeated(n) / n * n;
        let Some((n, count)) = (1..=LONGEST_LOOP).map(|n| (n, whole(n))).max_by_key(|(n, count)| (*count, std::cmp::Reverse(*n))) else {
            break;
        };
        if count < LEAST_REPEATED {
            at += 1;
            continue;
        }
        let last = at + n + count - 1;
        let place = Place::Words { first: words[at].1.id, end: words[last].1.id.end() };
        out.push(plain(GateId::Repetition, place, count as f64));
        at = last + 1;
    }
}

/// For how long the words of a line lie over words of another speaker that began before them.
fn overlap(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    let speakers: Vec<_> = inputs.transcript.words.iter().map(|w| w.speaker).collect();
    if speakers.iter().flatten().min() == speakers.iter().flatten().max() {
        return;
    }
    let mut order: Vec<usize> = (0..inputs.placed.len().min(speakers.len()))
        .filter(|i| speakers[*i].is_some() && inputs.placed[*i].in_media && !inputs.placed[*i].text.is_empty())
        .collect();
    order.sort_by_key(|i| inputs.placed[*i].span.start);
    let mut over = vec![Delta::ZERO; inputs.placed.len()];
    // The two speakers whose words reach furthest so far: one of them is not the speaker of the next word.
    let mut reach: [(Option<u16>, MediaTime); 2] = [(None, MediaTime::from_us(i64::MIN)); 2];
    for i in order {
        let (speaker, span) = (speakers[i], inputs.placed[i].span);
        if let Some((_, end)) = reach.iter().find(|r| r.0.is_some() && r.0 != speaker)
            && *end > span.start
        {
            over[i] = (*end).min(span.end) - span.start;
        }
        reach = further(reach, (speaker, span.end));
    }
    for segment in &inputs.transcript.segments {
        let range = inputs.transcript.range_of(segment);
        let us: i64 = over.get(range).unwrap_or_default().iter().map(|d| d.us()).sum();
        out.push(plain(GateId::SpeakerOverlap, line(segment), us as f64 / 1e6));
    }
}

/// The two of different speakers that reach furthest, the furthest first.
fn further(reach: [(Option<u16>, MediaTime); 2], new: (Option<u16>, MediaTime)) -> [(Option<u16>, MediaTime); 2] {
    let [first, second] = reach;
    if first.0 == new.0 {
        return [(new.0, first.1.max(new.1)), second];
    }
    let rest = if second.0 == new.0 && second.1 > new.1 { second } else { new };
    match () {
        () if rest.1 > first.1 => [rest, first],
        () if rest.1 > second.1 || second.0 == rest.0 => [first, rest],
        () => reach,
    }
}

/// Only of transcripts that were filtered at all.
fn masked(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    if !inputs.transcript.words.iter().any(|w| w.masked) {
        return;
    }
    for segment in &inputs.transcript.segments {
        let words = &inputs.transcript.words[inputs.transcript.range_of(segment)];
        let masked = words.iter().filter(|w| w.masked).count();
        out.push(plain(GateId::MaskedWords, line(segment), 100.0 * masked as f64 / words.len().max(1) as f64));
    }
}

/// Where the source says how long each language is spoken, and how sure it is of the one that it names.
fn language(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    let segments = &inputs.transcript.segments;
    let (Some(Segment { first, .. }), Some(Segment { end, .. })) = (segments.first(), segments.last()) else { return };
    let whole = Place::Words { first: *first, end: *end };
    let times: Vec<i64> = inputs.transcript.languages.iter().filter_map(|l| l.duration).map(Delta::us).collect();
    let (total, most) = (times.iter().sum::<i64>(), times.iter().copied().max().unwrap_or(0));
    if total > 0 {
        out.push(plain(GateId::LanguageShare, whole, 100.0 * most as f64 / total as f64));
    }
    let score = inputs.transcript.languages.first().and_then(|l| l.score);
    out.extend(score.map(|score| plain(GateId::Language, whole, 100.0 * f64::from(score))));
}

/// Each stretch that the recogniser judged, by the words whose middle lies in it.
fn toxicity(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    for toxic in inputs.toxicity {
        let middle = |w: &Word| w.span.start + Delta::from_us((w.span.end - w.span.start).us() / 2);
        let mut words = inputs.transcript.words.iter().filter(|w| !w.id.is_added() && toxic.span.contains(middle(w)));
        let Some(first) = words.next() else { continue };
        let last = words.next_back().unwrap_or(first);
        let place = Place::Words { first: first.id, end: last.id.end() };
        out.push(plain(GateId::Toxicity, place, 100.0 * f64::from(toxic.score)));
    }
}
