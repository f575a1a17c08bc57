//! What the gates measure. Thresholds play no part here.

use super::{GateId, Measure, Place};
use crate::align::{Envelope, Residual};
use crate::time::{Delta, MediaTime, Span, TranscriptTime};
use crate::transcript::{PlacedWord, Segment, Transcript, WordId};

/// What there is to measure; `placed[i]` is `transcript.words[i]` as it lies in the media.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The transcript.
    pub transcript: &'a Transcript,
    /// Its words in the media.
    pub placed: &'a [PlacedWord],
    /// The sound; none for media without any.
    pub envelope: Option<&'a Envelope>,
    /// Residuals under the map in force.
    pub residuals: &'a [Residual],
    /// Length of the media.
    pub duration: MediaTime,
}

/// Drift is judged over stretches of this length, on a grid from transcript time 0, so that a place keeps its identity.
const DRIFT_STRETCH: Delta = Delta::from_us(30_000_000);
/// A recogniser's word ends early and starts late by up to this; speech that near to a word is that word's.
const WORD_MARGIN: Delta = Delta::from_us(300_000);
/// Words may reach past the end of the media by this: rounding and jitter of the recogniser.
const END_MARGIN: Delta = Delta::from_us(100_000);
/// Reading speed of a line shorter than this is that of a line of this length.
const SHORTEST_LINE: Delta = Delta::from_us(700_000);
/// Uncovered speech shorter than this is a breath or the edge of a word.
const SHORTEST_SPEECH: Delta = Delta::from_us(500_000);

/// All measures of a media, by gate and in order of time.
pub fn measure(inputs: &Inputs<'_>) -> Vec<Measure> {
    let mut out = Vec::new();
    drift(inputs, &mut out);
    outside(inputs, &mut out);
    if let Some(envelope) = inputs.envelope {
        speech_without_words(inputs, envelope, &mut out);
        words_without_speech(inputs, envelope, &mut out);
    }
    confidence(inputs, &mut out);
    reading_speed(inputs, &mut out);
    out.retain(|m| m.value.is_finite());
    out
}

fn plain(gate: GateId, place: Place, value: f64) -> Measure {
    Measure { gate, place, value, signed: None }
}

/// The median of what is left of the drift, stretch by stretch.
fn drift(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    let stretch = |r: &Residual| r.at.us().div_euclid(DRIFT_STRETCH.us());
    let clear: Vec<&Residual> = inputs.residuals.iter().filter(|r| r.is_clear()).collect();
    for group in clear.chunk_by(|a, b| stretch(a) == stretch(b)) {
        let mut left: Vec<i64> = group.iter().map(|r| r.left.us()).collect();
        left.sort_unstable();
        let (Some(&median), Some(first)) = (left.get(left.len() / 2), group.first()) else { continue };
        let start = TranscriptTime::from_us(stretch(first).saturating_mul(DRIFT_STRETCH.us()));
        let ms = median as f64 / 1_000.0;
        let place = Place::Transcript(Span::new(start, start + DRIFT_STRETCH));
        out.push(Measure { gate: GateId::ResidualOffset, place, value: ms.abs(), signed: Some(ms) });
    }
}

/// Runs of neighbouring words that the media has no sound for; a transcript without any gives one measure of 0.
fn outside(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    let words: Vec<(WordId, bool)> = inputs
        .placed
        .iter()
        .filter(|w| !w.text.is_empty())
        .map(|w| (w.id, !w.in_media || w.span.start < MediaTime::ZERO || w.span.end > inputs.duration + END_MARGIN))
        .collect();
    for run in words.chunk_by(|a, b| a.1 == b.1) {
        if let (Some((first, true)), Some((last, _))) = (run.first(), run.last()) {
            let place = Place::Words { first: *first, end: last.end() };
            out.push(plain(GateId::WordsOutsideMedia, place, run.len() as f64));
        }
    }
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

/// The words of a segment that stand and lie in the media.
fn standing<'a>(inputs: &Inputs<'a>, segment: &Segment) -> Vec<&'a PlacedWord> {
    inputs.placed.get(inputs.transcript.range_of(segment)).unwrap_or_default().iter().filter(|w| w.in_media && !w.text.is_empty()).collect()
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
            let place = Place::Words { first: segment.first, end: segment.end };
            out.push(plain(GateId::WordsWithoutSpeech, place, 100.0 * sum / time));
        }
    }
}

/// The recogniser's confidence in each word that a person has not rewritten.
fn confidence(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    for (word, placed) in inputs.transcript.words.iter().zip(inputs.placed) {
        if let Some(confidence) = word.confidence
            && placed.text == word.text
        {
            let place = Place::Words { first: word.id, end: word.id.end() };
            out.push(plain(GateId::WordConfidence, place, 100.0 * f64::from(confidence)));
        }
    }
}

/// Characters, spaces included, over the time from a line's first word to its last.
fn reading_speed(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    for segment in &inputs.transcript.segments {
        let words = standing(inputs, segment);
        let (Some(start), Some(end)) = (words.iter().map(|w| w.span.start).min(), words.iter().map(|w| w.span.end).max()) else { continue };
        let characters: usize = words.iter().map(|w| w.text.chars().count() + 1).sum::<usize>() - 1;
        let seconds = (end - start).us().max(SHORTEST_LINE.us()) as f64 / 1e6;
        let place = Place::Words { first: segment.first, end: segment.end };
        out.push(plain(GateId::ReadingSpeed, place, characters as f64 / seconds));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{InForce, place};
    use crate::transcript::{Format, Word, segment};

    /// Words of `(text, start in ms, end in ms, confidence)`.
    fn transcript(words: &[(&str, i64, i64, f32)]) -> Transcript {
        let words: Vec<Word> = words
            .iter()
            .enumerate()
            .map(|(i, (text, start, end, confidence))| Word {
                id: WordId::imported(i),
                text: (*text).to_owned(),
                punctuation: String::new(),
                span: Span::new(TranscriptTime::from_ms(*start), TranscriptTime::from_ms(*end)),
                confidence: Some(*confidence),
                speaker: None,
                channel: None,
                alternatives: vec![],
                masked: false,
                timed: true,
                source: i as u32,
            })
            .collect();
        let segments = segment(&words);
        Transcript { format: Format::Transcribe, languages: vec![], speakers: vec![], words, segments, notes: vec![] }
    }

    /// An envelope that is 1 in the given stretches of ms and 0 elsewhere.
    fn envelope(len_ms: i64, speech: &[(i64, i64)]) -> Envelope {
        let values = (0..len_ms / 10).map(|i| if speech.iter().any(|(a, b)| i * 10 >= *a && i * 10 < *b) { 1.0 } else { 0.0 }).collect();
        Envelope { values }
    }

    fn check(words: &[(&str, i64, i64, f32)], speech: &[(i64, i64)], residuals: &[(i64, i64, f32)], gate: GateId, want: &[f64]) {
        let transcript = transcript(words);
        let placed = place(&transcript, &InForce::default());
        let residuals: Vec<Residual> = residuals
            .iter()
            .map(|(at, left, score)| Residual {
                at: TranscriptTime::from_ms(*at),
                drift: Delta::from_us(left * 1_000),
                left: Delta::from_us(left * 1_000),
                score: *score,
            })
            .collect();
        let envelope = envelope(20_000, speech);
        let inputs = Inputs {
            transcript: &transcript,
            placed: &placed,
            envelope: Some(&envelope),
            residuals: &residuals,
            duration: MediaTime::from_ms(20_000),
        };
        let values: Vec<f64> = measure(&inputs).iter().filter(|m| m.gate == gate).map(|m| m.value).collect();
        assert_eq!(values.len(), want.len(), "{gate:?}: {values:?}");
        for (got, want) in values.iter().zip(want) {
            assert!((got - want).abs() < 0.6 + want * 0.05, "{gate:?}: {values:?}, not {want:?}");
        }
    }

    #[test]
    fn each_gate_measures_what_it_says() {
        use GateId::*;
        let hello: &[(&str, i64, i64, f32)] = &[("hello", 1_000, 1_500, 0.9), ("there", 1_500, 2_000, 0.25)];
        check(hello, &[], &[], WordConfidence, &[90.0, 25.0]);
        check(hello, &[], &[], ReadingSpeed, &[11.0]);
        check(hello, &[(1_000, 2_000)], &[], WordsWithoutSpeech, &[100.0]);
        check(hello, &[(5_000, 9_000)], &[], WordsWithoutSpeech, &[0.0]);
        check(hello, &[(1_000, 2_000), (5_000, 9_000)], &[], SpeechWithoutWords, &[4.0]);
        check(hello, &[(1_000, 2_000)], &[], SpeechWithoutWords, &[]);
        check(hello, &[], &[], WordsOutsideMedia, &[]);
        check(&[("late", 20_050, 20_400, 1.0), ("later", 20_500, 20_600, 1.0)], &[], &[], WordsOutsideMedia, &[2.0]);
        check(&[("early", -500, -100, 1.0)], &[], &[], WordsOutsideMedia, &[1.0]);
        check(hello, &[], &[(3_000, 40, 0.9), (9_000, 60, 0.9), (15_000, 9_000, 0.1), (33_000, -300, 0.9)], ResidualOffset, &[60.0, 300.0]);
        check(&[], &[(1_000, 5_000)], &[], SpeechWithoutWords, &[4.0]);
    }
}
