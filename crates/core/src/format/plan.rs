//! What an export makes of a reviewed transcript: what becomes of each word, and where words that people added go.

use super::WriteError;
use super::outcome::{Outcome, Piece, keep_sentence_ends, outcome};
use crate::time::{Span, TranscriptTime};
use crate::transcript::{PlacedWord, Transcript, Word, WordId, segment};

/// What an export is made of: a transcript before and after its review, and where the words lie.
#[derive(Clone, Copy, Debug)]
pub struct Reviewed<'a> {
    /// As imported.
    pub imported: &'a Transcript,
    /// As people left it, from [`crate::revise`]. Its speakers are called what the export shall call them, in the same order as in
    /// `imported` and with new ones behind them.
    pub revised: &'a Transcript,
    /// Words of `revised` as they lie in the media. What is not among them is left out, and so is what the media does not have and what
    /// has no text.
    pub words: &'a [PlacedWord],
}

impl<'a> Reviewed<'a> {
    /// A transcript whose words may have other texts and times, but to which nobody added anything.
    pub fn of(transcript: &'a Transcript, words: &'a [PlacedWord]) -> Self {
        Self { imported: transcript, revised: transcript, words }
    }
}

/// What stands in the place of an imported word, as indices of revised words.
#[derive(Clone, Debug, Default)]
struct Place {
    own: usize,
    before: Vec<usize>,
    after: Vec<usize>,
}

/// What becomes of all words. An added word goes with an imported one: the last before it in its line, else the first after it there,
/// else the one that it follows.
pub(super) struct Plan<'a> {
    pub review: Reviewed<'a>,
    /// By revised word.
    outcomes: Vec<Outcome>,
    /// By imported word.
    places: Vec<Place>,
    /// The imported word that a revised word is or goes with.
    host: Vec<usize>,
    /// The line of each revised word, and of each imported one as imported.
    lines: Vec<usize>,
    imported_lines: Vec<usize>,
}

impl<'a> Plan<'a> {
    /// # Errors
    /// [`WriteError::Word`] where a word is placed that the transcript does not have, or is placed twice.
    pub fn new(review: Reviewed<'a>) -> Result<Self, WriteError> {
        let Reviewed { imported, revised, words } = review;
        let mut placed: Vec<Option<&PlacedWord>> = vec![None; revised.words.len()];
        for word in words {
            match revised.index_of(word.id).map(|i| &mut placed[i]) {
                Some(slot @ None) => *slot = Some(word),
                _ => return Err(WriteError::Word(word.id)),
            }
        }
        let source = |word: &Word| imported.index_of(word.id).map(|i| &imported.words[i]);
        let of = |(word, placed): (&Word, Option<&PlacedWord>)| {
            placed.filter(|p| p.in_media).map_or_else(Outcome::default, |placed| outcome(source(word), placed))
        };
        let mut outcomes: Vec<Outcome> = revised.words.iter().zip(placed).map(of).collect();
        keep_sentence_ends(&revised.words, &mut outcomes);
        let (lines, imported_lines) = (lines_of(revised), lines_of(imported));
        let (places, host) = places(imported, revised, &lines);
        Ok(Self { review, outcomes, places, host, lines, imported_lines })
    }

    /// What became of a revised word.
    pub fn outcome(&self, word: usize) -> &Outcome {
        &self.outcomes[word]
    }

    /// What became of all revised words.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// The revised word that an imported one is.
    pub fn own(&self, imported: usize) -> usize {
        self.places[imported].own
    }

    /// The words that go with an imported one and stand before it.
    pub fn before(&self, imported: usize) -> impl Iterator<Item = usize> + '_ {
        self.standing(&self.places[imported].before)
    }

    /// The words that go with an imported one and stand behind it.
    pub fn after(&self, imported: usize) -> impl Iterator<Item = usize> + '_ {
        self.standing(&self.places[imported].after)
    }

    fn standing<'p>(&'p self, words: &'p [usize]) -> impl Iterator<Item = usize> + 'p {
        words.iter().copied().filter(|word| !self.outcomes[*word].pieces.is_empty())
    }

    /// All words that stand in the place of an imported one.
    pub fn said(&self, imported: usize) -> impl Iterator<Item = usize> + '_ {
        let own = self.standing(std::slice::from_ref(&self.places[imported].own));
        self.before(imported).chain(own).chain(self.after(imported))
    }

    /// Whether the text of a line that holds an imported word changes in its place.
    pub fn changes_text(&self, imported: usize) -> bool {
        self.outcomes[self.own(imported)].changes_text() || self.before(imported).chain(self.after(imported)).next().is_some()
    }

    /// Whether a revised word was added.
    pub fn is_added(&self, word: usize) -> bool {
        self.review.revised.words[word].id.is_added()
    }

    /// The imported word that a revised word is or goes with.
    pub fn host(&self, word: usize) -> usize {
        self.host[word]
    }

    /// Whether a person cut a line between two revised words that stood in one.
    pub fn cuts(&self, left: usize, right: usize) -> bool {
        self.lines[left] != self.lines[right] && self.line_was(left) == self.line_was(right)
    }

    /// Whether a person joined the lines of two revised words that stood in two.
    pub fn joins(&self, left: usize, right: usize) -> bool {
        let channel = |word: usize| self.review.imported.words[self.host[word]].channel.as_deref();
        self.lines[left] == self.lines[right] && self.line_was(left) != self.line_was(right) && channel(left) == channel(right)
    }

    fn line_was(&self, word: usize) -> usize {
        self.imported_lines[self.host[word]]
    }

    /// The line of a revised word.
    pub fn line(&self, word: usize) -> usize {
        self.lines[word]
    }

    /// Whether people wrote or cut so that lines cut at pauses and sentences would not be those that they left.
    pub fn pauses_mislead(&self) -> bool {
        let revised = self.review.revised;
        let is_added = |word: usize| revised.words[word].id.is_added();
        let recut = !self.review.imported.segments.iter().map(|s| s.first).eq(revised.segments.iter().map(|s| s.first));
        let rewritten = |word: usize| is_added(word) || self.outcomes[word].changes_text() || self.is_relabelled(word);
        if !recut && !(0..revised.words.len()).any(rewritten) {
            return false;
        }
        let by_person = self.standing_lines();
        let mut words: Vec<Word> = Vec::new();
        for word in by_person.iter().flatten() {
            for piece in &self.outcomes[*word].pieces {
                let span = Span::new(TranscriptTime::from_us(piece.start), TranscriptTime::from_us(piece.end));
                let (id, punctuation) = (WordId::imported(words.len()), piece.punctuation.clone());
                words.push(Word { id, punctuation, span, ..revised.words[*word].clone() });
            }
        }
        words.sort_by_key(|word| word.span.start);
        let by_pauses = segment(&words).iter().map(|s| s.first.0 as usize).collect::<Vec<_>>();
        let mut at = 0;
        let firsts = by_person.iter().map(|line| {
            let first = at;
            at += self.pieces(line).len();
            first
        });
        !firsts.eq(by_pauses)
    }

    /// The words of each line that has any left. A line has one speaker: one whose words have several comes out as several.
    pub fn standing_lines(&self) -> Vec<Vec<usize>> {
        let standing: Vec<usize> = (0..self.outcomes.len()).filter(|word| !self.outcomes[*word].pieces.is_empty()).collect();
        standing.chunk_by(|a, b| self.lines[*a] == self.lines[*b] && self.label(*a) == self.label(*b)).map(<[usize]>::to_vec).collect()
    }

    /// What is said of revised words.
    pub fn pieces(&self, words: &[usize]) -> Vec<&Piece> {
        words.iter().flat_map(|word| &self.outcomes[*word].pieces).collect()
    }

    /// What the export calls the speaker of a revised word.
    pub fn label(&self, word: usize) -> Option<&'a str> {
        let revised = self.review.revised;
        label_of(revised, revised.words[word].speaker)
    }

    /// Whether the speaker of a revised word is another than that of the imported word that it is or goes with.
    pub fn is_relabelled(&self, word: usize) -> bool {
        let imported = self.review.imported;
        self.label(word) != label_of(imported, imported.words[self.host[word]].speaker)
    }

    /// What the export calls a speaker of the import.
    pub fn name_of(&self, label: &str) -> Option<&'a str> {
        let at = self.review.imported.speakers.iter().position(|known| known == label)?;
        self.review.revised.speakers.get(at).map(String::as_str)
    }
}

/// The label of a speaker by index.
pub(super) fn label_of(transcript: &Transcript, speaker: Option<u16>) -> Option<&str> {
    transcript.speakers.get(usize::from(speaker?)).map(String::as_str)
}

/// The line of each word.
fn lines_of(transcript: &Transcript) -> Vec<usize> {
    let mut lines = vec![0; transcript.words.len()];
    for (line, segment) in transcript.segments.iter().enumerate() {
        lines[transcript.range_of(segment)].fill(line);
    }
    lines
}

fn places(imported: &Transcript, revised: &Transcript, lines: &[usize]) -> (Vec<Place>, Vec<usize>) {
    let mut places = vec![Place::default(); imported.words.len()];
    let of_import: Vec<Option<usize>> = revised.words.iter().map(|word| imported.index_of(word.id)).collect();
    let mut host = vec![0; revised.words.len()];
    let mut last: Option<usize> = None;
    for (at, own) in of_import.iter().enumerate() {
        if let Some(own) = own {
            places[*own].own = at;
            host[at] = *own;
            last = Some(at);
            continue;
        }
        let left = last.filter(|left| lines[*left] == lines[at]);
        let in_line = (at..revised.words.len()).take_while(|right| lines[*right] == lines[at]);
        let right = || in_line.into_iter().find(|right| of_import[*right].is_some());
        let anywhere = || (0..of_import.len()).find(|right| of_import[*right].is_some());
        let at_side = left.or_else(right).or(last).or_else(anywhere);
        let Some(side) = at_side else { continue };
        let Some(goes_with) = of_import[side] else { continue };
        host[at] = goes_with;
        let place = &mut places[goes_with];
        if side < at { place.after.push(at) } else { place.before.push(at) }
    }
    (places, host)
}
