//! A proposal against what is in force.

use crate::cells::{self, HeardWords, ProposalRow};
use crate::kept::Kept;
use crate::records::MediaId;
use crate::views::ProposalState;
use plumbline_core::align::{Findings, Heard, Proposal, Verdict};
use plumbline_core::transcript::{PlacedWord, Transcript};
use plumbline_core::{ALWAYS, Anchor, Delta, InForce, TimeMap, WordId, place, revise};
use rusqlite::Connection;
use std::sync::Arc;

/// A word moves if its start moves by more than this: less is not seen.
const MOVES: Delta = Delta::from_us(50_000);
/// From this confidence on, where a word was heard says something.
const SURE: f32 = 0.5;
/// Findings alone are worth a decision if they move this share of the words that they are sure of, one in so many.
const WORTH_ONE_IN: usize = 20;

/// The latest proposal for the words that a media has now.
pub(crate) struct Proposed {
    pub row: ProposalRow,
    pub proposal: Arc<Proposal>,
}

impl Proposed {
    pub fn read(db: &Connection, kept: &Kept, media: &MediaId) -> rusqlite::Result<Option<Self>> {
        let Some(row) = cells::proposal(db, media)? else { return Ok(None) };
        Ok(Some(Self { proposal: kept.proposal(db, &row.body)?, row }))
    }

    /// Where the words were heard; empty where nothing was listened for.
    pub fn heard(&self, db: &Connection) -> rusqlite::Result<Vec<Option<Heard>>> {
        Ok(self.row.heard.as_ref().map(|hash| cells::read(db, hash)).transpose()?.unwrap_or_default())
    }

    /// The words that a piece answers for.
    pub fn words_of<'a>(&self, piece: usize, transcript: &'a Transcript) -> impl Iterator<Item = WordId> + 'a {
        let span = self.proposal.reach(piece);
        transcript.words.iter().filter(move |w| span.is_some_and(|s| s.contains(w.span.start))).map(|w| w.id)
    }

    /// Whether nothing of a piece is left to accept where this map and these findings are in force; `heard` are its own.
    pub fn is_in_force(&self, piece: usize, transcript: &Transcript, heard: &[Option<Heard>], now: (&TimeMap, &[Option<Heard>])) -> bool {
        let same_map = self.proposal.reach(piece).is_some_and(|span| now.0.agrees(&self.proposal.map, span));
        same_map && self.words_of(piece, transcript).all(|word| heard_of(heard, word) == heard_of(now.1, word))
    }

    /// What would be in force if it were accepted as a whole.
    pub fn accepted(&self, heard: HeardWords, now: &InForce) -> InForce {
        let heard = Findings { whole: heard, newer: [].into() };
        InForce { map: self.proposal.map.through(&now.anchors), heard, ..now.clone() }
    }

    /// Whether it waits for a decision: nobody has decided on it, it says something, and it would change the map, or visibly many words.
    pub fn waits(&self, db: &Connection, kept: &Kept, media: &MediaId) -> rusqlite::Result<bool> {
        if self.row.state != ProposalState::Open || self.proposal.verdict == Verdict::Unknown {
            return Ok(false);
        }
        let accepted = cells::map(db, media)?.unwrap_or_default();
        let anchors: Vec<Anchor> = cells::anchors(db, media)?.into_iter().map(|a| a.1).collect();
        if !self.proposal.map.through(&anchors).agrees(&accepted.through(&anchors), ALWAYS) {
            return Ok(true);
        }
        let heard = cells::heard(db, media)?;
        if self.row.heard.is_none() || self.row.heard == heard {
            return Ok(false);
        }
        let Some(file) = cells::file(db, "transcript", media)? else { return Ok(false) };
        let now = cells::in_force(db, media, heard.map(|hash| kept.heard(db, &hash)).transpose()?)?;
        let transcript = revise(&*kept.transcript(db, &file.parsed)?, &now.edits);
        let heard = self.row.heard.as_ref().map(|hash| kept.heard(db, hash)).transpose()?.unwrap_or_default();
        let then = self.accepted(heard, &now);
        let [now, then] = [&now, &then].map(|truth| place(&transcript, truth));
        let sure: Vec<bool> = now.iter().zip(&then).filter(|(_, then)| is_sure(then)).map(|(now, then)| moves(now, then)).collect();
        let moving = sure.iter().filter(|moves| **moves).count();
        Ok(is_worth(moving, sure.len()))
    }
}

/// Whether findings that move so many of the words that they are sure of are worth a decision.
fn is_worth(moving: usize, sure: usize) -> bool {
    moving > 0 && moving * WORTH_ONE_IN >= sure
}

fn is_sure(word: &PlacedWord) -> bool {
    word.alignment_confidence.is_some_and(|c| c >= SURE)
}

/// Where a word was heard, if it was.
pub(crate) fn heard_of(heard: &[Option<Heard>], word: WordId) -> Option<&Heard> {
    word.after().filter(|_| !word.is_added()).and_then(|i| heard.get(i)).and_then(Option::as_ref)
}

/// Whether a word visibly moves from one place to the other.
pub(crate) fn moves(now: &PlacedWord, then: &PlacedWord) -> bool {
    (then.span.start - now.span.start).abs() > MOVES
}

#[cfg(test)]
mod tests {
    use super::is_worth;

    #[test]
    fn one_word_in_twenty_is_worth_a_decision() {
        for (moving, sure, worth) in [(0, 0, false), (0, 20, false), (1, 20, true), (1, 21, false), (2, 40, true), (20, 20, true)] {
            assert_eq!(is_worth(moving, sure), worth, "{moving} of {sure}");
        }
    }
}
