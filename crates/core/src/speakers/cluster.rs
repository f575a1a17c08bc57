//! Stretches of one voice put together.

use super::sums::{Sums, bic};

/// So many stretches are held against each other at once: time and memory are of its square. Ten hours are done in blocks whose clusters are then
/// put together in the same way.
const BLOCK: usize = 800;

/// A cluster: what its stretches sum up to, and which they are.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cluster {
    pub sums: Sums,
    cost: f64,
    pub members: Vec<usize>,
}

impl Cluster {
    /// Of one stretch.
    pub fn of(sums: Sums, member: usize) -> Self {
        Self { cost: sums.cost(), sums, members: vec![member] }
    }

    fn distance(&self, other: &Self, penalty: f64) -> f64 {
        bic(&self.sums, self.cost, &other.sums, other.cost, penalty)
    }

    fn take(&mut self, other: Self) {
        self.sums.add(&other.sums);
        self.cost = self.sums.cost();
        self.members.extend(other.members);
    }
}

/// Puts together the two that are most alike, again and again, until any two are different speakers and there are no more than `most`
/// (agglomerative clustering by the Bayesian information criterion: Chen and Gopalakrishnan 1998).
pub(super) fn cluster(mut all: Vec<Cluster>, penalty: f64, most: usize) -> Vec<Cluster> {
    while all.len() > BLOCK {
        let before = all.len();
        let mut rest = all.into_iter();
        let blocks = std::iter::from_fn(|| {
            let block: Vec<Cluster> = rest.by_ref().take(BLOCK).collect();
            (!block.is_empty()).then_some(block)
        });
        // A block is brought to half its size at least, so that this comes to an end; voices by the hundred are none.
        all = blocks.flat_map(|block| reduce(block, penalty, BLOCK / 2)).collect();
        if all.len() >= before {
            break;
        }
    }
    reduce(all, penalty, most)
}

fn reduce(mut all: Vec<Cluster>, penalty: f64, most: usize) -> Vec<Cluster> {
    // The lower half of the table of distances.
    let mut distances: Vec<Vec<f64>> = (0..all.len()).map(|i| (0..i).map(|j| all[i].distance(&all[j], penalty)).collect()).collect();
    while all.len() > 1 {
        let pairs = distances.iter().enumerate().flat_map(|(i, row)| row.iter().enumerate().map(move |(j, distance)| (*distance, j, i)));
        let Some((distance, into, from)) = pairs.min_by(|a, b| a.0.total_cmp(&b.0)) else { break };
        if distance > 0.0 && all.len() <= most {
            break;
        }
        // `into` stands before `from`.
        let taken = all.remove(from);
        distances.remove(from);
        distances.iter_mut().skip(from).for_each(|row| _ = row.remove(from));
        all[into].take(taken);
        for other in 0..all.len() {
            if other != into {
                distances[into.max(other)][into.min(other)] = all[into].distance(&all[other], penalty);
            }
        }
    }
    all
}
