//! How far a limit may be loosened, on the word of probes alone.
//!
//! Steps are fixed from scores before anything is decided ([`Grid`]), and tested from the strictest on, each at the whole `delta`; the first
//! one that is not certified ends the row, so all of them together stay within `delta` (fixed-sequence testing: Angelopoulos and others,
//! "Learn then Test", 2021).

use super::table::{Checkpoint, Table};
use super::{Missing, all_finite, sorted};
use std::fmt;

/// Steps of equal mass after the limit in force.
const STEPS: u32 = 20;
/// Share of the units that pass at the loosest step.
const LOOSEST: f64 = 0.97;

/// Limits to test, fixed before the probes are decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    limits: Vec<f64>,
    pass: Vec<f64>,
}

impl Grid {
    /// Steps from the limit `start` (a score) to the one that 97 % of `pilot` pass, about 20 with as many pilot scores between each two. All
    /// but the first are scores of the pilot, so that what ties stays together; where many tie there are fewer steps. `start` is left out
    /// where nothing passes it: nothing could be said of it. `pilot` are scores of units like those that will be probed, in any order;
    /// none of them may have been chosen by what was decided.
    ///
    /// # Errors
    /// [`Missing::NoUnits`] without a pilot, [`Missing::NotFinite`] for a score that is no number.
    pub fn from_pilot(start: f64, pilot: &[f64]) -> Result<Self, Missing> {
        all_finite(&[start])?;
        let pilot = sorted(pilot)?;
        if pilot.is_empty() {
            return Err(Missing::NoUnits);
        }
        let units = pilot.len() as f64;
        let passing = |limit: f64| (pilot.len() - pilot.partition_point(|s| *s < limit)) as f64 / units;
        let begin = passing(start);
        let mut limits = if begin > 0.0 { vec![start + 0.0] } else { vec![] };
        for step in 1..=STEPS {
            let share = begin + (LOOSEST - begin) * f64::from(step) / f64::from(STEPS);
            // The least that lets this share pass; a hair less, where the product rounded up past a whole number.
            let kept = ((share * units - 1e-9).ceil() as usize).clamp(1, pilot.len());
            let limit = pilot[pilot.len() - kept];
            if limits.last().is_none_or(|last| limit < *last) {
                limits.push(limit);
            }
        }
        Ok(Self { pass: limits.iter().map(|t| passing(*t)).collect(), limits })
    }

    /// A grid of known steps, as one that was stored: `limits` from strict to loose, that is falling, each with the share of units that `pass`.
    ///
    /// # Errors
    /// [`Missing::NotFinite`], [`Missing::Lengths`], and [`Missing::Steps`] where they do not fall.
    pub fn stored(limits: Vec<f64>, pass: Vec<f64>) -> Result<Self, Missing> {
        all_finite(&limits)?;
        super::same_length(limits.len(), pass.len())?;
        if limits.windows(2).any(|pair| pair[0] <= pair[1]) {
            return Err(Missing::Steps);
        }
        Ok(Self { limits, pass })
    }

    /// The limits (scores) from strict to loose.
    pub fn limits(&self) -> &[f64] {
        &self.limits
    }

    /// The share of the pilot that passes at each limit, 0 to 1.
    pub fn pass(&self) -> &[f64] {
        &self.pass
    }

    /// Hash of the limits, 64 hex digits: the same only for the same steps.
    pub fn hash(&self) -> String {
        let mut hash = blake3::Hasher::new();
        for limit in &self.limits {
            hash.update(&limit.to_le_bytes());
        }
        hash.finalize().to_hex().to_string()
    }
}

/// A unit that was drawn blind, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probe {
    /// Its score.
    pub score: f64,
    /// Whether it is a defect. None where that was not resolved, which counts as a defect.
    pub defect: Option<bool>,
}

/// What the probes say of one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The limit, as a score.
    pub limit: f64,
    /// Probes that pass it.
    pub probes: u32,
    /// Defects among them, with the unresolved.
    pub defects: u32,
    /// The number of passing probes at which it was certified. What comes later does not take that back.
    pub certified_at: Option<u32>,
}

/// What is still missing for the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// Nothing: all steps are certified.
    End,
    /// So many more probes that pass the step, if none of them is a defect.
    Clean {
        /// The step, counted from 0.
        step: usize,
        /// Clean probes.
        probes: u32,
        /// The row of the table that they lead to.
        to: Checkpoint,
    },
    /// The table has no row for so many defects: this step will not be certified.
    OutOfReach {
        /// The step, counted from 0.
        step: usize,
    },
}

impl fmt::Display for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("All steps are certified."),
            Self::Clean { probes: 1, .. } => f.write_str("1 clean probe is missing for the next step."),
            Self::Clean { probes, .. } => write!(f, "{probes} clean probes are missing for the next step."),
            Self::OutOfReach { step: 0 } => f.write_str(
                "Already the limit in force lets too many defects pass: begin again from a stricter one, or promise a higher escape rate.",
            ),
            Self::OutOfReach { .. } => {
                f.write_str("The next step lets too many defects pass: no number of probes is foreseen that would certify it.")
            }
        }
    }
}

/// About how many new units it takes until `clean` more probes pass a step that a share `pass` of units passes, where each unit is drawn with
/// a chance of `pi`. None where none passes or none is drawn.
pub fn new_units(clean: u32, pi: f64, pass: f64) -> Option<u64> {
    let rate = pi * pass;
    (rate > 0.0).then(|| (f64::from(clean) / rate).ceil() as u64)
}

/// What a batch of probes proves.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// One for each step of the grid, in its order.
    pub steps: Vec<Step>,
    /// The last step that is certified together with all before it: the one to put in force. Holds for all time, with all looks together,
    /// but for a share `delta` of cases.
    pub last: Option<usize>,
    /// How far it is to the one after.
    pub ahead: Ahead,
    /// Hash of the probes in their order, 64 hex digits.
    pub batch: String,
}

/// Tests the steps of `grid` on `probes`, which come in the order of [`super::draw::Plan::order`] within a batch, batch after batch. A batch is closed:
/// all that was drawn is in it, decided or not, and nothing is left out or exchanged. The limits that were in force meanwhile do not matter.
///
/// # Errors
/// [`Missing::NoUnits`] for a grid without steps, [`Missing::NoProbes`] without probes, [`Missing::NotFinite`] for a score that is no number.
pub fn certify(table: &Table, grid: &Grid, probes: &[Probe]) -> Result<Certificate, Missing> {
    if grid.limits.is_empty() {
        return Err(Missing::NoUnits);
    }
    if probes.is_empty() {
        return Err(Missing::NoProbes);
    }
    if let Some(at) = probes.iter().position(|probe| !probe.score.is_finite()) {
        return Err(Missing::NotFinite { at });
    }
    let steps: Vec<Step> = grid.limits.iter().map(|limit| tested(table, *limit, probes)).collect();
    let next = steps.iter().position(|step| step.certified_at.is_none());
    let ahead = next.map_or(Ahead::End, |at| {
        let step = steps[at];
        match table.next(step.probes, step.defects) {
            Some(to) => Ahead::Clean { step: at, probes: to.probes - step.probes, to },
            None => Ahead::OutOfReach { step: at },
        }
    });
    Ok(Certificate { last: next.unwrap_or(steps.len()).checked_sub(1), steps, ahead, batch: batch_hash(probes) })
}

fn tested(table: &Table, limit: f64, probes: &[Probe]) -> Step {
    let mut step = Step { limit, probes: 0, defects: 0, certified_at: None };
    let mut rows = table.rows().iter().peekable();
    for probe in probes.iter().filter(|probe| probe.score >= limit) {
        step.probes += 1;
        step.defects += u32::from(probe.defect.unwrap_or(true));
        if let Some(row) = rows.next_if(|row| row.probes == step.probes)
            && step.certified_at.is_none()
            && row.most.is_some_and(|most| step.defects <= most)
        {
            step.certified_at = Some(step.probes);
        }
    }
    step
}

/// Hash of probes in their order, 64 hex digits: scores and what was decided.
pub fn batch_hash(probes: &[Probe]) -> String {
    let mut hash = blake3::Hasher::new();
    for probe in probes {
        hash.update(&(probe.score + 0.0).to_le_bytes());
        hash.update(&[probe.defect.map_or(2, u8::from)]);
    }
    hash.finalize().to_hex().to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn probes(count: usize, score: f64, defect: Option<bool>) -> Vec<Probe> {
        vec![Probe { score, defect }; count]
    }

    fn table() -> Table {
        Table::new(0.05, 0.05).unwrap()
    }

    fn grid(limits: &[f64]) -> Grid {
        Grid::stored(limits.to_vec(), vec![0.5; limits.len()]).unwrap()
    }

    #[test]
    fn steps_have_equal_mass_and_end_at_97_percent() {
        let pilot: Vec<f64> = (0..1000).map(f64::from).collect();
        let grid = Grid::from_pilot(600.0, &pilot).unwrap();
        assert_eq!((grid.limits().len(), grid.limits()[0], *grid.limits().last().unwrap()), (21, 600.0, 30.0));
        assert!(grid.limits().windows(2).all(|pair| (28.0..=29.0).contains(&(pair[0] - pair[1]))), "{:?}", grid.limits());
        assert!((grid.pass()[0] - 0.4).abs() < 1e-12 && (grid.pass()[20] - 0.97).abs() < 1e-12);
        let other = Grid::from_pilot(601.0, &pilot).unwrap();
        assert_ne!(grid.hash(), other.hash());
        assert_eq!(grid.hash(), Grid::stored(grid.limits().to_vec(), grid.pass().to_vec()).unwrap().hash());
    }

    #[test]
    fn odd_pilots_have_grids_too() {
        for (start, pilot, limits) in [
            // Ties stay together.
            (2.0, vec![0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 2.0], vec![2.0, 1.0, 0.0]),
            // A limit that nothing passes can not be tested.
            (9.0, vec![1.0, 1.0], vec![1.0]),
            // A limit that nearly everything passes leaves nothing to loosen.
            (-5.0, vec![1.0, 2.0], vec![-5.0]),
            (0.5, vec![1.0], vec![0.5]),
            (1.0, vec![1.0], vec![1.0]),
            (0.0, vec![-0.0, 0.0, -1.0], vec![0.0, -1.0]),
        ] {
            assert_eq!(Grid::from_pilot(start, &pilot).unwrap().limits(), limits, "{start} {pilot:?}");
        }
        assert_eq!(Grid::from_pilot(1.0, &[]), Err(Missing::NoUnits));
        assert_eq!(Grid::from_pilot(1.0, &[1.0, f64::NAN]), Err(Missing::NotFinite { at: 1 }));
        assert_eq!(Grid::from_pilot(f64::NAN, &[1.0]), Err(Missing::NotFinite { at: 0 }));
        assert_eq!(Grid::stored(vec![1.0, 1.0], vec![0.1, 0.1]), Err(Missing::Steps));
    }

    #[test]
    fn clean_probes_certify_and_say_how_many_are_missing() {
        let (table, grid) = (table(), grid(&[5.0, 3.0]));
        let mut seen = probes(87, 5.0, Some(false));
        let found = certify(&table, &grid, &seen).unwrap();
        assert_eq!((found.last, found.ahead.to_string()), (None, "1 clean probe is missing for the next step.".to_owned()));
        seen.push(Probe { score: 5.0, defect: Some(false) });
        let found = certify(&table, &grid, &seen).unwrap();
        assert_eq!((found.last, found.steps[0].certified_at, found.ahead), (Some(1), Some(88), Ahead::End));
        // What comes later does not take it back; only what passes a step counts for it.
        seen.extend(probes(50, 3.0, Some(true)));
        let later = certify(&table, &grid, &seen).unwrap();
        assert_eq!((later.last, later.steps[0].probes, later.steps[1].defects), (Some(1), 88, 50));
        assert_ne!(later.batch, found.batch);
    }

    #[test]
    fn what_is_not_resolved_counts_as_a_defect() {
        let mut seen = probes(88, 5.0, Some(false));
        seen[40].defect = None;
        let found = certify(&table(), &grid(&[5.0]), &seen).unwrap();
        assert_eq!((found.last, found.steps[0].defects), (None, 1));
        assert_eq!(found.ahead, Ahead::Clean { step: 0, probes: 30, to: Checkpoint { probes: 118, most: Some(1) } });
        assert_eq!(new_units(30, 0.05, 0.5), Some(1200));
        assert_eq!(new_units(30, 0.05, 0.0), None);
    }

    #[test]
    fn the_prefix_breaks_at_the_first_step_that_fails() {
        // Defects among the best scores only: looser steps dilute them, but must not be reached around the strict one.
        let mut seen = probes(10, 9.0, Some(true));
        seen.extend(probes(2000, 1.0, Some(false)));
        let found = certify(&table(), &grid(&[9.0, 1.0]), &seen).unwrap();
        assert!(found.steps[1].certified_at.is_some());
        assert_eq!(found.last, None);
    }

    #[test]
    fn where_there_is_no_answer_a_sentence_says_why() {
        let (table, steps) = (table(), grid(&[5.0]));
        assert_eq!(certify(&table, &steps, &[]), Err(Missing::NoProbes));
        assert_eq!(certify(&table, &steps, &probes(1, f64::NAN, None)), Err(Missing::NotFinite { at: 0 }));
        assert_eq!(certify(&table, &grid(&[]), &probes(1, 1.0, None)), Err(Missing::NoUnits));
        let found = certify(&table, &steps, &probes(5000, 5.0, Some(true))).unwrap();
        assert_eq!((found.last, found.ahead), (None, Ahead::OutOfReach { step: 0 }));
        assert!(found.ahead.to_string().contains("stricter"));
    }
}
