//! Which profile of the sound makes words easiest to hear: tried on a few stretches of the media itself.

use super::paired::{Cluster, Paired, paired};
use crate::profile::Profile;
use crate::time::{Delta, MediaTime};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Length of a stretch that is listened to.
pub const STRETCH: Delta = Delta::from_us(30_000_000);
/// Stretches at most.
pub const STRETCHES: usize = 6;
/// A stretch with fewer words says little of them.
const LEAST_WORDS: usize = 5;
/// The chance that a trial of useless profiles finds one that seems to help, shared among all that are tried.
const CHANCE: f64 = 0.05;
/// Confidence must rise by this much, or the profile is not worth another sound.
const LEAST_GAIN: f64 = 0.005;

/// What a trial of profiles on a media said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Stretches that were listened to.
    pub stretches: u32,
    /// Words in them that were heard under some profile.
    pub words: u32,
    /// Mean confidence of these words in the sound as it is, 0 to 1.
    pub as_it_is: f64,
    /// What each profile made of them, in the order in which they were tried.
    pub tried: Vec<Tried>,
}

/// What one profile made of the words of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// The profile.
    pub profile: Profile,
    /// Mean confidence, 0 to 1.
    pub confidence: f64,
    /// By how much it raised the confidence of a word.
    pub gain: Paired,
}

/// Why profiles can't be compared. Reads as a sentence that can be shown as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLittle {
    /// There are no words to listen for.
    #[error("no word of its transcript lies in the media, so there is nothing to listen for. Give it a transcript, or look for drift")]
    NoWords,
    /// One stretch says nothing of the others.
    #[error("its words fill only one stretch of 30 s, and from one nothing follows for the rest. It takes a minute of speech")]
    OneStretch,
}

/// The words to listen for, as runs of indices, one for each stretch: at most [`STRETCHES`] stretches, spread over the media, each drawn among
/// its neighbours by the seed, so that the same media gives the same ones every time. `starts` are where words begin, of those that can be
/// heard; none of the others.
///
/// # Errors
/// Where there are too few words for two stretches.
pub fn stretches(starts: &[Option<MediaTime>], seed: &str) -> Result<Vec<Range<usize>>, TooLittle> {
    let cell = |at: MediaTime| at.us().div_euclid(STRETCH.us());
    let mut runs: Vec<(i64, Range<usize>, usize)> = Vec::new();
    for (index, start) in starts.iter().enumerate().filter_map(|(i, start)| Some((i, (*start)?))) {
        match runs.last_mut() {
            Some((last, run, count)) if *last == cell(start) => (run.end, *count) = (index + 1, *count + 1),
            _ => runs.push((cell(start), index..index + 1, 1)),
        }
    }
    if runs.is_empty() {
        return Err(TooLittle::NoWords);
    }
    runs.retain(|(_, _, count)| *count >= LEAST_WORDS);
    let groups = runs.len().min(STRETCHES);
    if groups < 2 {
        return Err(TooLittle::OneStretch);
    }
    let chosen = (0..groups).map(|group| {
        let among = group * runs.len() / groups..(group + 1) * runs.len() / groups;
        let hash = blake3::hash(format!("{seed} {group}").as_bytes());
        let number = hash.as_bytes().iter().take(4).fold(0usize, |n, b| n << 8 | usize::from(*b));
        runs[among.start + number % among.len()].1.clone()
    });
    Ok(chosen.collect())
}

/// Confidence of the words of one stretch, one entry each; none where a word was not heard.
pub type Stretch = Vec<Option<f32>>;

/// Compares profiles with the sound as it is, by the same words in the same stretches. A word counts that was heard under some of them; under
/// the others its confidence is 0.
///
/// # Errors
/// Where the words that were heard lie in fewer than two stretches.
pub fn trial(as_it_is: &[Stretch], tried: &[(Profile, Vec<Stretch>)], seed: &str) -> Result<Trial, TooLittle> {
    let ways = || std::iter::once(as_it_is).chain(tried.iter().map(|(_, stretches)| stretches.as_slice()));
    let at = |stretches: &[Stretch], stretch: usize, word: usize| stretches.get(stretch)?.get(word).copied().flatten();
    let counted: Vec<Vec<usize>> =
        (0..as_it_is.len()).map(|s| (0..as_it_is[s].len()).filter(|w| ways().any(|way| at(way, s, *w).is_some())).collect()).collect();
    let words: usize = counted.iter().map(Vec::len).sum();
    if words == 0 {
        return Err(TooLittle::NoWords);
    }
    let confidence = |way: &[Stretch], s: usize, w: usize| f64::from(at(way, s, w).unwrap_or(0.0));
    let sum = |way: &[Stretch], s: usize| counted[s].iter().map(|w| confidence(way, s, *w)).sum::<f64>();
    let mean = |way: &[Stretch]| (0..counted.len()).map(|s| sum(way, s)).sum::<f64>() / words as f64;
    let chance = CHANCE / tried.len().max(1) as f64;
    let gain = |way: &[Stretch]| {
        let cluster = |s: usize| {
            let differences = counted[s].iter().map(|w| confidence(way, s, *w) - confidence(as_it_is, s, *w));
            Cluster { sum: differences.sum(), count: counted[s].len() as u32 }
        };
        paired(&(0..counted.len()).map(cluster).collect::<Vec<_>>(), chance, seed).ok_or(TooLittle::OneStretch)
    };
    let tried = tried.iter().map(|(profile, way)| Ok(Tried { profile: *profile, confidence: mean(way), gain: gain(way)? }));
    Ok(Trial {
        stretches: counted.iter().filter(|words| !words.is_empty()).count() as u32,
        words: words as u32,
        as_it_is: mean(as_it_is),
        tried: tried.collect::<Result<_, _>>()?,
    })
}

impl Trial {
    /// The profile that raised confidence most, of those that surely raised it, and by half a point; none where none did.
    pub fn best(&self) -> Option<&Tried> {
        let sure = self.tried.iter().filter(|tried| tried.gain.lower > 0.0 && tried.gain.mean >= LEAST_GAIN);
        // The first one among equals, which does less to the sound.
        sure.reduce(|best, tried| if tried.gain.mean > best.gain.mean { tried } else { best })
    }

    /// What it came to, as a sentence.
    pub fn says(&self) -> String {
        let points = |share: f64| format!("{:.1}", 100.0 * share);
        let over = format!("over {} words in {} stretches", self.words, self.stretches);
        match self.best() {
            Some(best) => format!(
                "{}: alignment confidence {} % instead of {} %, {} points more (at least {}), {over}.",
                best.profile,
                points(best.confidence),
                points(self.as_it_is),
                points(best.gain.mean),
                points(best.gain.lower)
            ),
            None => format!("Nothing raised it: alignment confidence is {} % in the sound as it is, {over}.", points(self.as_it_is)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const HIGH_PASS: Profile = Profile { high_pass_hz: Some(120), loudness_lufs: None, denoise: false };
    const DENOISED: Profile = Profile { denoise: true, high_pass_hz: None, loudness_lufs: None };

    /// A word every second, so many.
    fn words(count: i64) -> Vec<Option<MediaTime>> {
        (0..count).map(|s| Some(MediaTime::from_ms(s * 1_000))).collect()
    }

    #[test]
    fn stretches_are_spread_and_the_same_every_time() {
        let check = |words: &[Option<MediaTime>], expected: Result<usize, TooLittle>| {
            let found = stretches(words, "media");
            assert_eq!(found.clone().map(|all| all.len()), expected);
            assert_eq!(stretches(words, "media"), found);
            for (i, run) in found.iter().flatten().enumerate() {
                let share = i * words.len() / STRETCHES.min(expected.unwrap_or(1));
                assert!(run.len() <= 30 && run.start >= share, "{i}: {run:?}");
            }
        };
        check(&[], Err(TooLittle::NoWords));
        check(&[None, None], Err(TooLittle::NoWords));
        check(&words(3), Err(TooLittle::OneStretch));
        check(&words(30), Err(TooLittle::OneStretch));
        // Four words in the second half minute are too few for a stretch.
        check(&words(34), Err(TooLittle::OneStretch));
        check(&words(60), Ok(2));
        check(&words(180), Ok(6));
        check(&words(3_600), Ok(6));
        assert_ne!(stretches(&words(3_600), "media"), stretches(&words(3_600), "other"));
    }

    /// Two stretches of four words with these confidences.
    fn heard(a: f32, b: f32) -> Vec<Stretch> {
        vec![vec![Some(a); 4], vec![Some(b); 4]]
    }

    #[test]
    fn the_best_is_the_one_that_surely_raised_most() {
        let check = |tried: &[(Profile, Vec<Stretch>)], expected: Option<Profile>| {
            let trial = trial(&heard(0.5, 0.5), tried, "seed").unwrap();
            assert_eq!(trial.best().map(|best| best.profile), expected, "{trial:?}");
            assert_eq!(trial.says().starts_with("Nothing raised it"), expected.is_none(), "{}", trial.says());
        };
        check(&[], None);
        check(&[(HIGH_PASS, heard(0.5, 0.5)), (DENOISED, heard(0.4, 0.2))], None);
        check(&[(HIGH_PASS, heard(0.6, 0.7)), (DENOISED, heard(0.7, 0.8))], Some(DENOISED));
        // More in the mean, but it lost in one of the two: not sure.
        check(&[(HIGH_PASS, heard(0.6, 0.7)), (DENOISED, heard(0.4, 0.99))], Some(HIGH_PASS));
        check(&[(HIGH_PASS, heard(0.7, 0.7)), (DENOISED, heard(0.7, 0.7))], Some(HIGH_PASS));
        // Surely more, but too little to matter.
        check(&[(HIGH_PASS, heard(0.504, 0.504))], None);
    }

    #[test]
    fn a_word_that_one_profile_does_not_hear_counts_as_nothing_there() {
        let as_it_is = vec![vec![None, Some(0.5)], vec![Some(0.5), None]];
        let better = vec![vec![Some(1.0), Some(0.5)], vec![None, None]];
        let trial = trial(&as_it_is, &[(HIGH_PASS, better)], "seed").unwrap();
        assert_eq!((trial.words, trial.stretches), (3, 2));
        assert!((trial.as_it_is - 1.0 / 3.0).abs() < 1e-9 && (trial.tried[0].confidence - 0.5).abs() < 1e-9, "{trial:?}");
        assert!((trial.tried[0].gain.mean - 1.0 / 6.0).abs() < 1e-9);
    }

    #[test]
    fn what_was_not_heard_can_not_be_compared() {
        let deaf = vec![vec![None; 4], vec![None; 4]];
        assert_eq!(trial(&deaf, &[(HIGH_PASS, deaf.clone())], "seed"), Err(TooLittle::NoWords));
        let once = vec![vec![Some(0.5); 4], vec![None; 4]];
        assert_eq!(trial(&once, &[(HIGH_PASS, once.clone())], "seed"), Err(TooLittle::OneStretch));
    }
}
