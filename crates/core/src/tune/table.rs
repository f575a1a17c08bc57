//! How many defects the first so many probes may hold, if the escape rate is to be promised: an exact sequential binomial test that may be
//! looked at as often as one likes.

use super::{Missing, check_alpha};

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Probes after which the defects are counted.
    pub probes: u32,
    /// As many defects they may hold at most. None where even no defect is not enough yet.
    pub most: Option<u32>,
}

/// The checkpoints for an escape rate and a level of confidence. Building it takes about a millisecond: once is enough.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    alpha: f64,
    delta: f64,
    rows: Vec<Checkpoint>,
}

/// The table ends at so many times its first checkpoint.
const LONGEST: u32 = 40;

impl Table {
    /// The table for an escape rate `alpha` (0.0001 to 0.4) that may be exceeded in a share `delta` (0.000001 to 0.5) of all cases.
    ///
    /// Under the worst rate that breaks the promise, `alpha` itself, the sum of the chances of getting past any row stays within `delta`:
    /// the chance of being still in the game with x defects is carried from row to row, and what a row admits is taken out of it. A row at n
    /// probes may have spent `delta * (1 - n_0 / n)` together with those before it; what they left over is not lost.
    /// Rows are a tenth apart, so that few looks share the budget.
    ///
    /// The method is that of group-sequential tests with spending of the error (Lan and DeMets, 1983), on exact binomial counts.
    ///
    /// # Errors
    /// [`Missing::Alpha`] and [`Missing::Delta`] for what is out of range.
    pub fn new(alpha: f64, delta: f64) -> Result<Self, Missing> {
        check_alpha(alpha)?;
        if !(0.000_001..=0.5).contains(&delta) {
            return Err(Missing::Delta(delta));
        }
        let counts = counts(alpha, delta);
        let first = f64::from(counts[0]);
        let expected = alpha * f64::from(counts[counts.len() - 1]);
        // No row admits more than a good deal above what is expected.
        let mut chance = vec![0.0; (expected + 6.0 * expected.sqrt() + 10.0) as usize + 1];
        chance[0] = 1.0;
        let (mut before, mut spent) = (0, 0.0);
        let mut rows = Vec::with_capacity(counts.len());
        for probes in counts {
            chance = carried(&chance, &binomial(probes - before, alpha, chance.len()));
            let budget = delta * (1.0 - first / f64::from(probes)) - spent;
            let (mut sum, mut admitted, mut taken) = (0.0, 0, 0.0);
            for value in &chance {
                sum += value;
                if sum > budget {
                    break;
                }
                admitted += 1;
                taken = sum;
            }
            spent += taken;
            chance[..admitted].fill(0.0);
            rows.push(Checkpoint { probes, most: admitted.checked_sub(1).map(|most| most as u32) });
            before = probes;
        }
        Ok(Self { alpha, delta, rows })
    }

    /// The escape rate that is promised.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// The share of cases in which the promise may be broken.
    pub fn delta(&self) -> f64 {
        self.delta
    }

    /// All rows, by rising number of probes.
    pub fn rows(&self) -> &[Checkpoint] {
        &self.rows
    }

    /// How many probes without any defect are needed before anything can be promised.
    pub fn first_clean(&self) -> u32 {
        self.next(0, 0).map_or(u32::MAX, |row| row.probes)
    }

    /// The nearest row after `probes` that admits `defects`. None where the table ends before.
    pub fn next(&self, probes: u32, defects: u32) -> Option<Checkpoint> {
        let from = self.rows.partition_point(|row| row.probes <= probes);
        self.rows[from..].iter().find(|row| row.most.is_some_and(|most| most >= defects)).copied()
    }
}

/// Numbers of probes at which is counted.
fn counts(alpha: f64, delta: f64) -> Vec<u32> {
    let first = (delta.ln() / (-alpha).ln_1p()).ceil() as u32;
    // Whole numbers, so that every machine has the same rows.
    let grown = |n: &u32| Some((110 * n).div_ceil(100));
    std::iter::successors(Some(first), grown).take_while(|n| *n <= LONGEST * first).collect()
}

/// Chances of 0, 1, … defects (`len` numbers) among `n` probes.
fn binomial(n: u32, p: f64, len: usize) -> Vec<f64> {
    let mut chances = vec![0.0; len];
    chances[0] = (1.0 - p).powi(n as i32);
    for x in 1..len.min(n as usize + 1) {
        chances[x] = chances[x - 1] * f64::from(n - x as u32 + 1) / x as f64 * p / (1.0 - p);
    }
    chances
}

/// Chances of sums, cut off at the length that both have.
fn carried(chances: &[f64], added: &[f64]) -> Vec<f64> {
    (0..chances.len()).map(|x| (0..=x).map(|a| chances[x - a] * added[a]).sum()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rows_for_five_percent_are_known() {
        let table = Table::new(0.05, 0.05).unwrap();
        let admitting: Vec<(u32, u32)> = table.rows().iter().filter_map(|row| Some((row.probes, row.most?))).take(10).collect();
        assert_eq!(admitting, [(88, 0), (97, 0), (107, 0), (118, 1), (130, 1), (143, 1), (158, 2), (174, 2), (192, 3), (212, 3)]);
    }

    #[test]
    fn so_many_clean_probes_begin_a_promise() {
        for (alpha, clean) in [(0.005, 877), (0.01, 439), (0.02, 220), (0.03, 146), (0.05, 88), (0.10, 44)] {
            assert_eq!(Table::new(alpha, 0.05).unwrap().first_clean(), clean, "{alpha}");
        }
    }

    #[test]
    fn the_next_row_admits_the_defects_there_are() {
        let table = Table::new(0.05, 0.05).unwrap();
        for (probes, defects, next) in
            [(0, 0, Some(88)), (87, 0, Some(88)), (88, 0, Some(97)), (88, 1, Some(118)), (130, 2, Some(158)), (5, 5000, None)]
        {
            assert_eq!(table.next(probes, defects).map(|row| row.probes), next, "{probes} probes, {defects} defects");
        }
    }

    #[test]
    fn what_nobody_could_promise_is_refused_in_a_sentence() {
        for alpha in [0.0, -0.1, 0.41, 1.0, f64::NAN, f64::INFINITY] {
            assert!(Table::new(alpha, 0.05).unwrap_err().to_string().contains("can't be promised"), "{alpha}");
        }
        for delta in [0.0, 0.6, f64::NAN] {
            assert!(Table::new(0.05, delta).unwrap_err().to_string().contains("can't be made"), "{delta}");
        }
    }

    /// Chance of getting past some row when the rate is `rate`.
    fn passing(table: &Table, rate: f64) -> f64 {
        let len = table.rows().iter().filter_map(|row| row.most).max().unwrap() as usize + 2;
        let mut chance = vec![0.0; len];
        chance[0] = 1.0;
        let (mut before, mut passed) = (0, 0.0);
        for row in table.rows() {
            chance = carried(&chance, &binomial(row.probes - before, rate, len));
            before = row.probes;
            let admitted = row.most.map_or(0, |most| most as usize + 1);
            passed += chance[..admitted].iter().sum::<f64>();
            chance[..admitted].fill(0.0);
        }
        passed
    }

    #[test]
    fn the_budget_is_kept_at_the_promised_rate_and_corners_of_the_range_have_tables() {
        for (alpha, delta) in [(0.0001, 0.000_001), (0.0001, 0.5), (0.4, 0.5), (0.4, 0.000_001), (0.05, 0.05), (0.01, 0.1)] {
            let table = Table::new(alpha, delta).unwrap();
            assert!(table.first_clean() < u32::MAX);
            let broken = passing(&table, alpha);
            assert!(broken <= delta * (1.0 + 1e-9), "{alpha}, {delta}: {broken}");
            assert!(passing(&table, alpha / 4.0) > 0.9, "{alpha}, {delta}: a rate of a quarter comes through");
        }
    }
}
