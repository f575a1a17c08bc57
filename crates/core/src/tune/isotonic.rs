//! The chance of a defect at a score, from labels, where all that is taken for granted is that it falls as the score rises.

use super::{Missing, all_finite, same_length};

/// A falling line through labelled units.
#[derive(Clone, Debug, PartialEq)]
pub struct Falling {
    /// Scores where the line bends, rising.
    pub score: Vec<f64>,
    /// The chance of a defect there, 0 to 1, falling.
    pub chance: Vec<f64>,
}

struct Block {
    first: f64,
    last: f64,
    chance: f64,
    weight: f64,
}

/// The falling line that is nearest to the labels by weighted squares: neighbours that are out of order are pooled (Ayer and others, 1955). A
/// unit weighs as many units as it stands for, the inverse of its inclusion probability.
///
/// # Errors
/// [`Missing::NoLabels`] without units; [`Missing::NotFinite`], [`Missing::Lengths`] and [`Missing::Weight`] for columns that can't be read.
pub fn fit(scores: &[f64], defects: &[bool], weights: &[f64]) -> Result<Falling, Missing> {
    if scores.is_empty() {
        return Err(Missing::NoLabels);
    }
    same_length(scores.len(), defects.len())?;
    same_length(scores.len(), weights.len())?;
    all_finite(scores)?;
    if let Some(at) = weights.iter().position(|w| !(*w > 0.0 && w.is_finite())) {
        return Err(Missing::Weight { at });
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let mut blocks: Vec<Block> = Vec::new();
    for at in order {
        let chance = f64::from(u8::from(defects[at]));
        let unit = Block { first: scores[at] + 0.0, last: scores[at] + 0.0, chance, weight: weights[at] };
        match blocks.last_mut() {
            // One score has one chance.
            Some(last) if last.first >= unit.first => last.take(&unit),
            _ => blocks.push(unit),
        }
    }
    let mut pooled: Vec<Block> = Vec::with_capacity(blocks.len());
    for mut block in blocks {
        while let Some(before) = pooled.pop_if(|before| before.chance <= block.chance) {
            let after = std::mem::replace(&mut block, before);
            block.take(&after);
        }
        pooled.push(block);
    }
    let mut line = Falling { score: Vec::new(), chance: Vec::new() };
    for block in pooled {
        line.score.push(block.first);
        line.chance.push(block.chance);
        if block.last > block.first {
            line.score.push(block.last);
            line.chance.push(block.chance);
        }
    }
    Ok(line)
}

impl Block {
    fn take(&mut self, other: &Self) {
        let weight = self.weight + other.weight;
        self.chance = (self.chance * self.weight + other.chance * other.weight) / weight;
        self.weight = weight;
        self.last = other.last;
    }
}

impl Falling {
    /// The chance of a defect at `score`: straight between bends, level beyond the ends.
    pub fn at(&self, score: f64) -> f64 {
        let after = self.score.partition_point(|known| *known < score);
        if after == 0 {
            return self.chance[0];
        }
        if after == self.score.len() {
            return self.chance[after - 1];
        }
        let (left, right) = (self.score[after - 1], self.score[after]);
        let share = (score - left) / (right - left);
        self.chance[after - 1] + share * (self.chance[after] - self.chance[after - 1])
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn neighbours_out_of_order_are_pooled() {
        let found = fit(&[1.0, 2.0, 3.0, 4.0], &[true, false, true, false], &[1.0, 1.0, 3.0, 1.0]).unwrap();
        assert_eq!(found, Falling { score: vec![1.0, 2.0, 3.0, 4.0], chance: vec![1.0, 0.75, 0.75, 0.0] });
        for (score, chance) in [(0.0, 1.0), (1.5, 0.875), (2.5, 0.75), (3.5, 0.375), (9.0, 0.0)] {
            assert!((found.at(score) - chance).abs() < 1e-12, "{score}");
        }
    }

    #[test]
    fn one_unit_is_a_level_line_and_no_unit_none() {
        let found = fit(&[2.0, 2.0], &[true, false], &[1.0, 1.0]).unwrap();
        assert_eq!((found.at(-9.0), found.at(2.0), found.at(9.0)), (0.5, 0.5, 0.5));
        assert_eq!(fit(&[], &[], &[]), Err(Missing::NoLabels));
        assert_eq!(fit(&[f64::NAN], &[true], &[1.0]), Err(Missing::NotFinite { at: 0 }));
        assert_eq!(fit(&[1.0], &[true], &[0.0]), Err(Missing::Weight { at: 0 }));
        assert_eq!(fit(&[1.0], &[], &[0.0]), Err(Missing::Lengths { scores: 1, others: 0 }));
    }

    proptest! {
        #[test]
        fn the_line_falls_and_keeps_the_mean(units in proptest::collection::vec((-5i32..5, any::<bool>(), 1u32..9), 1..60)) {
            let scores: Vec<f64> = units.iter().map(|u| f64::from(u.0)).collect();
            let defects: Vec<bool> = units.iter().map(|u| u.1).collect();
            let weights: Vec<f64> = units.iter().map(|u| f64::from(u.2)).collect();
            let line = fit(&scores, &defects, &weights).unwrap();
            prop_assert!(line.chance.windows(2).all(|pair| pair[0] >= pair[1]));
            prop_assert!(line.score.windows(2).all(|pair| pair[0] < pair[1]));
            let said: f64 = scores.iter().zip(&weights).map(|(s, w)| line.at(*s) * w).sum();
            let seen: f64 = units.iter().filter(|u| u.1).map(|u| f64::from(u.2)).sum();
            prop_assert!((said - seen).abs() < 1e-9 * seen.max(1.0), "{} {}", said, seen);
        }
    }
}
