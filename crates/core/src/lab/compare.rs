//! Whether one variant is better than another, and whether it may take its place.

use super::power::{Spread, count, smallest_of};
use crate::score::chance::{holm, mcnemar};
use crate::tune::paired::{Cluster, Paired, widened};
use std::collections::{BTreeMap, BTreeSet};

/// The chance that a bound is wrong, shared among all that are looked at side by side: both bounds together hold in 95 of 100 runs.
pub(super) const CHANCE: f64 = 0.025;
/// Media that a comparison takes at least: were it fewer, it would be by chance too often that all of them fall on one side.
pub(super) const LEAST_MEDIA: usize = 6;

/// The media that it takes where so many variants are held against a baseline: were both as good, all of them would favour one of the variants with
/// less than its share of the chance.
pub(super) fn least_media(candidates: usize) -> usize {
    let halvings = (candidates.max(1) as f64 / CHANCE).log2().ceil();
    (halvings as usize).max(LEAST_MEDIA)
}

/// Which slices must not fall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guards {
    /// Those with clips of this many media at least.
    pub least_media: usize,
}

impl Default for Guards {
    /// Slices with clips of 4 media.
    fn default() -> Self {
        Self { least_media: 4 }
    }
}

/// What a variant made of a clip, over its repeats.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcome {
    /// Mean F1, 0..1.
    pub(super) f1: f64,
    /// Whether most repeats were good enough.
    pub(super) passes: bool,
    /// Mean F1 of each label that is in the truth or was found.
    pub(super) labels: BTreeMap<String, f64>,
}

/// A clip with what all variants made of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Scored {
    pub(super) media: String,
    pub(super) holdout: bool,
    /// By what it is cut, and which part it is.
    pub(super) slices: Vec<(String, String)>,
    /// One for each variant; none without a truth or a try.
    pub(super) outcomes: Vec<Option<Outcome>>,
}

impl Scored {
    fn both(&self, baseline: usize, candidate: usize) -> Option<(&Outcome, &Outcome)> {
        let of = |variant: usize| self.outcomes.get(variant)?.as_ref();
        of(baseline).zip(of(candidate))
    }
}

/// A slice of the clips.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// By what it is cut.
    pub by: String,
    /// Which part of it.
    pub name: String,
    /// Clips in it.
    pub clips: u32,
    /// Mean F1 of the baseline.
    pub baseline: f64,
    /// Mean F1 of the candidate.
    pub candidate: f64,
    /// Their difference, with bounds that are shared among the guarded slices; none where it is not guarded.
    pub difference: Option<Paired>,
    /// Whether it must not fall.
    pub guarded: bool,
    /// Whether it fell for sure.
    pub fell: bool,
}

/// One variant against another.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The baseline.
    pub baseline: u32,
    /// The candidate.
    pub candidate: u32,
    /// Clips that both have a score on, held out ones left out.
    pub clips: u32,
    /// Media that they are of.
    pub media: u32,
    /// Difference of the mean F1 of a clip, with 95 % bounds that are shared among all variants but the baseline; none where there are too few media.
    pub difference: Option<Paired>,
    /// The smallest difference that these clips would show four times in five, by the spread that they have; none where it can't be told.
    pub smallest: Option<f64>,
    /// Clips that pass under the baseline alone.
    pub only_baseline: u32,
    /// Clips that pass under the candidate alone.
    pub only_candidate: u32,
    /// Chance of as unlike counts where both are as good (McNemar, exact), after Holm for the number of variants; 0..1.
    pub p: f64,
    /// The slices, by what they are cut and by name.
    pub slices: Vec<Slice>,
    /// What the clips that are held out say, as a sentence without their numbers.
    pub holdout: String,
    /// Whether they agree; none where none is held out.
    pub holdout_agrees: Option<bool>,
    /// Whether it may be promoted without a reason.
    pub promote: bool,
    /// Why, or why not, as sentences.
    pub reasons: Vec<String>,
}

/// F1 of both in a clip of a slice.
struct Both<'a> {
    media: &'a str,
    baseline: f64,
    candidate: f64,
}

/// Two of the variants on all clips.
pub(super) struct Match<'a> {
    pub(super) clips: &'a [Scored],
    pub(super) variants: usize,
    pub(super) baseline: usize,
    pub(super) candidate: usize,
    /// What draws depend on.
    pub(super) seed: &'a str,
}

impl Match<'_> {
    /// Variants that are held against the baseline.
    fn candidates(&self) -> usize {
        self.variants.saturating_sub(1).max(1)
    }

    fn pairs(&self, holdout: bool) -> impl Iterator<Item = (&Scored, &Outcome, &Outcome)> {
        let of_side = self.clips.iter().filter(move |clip| clip.holdout == holdout);
        of_side.filter_map(|clip| clip.both(self.baseline, self.candidate).map(|(one, other)| (clip, one, other)))
    }

    /// What clips gained, those of a media together.
    fn gains(&self, holdout: bool) -> Vec<Vec<f64>> {
        by_media(self.pairs(holdout).map(|(clip, one, other)| (clip.media.as_str(), other.f1 - one.f1)))
    }

    /// The mean gain of a clip, with bounds shared among all variants.
    pub(super) fn difference(&self) -> Option<Paired> {
        let gains = self.gains(false);
        let enough = gains.len() >= least_media(self.candidates());
        enough.then(|| bounded(&gains, CHANCE / self.candidates() as f64, self.seed)).flatten()
    }

    /// How far the gains lie apart.
    pub(super) fn spread(&self) -> Option<Spread> {
        Spread::of(&self.gains(false))
    }

    fn smallest(&self) -> Option<f64> {
        let sizes = |holdout: bool| self.gains(holdout).iter().map(Vec::len).collect::<Vec<_>>();
        let found = smallest_of(&sizes(false), &sizes(true), &self.spread()?, self.candidates());
        found.ok().map(|smallest| smallest.difference)
    }

    /// Clips that pass one way alone: under the baseline, under another variant.
    fn only(&self, candidate: usize) -> (u32, u32) {
        let to = Match { candidate, ..*self };
        to.pairs(false).fold((0, 0), |(first, second), (_, one, other)| {
            (first + u32::from(one.passes && !other.passes), second + u32::from(other.passes && !one.passes))
        })
    }

    fn p(&self) -> f64 {
        let others: Vec<usize> = (0..self.variants).filter(|variant| *variant != self.baseline).collect();
        let chances: Vec<f64> = others.iter().map(|variant| self.only(*variant)).map(|(one, other)| mcnemar(one, other)).collect();
        let own = others.iter().zip(holm(&chances)).find(|(variant, _)| **variant == self.candidate);
        own.map_or(1.0, |(_, chance)| chance)
    }

    /// The clips of each slice, by what it is cut and by name.
    fn cut(&self) -> BTreeMap<(String, String), Vec<Both<'_>>> {
        let mut slices: BTreeMap<(String, String), Vec<Both<'_>>> = BTreeMap::new();
        for (clip, one, other) in self.pairs(false) {
            for slice in clip.slices.iter().collect::<BTreeSet<_>>() {
                slices.entry(slice.clone()).or_default().push(Both { media: &clip.media, baseline: one.f1, candidate: other.f1 });
            }
            for label in one.labels.keys().chain(other.labels.keys()).collect::<BTreeSet<_>>() {
                // Neither in the truth nor found: nothing is wrong.
                let of = |outcome: &Outcome| outcome.labels.get(label).copied().unwrap_or(1.0);
                let both = Both { media: &clip.media, baseline: of(one), candidate: of(other) };
                slices.entry(("label".to_owned(), label.clone())).or_default().push(both);
            }
        }
        slices
    }

    fn slices(&self, guards: &Guards) -> Vec<Slice> {
        let cut = self.cut();
        // A single media bounds nothing.
        let least = guards.least_media.max(2);
        let gains = |clips: &[Both<'_>]| by_media(clips.iter().map(|clip| (clip.media, clip.candidate - clip.baseline)));
        let guarded = cut.values().filter(|clips| gains(clips).len() >= least).count();
        let slice = |(by, name): &(String, String), clips: &[Both<'_>]| {
            let mean = |of: fn(&Both<'_>) -> f64| clips.iter().map(of).sum::<f64>() / clips.len() as f64;
            let (gains, seed) = (gains(clips), format!("{} {by} {name}", self.seed));
            let difference = (gains.len() >= least).then(|| bounded(&gains, CHANCE / guarded as f64, &seed)).flatten();
            Slice {
                by: by.clone(),
                name: name.clone(),
                clips: clips.len() as u32,
                baseline: mean(|clip| clip.baseline),
                candidate: mean(|clip| clip.candidate),
                guarded: difference.is_some(),
                fell: difference.is_some_and(|difference| difference.upper < 0.0),
                difference,
            }
        };
        cut.iter().map(|(of, clips)| slice(of, clips)).collect()
    }

    /// Whether the clips that are held out agree, and that as a sentence without their numbers.
    pub(super) fn holdout(&self) -> (Option<bool>, String) {
        let gains: Vec<f64> = self.gains(true).concat();
        let (agrees, sentence) = match self.clips.iter().any(|clip| clip.holdout) {
            false => (None, "No clip is held out, so nothing confirms what the others say."),
            true if gains.is_empty() => (Some(false), "None of the clips that are held out has a score under both."),
            true if gains.iter().sum::<f64>() > 0.0 => (Some(true), "The clips that are held out agree that it is better."),
            true => (Some(false), "The clips that are held out don't agree that it is better."),
        };
        (agrees, sentence.to_owned())
    }

    pub(super) fn compare(&self, guards: &Guards) -> Comparison {
        let gains = self.gains(false);
        let (difference, slices, (holdout_agrees, holdout)) = (self.difference(), self.slices(guards), self.holdout());
        let rises = difference.is_some_and(|difference| difference.lower > 0.0);
        let promote = rises && holdout_agrees == Some(true) && !slices.iter().any(|slice| slice.fell);
        let mut reasons = vec![self.tells(difference, gains.len())];
        reasons.extend(slices.iter().filter(|slice| slice.fell).map(fell));
        if !slices.iter().any(|slice| slice.guarded) {
            reasons.push(format!("No slice has clips of {} media, so none was guarded against a fall.", guards.least_media));
        }
        reasons.push(holdout.clone());
        let (only_baseline, only_candidate) = self.only(self.candidate);
        Comparison {
            baseline: self.baseline as u32,
            candidate: self.candidate as u32,
            clips: gains.iter().map(Vec::len).sum::<usize>() as u32,
            media: gains.len() as u32,
            difference,
            smallest: self.smallest(),
            only_baseline,
            only_candidate,
            p: self.p(),
            slices,
            holdout,
            holdout_agrees,
            promote,
            reasons,
        }
    }

    /// What the difference says, as a sentence.
    fn tells(&self, difference: Option<Paired>, media: usize) -> String {
        let among = count(self.candidates() as u32, "variant", "variants");
        let Some(Paired { mean, lower, upper }) = difference else {
            let (need, have) = (least_media(self.candidates()), count(media as u32, "media has", "media have"));
            return format!(
                "Clips of {have} a score under both; with {among} against the baseline it takes {need} to tell a difference from chance."
            );
        };
        let bounds = format!("{lower:+.3} to {upper:+.3} at 95 %, shared among {among}");
        if lower > 0.0 {
            format!("The F1 of a clip rises by {mean:.3} in the mean ({bounds}).")
        } else if upper < 0.0 {
            format!("The F1 of a clip falls by {:.3} in the mean ({bounds}).", -mean)
        } else {
            format!("The F1 of a clip changes by {mean:+.3} in the mean, which may be chance ({bounds}).")
        }
    }
}

fn fell(slice: &Slice) -> String {
    format!(
        "{} \u{201c}{}\u{201d} fell from {:.3} to {:.3}, which is more than chance.",
        capital(&slice.by),
        slice.name,
        slice.baseline,
        slice.candidate
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Numbers of clips, those of a media together.
pub(super) fn by_media<'a>(clips: impl Iterator<Item = (&'a str, f64)>) -> Vec<Vec<f64>> {
    let mut media: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    clips.for_each(|(name, number)| media.entry(name).or_default().push(number));
    media.into_values().collect()
}

/// The mean over clips of media, with bounds from drawing media again.
pub(super) fn bounded(media: &[Vec<f64>], chance: f64, seed: &str) -> Option<Paired> {
    let clusters: Vec<Cluster> = media.iter().map(|clips| Cluster { sum: clips.iter().sum(), count: clips.len() as u32 }).collect();
    widened(&clusters, chance, seed).map(|found| found.within(-1.0, 1.0))
}
