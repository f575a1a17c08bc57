//! What is said of a variant over all clips that are not held out.

use super::board::Board;
use super::compare::{CHANCE, LEAST_MEDIA, bounded, by_media};
use super::power::count;
use super::{ClipSet, Try};
use crate::models::Money;
use crate::score::{Rules, Score, stability};
use crate::tune::paired::Paired;
use std::collections::BTreeMap;

/// A variant over all clips that are not held out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Head {
    /// Mean F1 of a clip with 95 % bounds, 0..1; the bounds are 0 and 1 where there are too few media to tell. None where nothing has a truth.
    pub f1: Option<Paired>,
    /// What was matched, missed and extra in all repeats of all clips with a truth; none where nothing has one. Precision, recall, overlaps, texts and
    /// errors of spans are its.
    pub score: Option<Score>,
    /// Share of what was found that neither words nor text on screen support, 0..1; none where nothing was found.
    pub unsupported: Option<f64>,
    /// How alike the repeats of a clip are, 0..1, in the mean of clips; none where nothing was repeated.
    pub stability: Option<f64>,
    /// Calls whose first answer did not fit the schema.
    pub misfits: u32,
    /// Stretches without an answer.
    pub unanswered: u32,
    /// Calls.
    pub calls: u32,
    /// Median of the time of an answer, in milliseconds; 0 without one.
    pub latency_ms: u64,
    /// 95th percentile of it.
    pub latency_p95_ms: u64,
    /// What a clip costs in the mean of clips and repeats.
    pub cost: Money,
    /// What all calls cost when they were asked.
    pub total: Money,
    /// Whether no other variant is as good and as cheap, and better in one of the two.
    pub on_front: bool,
}

/// What a run asked about clips that are not held out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Calls.
    pub calls: u32,
    /// Calls whose answers had been paid for before.
    pub kept: u32,
    /// What the run itself paid.
    pub paid: Money,
}

impl Board {
    /// The variants, in the order of the plan.
    pub fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// What was asked about clips that are not held out.
    pub fn asked(&self) -> Asked {
        self.asked
    }

    /// What to know before the numbers are read, as sentences.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Adds up tries by clip and variant, none of them held out.
    pub(super) fn sum_up(&mut self, tries: &BTreeMap<(u32, u32), Vec<&Try>>, set: &ClipSet) {
        self.heads = (0..self.variants as u32).map(|variant| self.head(variant, tries, set)).collect();
        let standing: Vec<(Option<f64>, Money)> = self.heads.iter().map(|head| (head.f1.map(|f1| f1.mean), head.cost)).collect();
        for (at, head) in self.heads.iter_mut().enumerate() {
            head.on_front = on_front(&standing, at);
        }
        for call in tries.values().flatten().flat_map(|one| &one.calls) {
            self.asked.calls += 1;
            self.asked.kept += u32::from(call.from_cache);
            self.asked.paid = self.asked.paid + if call.from_cache { Money::default() } else { call.cost };
        }
        self.notes = self.remarks();
    }

    fn head(&self, variant: u32, tries: &BTreeMap<(u32, u32), Vec<&Try>>, set: &ClipSet) -> Head {
        let own: Vec<(u32, &Vec<&Try>)> = tries.iter().filter(|((_, of), _)| *of == variant).map(|((clip, _), of)| (*clip, of)).collect();
        let all = || own.iter().flat_map(|(_, repeats)| repeats.iter());
        let calls = || all().flat_map(|one| &one.calls);
        let mut latencies: Vec<u64> = calls().filter(|call| call.answered).map(|call| call.latency_ms).collect();
        latencies.sort_unstable();
        let judged: Vec<_> = all().filter_map(|one| self.judged(one.clip, variant, one.repeat)).collect();
        let found: usize = all().map(|one| one.annotations.len()).sum();
        let unsupported: u32 = all().map(|one| one.unsupported).sum();
        Head {
            f1: self.mean_f1(variant),
            score: (!judged.is_empty()).then(|| judged.into_iter().map(Score::of).sum()),
            unsupported: (found > 0).then(|| (f64::from(unsupported) / found as f64).min(1.0)),
            stability: stable(&own, set),
            misfits: calls().filter(|call| call.misfit).count() as u32,
            unanswered: all().map(|one| one.unanswered.len() as u32).sum(),
            calls: calls().count() as u32,
            latency_ms: rank(&latencies, 50),
            latency_p95_ms: rank(&latencies, 95),
            cost: calls().map(|call| call.cost).sum::<Money>().times(1, all().count() as u64),
            total: calls().map(|call| call.cost).sum(),
            on_front: false,
        }
    }

    fn mean_f1(&self, variant: u32) -> Option<Paired> {
        let scored = self.clips.iter().filter(|clip| !clip.holdout);
        let scored = scored.filter_map(|clip| Some((clip.media.as_str(), clip.outcomes[variant as usize].as_ref()?.f1)));
        let media = by_media(scored);
        let clips = media.iter().map(Vec::len).sum::<usize>();
        let mean = media.iter().flatten().sum::<f64>() / clips as f64;
        let bounds = if media.len() < LEAST_MEDIA { None } else { bounded(&media, CHANCE, &format!("{} {variant}", self.seed)) };
        (clips > 0).then(|| bounds.unwrap_or(Paired { mean, lower: 0.0, upper: 1.0 }).within(0.0, 1.0))
    }

    fn remarks(&self) -> Vec<String> {
        let looked_at = || self.clips.iter().filter(|clip| !clip.holdout);
        let scored = || looked_at().filter(|clip| clip.outcomes.iter().any(Option::is_some));
        let mut notes = Vec::new();
        let unscored = looked_at().count() - scored().count();
        if unscored > 0 {
            let clips = count(unscored as u32, "clip", "clips");
            notes.push(format!("There is no score for {clips}, where people stand by nothing or nothing was asked."));
        }
        let media = by_media(scored().map(|clip| (clip.media.as_str(), 0.0))).len();
        if media < LEAST_MEDIA {
            notes.push(format!("The clips with a score are of {media} media: too few for bounds, which take {LEAST_MEDIA}."));
        }
        let unanswered: u32 = self.heads.iter().map(|head| head.unanswered).sum();
        if unanswered > 0 {
            notes.push(format!("{} without an answer, which counts as nothing found.", count(unanswered, "stretch is", "stretches are")));
        }
        notes
    }
}

/// How alike the repeats of a clip are, in the mean of clips.
fn stable(own: &[(u32, &Vec<&Try>)], set: &ClipSet) -> Option<f64> {
    let of = |(clip, repeats): &(u32, &Vec<&Try>)| {
        let found: Vec<_> = repeats.iter().map(|one| one.annotations.as_slice()).collect();
        stability(&found, set.clips[*clip as usize].span(), set, &Rules::default())
    };
    let alike: Vec<f64> = own.iter().filter_map(of).collect();
    (!alike.is_empty()).then(|| alike.iter().sum::<f64>() / alike.len() as f64)
}

/// The percentile by nearest rank of what is sorted; 0 of nothing.
fn rank(sorted: &[u64], percent: usize) -> u64 {
    let at = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(at).copied().unwrap_or(0)
}

/// Whether no other is as good and as cheap, and better in one of the two.
fn on_front(standing: &[(Option<f64>, Money)], at: usize) -> bool {
    let Some(own) = standing[at].0 else { return false };
    let beaten = |(f1, cost): &(Option<f64>, Money)| {
        f1.is_some_and(|f1| f1 >= own && *cost <= standing[at].1 && (f1 > own || *cost < standing[at].1))
    };
    !standing.iter().any(beaten)
}
