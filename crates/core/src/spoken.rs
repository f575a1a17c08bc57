//! What is said, in sentences on the media's clock: what a model is shown beside pictures.

use crate::time::{Delta, MediaTime, Span};
use crate::transcript::{PlacedWord, Transcript};
use crate::word_id::WordId;
use serde::{Deserialize, Serialize};

/// A pause that ends a sentence.
const PAUSE: Delta = Delta::from_us(1_500_000);
/// A sentence ends with its punctuation once it has so many words: `Mr. Hale` is none.
const LEAST_WORDS: usize = 3;
/// No sentence has more words.
const MOST_WORDS: usize = 40;
/// What ends a sentence.
const ENDS: [char; 9] = ['.', '?', '!', '…', '。', '？', '！', '؟', '।'];

/// A sentence, or a part of a long one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sentence {
    /// When it is said.
    #[serde(flatten)]
    pub span: Span<MediaTime>,
    /// Index into [`Transcript::speakers`].
    pub speaker: Option<u16>,
    /// Its words with their punctuation.
    pub text: String,
    /// Its words, `[first, last]`.
    pub words: (WordId, WordId),
}

/// The sentences of a transcript whose words lie as `placed`, in order of their starts. Words that a person removed, and words that the media lost, are in none.
pub fn sentences(transcript: &Transcript, placed: &[PlacedWord]) -> Vec<Sentence> {
    let mut all: Vec<Sentence> = vec![];
    for segment in &transcript.segments {
        let mut open: Option<(Sentence, usize)> = None;
        let from = placed.partition_point(|w| w.id < segment.first);
        for word in placed[from..].iter().take_while(|w| w.id < segment.end).filter(|w| w.in_media && !w.text.is_empty()) {
            let text = format!("{}{}", word.text, word.punctuation);
            let ended = |(sentence, count): &(Sentence, usize)| {
                *count >= MOST_WORDS
                    || word.span.start - sentence.span.end >= PAUSE
                    || (*count >= LEAST_WORDS && sentence.text.ends_with(ENDS))
            };
            if open.as_ref().is_some_and(ended) {
                all.extend(open.take().map(|(sentence, _)| sentence));
            }
            match &mut open {
                Some((sentence, count)) => {
                    sentence.text.push(' ');
                    sentence.text.push_str(&text);
                    sentence.span = Span::new(sentence.span.start.min(word.span.start), sentence.span.end.max(word.span.end));
                    sentence.words.1 = word.id;
                    *count += 1;
                }
                None => open = Some((Sentence { span: word.span, speaker: segment.speaker, text, words: (word.id, word.id) }, 1)),
            }
        }
        all.extend(open.map(|(sentence, _)| sentence));
    }
    all.sort_by_key(|s| s.span.start);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Segment;

    fn placed(words: &[(&str, i64, i64)]) -> Vec<PlacedWord> {
        let word = |(n, (text, from, to)): (usize, &(&str, i64, i64))| {
            let stem = text.trim_end_matches(['.', ',']);
            PlacedWord {
                id: WordId::imported(n),
                text: stem.to_owned(),
                punctuation: text[stem.len()..].to_owned(),
                span: Span::new(MediaTime::from_ms(*from), MediaTime::from_ms(*to)),
                in_media: *from >= 0,
                edited: false,
                alignment_confidence: None,
            }
        };
        words.iter().enumerate().map(word).collect()
    }

    fn told(words: &[(&str, i64, i64)], segments: &[(usize, usize)]) -> Vec<(String, i64, i64)> {
        let segment =
            |(first, end): &(usize, usize)| Segment { first: WordId::imported(*first), end: WordId::imported(*end), speaker: Some(1) };
        let transcript = Transcript { segments: segments.iter().map(segment).collect(), ..Transcript::empty() };
        let ms = |at: MediaTime| at.us() / 1_000;
        sentences(&transcript, &placed(words)).into_iter().map(|s| (s.text, ms(s.span.start), ms(s.span.end))).collect()
    }

    #[test]
    fn words_become_sentences() {
        let said = |text: &str, from, to| (text.to_owned(), from, to);
        for (words, segments, expected) in [
            (
                vec![("Mr.", 0, 100), ("Hale", 100, 200), ("came.", 200, 300), ("He", 300, 400), ("sat.", 400, 500)],
                vec![(0, 5)],
                vec![said("Mr. Hale came.", 0, 300), said("He sat.", 300, 500)],
            ),
            (vec![("a", 0, 100), ("b", 1_600, 1_700)], vec![(0, 2)], vec![said("a", 0, 100), said("b", 1_600, 1_700)]),
            (vec![("a", 0, 100), ("", 100, 200), ("lost", -9, -9), ("b", 200, 300)], vec![(0, 4)], vec![said("a b", 0, 300)]),
            (vec![("late", 500, 600), ("early", 0, 100)], vec![(0, 1), (1, 2)], vec![said("early", 0, 100), said("late", 500, 600)]),
            (vec![], vec![], vec![]),
        ] {
            assert_eq!(told(&words, &segments), expected);
        }
        let long: Vec<(&str, i64, i64)> = (0..90).map(|n| ("w", n * 100, n * 100 + 100)).collect();
        assert_eq!(told(&long, &[(0, 90)]).len(), 3);
    }
}
