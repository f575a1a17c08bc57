//! Words where they lie in the media: imported times, the map in force, what the sound said and a person's own changes put together.

use crate::align::{Findings, Heard};
use crate::time::{Delta, MediaTime, Span};
use crate::time_map::{Anchor, TimeMap};
use crate::transcript::{PlacedWord, Transcript, Word, WordId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a person changed about one word; nothing set is a word as imported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordEdit {
    /// New text; empty removes the word. May hold several words divided by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where the word lies in the media, whatever the map says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span<MediaTime>>,
    /// New punctuation behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub punctuation: Option<String>,
    /// Whether a line begins with it, where that is not as imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<bool>,
    /// Label of the speaker who says it, where that is not as imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
}

impl WordEdit {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A finding holds as long as the map puts the word's start no farther than this from where it did when the word was listened for.
const SAME_PLACE: Delta = Delta::from_us(20_000);

/// All that decides where the words of a transcript lie.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InForce {
    /// The map, bent through the anchors.
    pub map: TimeMap,
    /// The anchors.
    pub anchors: Vec<Anchor>,
    /// Where the words were heard.
    pub heard: Findings,
    /// What a person changed.
    pub edits: BTreeMap<WordId, WordEdit>,
}

impl InForce {
    /// The text of a word as it stands.
    pub fn text<'a>(&'a self, word: &'a Word) -> &'a str {
        self.edits.get(&word.id).and_then(|e| e.text.as_deref()).unwrap_or(&word.text)
    }

    /// The words whose place a person gave: put there, or anchored.
    pub fn by_hand(&self, transcript: &Transcript) -> BTreeSet<WordId> {
        let anchored: BTreeSet<_> = self.anchors.iter().map(|a| a.transcript).collect();
        let placed = |w: &Word| self.edits.get(&w.id).is_some_and(|e| e.span.is_some());
        transcript.words.iter().filter(|w| placed(w) || anchored.contains(&w.span.start)).map(|w| w.id).collect()
    }

    /// The finding that says where a word lies: one for its text as it stands, made where the map still puts it.
    pub(crate) fn finding(&self, word: &Word) -> Option<&Heard> {
        let start = self.map.map_span(word.span).start;
        let holds = |h: &&Heard| (start - h.mapped).abs() <= SAME_PLACE && h.text.as_deref().unwrap_or(&word.text) == self.text(word);
        self.heard.of(word.id).find(holds)
    }
}

/// Every word of `transcript`, in its order. A word lies where a person put it; else where it was heard; else, and always where it is
/// anchored, where the map puts it. Words that were heard keep the order of the transcript's clock. A word whose stretch the map flattens
/// to nothing was cut from the media, unless a person or the sound has it there.
pub fn place(transcript: &Transcript, truth: &InForce) -> Vec<PlacedWord> {
    let untouched = WordEdit::default();
    let by_hand = truth.by_hand(transcript);
    let heard: Vec<Option<&Heard>> =
        transcript.words.iter().map(|w| if by_hand.contains(&w.id) { None } else { truth.finding(w) }).collect();
    let mut placed: Vec<PlacedWord> = transcript
        .words
        .iter()
        .zip(&heard)
        .map(|(word, heard)| {
            let edit = truth.edits.get(&word.id).unwrap_or(&untouched);
            let span = heard.map_or_else(|| truth.map.map_span(word.span), |h| h.span);
            PlacedWord {
                id: word.id,
                text: truth.text(word).to_owned(),
                punctuation: word.punctuation.clone(),
                span: edit.span.unwrap_or(span),
                in_media: edit.span.is_some() || word.span.is_empty() || !span.is_empty(),
                edited: !edit.is_empty(),
                alignment_confidence: heard.map(|h| h.confidence),
            }
        })
        .collect();
    keep_order(transcript, truth, &heard, &mut placed);
    placed
}

/// Holds every heard start between the starts before and after it on the transcript's clock. Words that a person put somewhere hold
/// no others: they may lie anywhere.
fn keep_order(transcript: &Transcript, truth: &InForce, heard: &[Option<&Heard>], placed: &mut [PlacedWord]) {
    let put = |i: &usize| truth.edits.get(&transcript.words[*i].id).is_some_and(|e| e.span.is_some());
    let mut order: Vec<usize> = (0..placed.len()).filter(|i| !put(i)).collect();
    order.sort_by_key(|i| transcript.words[*i].span.start);
    let mut hold = |i: usize, limit: MediaTime, pick: fn(MediaTime, MediaTime) -> MediaTime| {
        let span = &mut placed[i].span;
        if heard[i].is_some() {
            *span = Span::new(pick(span.start, limit), span.end);
        }
        pick(span.start, limit)
    };
    order.iter().rev().fold(MediaTime::from_us(i64::MAX), |ceiling, i| hold(*i, ceiling, MediaTime::min));
    order.iter().fold(MediaTime::from_us(i64::MIN), |floor, i| hold(*i, floor, MediaTime::max));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::float_cmp)]
mod tests {
    use super::*;
    use crate::align::touched;
    use crate::time::TranscriptTime;
    use crate::time_map::Knot;
    use crate::transcript::{Format, Segment};
    use proptest::prelude::*;
    use std::sync::Arc;

    /// Words of 400 ms every 500 ms, named by their index.
    fn transcript(count: u32) -> Transcript {
        let word = |i: u32| Word {
            id: WordId(u64::from(i)),
            text: format!("w{i}"),
            punctuation: String::new(),
            span: Span::new(TranscriptTime::from_ms(i64::from(i) * 500), TranscriptTime::from_ms(i64::from(i) * 500 + 400)),
            confidence: None,
            speaker: None,
            channel: None,
            alternatives: vec![],
            masked: false,
            timed: true,
            source: i,
        };
        let segments = vec![Segment { first: WordId(0), end: WordId(u64::from(count)), speaker: None }];
        Transcript {
            format: Format::Transcribe,
            recogniser: None,
            languages: vec![],
            speakers: vec![],
            words: (0..count).map(word).collect(),
            segments,
            notes: vec![],
        }
    }

    fn heard(start_ms: i64, mapped_ms: i64) -> Heard {
        let span = Span::new(MediaTime::from_ms(start_ms), MediaTime::from_ms(start_ms + 300));
        Heard { span, mapped: MediaTime::from_ms(mapped_ms), confidence: 0.9, text: None }
    }

    /// All words found this far from where the identity puts them.
    fn found(count: u32, by_ms: i64) -> Findings {
        let all = (0..i64::from(count)).map(|i| Some(heard(i * 500 + by_ms, i * 500))).collect();
        Findings { whole: Arc::new(all), newer: BTreeMap::new() }
    }

    fn edit(text: Option<&str>, at_ms: Option<i64>) -> WordEdit {
        let span = at_ms.map(|ms| Span::new(MediaTime::from_ms(ms), MediaTime::from_ms(ms + 100)));
        WordEdit { text: text.map(Into::into), span, ..WordEdit::default() }
    }

    fn anchor(transcript_ms: i64, media_ms: i64) -> Anchor {
        Knot { transcript: TranscriptTime::from_ms(transcript_ms), media: MediaTime::from_ms(media_ms) }
    }

    /// Of twenty words found 30 ms late: where word 5 starts, how sure that is, and what has to be listened for again.
    fn check(change: impl FnOnce(&mut InForce), start_ms: i64, confidence: Option<f32>, again: &[(usize, usize)]) {
        let t = transcript(20);
        let mut truth = InForce { heard: found(20, 30), ..InForce::default() };
        change(&mut truth);
        truth.map = truth.map.through(&truth.anchors);
        let word = &place(&t, &truth)[5];
        assert_eq!((word.span.start, word.alignment_confidence), (MediaTime::from_ms(start_ms), confidence), "{truth:?}");
        let ranges: Vec<_> = touched(&t, &truth).into_iter().map(|r| (r.start, r.end)).collect();
        assert_eq!(ranges, again, "{truth:?}");
    }

    #[test]
    fn a_word_lies_where_a_person_put_it_else_where_it_was_heard_else_where_the_map_says() {
        let edited = |text: Option<&'static str>, at: Option<i64>| move |f: &mut InForce| drop(f.edits.insert(WordId(5), edit(text, at)));
        let shifted = |us| move |f: &mut InForce| f.map = TimeMap::offset(Delta::from_us(us));
        let newer = |h: Heard| move |f: &mut InForce| drop(f.heard.newer.insert(WordId(5), h));
        check(|_| {}, 2_530, Some(0.9), &[]);
        check(|f| f.heard = Findings::default(), 2_500, None, &[]);
        check(edited(None, Some(2_700)), 2_700, None, &[]);
        check(edited(Some("other"), None), 2_500, None, &[(2, 9)]);
        check(edited(Some(""), None), 2_500, None, &[]);
        check(edited(Some("other"), Some(2_700)), 2_700, None, &[]);
        check(shifted(20_000), 2_530, Some(0.9), &[]);
        check(shifted(21_000), 2_521, None, &[(0, 20)]);
        check(newer(Heard { confidence: 0.4, ..heard(2_480, 2_500) }), 2_480, Some(0.4), &[]);
        check(newer(heard(2_480, 9_000)), 2_530, Some(0.9), &[]);
        let rewritten = |f: &mut InForce| {
            edited(Some("other"), None)(f);
            newer(Heard { text: Some("other".into()), ..heard(2_480, 2_500) })(f);
        };
        check(rewritten, 2_480, Some(0.9), &[]);
        // An anchor where the map has the word already moves nothing, but from then on its place is known.
        check(|f| f.anchors = vec![anchor(2_500, 2_500)], 2_500, None, &[]);
        check(|f| f.anchors = vec![anchor(2_500, 2_600)], 2_600, None, &[(0, 20)]);
        check(|f| f.anchors = vec![anchor(0, 0), anchor(2_500, 2_500), anchor(3_000, 3_100), anchor(3_500, 3_500)], 2_500, None, &[]);
        check(
            |f| f.anchors = vec![anchor(0, 0), anchor(2_500, 2_500), anchor(3_500, 3_600), anchor(4_500, 4_500)],
            2_500,
            None,
            &[(3, 12)],
        );
    }

    #[test]
    fn a_word_that_was_heard_is_in_the_media() {
        let t = transcript(4);
        let map = TimeMap::new(vec![anchor(0, 0), anchor(500, 500), anchor(1_000, 500)]).unwrap();
        let mut truth = InForce { map, ..InForce::default() };
        assert!(!place(&t, &truth)[1].in_media);
        truth.heard.newer.insert(WordId(1), heard(450, 500));
        assert!(place(&t, &truth)[1].in_media);
    }

    proptest! {
        #[test]
        fn starts_keep_the_order_of_the_transcript(
            found in prop::collection::vec(prop::option::weighted(0.8, (-3_000i64..3_000, 0i64..40)), 12),
            put in prop::option::of((0u64..12, 0i64..9_000)),
            at in 0i64..6,
        ) {
            let t = transcript(12);
            let whole = found.iter().zip(0i64..).map(|(f, i)| f.map(|(by, off)| heard(i * 500 + by, i * 500 + off))).collect();
            let mut truth = InForce { heard: Findings { whole: Arc::new(whole), newer: BTreeMap::new() }, ..InForce::default() };
            truth.anchors = vec![anchor(at * 1_000, at * 1_000)];
            truth.edits.extend(put.map(|(word, at)| (WordId(word), edit(None, Some(at)))));
            let placed = place(&t, &truth);
            let by_map: Vec<_> = placed.iter().filter(|w| !truth.edits.contains_key(&w.id)).collect();
            for pair in by_map.windows(2) {
                prop_assert!(pair[0].span.start <= pair[1].span.start, "{:?}", pair);
            }
            for (word, source) in placed.iter().zip(&t.words) {
                let as_mapped = word.span == truth.map.map_span(source.span);
                prop_assert!(word.alignment_confidence.is_some() || truth.edits.contains_key(&word.id) || as_mapped);
            }
        }
    }
}
