//! What every limit would flag and let pass, estimated from what people decided: for looking at, not for promising. What promises is
//! [`super::certify`].

use super::{Missing, all_finite, beta, same_length, sorted};

/// Labelled units as columns of one length.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    /// Their scores.
    pub scores: &'a [f64],
    /// Whether each is a defect.
    pub defects: &'a [bool],
    /// The chance that each had of being shown to a person, above 0 and at most 1.
    pub inclusion: &'a [f64],
}

/// Sums over labelled units, each weighted by how many it stands for: the inverse of its inclusion probability.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    weight: f64,
    defects: f64,
    squares: f64,
    found: u32,
}

impl Tally {
    /// Counts a labelled unit.
    pub fn add(&mut self, defect: bool, inclusion: f64) {
        let weight = 1.0 / inclusion;
        self.weight += weight;
        self.squares += weight * weight;
        if defect {
            self.defects += weight;
            self.found += 1;
        }
    }

    /// The share of defects after Hájek (weighted defects by weights), 0 to 1; NaN where nothing was counted.
    pub fn share(&self) -> f64 {
        self.defects / self.weight
    }

    /// The number of units drawn with equal chances that would say as much (Kish); 0 where nothing was counted.
    pub fn effective(&self) -> f64 {
        if self.squares > 0.0 { self.weight * self.weight / self.squares } else { 0.0 }
    }

    /// The share with its 95 % bounds (Clopper–Pearson on the effective count). They take units as independent: where defects gather in
    /// media the truth is farther out more often. None where nothing was counted.
    pub fn rate(&self) -> Option<Rate> {
        let effective = self.effective();
        (effective > 0.0).then(|| {
            let defects = self.share() * effective;
            Rate { estimate: self.share(), low: lower(defects, effective, 0.975), high: upper(defects, effective, 0.975) }
        })
    }
}

/// A share with its 95 % bounds, all 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// The share.
    pub estimate: f64,
    /// It may be as low as this.
    pub low: f64,
    /// It may be as high as this.
    pub high: f64,
}

/// What the share of defects exceeds with a `confidence` between 0 and 1, after `defects` of `judged` were found (Clopper and Pearson, 1934).
/// Counts may be effective ones, so not whole; 0 where nothing was judged.
pub fn lower(defects: f64, judged: f64, confidence: f64) -> f64 {
    if defects > 0.0 && judged > 0.0 { beta::quantile(1.0 - confidence, defects, (judged - defects).max(0.0) + 1.0) } else { 0.0 }
}

/// What the share of defects stays below with a `confidence` between 0 and 1, as [`lower`]; 1 where nothing was judged.
pub fn upper(defects: f64, judged: f64, confidence: f64) -> f64 {
    if judged > defects { beta::quantile(confidence, defects.max(0.0) + 1.0, judged - defects) } else { 1.0 }
}

/// Estimates at all limits that tell units apart, as columns of one length by rising limit: at each distinct score, and at last just above the
/// highest, where everything is flagged.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Units there are.
    pub units: u32,
    /// The limits, as scores.
    pub limit: Vec<f64>,
    /// Units that each flags.
    pub flagged: Vec<u32>,
    /// Share of defects among the flagged, 0 to 1; NaN where none of them is labelled.
    pub precision: Vec<f64>,
    /// Share of defects among those that pass, 0 to 1; NaN where none of them is labelled.
    pub escapes: Vec<f64>,
    /// Labelled units below each limit.
    judged: Vec<u32>,
    /// Sums over the first so many labelled units by rising score.
    below: Vec<Tally>,
    /// Sums over all but the first so many.
    above: Vec<Tally>,
}

/// One limit of a sweep, with bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The limit, as a score.
    pub limit: f64,
    /// Units that it flags.
    pub flagged: u32,
    /// Their share of all units, 0 to 1.
    pub load: f64,
    /// Share of defects among the flagged.
    pub precision: Option<Rate>,
    /// Share of defects among those that pass.
    pub escapes: Option<Rate>,
    /// Defects that people found and that would pass.
    pub known_escapes: u32,
}

/// Estimates for every limit in one pass over the sorted scores. `scores` are those of all units, labelled or not, in any order; `labels` those
/// that were decided, which may be none.
///
/// Shares are Hájek's: sums weighted by the inverse of the inclusion probability, the weighted defects divided by the weights.
///
/// # Errors
/// [`Missing::NoUnits`] without scores; [`Missing::NotFinite`], [`Missing::Lengths`] and [`Missing::Inclusion`] for columns that can't be read.
pub fn sweep(scores: &[f64], labels: Labels<'_>) -> Result<Sweep, Missing> {
    let scores = sorted(scores)?;
    let labelled = by_score(labels)?;
    let Some(highest) = scores.last() else { return Err(Missing::NoUnits) };
    let (below, above) = (sums(labelled.iter()), {
        let mut sums = sums(labelled.iter().rev());
        sums.reverse();
        sums
    });
    let rows = scores.len() + 1;
    let mut sweep = Sweep {
        units: scores.len() as u32,
        limit: Vec::with_capacity(rows),
        flagged: Vec::with_capacity(rows),
        precision: Vec::with_capacity(rows),
        escapes: Vec::with_capacity(rows),
        judged: Vec::with_capacity(rows),
        below,
        above,
    };
    let (mut at, mut judged) = (0, 0);
    loop {
        let limit = scores.get(at).copied().unwrap_or_else(|| highest.next_up());
        while labelled.get(judged).is_some_and(|unit| unit.score < limit) {
            judged += 1;
        }
        sweep.limit.push(limit);
        sweep.flagged.push(at as u32);
        sweep.precision.push(sweep.below[judged].share());
        sweep.escapes.push(sweep.above[judged].share());
        sweep.judged.push(judged as u32);
        if at == scores.len() {
            return Ok(sweep);
        }
        while scores.get(at).is_some_and(|score| *score <= limit) {
            at += 1;
        }
    }
}

struct Labelled {
    score: f64,
    inclusion: f64,
    defect: bool,
}

fn by_score(labels: Labels<'_>) -> Result<Vec<Labelled>, Missing> {
    same_length(labels.scores.len(), labels.defects.len())?;
    same_length(labels.scores.len(), labels.inclusion.len())?;
    all_finite(labels.scores)?;
    if let Some(at) = labels.inclusion.iter().position(|p| !(*p > 0.0 && *p <= 1.0)) {
        return Err(Missing::Inclusion { at });
    }
    let columns = labels.scores.iter().zip(labels.inclusion).zip(labels.defects);
    let mut labelled: Vec<Labelled> =
        columns.map(|((score, inclusion), defect)| Labelled { score: score + 0.0, inclusion: *inclusion, defect: *defect }).collect();
    labelled.sort_unstable_by(|a, b| a.score.total_cmp(&b.score));
    Ok(labelled)
}

/// Sums over the first 0, 1, … units. Both ends are summed up by themselves: the difference of two sums would leave a remainder where nothing is.
fn sums<'a>(labelled: impl Iterator<Item = &'a Labelled>) -> Vec<Tally> {
    let mut sum = Tally::default();
    let after = labelled.map(|unit| {
        sum.add(unit.defect, unit.inclusion);
        sum
    });
    std::iter::once(Tally::default()).chain(after).collect()
}

impl Sweep {
    /// The row that flags what `limit` flags.
    pub fn row(&self, limit: f64) -> usize {
        self.limit.partition_point(|known| *known < limit).min(self.limit.len() - 1)
    }

    /// A row with its bounds; `row` is below the length of the columns.
    pub fn point(&self, row: usize) -> Point {
        let judged = self.judged[row] as usize;
        Point {
            limit: self.limit[row],
            flagged: self.flagged[row],
            load: f64::from(self.flagged[row]) / f64::from(self.units),
            precision: self.below[judged].rate(),
            escapes: self.above[judged].rate(),
            known_escapes: self.above[judged].found,
        }
    }

    /// At most `most` rows (at least 2) that show the whole sweep, rising: both ends, half of them even in what they flag and half even in the
    /// limit, so that neither a crowd of scores nor a long tail is lost.
    pub fn shown(&self, most: usize) -> Vec<usize> {
        let last = self.limit.len() - 1;
        if last < most {
            return (0..=last).collect();
        }
        let half = (most / 2).max(2) - 1;
        let (low, high) = (self.limit[0], self.limit[last]);
        let mut rows: Vec<usize> = (0..=half)
            .flat_map(|i| {
                let share = i as f64 / half as f64;
                let load = (share * f64::from(self.units)) as u32;
                [self.flagged.partition_point(|flagged| *flagged < load).min(last), self.row(low + share * (high - low))]
            })
            .collect();
        rows.extend([0, last]);
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

#[cfg(test)]
#[path = "estimate_tests.rs"]
mod tests;
