//! Finds the words that say a quoted text.

use crate::time::{Delta, MediaTime, Span};
use crate::transcript::PlacedWord;
use crate::word_id::WordId;

/// Of a longer quote only so many letters are looked for, so that a model that quotes a whole talk makes nobody wait.
const MOST_LETTERS: usize = 1_000;

/// Words that say a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linked {
    /// The words, `[first, end)`.
    pub words: (WordId, WordId),
    /// How well they say it, 0..1: the share of its letters that need no change.
    pub score: f64,
    /// How far from the wanted time they are said, in whole microseconds: 0 where they touch it, below 0 where they are said before it.
    pub off: Delta,
}

/// Finds the words that say a text within `margin` of `near`; see [`Spoken::link`]. To look for many texts, make [`Spoken`] once.
pub fn link(says: &str, placed: &[PlacedWord], near: Span<MediaTime>, margin: Delta) -> Option<Linked> {
    Spoken::new(placed).link(says, near, margin)
}

/// A word that stands and lies in the media.
struct Said {
    id: WordId,
    span: Span<MediaTime>,
    letters: Vec<char>,
}

/// What is said in a media, ready to be looked through.
pub struct Spoken<'a> {
    words: Vec<(&'a PlacedWord, Said)>,
    /// The latest end of each word and all before it.
    reached: Vec<MediaTime>,
    /// The earliest start of each word and all after it.
    to_come: Vec<MediaTime>,
}

impl<'a> Spoken<'a> {
    /// Words in the order of the text.
    pub fn new(placed: &'a [PlacedWord]) -> Self {
        let said = |w: &'a PlacedWord| (w, Said { id: w.id, span: w.span, letters: letters(&w.text) });
        let words: Vec<_> = placed.iter().filter(|w| w.in_media).map(said).filter(|w| !w.1.letters.is_empty()).collect();
        let mut reached: Vec<MediaTime> = words.iter().map(|w| w.1.span.end).collect();
        let mut to_come: Vec<MediaTime> = words.iter().map(|w| w.1.span.start).collect();
        for i in 1..words.len() {
            reached[i] = reached[i].max(reached[i - 1]);
            let back = words.len() - 1 - i;
            to_come[back] = to_come[back].min(to_come[back + 1]);
        }
        Self { words, reached, to_come }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words that are said within `margin` of `span`, in the order of the text.
    pub fn near(&self, span: Span<MediaTime>, margin: Delta) -> impl Iterator<Item = &'a PlacedWord> + '_ {
        self.within(span, margin).map(|w| w.0)
    }

    fn within(&self, span: Span<MediaTime>, margin: Delta) -> impl Iterator<Item = &(&'a PlacedWord, Said)> + '_ {
        let (from, to) = (span.start - margin, span.end.max(span.start) + margin);
        let first = self.reached.partition_point(|end| *end < from);
        let end = self.to_come.partition_point(|start| *start <= to).max(first);
        self.words[first..end].iter().filter(move |w| w.1.span.end >= from && w.1.span.start <= to)
    }

    /// The words within `margin` of `near` that say a text best; of equals those nearest in time, then the first. Only letters and digits count,
    /// and where words are parted does not. None where nothing near is like any of it.
    pub fn link(&self, says: &str, near: Span<MediaTime>, margin: Delta) -> Option<Linked> {
        let mut wanted = letters(says);
        wanted.truncate(MOST_LETTERS);
        let words: Vec<&Said> = self.within(near, margin).map(|w| &w.1).collect();
        let best = ends(&wanted, &words)
            .map(|end| (end.cost, off(&words[end.first..=end.last], near), end))
            .min_by_key(|(cost, off, end)| (*cost, off.abs(), (words[end.first].span.start - near.start).abs(), end.last));
        let (cost, off, end) = best.filter(|(cost, ..)| *cost < wanted.len())?;
        let score = 1.0 - cost as f64 / wanted.len() as f64;
        Some(Linked { words: (words[end.first].id, words[end.last].id.end()), score, off })
    }
}

/// How far words are from a time.
fn off(words: &[&Said], near: Span<MediaTime>) -> Delta {
    let start = words.iter().map(|w| w.span.start).min().unwrap_or(near.start);
    let end = words.iter().map(|w| w.span.end).max().unwrap_or(near.end);
    if end < near.start { end - near.start } else { (start - near.end).max(Delta::ZERO) }
}

fn letters(text: &str) -> Vec<char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The best way to say the text with a run of words that ends with this one.
struct End {
    /// Letters to change, to leave out or to add.
    cost: usize,
    first: usize,
    last: usize,
}

/// For each word the run that ends with it and is nearest to the text in letters (Sellers' matching: the text against any run, in one pass over the
/// letters that are said). A run begins and ends with whole words; of equals it is the shortest.
fn ends(wanted: &[char], words: &[&Said]) -> impl Iterator<Item = End> {
    // By how much of the text is said so far: what it took, and the first word of the run.
    let mut column: Vec<(usize, usize)> = (0..=wanted.len()).map(|cost| (cost, 0)).collect();
    let mut all = Vec::with_capacity(words.len());
    for (n, word) in words.iter().enumerate() {
        // Whatever came before, the text may begin here.
        column[0] = (0, n);
        for (i, so_far) in column.iter_mut().enumerate().skip(1) {
            *so_far = best(*so_far, (i, n));
        }
        for letter in &word.letters {
            let mut before = column[0];
            column[0].0 += 1;
            for i in 1..column.len() {
                let same = (before.0 + usize::from(wanted[i - 1] != *letter), before.1);
                let (left_out, added) = ((column[i - 1].0 + 1, column[i - 1].1), (column[i].0 + 1, column[i].1));
                before = column[i];
                column[i] = best(best(same, left_out), added);
            }
        }
        let (cost, first) = column[wanted.len()];
        all.push(End { cost, first, last: n });
    }
    all.into_iter()
}

fn best(a: (usize, usize), b: (usize, usize)) -> (usize, usize) {
    if (a.0, std::cmp::Reverse(a.1)) <= (b.0, std::cmp::Reverse(b.1)) { a } else { b }
}
