//! Who speaks when, found from the sound alone.
//!
//! The steps are those of LIUM_SpkDiarization (Meignier and Merlin 2010): cut where the voice may change, put together what is one voice, and
//! let each voice say which words are its own. Nothing is known of any voice beforehand. [`error`] says how far a result is from the truth.

mod cluster;
pub mod error;
mod sums;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod turns;

use crate::align::{Cepstra, HOP};
use crate::time::{Span, TranscriptTime};
use cluster::{Cluster, cluster};
use std::ops::Range;
use sums::{Sums, Voice};

/// Voices are found anew from what they were given until that stays the same, or so many times.
const ROUNDS: usize = 5;

/// What is asked of a voice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Params {
    /// Frames on either side of a word that may begin a turn.
    pub window: u32,
    /// A turn has so many frames of speech at least.
    pub least_turn: u32,
    /// A speaker has so many frames of speech at least.
    pub least_speaker: u32,
    /// Below so many frames nobody is told from anybody.
    pub least_speech: u32,
    /// How many times what the Bayesian information criterion takes for a Gaussian a cut must be worth.
    pub cut_penalty: f64,
    /// The same of a speaker.
    pub speaker_penalty: f64,
    /// What a change of speaker costs, in nats.
    pub turn_penalty: f64,
    /// No more speakers are told apart.
    pub most: usize,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            window: 250,
            least_turn: 100,
            least_speaker: 300,
            least_speech: 500,
            cut_penalty: 1.0,
            speaker_penalty: 4.0,
            turn_penalty: 250.0,
            most: 30,
        }
    }
}

/// For each word the number of its speaker, from 0 in the order in which they are first heard; none for all of them where there is too little
/// speech to tell. `words` are in order, on the clock of the cepstra, of which only those within words are heard.
pub fn speakers(cepstra: &Cepstra, words: &[Span<TranscriptTime>], params: &Params) -> Vec<Option<u16>> {
    let sums: Vec<Sums> = words.iter().map(|word| sums_of(cepstra, *word)).collect();
    let all: f64 = sums.iter().map(|word| word.frames).sum();
    if all < f64::from(params.least_speech) {
        return vec![None; words.len()];
    }
    let least = f64::from(params.least_turn);
    let stretches = turns::stretches(&sums, f64::from(params.window), least, params.cut_penalty);
    let of_stretch = |(n, stretch): (usize, &Range<usize>)| Cluster::of(total(&sums[stretch.clone()]), n);
    let clusters = cluster(stretches.iter().enumerate().map(of_stretch).collect(), params.speaker_penalty, params.most);
    let mut voices: Vec<Sums> = large(clusters.into_iter().map(|c| c.sums).collect(), params);
    let mut said: Vec<u16> = vec![];
    for _ in 0..ROUNDS {
        let heard: Vec<Voice> = voices.iter().map(Voice::of).collect();
        let now = turns::turns(&sums, &heard, least, params.turn_penalty);
        let same = now == said;
        said = now;
        if same {
            break;
        }
        voices = together(&sums, &said, voices.len(), params);
    }
    in_order(&said)
}

/// The frames of a word.
fn sums_of(cepstra: &Cepstra, word: Span<TranscriptTime>) -> Sums {
    let end = (cepstra.len() as i64).min(word.end.us().div_euclid(HOP.us()));
    let start = word.start.us().div_euclid(HOP.us()).clamp(0, end.max(0));
    let mut sums = Sums::default();
    cepstra.range(start..end).iter().for_each(|frame| sums.push(frame));
    sums
}

fn total(words: &[Sums]) -> Sums {
    let mut sums = Sums::default();
    words.iter().for_each(|word| sums.add(word));
    sums
}

/// Those that speak for long enough; the largest where none does.
fn large(mut voices: Vec<Sums>, params: &Params) -> Vec<Sums> {
    voices.sort_by(|a, b| b.frames.total_cmp(&a.frames));
    let count = voices.iter().take_while(|voice| voice.frames >= f64::from(params.least_speaker)).count();
    voices.truncate(count.max(1));
    voices
}

/// The voices of what each was given, those that are one after all put together.
fn together(words: &[Sums], said: &[u16], count: usize, params: &Params) -> Vec<Sums> {
    let mut given = vec![Sums::default(); count];
    words.iter().zip(said).for_each(|(word, who)| given[usize::from(*who)].add(word));
    let clusters = given.into_iter().filter(|voice| voice.frames > 0.0).enumerate().map(|(n, voice)| Cluster::of(voice, n)).collect();
    large(cluster(clusters, params.speaker_penalty, params.most).into_iter().map(|c| c.sums).collect(), params)
}

/// Speakers numbered as they are first heard.
fn in_order(said: &[u16]) -> Vec<Option<u16>> {
    let mut known: Vec<u16> = vec![];
    let mut number = |who: &u16| {
        known.iter().position(|k| k == who).unwrap_or_else(|| {
            known.push(*who);
            known.len() - 1
        })
    };
    said.iter().map(|who| Some(number(who) as u16)).collect()
}
