//! The numbers of a run.

use super::compare::{Comparison, Guards, Match, Outcome, Scored};
use super::power::Spread;
use super::{ClipSet, Record, Try};
use crate::annotation::Annotation;
use crate::models::Money;
use crate::score::{Judged, Rules, Score, judge};
use crate::tune::paired::Paired;
use std::collections::BTreeMap;

/// F1 from which a repeat passes.
pub const PASSES: f64 = 0.8;

/// What is known of a clip besides what is found in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClipFacts {
    /// The slices that it belongs to: by what they are cut (`speaker`, `sound`), and which part it is. Slices by label need not be named.
    pub slices: Vec<(String, String)>,
}

/// One clip under one variant, over its repeats.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// Mean F1, 0..1; none without a truth or a try.
    pub f1: Option<f64>,
    /// What was matched, missed and extra in the first repeat; nothing without a truth.
    pub first: Score,
    /// Answers that did not fit at first.
    pub misfits: u32,
    /// Stretches without an answer.
    pub unanswered: u32,
    /// Mean time of its answers, in milliseconds.
    pub latency_ms: u64,
    /// What it cost when it was asked, in the mean of its repeats.
    pub cost: Money,
    /// Repeats that were made.
    pub repeats: u32,
}

/// The numbers of a run. Of clips that are held out it tells nothing but how they stand to a comparison.
#[derive(Clone, Debug, Default)]
pub struct Board {
    pub(super) variants: usize,
    /// What draws depend on, so that the same run has the same bounds.
    pub(super) seed: String,
    pub(super) clips: Vec<Scored>,
    /// By clip and variant; those that are held out have none.
    cells: BTreeMap<(u32, u32), Cell>,
    /// By clip, variant and repeat; those that are held out have none.
    judged: BTreeMap<(u32, u32, u32), Judged>,
    pub(super) heads: Vec<super::heads::Head>,
    pub(super) notes: Vec<String>,
    pub(super) asked: super::heads::Asked,
}

impl Board {
    /// The board of a run over a set. `truth` and `facts` have one entry for each clip of the set; a clip whose truth is none is shown and not scored,
    /// since nobody stands by what is in it.
    pub fn new(record: &Record, set: &ClipSet, truth: &[Option<Vec<Annotation>>], facts: &[ClipFacts]) -> Self {
        let variants = record.plan.variants.len();
        let mut board = Self { variants, seed: format!("{} {}", record.plan.set, record.plan.name), ..Self::default() };
        let scored = |(at, clip): (usize, &super::Clip)| Scored {
            media: clip.media.clone(),
            holdout: clip.holdout,
            slices: facts.get(at).map(|facts| facts.slices.clone()).unwrap_or_default(),
            outcomes: vec![None; variants],
        };
        board.clips = set.clips.iter().enumerate().map(scored).collect();
        let mut tries: BTreeMap<(u32, u32), Vec<&Try>> = BTreeMap::new();
        for one in &record.tries {
            if (one.clip as usize) < set.clips.len() && (one.variant as usize) < variants {
                tries.entry((one.clip, one.variant)).or_default().push(one);
            }
        }
        for (place, repeats) in &mut tries {
            repeats.sort_by_key(|one| one.repeat);
            board.score(*place, repeats, set, truth.get(place.0 as usize).and_then(Option::as_ref));
        }
        tries.retain(|(clip, _), _| !set.clips[*clip as usize].holdout);
        board.sum_up(&tries, set);
        board
    }

    /// Scores the repeats of a clip under a variant.
    fn score(&mut self, (clip, variant): (u32, u32), repeats: &[&Try], set: &ClipSet, truth: Option<&Vec<Annotation>>) {
        let at = &set.clips[clip as usize];
        let mut cell = Cell::of(repeats);
        if let Some(truth) = truth {
            let rules = Rules::default();
            let judged: Vec<Judged> = repeats.iter().map(|one| judge(truth, &one.annotations, at.span(), set, &rules)).collect();
            let outcome = Outcome::of(truth, repeats, &judged);
            cell.f1 = Some(outcome.f1);
            cell.first = judged.first().map(Score::of).unwrap_or_default();
            self.clips[clip as usize].outcomes[variant as usize] = Some(outcome);
            if !at.holdout {
                self.judged.extend(repeats.iter().map(|one| (clip, variant, one.repeat)).zip(judged));
            }
        }
        if !at.holdout {
            self.cells.insert((clip, variant), cell);
        }
    }

    /// A clip under a variant. None where it was not tried, and where the clip is held out.
    pub fn cell(&self, clip: u32, variant: u32) -> Option<&Cell> {
        self.cells.get(&(clip, variant))
    }

    /// How a try stands to the truth, by indices into the truth of its clip and the annotations of the try. None where it was not made, where there is no
    /// truth, and where the clip is held out.
    pub fn judged(&self, clip: u32, variant: u32, repeat: u32) -> Option<&Judged> {
        self.judged.get(&(clip, variant, repeat))
    }

    /// By how much the mean F1 of a variant in a clip is above the baseline's. None where one of them has none.
    pub fn gain(&self, clip: u32, baseline: u32, variant: u32) -> Option<f64> {
        Some(self.cell(clip, variant)?.f1? - self.cell(clip, baseline)?.f1?)
    }

    /// The clips that are not held out, the one that any variant makes worst first; those without a difference come last, in the order of the set.
    pub fn order(&self, baseline: u32) -> Vec<u32> {
        let others = || (0..self.variants as u32).filter(|variant| *variant != baseline);
        let worst = |clip: u32| others().filter_map(|variant| self.gain(clip, baseline, variant)).fold(f64::INFINITY, f64::min);
        let mut order: Vec<u32> = (0..self.clips.len() as u32).filter(|clip| !self.clips[*clip as usize].holdout).collect();
        order.sort_by(|one, other| worst(*one).total_cmp(&worst(*other)).then(one.cmp(other)));
        order
    }

    fn between(&self, baseline: u32, candidate: u32) -> Match<'_> {
        let (baseline, candidate) = (baseline as usize, candidate as usize);
        Match { clips: &self.clips, variants: self.variants, baseline, candidate, seed: &self.seed }
    }

    /// By how much the mean F1 of a clip is above the baseline's, as [`Board::compare`] tells it.
    pub fn difference(&self, baseline: u32, candidate: u32) -> Option<Paired> {
        self.between(baseline, candidate).difference()
    }

    /// How far the differences of clips lie apart that are not held out. None where there are too few media to tell.
    pub fn spread(&self, baseline: u32, candidate: u32) -> Option<Spread> {
        self.between(baseline, candidate).spread()
    }

    /// Whether a variant is better than the baseline, and may take its place. Repeats are averaged within a clip first, and a stretch without an answer
    /// counts as one in which nothing was found.
    pub fn compare(&self, baseline: u32, candidate: u32, guards: &Guards) -> Comparison {
        self.between(baseline, candidate).compare(guards)
    }
}

impl Outcome {
    fn of(truth: &[Annotation], repeats: &[&Try], judged: &[Judged]) -> Self {
        let count = judged.len() as f64;
        let (mut f1, mut passed) = (0.0, 0usize);
        let mut labels: BTreeMap<String, (f64, usize)> = BTreeMap::new();
        for (one, judged) in repeats.iter().zip(judged) {
            let score = Score::of(judged);
            // Who did not answer did not find out that there is nothing.
            let own = if score.is_empty() && !one.unanswered.is_empty() { 0.0 } else { score.f1() };
            f1 += own / count;
            passed += usize::from(own >= PASSES && one.unanswered.is_empty() && one.calls.iter().all(|call| call.answered));
            for (label, score) in Score::by_label(judged, truth, &one.annotations) {
                let sum = labels.entry(label).or_default();
                *sum = (sum.0 + score.f1(), sum.1 + 1);
            }
        }
        // In a repeat that does not have the label the truth has none either, so that nothing is wrong there.
        let mean = |(sum, seen): (f64, usize)| (sum + (judged.len() - seen) as f64) / count;
        Self { f1, passes: 2 * passed > judged.len(), labels: labels.into_iter().map(|(label, sum)| (label, mean(sum))).collect() }
    }
}

impl Cell {
    fn of(repeats: &[&Try]) -> Self {
        let answers: Vec<u64> =
            repeats.iter().flat_map(|one| &one.calls).filter(|call| call.answered).map(|call| call.latency_ms).collect();
        let calls = || repeats.iter().flat_map(|one| &one.calls);
        Self {
            f1: None,
            first: Score::default(),
            misfits: calls().filter(|call| call.misfit).count() as u32,
            unanswered: repeats.iter().map(|one| one.unanswered.len() as u32).sum(),
            latency_ms: answers.iter().sum::<u64>().checked_div(answers.len() as u64).unwrap_or(0),
            cost: calls().map(|call| call.cost).sum::<Money>().times(1, repeats.len() as u64),
            repeats: repeats.len() as u32,
        }
    }
}
