//! Whether one way of doing something is better than another, from what both made of the same words.
//!
//! Words of one stretch are alike: what helps one helps its neighbours. So stretches are what is drawn again, not words.

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

/// The mean difference over all words, with bounds from drawing the clusters again [`DRAWS`] times, by a stream of numbers that only depends on
/// the seed. Each bound is wrong with this chance, 0 to 0.5; who chooses among several ways shares it among them. None where fewer than two clusters hold words: one says nothing of how far others would differ.
pub fn paired(clusters: &[Cluster], chance: f64, seed: &str) -> Option<Paired> {
    let full: Vec<Cluster> = clusters.iter().copied().filter(|c| c.count > 0).collect();
    if full.len() < 2 {
        return None;
    }
    let mut numbers = blake3::Hasher::new().update(seed.as_bytes()).finalize_xof();
    let mut draw = || {
        let mut bytes = [0u8; 8];
        numbers.fill(&mut bytes);
        // Multiplied down: the bias is below one in 2^60.
        let at = (u128::from(u64::from_le_bytes(bytes)) * full.len() as u128) >> 64;
        full[at as usize]
    };
    let mut means: Vec<f64> = (0..DRAWS).map(|_| mean((0..full.len()).map(|_| draw()))).collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means[((share * DRAWS as f64) as usize).min(DRAWS - 1)];
    Some(Paired { mean: mean(full.iter().copied()), lower: at(chance), upper: at(1.0 - chance) })
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
            assert_eq!(paired(few, 0.05, "seed"), None, "{few:?}");
        }
    }

    #[test]
    fn the_same_difference_everywhere_is_sure() {
        let same = [2u32, 8, 4].map(|count| Cluster { sum: 0.25 * f64::from(count), count });
        assert_eq!(paired(&same, 0.05, "seed"), Some(Paired { mean: 0.25, lower: 0.25, upper: 0.25 }));
    }

    #[test]
    fn the_other_way_round_is_the_other_sign_and_the_seed_decides() {
        let clusters = [(3.0, 10), (-1.0, 20), (2.5, 15), (0.5, 30), (4.0, 12), (0.0, 7)];
        let there = clusters.map(|(sum, count)| Cluster { sum, count });
        let back = clusters.map(|(sum, count)| Cluster { sum: -sum, count });
        let (a, b) = (paired(&there, 0.05, "seed").unwrap(), paired(&back, 0.05, "seed").unwrap());
        assert!((a.mean + b.mean).abs() < 1e-12 && (a.lower + b.upper).abs() < 0.01 && (a.upper + b.lower).abs() < 0.01, "{a:?} {b:?}");
        assert!(a.lower < a.mean && a.mean < a.upper);
        assert_eq!(paired(&there, 0.05, "seed"), Some(a));
        assert_ne!(paired(&there, 0.05, "another"), Some(a));
    }
}
