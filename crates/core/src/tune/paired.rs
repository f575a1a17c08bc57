//! Whether one way of doing something is better than another, from what both made of the same words.
//!
//! Words of one stretch are alike: what helps one helps its neighbours. So stretches are what is drawn again, not words.

use crate::score::chance::{student_below, student_quantile};
use serde::{Deserialize, Serialize};

/// Times that the stretches are drawn again.
pub const DRAWS: usize = 2_000;

/// Differences of the words of one stretch, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cluster {
    /// Sum of the differences.
    pub sum: f64,
    /// How many words.
    pub count: u32,
}

/// The mean difference, and how far it may be off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// Mean of all differences.
    pub mean: f64,
    /// It is at least this, but for the chance that was asked for.
    pub lower: f64,
    /// It is at most this, but for the same chance.
    pub upper: f64,
}

impl Paired {
    /// With bounds that lie within what can be.
    pub fn within(self, least: f64, most: f64) -> Self {
        Self { lower: self.lower.clamp(least, most), upper: self.upper.clamp(least, most), ..self }
    }
}

/// The mean difference over all words, with bounds from drawing the clusters again [`DRAWS`] times, by a stream of numbers that only depends on
/// the seed. Each bound is wrong with this chance, 0 to 0.5; who chooses among several ways shares it among them. None where fewer than two clusters hold words: one says nothing of how far others would differ.
pub fn paired(clusters: &[Cluster], chance: f64, seed: &str) -> Option<Paired> {
    let full: Vec<Cluster> = clusters.iter().copied().filter(|c| c.count > 0).collect();
    if full.len() < 2 {
        return None;
    }
    let means = drawn(&full, DRAWS, seed);
    let at = |share: f64| means[((share * DRAWS as f64) as usize).min(DRAWS - 1)];
    Some(Paired { mean: mean(full.iter().copied()), lower: at(chance), upper: at(1.0 - chance) })
}

/// So many draws at least lie beyond each bound of [`widened`], unless that would take more than [`MOST_DRAWS`].
const BEYOND: f64 = 20.0;
const MOST_DRAWS: usize = 5_000;
/// Degrees of freedom at which Student's distribution is the normal one, to the third digit of all chances that are asked for here.
const NORMAL: f64 = 10_000.0;

/// The mean difference as [`paired`] has it, with bounds that also hold for few clusters: percentiles of the draws that lie further out, as far as Student's
/// quantile and the clusters that a draw leaves out ask for (Hesterberg 2015, "What teachers should know about the bootstrap"), and no closer
/// than Student's own bounds. Each is wrong with this chance, above 0 and below 0.5. None where fewer than two clusters hold anything.
pub fn widened(clusters: &[Cluster], chance: f64, seed: &str) -> Option<Paired> {
    let full: Vec<Cluster> = clusters.iter().copied().filter(|c| c.count > 0).collect();
    if full.len() < 2 {
        return None;
    }
    let (mean, error) = mean_and_error(&full);
    let count = full.len() as f64;
    let student = student_quantile(1.0 - chance, count - 1.0);
    let share = student_below(-student * (count / (count - 1.0)).sqrt(), NORMAL);
    let draws = ((BEYOND / share) as usize).clamp(DRAWS, MOST_DRAWS);
    let means = drawn(&full, draws, seed);
    let beyond = ((share * (draws + 1) as f64) as usize).clamp(1, draws);
    let (lower, upper) = (means[beyond - 1], means[draws - beyond]);
    Some(Paired { mean, lower: lower.min(mean - student * error), upper: upper.max(mean + student * error) })
}

/// The mean over all words of clusters, and its standard error as that of a ratio of sums over clusters.
fn mean_and_error(clusters: &[Cluster]) -> (f64, f64) {
    let mean = mean(clusters.iter().copied());
    let (words, count) = (clusters.iter().map(|c| f64::from(c.count)).sum::<f64>(), clusters.len() as f64);
    let squares: f64 = clusters.iter().map(|c| (c.sum - mean * f64::from(c.count)).powi(2)).sum();
    (mean, (squares * count / (count - 1.0)).sqrt() / words)
}

/// The means of so many draws, ascending, by a stream of numbers that only depends on the seed.
fn drawn(full: &[Cluster], draws: usize, seed: &str) -> Vec<f64> {
    let mut numbers = blake3::Hasher::new().update(seed.as_bytes()).finalize_xof();
    let (mut block, mut used) = ([0u8; 64], 64);
    let mut draw = || {
        if used == block.len() {
            numbers.fill(&mut block);
            used = 0;
        }
        let mut bytes = [0u8; 8];
        bytes.copy_from_slice(&block[used..used + 8]);
        used += 8;
        // Multiplied down: the bias is below one in 2^60.
        full[((u128::from(u64::from_le_bytes(bytes)) * full.len() as u128) >> 64) as usize]
    };
    let mut means: Vec<f64> = (0..draws).map(|_| mean((0..full.len()).map(|_| draw()))).collect();
    means.sort_unstable_by(f64::total_cmp);
    means
}

/// The mean over all words of clusters.
fn mean(clusters: impl Iterator<Item = Cluster>) -> f64 {
    let (sum, count) = clusters.fold((0.0, 0.0), |(sum, count), c| (sum + c.sum, count + f64::from(c.count)));
    sum / count
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn one_cluster_says_nothing_of_others() {
        let one = Cluster { sum: 3.0, count: 4 };
        for few in [&[][..], &[one], &[one, Cluster::default()]] {
            assert_eq!((paired(few, 0.05, "seed"), widened(few, 0.05, "seed")), (None, None), "{few:?}");
        }
    }

    #[test]
    fn the_same_difference_everywhere_is_sure() {
        let same = [2u32, 8, 4].map(|count| Cluster { sum: 0.25 * f64::from(count), count });
        let sure = Some(Paired { mean: 0.25, lower: 0.25, upper: 0.25 });
        assert_eq!((paired(&same, 0.05, "seed"), widened(&same, 0.05, "seed")), (sure, sure));
    }

    #[test]
    fn the_other_way_round_is_the_other_sign_and_the_seed_decides() {
        let clusters = [(3.0, 10), (-1.0, 20), (2.5, 15), (0.5, 30), (4.0, 12), (0.0, 7)];
        let there = clusters.map(|(sum, count)| Cluster { sum, count });
        let back = clusters.map(|(sum, count)| Cluster { sum: -sum, count });
        let (a, b) = (paired(&there, 0.05, "seed").unwrap(), paired(&back, 0.05, "seed").unwrap());
        assert!((a.mean + b.mean).abs() < 1e-12 && (a.lower + b.upper).abs() < 0.01 && (a.upper + b.lower).abs() < 0.01, "{a:?} {b:?}");
        assert!(a.lower < a.mean && a.mean < a.upper);
        let wide = widened(&there, 0.05, "seed").unwrap();
        assert!(wide.lower < a.lower && wide.upper > a.upper, "{a:?} {wide:?}");
        assert_eq!(wide.within(-0.01, 0.02), Paired { lower: -0.01, upper: 0.02, ..wide });
        assert_eq!(paired(&there, 0.05, "seed"), Some(a));
        assert_ne!(paired(&there, 0.05, "another"), Some(a));
    }
}
