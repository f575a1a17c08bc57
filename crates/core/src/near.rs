//! What lies near in meaning: vectors as they are kept, how near two of them are, and the nearest of many.
//!
//! A vector is kept as whole numbers of one byte each: its direction is what counts, and every vector is looked at for every question, so that
//! its size is the time that a question takes.

use crate::spoken::Sentence;
use crate::time::{Delta, MediaTime, Span};
use serde::{Deserialize, Serialize};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// A piece of speech is at least so long, where what is said goes on.
const LEAST: Delta = Delta::from_us(10_000_000);
/// No piece of several sentences is longer.
const MOST: Delta = Delta::from_us(30_000_000);
/// A pause that ends a piece.
const PAUSE: Delta = Delta::from_us(5_000_000);

/// What has a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum PieceKind {
    /// Some sentences that are said one after another.
    Words,
    /// An annotation's text.
    Annotation,
    /// A frame of a shot.
    Frame,
}

impl PieceKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Words, Self::Annotation, Self::Frame];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Annotation => "annotation",
            Self::Frame => "frame",
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Something in a media that has a vector.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// When.
    pub span: Span<MediaTime>,
    /// Its first word or its annotation by its id; empty of a frame.
    pub at: String,
    /// What is said; empty of a frame.
    pub text: String,
    /// Names what its vector is made of: what has the same name has the same vector.
    pub content: String,
}

/// Sentences joined to stretches of about 10 s to 30 s: one alone says too little to be found by what it means.
pub fn stretches(sentences: &[Sentence]) -> Vec<Sentence> {
    let mut all: Vec<Sentence> = vec![];
    for sentence in sentences {
        let end = |open: &Sentence| open.span.end.max(sentence.span.end);
        let joins = |open: &Sentence| {
            open.span.end - open.span.start < LEAST && end(open) - open.span.start <= MOST && sentence.span.start - open.span.end < PAUSE
        };
        match all.last_mut().filter(|open| joins(open)) {
            Some(open) => {
                open.span = Span::new(open.span.start, end(open));
                open.text = format!("{} {}", open.text, sentence.text);
                open.words.1 = sentence.words.1;
                open.speaker = open.speaker.filter(|who| Some(*who) == sentence.speaker);
            }
            None => all.push(sentence.clone()),
        }
    }
    all
}

/// A vector as it is kept: of the largest number 127, of the others their share of it.
pub fn coded(vector: &[f32]) -> Vec<u8> {
    whole(vector).into_iter().map(i8::cast_unsigned).collect()
}

fn whole(vector: &[f32]) -> Vec<i8> {
    let largest = vector.iter().fold(0.0f32, |most, n| most.max(n.abs()));
    let share = if largest > 0.0 && largest.is_finite() { 127.0 / largest } else { 0.0 };
    vector.iter().map(|n| (n * share).round() as i8).collect()
}

/// The direction of a vector as [`coded`] keeps it, of length 1; none where it has none.
pub fn direction(coded: &[u8]) -> Option<Vec<f32>> {
    let squares: i64 = coded.iter().map(|n| i64::from(n.cast_signed()).pow(2)).sum();
    let length = (squares as f64).sqrt();
    (squares > 0).then(|| coded.iter().map(|n| (f64::from(n.cast_signed()) / length) as f32).collect())
}

/// A vector that others are held against.
#[derive(Clone, Debug)]
pub struct Question {
    numbers: Vec<i8>,
    squares: f32,
}

impl Question {
    /// A question of this direction.
    pub fn new(vector: &[f32]) -> Self {
        let numbers = whole(vector);
        let squares = numbers.iter().map(|n| i32::from(*n) * i32::from(*n)).sum::<i32>() as f32;
        Self { numbers, squares }
    }

    /// The cosine of the angle to a vector as [`coded`] keeps it, -1..1; none where it has another length, or no direction.
    pub fn cosine(&self, coded: &[u8]) -> Option<f32> {
        if coded.len() != self.numbers.len() {
            return None;
        }
        let (mut product, mut squares) = (0i32, 0i32);
        for (a, b) in self.numbers.iter().zip(coded) {
            let (a, b) = (i32::from(*a), i32::from(b.cast_signed()));
            product += a * b;
            squares += b * b;
        }
        let lengths = (self.squares * squares as f32).sqrt();
        (lengths > 0.0).then(|| product as f32 / lengths)
    }
}

/// Something by its number, and how near it is.
#[derive(Clone, Copy, Debug)]
pub struct Near {
    /// Its number.
    pub id: i64,
    /// The cosine, -1..1.
    pub cosine: f32,
}

impl Ord for Near {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cosine.total_cmp(&other.cosine).then(other.id.cmp(&self.id))
    }
}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Near {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Near {}

/// The nearest of what comes by. Holds no more than it is to tell.
#[derive(Clone, Debug)]
pub struct Nearest {
    most: usize,
    heap: BinaryHeap<Reverse<Near>>,
}

impl Nearest {
    /// So many at most.
    pub fn new(most: usize) -> Self {
        Self { most, heap: BinaryHeap::with_capacity(most + 1) }
    }

    /// Looks at one.
    pub fn look(&mut self, near: Near) {
        if self.heap.len() == self.most && self.heap.peek().is_none_or(|Reverse(least)| near < *least) {
            return;
        }
        self.heap.push(Reverse(near));
        if self.heap.len() > self.most {
            self.heap.pop();
        }
    }

    /// Them, the nearest first.
    pub fn into_sorted(self) -> Vec<Near> {
        self.heap.into_sorted_vec().into_iter().map(|Reverse(near)| near).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::word_id::WordId;
    use proptest::prelude::*;

    fn sentence((start, end): (i64, i64), text: &str) -> Sentence {
        let at = |s: i64| MediaTime::from_us(s * 1_000_000);
        let id = WordId::imported(usize::try_from(start).unwrap());
        Sentence { span: Span::new(at(start), at(end)), speaker: None, text: text.into(), words: (id, id) }
    }

    #[test]
    fn sentences_are_joined_until_they_say_something() {
        let check = |name: &str, given: &[(i64, i64)], joined: &[(i64, i64)]| {
            let sentences: Vec<Sentence> = given.iter().map(|span| sentence(*span, "Words.")).collect();
            let stretches = stretches(&sentences);
            let spans: Vec<_> = stretches.iter().map(|s| (s.span.start.us() / 1_000_000, s.span.end.us() / 1_000_000)).collect();
            assert_eq!(spans, joined, "{name}");
            let words: usize = stretches.iter().map(|s| s.text.split(' ').count()).sum();
            assert_eq!(words, given.len(), "{name}: nothing is lost");
        };
        check("nothing", &[], &[]);
        check("short ones", &[(0, 4), (4, 8), (8, 12), (12, 15)], &[(0, 12), (12, 15)]);
        check("a pause", &[(0, 4), (9, 12)], &[(0, 4), (9, 12)]);
        check("too long together", &[(0, 9), (9, 31)], &[(0, 9), (9, 31)]);
        check("long alone", &[(0, 40), (40, 42)], &[(0, 40), (40, 42)]);
    }

    proptest! {
        #[test]
        fn what_is_kept_has_about_the_same_cosine(
            a in prop::collection::vec(-1.0f32..1.0, 64),
            b in prop::collection::vec(-1.0f32..1.0, 64),
        ) {
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
            let (lengths, kept) = ((dot(&a, &a) * dot(&b, &b)).sqrt(), Question::new(&a).cosine(&coded(&b)));
            prop_assume!(lengths > 1e-3);
            prop_assert!((dot(&a, &b) / lengths - kept.unwrap()).abs() < 0.01);
        }

        #[test]
        fn the_nearest_are_those_of_a_sorted_list(cosines in prop::collection::vec(-100i8..100, 0..60), most in 1usize..20) {
            let all: Vec<Near> = cosines.iter().enumerate().map(|(id, c)| Near { id: id as i64, cosine: f32::from(*c) / 100.0 }).collect();
            let mut nearest = Nearest::new(most);
            all.iter().for_each(|near| nearest.look(*near));
            let mut sorted = all;
            sorted.sort_by(|a, b| b.cmp(a));
            sorted.truncate(most);
            prop_assert_eq!(nearest.into_sorted(), sorted);
        }
    }

    #[test]
    fn a_kept_vector_has_its_direction_and_length_1() {
        for (given, expected) in
            [(vec![3.0, 0.0], Some(vec![1.0, 0.0])), (vec![0.0, -2.0], Some(vec![0.0, -1.0])), (vec![0.0, 0.0], None), (vec![], None)]
        {
            assert_eq!(direction(&coded(&given)), expected, "{given:?}");
        }
        let even = direction(&coded(&[5.0, 5.0, -5.0, 5.0])).unwrap();
        assert_eq!(even, [0.5, 0.5, -0.5, 0.5]);
    }

    #[test]
    fn what_has_no_direction_is_near_to_nothing() {
        let question = Question::new(&[1.0, 0.0]);
        assert!(question.cosine(&coded(&[2.0, 0.0])).is_some_and(|c| (c - 1.0).abs() < 1e-6));
        assert!(question.cosine(&coded(&[-1.0, 0.0])).is_some_and(|c| (c + 1.0).abs() < 1e-6));
        assert!(question.cosine(&coded(&[0.0, 0.0])).is_none() && question.cosine(&coded(&[1.0])).is_none());
        assert!(Question::new(&[0.0, 0.0]).cosine(&coded(&[1.0, 0.0])).is_none());
    }
}
