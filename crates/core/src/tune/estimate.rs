//! What every limit would flag and let pass, estimated from what people decided: for looking at, not for promising. What promises is
//! [`super::certify`].

use super::{Missing, all_finite, beta, same_length, sort, sorted};

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
    /// Counts a labelled unit that had a chance of `inclusion` (above 0, at most 1) of being shown to a person.
    pub fn add(&mut self, defect: bool, inclusion: f64) {
        self.add_weighed(defect, 1.0 / inclusion);
    }

    fn add_weighed(&mut self, defect: bool, weight: f64) {
        self.weight += weight;
        self.squares += weight * weight;
        self.defects += if defect { weight } else { 0.0 };
        self.found += u32::from(defect);
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
    /// Labelled units below each limit.
    judged: Vec<u32>,
    labelled: Vec<Labelled>,
    /// Share of defects among the first so many labelled units by rising score.
    precision: Vec<f64>,
    /// Share of defects among all but the first so many.
    escapes: Vec<f64>,
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
/// Shares are Hájek's: sums weighted by the inverse of the inclusion probability, the weighted defects divided by the weights. Units that had no
/// chance of being shown are not spoken for: without probes, the share of escapes is one among what was flagged when it was decided.
///
/// # Errors
/// [`Missing::NoUnits`] without scores; [`Missing::NotFinite`], [`Missing::Lengths`] and [`Missing::Inclusion`] for columns that can't be read.
pub fn sweep(scores: &[f64], labels: Labels<'_>) -> Result<Sweep, Missing> {
    // The distinct scores take the place of all as it goes on: fresh memory costs more time than what is written to it.
    let mut limit = sorted(scores)?;
    let labelled = by_score(labels)?;
    let Some(highest) = limit.last().copied() else { return Err(Missing::NoUnits) };
    let units = limit.len();
    let (mut flagged, mut judged) = (Vec::with_capacity(units + 1), Vec::with_capacity(units + 1));
    let (mut at, mut below) = (0, 0);
    while at < units {
        let here = limit[at];
        while labelled.get(below).is_some_and(|unit| unit.score < here) {
            below += 1;
        }
        limit[flagged.len()] = here;
        flagged.push(at as u32);
        judged.push(below as u32);
        while at < units && limit[at] <= here {
            at += 1;
        }
    }
    limit.truncate(flagged.len());
    limit.push(highest.next_up());
    flagged.push(units as u32);
    judged.push(labelled.partition_point(|unit| unit.score <= highest) as u32);
    let precision = shares(labelled.iter());
    // From the other end anew: the difference of two sums would leave a remainder where nothing is.
    let mut escapes = shares(labelled.iter().rev());
    escapes.reverse();
    Ok(Sweep { units: units as u32, limit, flagged, judged, labelled, precision, escapes })
}

/// Share of defects among the first 0, 1, … units.
fn shares<'a>(labelled: impl ExactSizeIterator<Item = &'a Labelled>) -> Vec<f64> {
    let mut shares = Vec::with_capacity(labelled.len() + 1);
    let mut tally = Tally::default();
    shares.push(tally.share());
    for unit in labelled {
        tally.add_weighed(unit.defect(), unit.weight());
        shares.push(tally.share());
    }
    shares
}

/// A labelled unit in half of the memory, as sorting takes its time in moving it: what it weighs, less than 0 where it is no defect.
#[derive(Clone, Copy, Debug)]
struct Labelled {
    score: f64,
    signed: f64,
}

impl Labelled {
    fn weight(self) -> f64 {
        self.signed.abs()
    }

    fn defect(self) -> bool {
        self.signed > 0.0
    }
}

fn by_score(labels: Labels<'_>) -> Result<Vec<Labelled>, Missing> {
    same_length(labels.scores.len(), labels.defects.len())?;
    same_length(labels.scores.len(), labels.inclusion.len())?;
    all_finite(labels.scores)?;
    if let Some(at) = labels.inclusion.iter().position(|p| !(*p > 0.0 && *p <= 1.0)) {
        return Err(Missing::Inclusion { at });
    }
    let columns = labels.scores.iter().zip(labels.inclusion).zip(labels.defects);
    let units = columns.map(|((score, inclusion), defect)| {
        let weight = 1.0 / inclusion;
        Labelled { score: score + 0.0, signed: if *defect { weight } else { -weight } }
    });
    Ok(sort::by_score(units.collect(), |unit| unit.score))
}

impl Sweep {
    /// The row that flags what `limit` flags.
    pub fn row(&self, limit: f64) -> usize {
        self.limit.partition_point(|known| *known < limit).min(self.limit.len() - 1)
    }

    /// Share of defects among what a row flags, 0 to 1; NaN where none of it is labelled.
    pub fn precision(&self, row: usize) -> f64 {
        self.precision[self.judged[row] as usize]
    }

    /// Share of defects among what passes at a row, 0 to 1; NaN where none of it is labelled.
    pub fn escapes(&self, row: usize) -> f64 {
        self.escapes[self.judged[row] as usize]
    }

    /// Rows with their bounds; `rows` rise and are below the length of the columns. Goes over all labels once.
    pub fn points(&self, rows: &[usize]) -> Vec<Point> {
        let upto = |row: &usize| self.judged[*row] as usize;
        let mut below = Tally::default();
        let mut from = 0;
        let flagged: Vec<Option<Rate>> = rows
            .iter()
            .map(|row| {
                self.labelled[from..upto(row)].iter().for_each(|unit| below.add_weighed(unit.defect(), unit.weight()));
                from = upto(row);
                below.rate()
            })
            .collect();
        let mut above = Tally::default();
        let mut end = self.labelled.len();
        let passing = rows.iter().rev().map(|row| {
            self.labelled[upto(row)..end].iter().rev().for_each(|unit| above.add_weighed(unit.defect(), unit.weight()));
            end = upto(row);
            (above.rate(), above.found)
        });
        let mut points: Vec<Point> = passing
            .zip(rows.iter().zip(flagged).rev())
            .map(|((escapes, known_escapes), (row, precision))| Point {
                limit: self.limit[*row],
                flagged: self.flagged[*row],
                load: f64::from(self.flagged[*row]) / f64::from(self.units),
                precision,
                escapes,
                known_escapes,
            })
            .collect();
        points.reverse();
        points
    }

    /// One row with its bounds, as [`Self::points`].
    pub fn point(&self, row: usize) -> Option<Point> {
        self.points(&[row]).pop()
    }

    /// At most `most` rows (at least 4) that show the whole sweep, rising: both ends, half of them even in what they flag and half even in the
    /// limit, so that neither a crowd of scores nor a long tail is lost.
    pub fn shown(&self, most: usize) -> Vec<usize> {
        let last = self.limit.len() - 1;
        if last < most {
            return (0..=last).collect();
        }
        let half = (most / 2).max(2) - 1;
        let (low, high) = (self.limit[0], self.limit[last]);
        let even = |i: usize| {
            let share = i as f64 / half as f64;
            let load = (share * f64::from(self.units)) as u32;
            [self.flagged.partition_point(|flagged| *flagged < load).min(last), self.row(low + share * (high - low))]
        };
        let mut rows: Vec<usize> = (1..half).flat_map(even).chain([0, last]).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

#[cfg(test)]
#[path = "estimate_tests.rs"]
mod tests;
