//! What a recording teaches of the recogniser's times against the model's: how far they scatter, and by how much they are apart.

use super::graph::Pronunciations;
use super::lattice::Said;

/// Classes of words: by the phone that they begin with.
const CLASSES: usize = 256;
/// Standard deviation of the lags of classes about that of all words, in frames: how far they are believed to differ.
const CLASS_SPREAD: f64 = 1.0;
/// A class has a lag of its own from so many words on only as far as these outweigh the scatter.
const LEAST_WORDS: f64 = 10.0;
/// Width of the strays, in frames: a double exponential.
const WIDE: f64 = 15.0;
/// How exactly a person places a word, in frames.
const BY_HAND: f64 = 1.0;
/// Bounds of the standard deviation, in frames, and of the share of strays.
const SIGMA: (f64, f64) = (0.5, 20.0);
const STRAY: (f64, f64) = (0.01, 0.3);
/// From a median of distances to the standard deviation of a normal distribution.
const MEDIAN_TO_SIGMA: f64 = 1.4826;

/// How the recogniser's times lie about those that the model hears, in frames.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Jitter {
    /// Standard deviation of most of them.
    pub sigma: f64,
    /// Share of the others.
    pub stray: f64,
    /// How much later the model hears a word than the recogniser, all words together.
    pub lag: f64,
    /// Standard deviation of what is found from what is expected, by their median.
    pub scatter: f64,
    /// The lag by the first phone of the word.
    pub lags: Vec<f64>,
}

impl Jitter {
    /// What is believed before anything is heard.
    pub fn new(sigma: f64, stray: f64) -> Self {
        Self { sigma, stray, lag: 0.0, scatter: sigma, lags: vec![0.0; CLASSES] }
    }

    /// How much later the model hears this word than the recogniser.
    pub fn lag_of(&self, ways: &Pronunciations) -> f64 {
        class(ways).map_or(self.lag, |c| self.lags[c])
    }

    /// Likelihood that a word begins `x` frames after the recogniser's time and its lag: as one of the near ones, and in all.
    pub fn likelihood(&self, x: f64) -> (f64, f64) {
        let near = (1.0 - self.stray) * (-0.5 * (x / self.sigma).powi(2)).exp() / (self.sigma * std::f64::consts::TAU.sqrt());
        let far = self.stray * (-x.abs() / WIDE).exp() / (2.0 * WIDE);
        (near, near + far)
    }

    /// The same of a word that a person placed. It is never impossible, so that a slip of the hand doesn't leave its neighbours unheard.
    pub fn fixed(x: f64) -> f64 {
        (-0.5 * (x / BY_HAND).powi(2)).exp() + 1e-6 * (-x.abs() / WIDE).exp()
    }
}

fn class(ways: &Pronunciations) -> Option<usize> {
    ways.first().and_then(|w| w.first()).map(|p| usize::from(*p))
}

/// Sums over words for the next, better [`Jitter`].
#[derive(Clone, Debug)]
pub(super) struct Sums {
    /// By class: weight, and weighted distance.
    words: Vec<(f64, f64)>,
    near: f64,
    square: f64,
    all: f64,
    /// Logarithm of how likely the recogniser's times are, given what was heard without them; and of how many words.
    predicted: f64,
    count: f64,
    /// What was found less what was expected, by word.
    apart: Vec<f64>,
}

impl Default for Sums {
    fn default() -> Self {
        Self { words: vec![(0.0, 0.0); CLASSES], near: 0.0, square: 0.0, all: 0.0, predicted: 0.0, count: 0.0, apart: vec![] }
    }
}

impl Sums {
    /// Counts a word that the recogniser has at `expected`, on the clock of `said`.
    pub fn add(&mut self, jitter: &Jitter, ways: &Pronunciations, said: &Said, expected: f64) {
        let lag = jitter.lag_of(ways);
        let total: f64 = said.begins.iter().copied().map(f64::from).sum();
        if total < 0.5 {
            return;
        }
        let written = (1.0 - f64::from(said.other) / total).max(0.0);
        let (mut weight, mut sum, mut mean, mut without) = (0.0, 0.0, 0.0, 0.0);
        for (i, p) in said.begins.iter().enumerate().filter(|(_, p)| **p > 1e-6) {
            let apart = f64::from(said.from) + i as f64 - expected;
            let (near, all) = jitter.likelihood(apart - lag);
            let p = f64::from(*p) / total;
            // Divided by what was expected of it, a probability is what the sound alone says.
            without += p / all;
            mean += p * apart;
            let share = written * p * near / all;
            self.square += share * (apart - lag).powi(2);
            weight += share;
            sum += share * apart;
        }
        self.near += weight;
        self.all += written;
        self.predicted -= without.ln();
        self.count += 1.0;
        self.apart.push(mean - lag);
        if let Some(class) = class(ways) {
            self.words[class].0 += weight;
            self.words[class].1 += sum;
        }
    }

    /// Counts a word of which nothing can be said but that it lies within `reach` frames. Not to count it would speak for a share under which
    /// the words that are hard to hear can't be heard at all.
    pub fn miss(&mut self, reach: f64) {
        self.predicted -= (2.0 * reach).ln();
        self.count += 1.0;
    }

    /// Adds what was counted apart.
    pub fn merge(&mut self, other: Self) {
        for (a, b) in self.words.iter_mut().zip(other.words) {
            *a = (a.0 + b.0, a.1 + b.1);
        }
        self.near += other.near;
        self.square += other.square;
        self.all += other.all;
        self.predicted += other.predicted;
        self.count += other.count;
        self.apart.extend(other.apart);
    }

    /// How well what was heard foretells the recogniser's times: mean logarithm of their likelihood.
    pub fn foretold(&self) -> f64 {
        if self.count > 0.0 { self.predicted / self.count } else { f64::NEG_INFINITY }
    }

    /// The jitter that fits best (expectation and maximisation, Dempster and others 1977).
    pub fn jitter(mut self, before: &Jitter) -> Jitter {
        if self.near < LEAST_WORDS {
            return before.clone();
        }
        let (weight, sum) = self.words.iter().fold((0.0, 0.0), |a, w| (a.0 + w.0, a.1 + w.1));
        let lag = sum / weight;
        let variance = self.square / self.near;
        let belief = variance / (CLASS_SPREAD * CLASS_SPREAD);
        let lags = self.words.iter().map(|w| (w.1 + belief * lag) / (w.0 + belief)).collect();
        self.apart.iter_mut().for_each(|a| *a = a.abs());
        Jitter {
            sigma: variance.sqrt().clamp(SIGMA.0, SIGMA.1),
            stray: (1.0 - self.near / self.all).clamp(STRAY.0, STRAY.1),
            lag,
            scatter: MEDIAN_TO_SIGMA * super::super::pieces::median(&mut self.apart),
            lags,
        }
    }
}
