//! What the tests of the formats share.
#![allow(dead_code)]

use plumbline_core::transcript::{PlacedWord, Transcript};
use plumbline_core::{MediaTime, Span};

/// All words where they are, as after a review that changed nothing.
pub fn identity(t: &Transcript) -> Vec<PlacedWord> {
    moved(t, 0)
}

/// All words, `by` microseconds later.
pub fn moved(t: &Transcript, by: i64) -> Vec<PlacedWord> {
    let at = |us: i64| MediaTime::from_us(us + by);
    let place = |word: &plumbline_core::Word| PlacedWord {
        id: word.id,
        text: word.text.clone(),
        punctuation: word.punctuation.clone(),
        span: Span { start: at(word.span.start.us()), end: at(word.span.end.us()) },
        in_media: true,
        edited: false,
        alignment_confidence: None,
    };
    t.words.iter().map(place).collect()
}

/// Text, punctuation, times in milliseconds, speaker and channel of a word.
pub type Said = (String, String, i64, i64, Option<String>, Option<String>);

/// What is said when and by whom, in an order that does not depend on that of equal starts.
pub fn said(t: &Transcript) -> Vec<Said> {
    let ms = |us: i64| (us.max(0) + 500) / 1_000;
    let speaker = |index: u16| t.speakers[usize::from(index)].clone();
    let mut said: Vec<Said> = t
        .words
        .iter()
        .map(|w| {
            let (start, end) = (ms(w.span.start.us()), ms(w.span.end.us()));
            (w.text.clone(), w.punctuation.clone(), start, end, w.speaker.map(speaker), w.channel.clone())
        })
        .collect();
    said.sort_by(|a, b| (a.2, a.3, &a.0).cmp(&(b.2, b.3, &b.0)));
    said
}
