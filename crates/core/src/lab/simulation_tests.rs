//! Made-up runs in which the truth is known: how often a variant that is no better is promoted, and how often one that is.

#![allow(clippy::print_stdout)]

use super::compare::{Guards, Match, Outcome, Scored};
use super::power::{Spread, smallest_of};
use std::thread;

const RUNS: u64 = 1_000;

/// Random numbers that are the same in every test (xorshift64*).
struct Draw(u64);

impl Draw {
    fn new(seed: u64) -> Self {
        let mut draw = Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        (0..8).for_each(|_| {
            draw.unit();
        });
        draw
    }

    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A normal deviate (Box and Muller).
    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (2.0 * std::f64::consts::PI * self.unit()).cos()
    }
}

/// How scores of clips come about.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scores {
    /// Normal, about what a media and a clip have in common for all variants.
    Smooth,
    /// All or nothing, by a chance that a media has.
    AllOrNothing,
    /// Mostly perfect, with a long tail downwards.
    Skewed,
    /// Of a candidate alone: what it gains is rare (this share of clips) and large, what it loses frequent and small, and both are worth as much; the other way
    /// round where the share is below 0.
    Lopsided(f64),
}

/// What runs are like.
#[derive(Clone, Copy, Debug)]
struct Design {
    scores: Scores,
    media: usize,
    held_out: usize,
    /// Clips of a media at most; media have from 1 to as many.
    clips: usize,
    /// Variants that are tried besides the baseline.
    candidates: usize,
    /// Variants that bounds are shared among, with the baseline.
    variants: usize,
    spread: Spread,
}

impl Design {
    /// F1 of a variant from what all have in common in a media and a clip, and what the variant has of its own in the media.
    fn score(&self, draw: &mut Draw, variant: usize, rise: f64, [media, clip, own]: [f64; 3]) -> f64 {
        let Spread { between_clips, .. } = self.spread;
        match self.scores {
            // Half of the variance of a difference comes from each of the two.
            Scores::Smooth => 0.5 + 0.1 * media + 0.1 * clip + rise + own + between_clips / 2f64.sqrt() * draw.normal(),
            Scores::AllOrNothing => f64::from(u8::from(draw.unit() < 0.45 + 0.15 * media.clamp(-2.0, 2.0) + rise)),
            Scores::Skewed => 1.0 - (0.3 * (media + clip + draw.normal()).abs()).powi(2).min(1.0) + rise,
            Scores::Lopsided(_) if variant == 0 => 0.5,
            Scores::Lopsided(share) => {
                let step = if draw.unit() < share.abs() { 1.0 - share.abs() } else { -share.abs() };
                0.5 + 0.5 * step * share.signum()
            }
        }
    }

    /// Clips of a media: the set is the same in all runs.
    fn size(&self, media: usize) -> usize {
        1 + media % self.clips
    }

    /// The clips of a run; a coin says who speaks in a media.
    fn run(&self, rise: f64, seed: u64) -> Vec<Scored> {
        let mut draw = Draw::new(seed);
        let mut clips = Vec::new();
        for media in 0..self.media + self.held_out {
            let own = draw.normal();
            let apart: Vec<f64> = (0..=self.candidates).map(|_| self.spread.between_media / 2f64.sqrt() * draw.normal()).collect();
            let speaker = if draw.unit() < 0.5 { "one" } else { "other" };
            for _ in 0..self.size(media) {
                let clip = draw.normal();
                let outcome = |variant: usize, draw: &mut Draw| {
                    let lifted = if variant == 0 { 0.0 } else { rise };
                    Some(Outcome { f1: self.score(draw, variant, lifted, [own, clip, apart[variant]]), ..Outcome::default() })
                };
                let slices = vec![("speaker".to_owned(), speaker.to_owned())];
                let outcomes = (0..=self.candidates).map(|variant| outcome(variant, &mut draw)).collect();
                clips.push(Scored { media: format!("{media:03}"), holdout: media >= self.media, slices, outcomes });
            }
        }
        clips
    }

    /// Share of runs in which any candidate was promoted, where all of them are better by so much.
    fn promoted(&self, rise: f64, runs: u64) -> f64 {
        let any = |run: u64| {
            let (clips, seed) = (self.run(rise, run), run.to_string());
            let of = |candidate: usize| Match { clips: &clips, variants: self.variants, baseline: 0, candidate, seed: &seed };
            (1..=self.candidates).any(|candidate| promoted(&of(candidate)))
        };
        let half = |odd: u64| (0..runs).filter(|run| run % 2 == odd && any(*run)).count();
        let hits = thread::scope(|scope| {
            let other = scope.spawn(|| half(1));
            half(0) + other.join().unwrap_or(0)
        });
        hits as f64 / runs as f64
    }
}

/// Whether a candidate is promoted. What is seen at a glance not to be is not drawn again: it saves nine tenths of the time.
fn promoted(of: &Match<'_>) -> bool {
    let rises = || of.difference().is_some_and(|difference| difference.lower > 0.0);
    of.holdout().0 == Some(true) && rises() && of.compare(&Guards::default()).promote
}

fn design(scores: Scores, media: usize, clips: usize, candidates: usize) -> Design {
    let held_out = (media / 4).max(2);
    Design { scores, media, held_out, clips, candidates, variants: candidates + 1, spread: Spread::default() }
}

#[test]
fn what_is_no_better_is_promoted_in_one_run_of_twenty_at_most() {
    for (scores, media, clips, candidates) in [
        (Scores::Smooth, 6, 1, 1),
        (Scores::Smooth, 8, 4, 1),
        (Scores::Smooth, 40, 4, 1),
        (Scores::AllOrNothing, 6, 8, 1),
        (Scores::AllOrNothing, 12, 1, 1),
        (Scores::AllOrNothing, 40, 8, 1),
        (Scores::Skewed, 6, 4, 1),
        (Scores::Skewed, 20, 2, 1),
        (Scores::Lopsided(0.25), 30, 4, 1),
        (Scores::Lopsided(-0.25), 30, 4, 1),
        (Scores::Smooth, 12, 4, 7),
        (Scores::AllOrNothing, 9, 8, 7),
        (Scores::AllOrNothing, 40, 1, 7),
        (Scores::Skewed, 15, 4, 7),
    ] {
        let design = design(scores, media, clips, candidates);
        let share = design.promoted(0.0, RUNS);
        println!("no better: {:.1} % promoted: {design:?}", share * 100.0);
        assert!(share <= 0.05, "{share} of runs promote something: {design:?}");
    }
}

/// How far gains really lie apart, as many earlier runs would tell.
fn measured(design: &Design) -> Spread {
    let clips = Design { media: 500, ..*design }.run(0.0, 7);
    Match { clips: &clips, variants: 2, baseline: 0, candidate: 1, seed: "" }.spread().unwrap_or_default()
}

#[test]
fn what_is_better_by_the_smallest_difference_is_promoted_four_times_in_five() {
    // Scores other than smooth ones are not what the reckoning supposes; it is told their spread alone.
    for (scores, media, clips, variants) in [
        (Scores::Smooth, 6, 1, 2),
        (Scores::Smooth, 8, 4, 2),
        (Scores::Smooth, 15, 4, 2),
        (Scores::Smooth, 40, 8, 2),
        (Scores::Smooth, 9, 4, 8),
        (Scores::Smooth, 20, 4, 8),
        (Scores::Skewed, 20, 4, 2),
        (Scores::Skewed, 12, 4, 4),
        (Scores::AllOrNothing, 30, 4, 2),
    ] {
        let design = Design { variants, ..design(scores, media, clips, 1) };
        let spread = if scores == Scores::Smooth { design.spread } else { measured(&design) };
        let sizes: Vec<usize> = (0..media + design.held_out).map(|at| design.size(at)).collect();
        let found = smallest_of(&sizes[..media], &sizes[media..], &spread, variants - 1);
        let rise = found.map_or(f64::NAN, |found| found.difference);
        let share = design.promoted(rise, RUNS / 2);
        println!("better by {rise:.3}: {:.1} % promoted: {design:?}", share * 100.0);
        assert!(share >= 0.8, "{share} of runs promote what is better by {rise}: {design:?}, {spread:?}");
    }
}
