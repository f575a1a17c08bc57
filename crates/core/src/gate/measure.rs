//! What the gates measure. Thresholds play no part here.

use super::{GateId, Measure, PictureFacts, Place, SoundFacts, annotations, crossmodal, map, picture, sound, words};
use crate::align::{Envelope, Residual};
use crate::annotation::AnnotationSet;
use crate::crossmodal::PictureChanges;
use crate::format::Toxic;
use crate::time::MediaTime;
use crate::time_map::TimeMap;
use crate::transcript::{PlacedWord, Segment, Transcript};

/// What there is to measure; `placed[i]` is `transcript.words[i]` as it lies in the media.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The transcript.
    pub transcript: &'a Transcript,
    /// Its words in the media.
    pub placed: &'a [PlacedWord],
    /// Length of the media.
    pub duration: MediaTime,
    /// Where speech is; none for media without sound.
    pub envelope: Option<&'a Envelope>,
    /// Residuals under the map in force.
    pub residuals: &'a [Residual],
    /// The map in force; none where its pieces are not to be judged.
    pub map: Option<&'a TimeMap>,
    /// The annotations as they stand.
    pub annotations: Option<&'a AnnotationSet>,
    /// What the recogniser says of toxic speech, on the transcript's clock.
    pub toxicity: &'a [Toxic],
    /// What the sound is like; none for media without sound.
    pub sound: Option<&'a SoundFacts>,
    /// What the picture is like; none for media without picture.
    pub picture: Option<&'a PictureFacts>,
    /// How much the picture changes from frame to frame; none for media without picture, or where that was measured before.
    pub changes: Option<&'a PictureChanges>,
    /// Times of the frames that begin a shot, in order.
    pub shots: &'a [MediaTime],
    /// Shorter edge of the picture as it is shown, in pixels.
    pub short_edge: Option<u32>,
}

impl<'a> Inputs<'a> {
    /// Words that lie in a media of this length, and nothing else.
    pub fn new(transcript: &'a Transcript, placed: &'a [PlacedWord], duration: MediaTime) -> Self {
        Self {
            transcript,
            placed,
            duration,
            envelope: None,
            residuals: &[],
            map: None,
            annotations: None,
            toxicity: &[],
            sound: None,
            picture: None,
            changes: None,
            shots: &[],
            short_edge: None,
        }
    }
}

/// All measures of a media, by gate and in order of time.
pub fn measure(inputs: &Inputs<'_>) -> Vec<Measure> {
    let mut out = Vec::new();
    map::measure(inputs, &mut out);
    words::measure(inputs, &mut out);
    sound::measure(inputs, &mut out);
    picture::measure(inputs, &mut out);
    annotations::measure(inputs, &mut out);
    crossmodal::measure(inputs, &mut out);
    out.retain(|m| m.value.is_finite());
    out
}

pub(super) fn plain(gate: GateId, place: Place, value: f64) -> Measure {
    Measure { gate, place, value, signed: None }
}

/// A measure of the size of a value, which keeps its sign for people.
pub(super) fn signed(gate: GateId, place: Place, value: f64) -> Measure {
    Measure { gate, place, value: value.abs(), signed: Some(value) }
}

/// The place of a line.
pub(super) fn line(segment: &Segment) -> Place {
    Place::Words { first: segment.first, end: segment.end }
}

/// The words of a segment that stand and lie in the media.
pub(super) fn standing<'a>(inputs: &Inputs<'a>, segment: &Segment) -> Vec<&'a PlacedWord> {
    inputs.placed.get(inputs.transcript.range_of(segment)).unwrap_or_default().iter().filter(|w| w.in_media && !w.text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::tests::{limits, values};
    use crate::place::{InForce, place};
    use crate::time::{Delta, Span, TranscriptTime};
    use crate::time_map::Knot;
    use crate::transcript::{self, Format, Word, WordId, segment};

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
        Transcript { format: Format::Transcribe, recogniser: None, languages: vec![], speakers: vec![], words, segments, notes: vec![] }
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
        let inputs =
            Inputs { envelope: Some(&envelope), residuals: &residuals, ..Inputs::new(&transcript, &placed, MediaTime::from_ms(20_000)) };
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
        check(hello, &[], &[], LineConfidence, &[57.5]);
        check(hello, &[], &[], SpeakingRate, &[2.0]);
        check(hello, &[], &[], Repetition, &[]);
        check(&[("one two three four", 0, 500, 1.0)], &[], &[], SpeakingRate, &[5.7]);
    }

    /// How many words repeat in each run of a text.
    fn check_repetition(text: &str, want: &[f64]) {
        let words: Vec<_> = text.split(' ').zip(0..).map(|(word, i)| (word, i * 400, i * 400 + 300, 1.0)).collect();
        check(&words, &[], &[], GateId::Repetition, want);
    }

    #[test]
    fn loops_are_counted_by_the_words_that_repeat() {
        check_repetition("one two three one two four", &[]);
        check_repetition("it was very very good", &[]);
        check_repetition("no No no it was", &[2.0]);
        check_repetition("so thank you thank you thank you thank you bye", &[6.0]);
        check_repetition("a b c a b c a b and so on on on on", &[3.0, 3.0]);
        check_repetition("go go go go go go go go go go", &[9.0]);
    }

    /// What a gate measures of three lines of two words, of the speakers 0, 1 and 0, once they were changed; and how many of them fail.
    fn check_lines(change: impl FnOnce(&mut Transcript, &mut InForce), gate: GateId, want: &[f64], fails: usize) {
        let texts = ["one", "two", "three", "four", "five", "six"].into_iter().zip(0..);
        let words: Vec<_> = texts.map(|(word, i)| (word, i * 5_000, i * 5_000 + 4_000, 0.9)).collect();
        let mut transcript = transcript(&words);
        for (i, word) in transcript.words.iter_mut().enumerate() {
            word.speaker = Some(u16::from(i / 2 == 1));
        }
        let mut truth = InForce::default();
        change(&mut transcript, &mut truth);
        transcript.segments =
            transcript.words.chunks(2).map(|w| Segment { first: w[0].id, end: w[1].id.end(), speaker: w[0].speaker }).collect();
        let mut placed = place(&transcript, &truth);
        placed.iter_mut().zip([0.9, 0.7, 0.2, 0.0]).for_each(|(word, sure)| word.alignment_confidence = Some(sure));
        let inputs = Inputs { map: Some(&truth.map), ..Inputs::new(&transcript, &placed, MediaTime::from_ms(3_600_000)) };
        let found = measure(&inputs);
        assert_eq!(values(&found, gate), want, "{gate:?}");
        assert_eq!(limits().failing(&found).into_iter().filter(|g| *g == gate).count(), fails, "{gate:?}");
    }

    #[test]
    fn lines_tell_speakers_masks_languages_and_the_aligner() {
        use GateId::*;
        let ends = |t: &mut Transcript, word: usize, ms| t.words[word].span.end = TranscriptTime::from_ms(ms);
        check_lines(|_, _| {}, SpeakerOverlap, &[0.0, 0.0, 0.0], 0);
        check_lines(|t, _| ends(t, 1, 13_000), SpeakerOverlap, &[0.0, 3.0, 0.0], 1);
        // Words of one speaker may lie over each other.
        check_lines(|t, _| ends(t, 0, 9_000), SpeakerOverlap, &[0.0, 0.0, 0.0], 0);
        check_lines(|t, _| t.words.iter_mut().for_each(|w| w.speaker = None), SpeakerOverlap, &[], 0);
        check_lines(|_, _| {}, MaskedWords, &[], 0);
        check_lines(|t, _| (2..4).for_each(|i| t.words[i].masked = true), MaskedWords, &[0.0, 100.0, 0.0], 1);
        check_lines(|_, _| {}, AlignmentConfidence, &[80.0, 10.0], 1);
        let language = |s: i64| transcript::Language { code: "en-US".into(), score: None, duration: Some(Delta::from_ms(s * 1_000)) };
        check_lines(|t, _| t.languages = vec![language(90), language(10)], LanguageShare, &[90.0], 0);
        check_lines(|t, _| t.languages = vec![language(50), language(50)], LanguageShare, &[50.0], 1);
    }

    #[test]
    fn the_map_is_told_by_pieces_and_jumps() {
        use GateId::*;
        let map = |knots: &'static [(i64, i64)]| {
            move |_: &mut Transcript, truth: &mut InForce| {
                let knots = knots.iter().map(|(t, m)| Knot { transcript: TranscriptTime::from_ms(*t), media: MediaTime::from_ms(*m) });
                truth.map = TimeMap::new(knots.collect()).unwrap_or_default();
            }
        };
        check_lines(|_, _| {}, MapRate, &[], 0);
        check_lines(map(&[(0, 0), (20_000, 20_020), (29_000, 29_020)]), MapRate, &[1_000.0], 0);
        check_lines(map(&[(-1_000_000, -1_000_000), (1_000_000, 1_080_000)]), MapRate, &[40_000.0], 1);
        // A piece without words on it says nothing.
        check_lines(map(&[(100_000, 100_000), (200_000, 280_000)]), MapRate, &[], 0);
        check_lines(map(&[(10_000, 10_000), (10_000, 18_000)]), MapBreak, &[8.0], 0);
        check_lines(map(&[(10_000, 10_000), (10_000, 50_000)]), MapBreak, &[40.0], 1);
        check_lines(map(&[(5_000, 5_000), (9_000, 5_000)]), MapBreak, &[4.0], 0);
        check_lines(map(&[(100_000, 10_000), (100_000, 50_000)]), MapBreak, &[], 0);
    }
}
