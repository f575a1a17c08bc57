//! Which found thing is which of the truth.

use super::{assign, likeness};
use crate::annotation::{Annotation, Region};
use crate::lab::ClipSet;
use crate::time::{Delta, MediaTime, Span};
use std::collections::BTreeMap;

/// What two annotations must have in common to be the same thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Overlap in time (intersection over union) at least, 0..1.
    pub time_iou: f64,
    /// Overlap of regions at least, 0..1, where both have one.
    pub region_iou: f64,
}

impl Default for Rules {
    /// 0.3 each: models see a frame every second or two, and their boxes are rough.
    fn default() -> Self {
        Self { time_iou: 0.3, region_iou: 0.3 }
    }
}

/// A thing of the truth that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Index in the truth.
    pub truth: usize,
    /// Index in what was found.
    pub found: usize,
    /// Overlap in time, 0..1.
    pub time_iou: f64,
    /// Overlap of their regions, 0..1; none where one of them has none.
    pub region_iou: Option<f64>,
    /// Likeness of their texts, 0..1.
    pub text: f64,
    /// How much later it was found to begin.
    pub start_off: Delta,
    /// How much later it was found to end.
    pub end_off: Delta,
}

impl Pair {
    /// How alike the two are, 0..1: the mean of the overlap in time, that of regions where both have one, and the likeness of texts.
    pub fn similarity(&self) -> f64 {
        let (sum, parts) = self.region_iou.map_or((0.0, 2.0), |overlap| (overlap, 3.0));
        (sum + self.time_iou + self.text) / parts
    }
}

/// What was found, against the truth. What lies outside of the stretch or has a label that does not count is in none of the lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// What was found of the truth, ordered by the truth.
    pub pairs: Vec<Pair>,
    /// Indices of what was not found, ascending.
    pub missed: Vec<usize>,
    /// Indices of what was found and is not in the truth, ascending.
    pub extra: Vec<usize>,
}

/// Pairs truth and what was found within a stretch. Two annotations can be a pair where their labels are the same but for case, and time and regions
/// overlap enough; spans are cut to the stretch first. Of all ways to pair them it is the one with the greatest sum of [`Pair::similarity`].
pub fn judge(truth: &[Annotation], found: &[Annotation], within: Span<MediaTime>, set: &ClipSet, rules: &Rules) -> Judged {
    let mut labels: BTreeMap<String, [Vec<usize>; 2]> = BTreeMap::new();
    for (side, annotations) in [truth, found].into_iter().enumerate() {
        for (at, annotation) in annotations.iter().enumerate() {
            if set.counts(&annotation.label) && cut(annotation.span, within).is_some() {
                labels.entry(annotation.label.to_lowercase()).or_default()[side].push(at);
            }
        }
    }
    let mut judged = Judged::default();
    for [wanted, had] in labels.into_values() {
        let pair = |one: &usize, other: &usize| pair((*one, &truth[*one]), (*other, &found[*other]), within, rules);
        let pairs: Vec<Vec<Option<Pair>>> = wanted.iter().map(|one| had.iter().map(|other| pair(one, other)).collect()).collect();
        let gains: Vec<Vec<f64>> =
            pairs.iter().map(|row| row.iter().map(|pair| pair.map_or(0.0, |pair| pair.similarity())).collect()).collect();
        let given = assign(&gains);
        let mut left = vec![true; had.len()];
        for (row, column) in given.into_iter().enumerate() {
            match column.and_then(|column| pairs[row][column].map(|pair| (column, pair))) {
                Some((column, pair)) => {
                    left[column] = false;
                    judged.pairs.push(pair);
                }
                None => judged.missed.push(wanted[row]),
            }
        }
        judged.extra.extend(had.into_iter().zip(left).filter_map(|(at, left)| left.then_some(at)));
    }
    judged.pairs.sort_unstable_by_key(|pair| pair.truth);
    judged.missed.sort_unstable();
    judged.extra.sort_unstable();
    judged
}

/// The part of a span that lies within the stretch; a moment without length lies within or not.
fn cut(span: Span<MediaTime>, within: Span<MediaTime>) -> Option<Span<MediaTime>> {
    if span.is_empty() { within.contains(span.start).then_some(Span::new(span.start, span.start)) } else { span.overlap(within) }
}

/// Intersection over union of two spans, 0..1; 1 for the same moment without length.
fn time_iou(one: Span<MediaTime>, other: Span<MediaTime>) -> f64 {
    let shared = one.overlap(other).map_or(0, |both| both.len().us());
    let either = one.len().us().saturating_add(other.len().us()).saturating_sub(shared);
    if either > 0 { shared as f64 / either as f64 } else { f64::from(u8::from(one.start == other.start)) }
}

/// The two as a pair, where they can be one.
fn pair(truth: (usize, &Annotation), found: (usize, &Annotation), within: Span<MediaTime>, rules: &Rules) -> Option<Pair> {
    let (one, other) = (cut(truth.1.span, within)?, cut(found.1.span, within)?);
    let time_iou = time_iou(one, other);
    let region_iou = truth.1.region.zip(found.1.region).map(|(one, other): (Region, Region)| one.overlap(other));
    // What does not overlap at all is not the same thing, however low the rules are.
    let enough = |overlap: f64, least: f64| overlap > 0.0 && overlap >= least;
    if !enough(time_iou, rules.time_iou) || region_iou.is_some_and(|overlap| !enough(overlap, rules.region_iou)) {
        return None;
    }
    Some(Pair {
        truth: truth.0,
        found: found.0,
        time_iou,
        region_iou,
        text: likeness(&truth.1.text, &found.1.text),
        start_off: other.start - one.start,
        end_off: other.end - one.end,
    })
}
