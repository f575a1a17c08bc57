//! How far turns that were found are from those that are true: the diarisation error rate (NIST, Rich Transcription evaluations, `md-eval`).

use crate::score::assign;
use crate::time::{Delta, MediaTime, Span};

/// Somebody speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Who: a number of one list of turns.
    pub speaker: u16,
    /// When.
    pub span: Span<MediaTime>,
}

/// What is wrong, in time of speakers: where two speak at once, time counts twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiarisationError {
    /// All that is truly spoken, in µs.
    pub total_us: i64,
    /// Spoken, and not found.
    pub missed_us: i64,
    /// Found, and not spoken.
    pub false_alarm_us: i64,
    /// Found, by another speaker.
    pub confused_us: i64,
}

impl DiarisationError {
    /// The share of what is truly spoken that is wrong: 0 and up, also above 1; none where nothing is spoken.
    pub fn rate(&self) -> Option<f64> {
        let wrong = self.missed_us + self.false_alarm_us + self.confused_us;
        (self.total_us > 0).then(|| wrong as f64 / self.total_us as f64)
    }
}

/// Holds turns against the truth. Speakers of both are paired so that they have the most time in common; what lies within `collar` of the beginning
/// or the end of a true turn isn't judged.
pub fn diarisation_error(truth: &[Turn], found: &[Turn], collar: Delta) -> DiarisationError {
    let pieces = pieces(truth, found, collar);
    let count = |turns: &[Turn]| turns.iter().map(|turn| usize::from(turn.speaker) + 1).max().unwrap_or(0);
    let mut common = vec![vec![0.0; count(found)]; count(truth)];
    for piece in &pieces {
        for who in &piece.truth {
            piece.found.iter().for_each(|other| common[usize::from(*who)][usize::from(*other)] += piece.us as f64);
        }
    }
    let pairs = assign(&common);
    let mut error = DiarisationError::default();
    for piece in &pieces {
        let (true_count, found_count) = (piece.truth.len() as i64, piece.found.len() as i64);
        let is_right = |who: &&u16| pairs[usize::from(**who)].is_some_and(|other| piece.found.contains(&(other as u16)));
        let right = piece.truth.iter().filter(is_right).count() as i64;
        error.total_us += piece.us * true_count;
        error.missed_us += piece.us * (true_count - found_count).max(0);
        error.false_alarm_us += piece.us * (found_count - true_count).max(0);
        error.confused_us += piece.us * (true_count.min(found_count) - right);
    }
    error
}

/// A piece of time in which nobody begins or ends, and who speaks.
struct Piece {
    us: i64,
    truth: Vec<u16>,
    found: Vec<u16>,
}

/// The pieces that are judged.
fn pieces(truth: &[Turn], found: &[Turn], collar: Delta) -> Vec<Piece> {
    let edges_of = |turn: &Turn| [turn.span.start, turn.span.end];
    let true_edges: Vec<MediaTime> = truth.iter().flat_map(edges_of).collect();
    let around = true_edges.iter().flat_map(|at| [*at - collar, *at + collar]);
    let mut edges: Vec<MediaTime> = around.chain(true_edges.iter().copied()).chain(found.iter().flat_map(edges_of)).collect();
    edges.sort_unstable();
    edges.dedup();
    let speaking = |turns: &[Turn], from: MediaTime, to: MediaTime| {
        let mut who: Vec<u16> = turns.iter().filter(|t| t.span.start <= from && to <= t.span.end).map(|t| t.speaker).collect();
        who.sort_unstable();
        who.dedup();
        who
    };
    let judged = |from: MediaTime, to: MediaTime| true_edges.iter().all(|at| to <= *at - collar || *at + collar <= from);
    edges
        .windows(2)
        .filter(|edge| judged(edge[0], edge[1]))
        .map(|edge| Piece {
            us: (edge[1] - edge[0]).us(),
            truth: speaking(truth, edge[0], edge[1]),
            found: speaking(found, edge[0], edge[1]),
        })
        .collect()
}
