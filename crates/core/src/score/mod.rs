//! How well what was found agrees with what people say.
//!
//! - [`judge`] pairs what was found in a stretch with its truth, as well as it can be paired.
//! - [`Score`] counts what came of it: of a clip, of a label in it, or of many clips added up.
//! - [`likeness`] says how alike two texts are, [`stability`] how alike repeats are.
//! - [`chance`] holds the tests and distributions that decisions stand on.

mod assign;
pub mod chance;
mod judge;
#[cfg(test)]
mod tests;
mod text;

pub use assign::assign;
pub use judge::{Judged, Pair, Rules, judge};
pub use text::likeness;

use crate::annotation::Annotation;
use crate::lab::ClipSet;
use crate::time::{Delta, MediaTime, Span};
use std::collections::BTreeMap;
use std::iter::Sum;
use std::ops::Add;

/// What was matched, missed and extra, and how well matches fit. Scores can be added up: shares are then over all that was judged, and means
/// over all that was matched.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// In the truth, and found.
    pub matched: u32,
    /// In the truth, and not found.
    pub missed: u32,
    /// Found, and not in the truth.
    pub extra: u32,
    time_iou: f64,
    text: f64,
    regions: u32,
    region_iou: f64,
    start_off_us: i64,
    end_off_us: i64,
}

impl Score {
    /// The score of what was judged.
    pub fn of(judged: &Judged) -> Self {
        let sides = Self { missed: judged.missed.len() as u32, extra: judged.extra.len() as u32, ..Self::default() };
        judged.pairs.iter().fold(sides, |sum, pair| sum + Self::of_pair(pair))
    }

    /// The score of each label, in small letters, of all that the truth or what was found holds. `truth` and `found` are what was judged.
    pub fn by_label(judged: &Judged, truth: &[Annotation], found: &[Annotation]) -> BTreeMap<String, Self> {
        let mut labels: BTreeMap<String, Self> = BTreeMap::new();
        let mut count = |annotation: Option<&Annotation>, one: Self| {
            if let Some(annotation) = annotation {
                let sum = labels.entry(annotation.label.to_lowercase()).or_default();
                *sum = *sum + one;
            }
        };
        judged.pairs.iter().for_each(|pair| count(truth.get(pair.truth), Self::of_pair(pair)));
        judged.missed.iter().for_each(|at| count(truth.get(*at), Self { missed: 1, ..Self::default() }));
        judged.extra.iter().for_each(|at| count(found.get(*at), Self { extra: 1, ..Self::default() }));
        labels
    }

    fn of_pair(pair: &Pair) -> Self {
        Self {
            matched: 1,
            missed: 0,
            extra: 0,
            time_iou: pair.time_iou,
            text: pair.text,
            regions: u32::from(pair.region_iou.is_some()),
            region_iou: pair.region_iou.unwrap_or(0.0),
            start_off_us: pair.start_off.abs().us(),
            end_off_us: pair.end_off.abs().us(),
        }
    }

    /// Whether neither the truth nor what was found holds anything.
    pub fn is_empty(&self) -> bool {
        self.matched + self.missed + self.extra == 0
    }

    /// Share of what was found that is in the truth, 0..1; 0 where nothing was found of a truth that holds something, 1 where there is nothing.
    pub fn precision(&self) -> f64 {
        self.share(f64::from(self.matched), f64::from(self.matched + self.extra))
    }

    /// Share of the truth that was found, 0..1; 0 where something was found of a truth that holds nothing, 1 where there is nothing.
    pub fn recall(&self) -> f64 {
        self.share(f64::from(self.matched), f64::from(self.matched + self.missed))
    }

    /// The harmonic mean of both, 0..1.
    pub fn f1(&self) -> f64 {
        self.share(2.0 * f64::from(self.matched), f64::from(2 * self.matched + self.missed + self.extra))
    }

    fn share(&self, of: f64, all: f64) -> f64 {
        if self.is_empty() {
            1.0
        } else if all > 0.0 {
            of / all
        } else {
            0.0
        }
    }

    /// Mean overlap in time of what is matched, 0..1; none where nothing is.
    pub fn time_iou(&self) -> Option<f64> {
        mean(self.time_iou, self.matched)
    }

    /// Mean overlap of the regions of what is matched and has one on both sides, 0..1; none where nothing does.
    pub fn region_iou(&self) -> Option<f64> {
        mean(self.region_iou, self.regions)
    }

    /// Mean likeness of the texts of what is matched, 0..1; none where nothing is.
    pub fn text(&self) -> Option<f64> {
        mean(self.text, self.matched)
    }

    /// How far starts are off in the mean, without their sign; none where nothing is matched.
    pub fn start_off(&self) -> Option<Delta> {
        self.start_off_us.checked_div(i64::from(self.matched)).map(Delta::from_us)
    }

    /// How far ends are off in the mean, without their sign; none where nothing is matched.
    pub fn end_off(&self) -> Option<Delta> {
        self.end_off_us.checked_div(i64::from(self.matched)).map(Delta::from_us)
    }
}

impl Add for Score {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            matched: self.matched + other.matched,
            missed: self.missed + other.missed,
            extra: self.extra + other.extra,
            time_iou: self.time_iou + other.time_iou,
            text: self.text + other.text,
            regions: self.regions + other.regions,
            region_iou: self.region_iou + other.region_iou,
            start_off_us: self.start_off_us.saturating_add(other.start_off_us),
            end_off_us: self.end_off_us.saturating_add(other.end_off_us),
        }
    }
}

impl Sum for Score {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

fn mean(sum: f64, count: u32) -> Option<f64> {
    (count > 0).then(|| sum / f64::from(count))
}

/// How alike repeats on one stretch are: the mean F1 of all pairs of them, each in turn taken for the truth, 0..1. None for fewer than two.
/// It takes no truth: a model that is wrong in the same way every time is stable.
pub fn stability(repeats: &[&[Annotation]], within: Span<MediaTime>, set: &ClipSet, rules: &Rules) -> Option<f64> {
    let pairs = (0..repeats.len()).flat_map(|one| (one + 1..repeats.len()).map(move |other| (one, other)));
    let alike = pairs.map(|(one, other)| Score::of(&judge(repeats[one], repeats[other], within, set, rules)).f1());
    let (sum, count) = alike.fold((0.0, 0), |(sum, count), f1| (sum + f1, count + 1));
    mean(sum, count)
}
