//! What a clip set can show, reckoned before anything is asked.

use super::ClipSet;
use super::compare::{CHANCE, least_media};
use crate::score::chance::{student_below, student_quantile};
use std::collections::BTreeMap;

/// How far differences between two variants lie apart, in F1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Standard deviation between clips of one media.
    pub between_clips: f64,
    /// Standard deviation between media, over that of their clips.
    pub between_media: f64,
}

impl Default for Spread {
    /// What is supposed where no run has told: a clip gains or loses a quarter, and a tenth of it is its media's.
    fn default() -> Self {
        Self { between_clips: 0.25, between_media: 0.1 }
    }
}

impl Spread {
    /// The spread of these differences, those of a media together, by the analysis of variance of one factor. None where there are too few media to
    /// tell. Where no media has two clips all of it is said to be between clips.
    pub fn of(media: &[Vec<f64>]) -> Option<Self> {
        let full: Vec<&Vec<f64>> = media.iter().filter(|clips| !clips.is_empty()).collect();
        if full.len() < least_media(1) {
            return None;
        }
        let (groups, clips) = (full.len() as f64, full.iter().map(|clips| clips.len() as f64).sum::<f64>());
        let mean = |clips: &[f64]| clips.iter().sum::<f64>() / clips.len() as f64;
        let all = full.iter().flat_map(|clips| clips.iter()).sum::<f64>() / clips;
        let between: f64 = full.iter().map(|clips| clips.len() as f64 * (mean(clips) - all).powi(2)).sum::<f64>() / (groups - 1.0);
        if clips - groups < 0.5 {
            return Some(Self { between_clips: between.sqrt(), between_media: 0.0 });
        }
        let apart = |clips: &Vec<f64>| clips.iter().map(|one| (one - mean(clips)).powi(2)).sum::<f64>();
        let within = full.iter().map(|clips| apart(clips)).sum::<f64>() / (clips - groups);
        // Clips of a media, in the mean that this takes where media have unlike numbers of them.
        let each = (clips - full.iter().map(|clips| (clips.len() as f64).powi(2)).sum::<f64>() / clips) / (groups - 1.0);
        Some(Self { between_clips: within.sqrt(), between_media: ((between - within) / each).max(0.0).sqrt() })
    }

    /// That of several comparisons, as one: the root of the mean of squares. None where there are none.
    pub fn over(all: &[Self]) -> Option<Self> {
        let root = |of: fn(&Self) -> f64| (all.iter().map(|one| of(one).powi(2)).sum::<f64>() / all.len() as f64).sqrt();
        (!all.is_empty()).then(|| Self { between_clips: root(|one| one.between_clips), between_media: root(|one| one.between_media) })
    }

    /// Standard error of the mean difference over media with so many clips each.
    fn error(&self, clips: &[usize]) -> f64 {
        let (all, squares) = clips.iter().fold((0.0, 0.0), |(all, squares), n| (all + *n as f64, squares + (*n as f64).powi(2)));
        ((self.between_media.powi(2) * squares + self.between_clips.powi(2) * all) / (all * all)).sqrt()
    }
}

/// The smallest mean difference that would be promoted at least four times in five.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smallest {
    /// The difference of the mean F1 of a clip, above 0.
    pub difference: f64,
    /// Media with clips that are not held out.
    pub media: u32,
    /// Clips that are not held out.
    pub clips: u32,
    /// Media with clips that are held out.
    pub held_out: u32,
    /// Variants that are held against the baseline.
    pub candidates: u32,
    /// What was supposed of the spread.
    pub spread: Spread,
}

impl Smallest {
    /// What it stands on, as a sentence; `measured` where the spread is that of earlier runs.
    pub fn sentence(&self, measured: bool) -> String {
        let Spread { between_clips, between_media } = self.spread;
        let from = if measured { "as in earlier runs" } else { "which is supposed, since no earlier run tells" };
        format!(
            "{} clips of {} media, {} media held out and {} against the baseline: a rise of F1 by {:.3} would be promoted four times in five, where differences \
             spread by {between_clips:.2} between clips and {between_media:.2} between media, {from}.",
            self.clips,
            self.media,
            self.held_out,
            count(self.candidates, "variant", "variants"),
            self.difference
        )
    }
}

/// A count with its noun.
pub(super) fn count(n: u32, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Why no difference can be named. Reads as a sentence that can be shown as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// Nothing is held against a baseline.
    #[error("One variant alone is compared with nothing. Add a second one.")]
    OneVariant,
    /// Too few media.
    #[error(
        "{have} media are too few to tell a difference from chance: this many variants take {need} that are not held out. Add clips of more media."
    )]
    FewMedia {
        /// Media that are not held out.
        have: u32,
        /// Media that it takes.
        need: u32,
    },
    /// Nothing is held out.
    #[error("No clip is held out, so nothing can be promoted without a reason. Hold out a share of the media.")]
    NoHoldout,
    /// Not even the greatest difference would do.
    #[error("Not even a rise of F1 from 0 to 1 would be promoted four times in five. Add clips of more media, or hold out more of them.")]
    OutOfReach,
}

/// How often what is truly better by the smallest difference is promoted by Student's bound: four times in five, and something for draws that lie further out
/// than it does.
const OFTEN: f64 = 0.9;
/// Degrees of freedom at which Student's distribution is the normal one to four digits.
const NORMAL: f64 = 10_000.0;

/// The smallest difference that this set would show to so many variants, the baseline among them, where differences spread like this and people stand by
/// all of its clips. It holds for the whole rule of promotion: the lower bound above zero and the media that are held out agreeing.
///
/// # Errors
/// Where there are too few media, none held out, or one variant alone.
pub fn smallest(set: &ClipSet, spread: &Spread, variants: usize) -> Result<Smallest, Unclear> {
    let mut media: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for clip in &set.clips {
        media.entry(&clip.media).or_default()[usize::from(clip.holdout)] += 1;
    }
    let sizes = |side: usize| media.values().map(|clips| clips[side]).filter(|clips| *clips > 0).collect::<Vec<_>>();
    smallest_of(&sizes(0), &sizes(1), spread, variants.saturating_sub(1))
}

/// The same of media with so many clips each.
pub(super) fn smallest_of(tested: &[usize], held_out: &[usize], spread: &Spread, candidates: usize) -> Result<Smallest, Unclear> {
    if candidates == 0 {
        return Err(Unclear::OneVariant);
    }
    let need = least_media(candidates);
    if tested.len() < need {
        return Err(Unclear::FewMedia { have: tested.len() as u32, need: need as u32 });
    }
    if held_out.is_empty() {
        return Err(Unclear::NoHoldout);
    }
    let freedom = (tested.len() - 1) as f64;
    let bound = student_quantile(1.0 - CHANCE / candidates as f64, freedom);
    // What never differs shows the smallest rise that numbers can hold.
    let (error, error_held_out) = (spread.error(tested).max(1e-9), spread.error(held_out).max(1e-9));
    let promoted = |rise: f64| student_below(rise / error - bound, freedom) * student_below(rise / error_held_out, NORMAL);
    if promoted(1.0) < OFTEN {
        return Err(Unclear::OutOfReach);
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if promoted(middle) < OFTEN { low = middle } else { high = middle }
    }
    let clips = tested.iter().sum::<usize>() as u32;
    let (media, held_out) = (tested.len() as u32, held_out.len() as u32);
    Ok(Smallest { difference: high, media, clips, held_out, candidates: candidates as u32, spread: *spread })
}
