//! Limits that learn from what people decide, with a promise that is stated in numbers.
//!
//! Everything in here takes *scores*, in which no direction of a gate is left: a unit passes at the limit `t` when `score >= t`.
//! [`score`] and [`limit`] lead between a gate's values and scores, exactly.
//!
//! A *unit* is one measure of a gate at a place. A *labelled* unit is one that a person decided: a defect or none. It comes with its
//! *inclusion probability*, the chance (above 0, at most 1) that it was shown to a person at all: 1 for a unit that was flagged anyway, the
//! chance of the draw for a unit that was found blind. A *probe* is a unit that was drawn blind, before its score was looked at.
//! An *escape* is a defect that passed, the *load* what is flagged, and *precision* the share of what is flagged that are defects.
//!
//! - [`draw`] says which unit of a media is a probe.
//! - [`table`] says how many defects how many probes may hold, and [`certify`] how far a limit may be loosened on their word.
//! - [`estimate`] says what every limit would flag and let pass, for looking at: it promises nothing.
//! - [`isotonic`] gives the chance of a defect at a score, [`cost`] what a limit costs.
//! - [`examples`] finds stretches that people reviewed, to show a model.
//! - [`paired`] says whether one way is better than another on the same words, and [`trial`] which profile of the sound is.
//! - [`vocabulary`] proposes the words that the recogniser should know, from what people corrected.
//! - [`watch`] notices that what was promised holds no more.

pub(crate) mod beta;
pub mod certify;
pub mod cost;
pub mod draw;
pub mod estimate;
pub mod examples;
pub mod isotonic;
pub mod paired;
mod sort;
pub mod table;
pub mod trial;
pub mod vocabulary;
pub mod watch;

use crate::gate::Fails;

/// The score of a value: higher is better, and what passes at a limit has a score of at least the limit's. `value` is finite, in the gate's
/// unit. Exact: no rounding, and a zero has no sign.
pub fn score(fails: Fails, value: f64) -> f64 {
    match fails {
        Fails::Below => value + 0.0,
        Fails::Above => 0.0 - value,
    }
}

/// The limit, in the gate's unit, that stands for a score; undoes [`score`].
pub fn limit(fails: Fails, score: f64) -> f64 {
    // Turning the sign is its own reverse.
    self::score(fails, score)
}

/// Why there is no answer. Reads as a sentence that can be shown as it is.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Missing {
    /// The escape rate to promise is out of range.
    #[error("An escape rate of {0} can't be promised: name one from 0.0001 to 0.4 (0.01 % to 40 %).")]
    Alpha(f64),
    /// The share of promises that may be broken is out of range.
    #[error("A promise that fails in a share of {0} of cases can't be made: name a share from 0.000001 to 0.5.")]
    Delta(f64),
    /// The chance of a probe per unit is out of range.
    #[error(
        "A chance of {pi} for each unit, with at most {cap} units counted of a media, can't be drawn: the chance has to be above 0, the number at least 1, and their product at most 1."
    )]
    Draw {
        /// Chance for each unit.
        pi: f64,
        /// Units counted of one media.
        cap: u32,
    },
    /// Nothing was measured.
    #[error("Nothing was measured by this gate yet, so there is nothing to reckon with. Run the gates first.")]
    NoUnits,
    /// Nothing was decided.
    #[error("Nobody has decided on a unit of this gate yet. Decide on some of its flags first.")]
    NoLabels,
    /// No probe was decided.
    #[error("No probe of this gate has been decided yet. Begin probing and decide what it asks.")]
    NoProbes,
    /// A limit or a score is no finite number.
    #[error("Score {at} (counted from 0) is not a finite number. Measure its media again.")]
    NotFinite {
        /// Its position in the column.
        at: usize,
    },
    /// Columns that belong together differ in length.
    #[error("There are {scores} scores, but {others} values that should go with them.")]
    Lengths {
        /// Scores.
        scores: usize,
        /// The other column.
        others: usize,
    },
    /// Steps of a grid are out of order.
    #[error("The steps of a grid have to lead from strict to loose, no limit twice. Draw up the grid again.")]
    Steps,
    /// An inclusion probability is not one.
    #[error("The chance that labelled unit {at} (counted from 0) had of being seen has to be above 0 and at most 1.")]
    Inclusion {
        /// Its position in the column.
        at: usize,
    },
    /// A weight can't be weighed.
    #[error("The weight of unit {at} (counted from 0) has to be above 0 and finite.")]
    Weight {
        /// Its position in the column.
        at: usize,
    },
}

/// The scores, lowest first, or which of them is no finite number.
fn sorted(scores: &[f64]) -> Result<Vec<f64>, Missing> {
    all_finite(scores)?;
    // Both zeros are one number to a gate, but not to what sorts.
    Ok(sort::by_score(scores.iter().map(|s| s + 0.0).collect(), |s| *s))
}

fn all_finite(scores: &[f64]) -> Result<(), Missing> {
    scores.iter().position(|s| !s.is_finite()).map_or(Ok(()), |at| Err(Missing::NotFinite { at }))
}

fn same_length(scores: usize, others: usize) -> Result<(), Missing> {
    if scores == others { Ok(()) } else { Err(Missing::Lengths { scores, others }) }
}

/// Refuses an escape rate that nothing here is made for.
fn check_alpha(alpha: f64) -> Result<(), Missing> {
    if (0.0001..=0.4).contains(&alpha) { Ok(()) } else { Err(Missing::Alpha(alpha)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_its_gate_has_a_score_of_at_least_the_limits() {
        for (fails, value, at, passes) in [
            (Fails::Below, 50.0, 50.0, true),
            (Fails::Below, 49.9, 50.0, false),
            (Fails::Above, 20.0, 20.0, true),
            (Fails::Above, 20.1, 20.0, false),
            (Fails::Above, -0.0, 0.0, true),
            (Fails::Below, -0.0, 0.0, true),
        ] {
            assert_eq!(score(fails, value) >= score(fails, at), passes, "{fails:?} {value} at {at}");
        }
    }

    #[test]
    fn a_score_leads_back_to_its_value_bit_for_bit() {
        for fails in [Fails::Below, Fails::Above] {
            for value in [0.1, -7.3, 1e300, f64::MIN_POSITIVE, 0.0] {
                assert_eq!(limit(fails, score(fails, value)).to_bits(), value.to_bits(), "{fails:?} {value}");
            }
            assert_eq!(score(fails, -0.0).to_bits(), score(fails, 0.0).to_bits());
        }
    }
}
