//! The word stage: where the sound has each word, by forced alignment with an acoustic model.
//!
//! A run of words becomes a graph of phone states, with pauses, unwritten speech and misheard words as ways through it. Forward and backward
//! over that graph give each word a distribution of when it begins. The recogniser's own times are the prior of that distribution. How much
//! they are worth against the sound is learnt from the recording itself: how they scatter, and which share of the model's likelihoods
//! foretells them best. In noise that share goes to nothing and the words stay where the map puts them.

mod adapt;
mod breaks;
mod chunk;
mod graph;
mod lattice;
mod params;
mod recording;
mod score;
#[cfg(test)]
mod tests;
mod text;

pub use breaks::{place_breaks, settle};
pub use params::WordParams;

use super::acoustic::{AcousticModel, Lexicon, Voice};
use super::cepstra::Cepstra;
use super::{HOP, Heard};
use crate::time::{Delta, MediaTime, Span};
use adapt::Statistics;
use chunk::{Chunk, Hearing, chunks};
use graph::Pronunciations;
use lattice::Said;
use recording::{Jitter, Sums};
use score::Scorer;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A word to listen for.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// What is spoken.
    pub text: &'a str,
    /// Where the map puts it.
    pub span: Span<MediaTime>,
    /// What may be done with it.
    pub role: Role,
}

/// What the word stage may do with a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is listened for.
    Free,
    /// It lies just there: a person said so.
    Fixed,
    /// It isn't in the media.
    Absent,
}

/// Told how many chunks are done, of how many; false ends the work.
pub type Step<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

/// Work is dealt out in so many rows, each done in order and added up in order, so that the number of threads changes no result.
const ROWS: usize = 8;
/// Shares of the model's likelihoods that are tried, from noise to a studio.
const SHARES: [f32; 7] = [0.003, 0.006, 0.012, 0.025, 0.05, 0.1, 0.2];
/// The share before anything is known.
const FIRST_SHARE: usize = 4;

/// A time in frames.
fn frame(t: MediaTime) -> f64 {
    t.us() as f64 / HOP.us() as f64
}

fn time(frames: f64) -> MediaTime {
    MediaTime::from_us((frames * HOP.us() as f64).round() as i64)
}

/// What was learnt of a recording, in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learnt {
    /// Share of the model's likelihoods that counts: about 0.1 where the sound is clear, a tenth of that in noise.
    pub share: f32,
    /// Standard deviation of the transcript's times about those that are heard, without the strays.
    #[serde(rename = "jitter_us")]
    pub jitter: Delta,
    /// Share of times that are far off.
    pub stray: f32,
    /// How much later than in the transcript words are heard, all together.
    #[serde(rename = "lag_us")]
    pub lag: Delta,
}

/// What was learnt of a recording: its sound, and how its transcript was timed.
#[derive(Clone, Debug)]
pub struct Recording {
    model: AcousticModel,
    jitter: Jitter,
    acoustic: f32,
}

impl Recording {
    /// Learns from a sample of the words spread over the media, at most [`WordParams::sample`] of them; none where `step` ended it.
    pub fn learn(
        cepstra: &Cepstra,
        voice: &Voice,
        words: &[Expected<'_>],
        params: &WordParams,
        threads: usize,
        step: Step<'_>,
    ) -> Option<Self> {
        let all = chunks(words, 0..words.len());
        let length = |c: &Chunk| frame(words[c.own.end - 1].span.end) - frame(words[c.own.start].span.start);
        let spoken: f64 = all.iter().map(length).sum();
        let stride = (spoken / params.sample_frames()).max(1.0);
        let sample: Vec<&Chunk> = (0..).map(|i| (f64::from(i) * stride) as usize).take_while(|i| *i < all.len()).map(|i| &all[i]).collect();
        let mut learnt =
            Self { model: voice.model.clone(), jitter: Jitter::new(params.first_sigma(), params.stray()), acoustic: SHARES[FIRST_SHARE] };
        let total = sample.len() * params.passes();
        for pass in 0..params.passes() {
            let told = |done: usize, _: usize| step(pass * sample.len() + done, total);
            let rows = deal(&sample, threads, &told, |row| learnt.pass(cepstra, voice, words, row, params))?;
            let mut statistics = Statistics::new(&voice.model);
            let mut tried = vec![Sums::default(); SHARES.len()];
            for (more, sums) in rows {
                statistics.merge(more);
                tried.iter_mut().zip(sums).for_each(|(a, b)| a.merge(b));
            }
            // The last of equals wins: where nothing was heard, the share stays the first one.
            let order = (0..SHARES.len()).chain([FIRST_SHARE]);
            let best = order.max_by(|a, b| tried[*a].foretold().total_cmp(&tried[*b].foretold())).unwrap_or(FIRST_SHARE);
            learnt = Self {
                model: statistics.adapted(&voice.model, params.belief()),
                jitter: tried.swap_remove(best).jitter(&learnt.jitter),
                acoustic: SHARES[best],
            };
        }
        Some(learnt)
    }

    /// What was learnt, to be told and kept.
    pub fn learnt(&self) -> Learnt {
        let time = |frames: f64| Delta::from_us((frames * HOP.us() as f64).round() as i64);
        let Jitter { sigma, stray, lag, .. } = self.jitter;
        Learnt { share: self.acoustic, jitter: time(sigma), stray: stray as f32, lag: time(lag) }
    }

    /// One row of a pass: what it says of the densities, and of the times under each share.
    fn pass<'a>(
        &self,
        cepstra: &Cepstra,
        voice: &Voice,
        words: &[Expected<'_>],
        row: impl Iterator<Item = &'a &'a Chunk>,
        params: &WordParams,
    ) -> (Statistics, Vec<Sums>) {
        let mut statistics = Statistics::new(&voice.model);
        let mut tried = vec![Sums::default(); SHARES.len()];
        let mut scorer = Scorer::new(&self.model);
        for chunk in row {
            let here = &words[chunk.with.clone()];
            let ways = self.ways(&voice.lexicon, here);
            let (mut remembered, mut occupied) = (Vec::new(), Vec::new());
            let hearing = Hearing::new(cepstra, &self.model, &mut scorer, here, &ways, params, Some(&mut remembered));
            let Some(hearing) = hearing else { continue };
            if hearing.said(&ways, &self.jitter, self.acoustic, Some(&mut occupied)).is_some() {
                statistics.add(&self.model, &mut scorer, &hearing.frames, &remembered, &occupied);
            }
            for (share, sums) in SHARES.iter().zip(&mut tried) {
                let said = hearing.said(&ways, &self.jitter, *share, None);
                for i in chunk.own.clone().map(|i| i - chunk.with.start).filter(|i| here[*i].role == Role::Free) {
                    match &said {
                        Some(said) => sums.add(&self.jitter, &ways[i], &said[i], hearing.starts[i]),
                        None => sums.miss(params.reach_frames()),
                    }
                }
            }
        }
        (statistics, tried)
    }

    /// Listens for the words of `range`, one entry each: where each is heard, and nothing of those that are fixed or absent. Of a word that
    /// can't be heard it says the place of the map, with no confidence. None where `step` ended it.
    #[allow(clippy::too_many_arguments)]
    pub fn hear(
        &self,
        cepstra: &Cepstra,
        lexicon: &Lexicon,
        words: &[Expected<'_>],
        range: Range<usize>,
        params: &WordParams,
        threads: usize,
        step: Step<'_>,
    ) -> Option<Vec<Option<Heard>>> {
        let jitter = self.careful(params);
        let all = chunks(words, range.clone());
        let all: Vec<&Chunk> = all.iter().collect();
        let rows = deal(&all, threads, step, |row| {
            let mut scorer = Scorer::new(&self.model);
            let mut out = Vec::new();
            let mut left: Vec<Chunk> = Vec::new();
            for chunk in row {
                left.push(Chunk::clone(chunk));
                while let Some(chunk) = left.pop() {
                    let here = &words[chunk.with.clone()];
                    let ways = self.ways(lexicon, here);
                    let hearing = Hearing::new(cepstra, &self.model, &mut scorer, here, &ways, params, None);
                    let said = hearing.as_ref().and_then(|h| h.said(&ways, &jitter, self.acoustic, None));
                    // One stretch of dead sound closes every path through a chunk: the words on its two sides are heard apart.
                    if said.is_none()
                        && let Some(halves) = chunk.halves()
                    {
                        left.extend(halves);
                        continue;
                    }
                    for i in chunk.own.clone() {
                        let inside = i - chunk.with.start;
                        if here[inside].role == Role::Free {
                            let said = hearing.as_ref().zip(said.as_ref()).map(|(h, s)| (&s[inside], h.from));
                            out.push((i, self.finding(said, &here[inside], &ways[inside], &jitter, params)));
                        }
                    }
                }
            }
            out
        })?;
        let mut heard = vec![None; range.len()];
        for (i, found) in rows.into_iter().flatten() {
            heard[i - range.start] = Some(found);
        }
        in_order(&mut heard);
        Some(heard)
    }

    fn ways(&self, lexicon: &Lexicon, words: &[Expected<'_>]) -> Vec<Pronunciations> {
        words.iter().map(|w| text::pronunciations(w.text, &self.model, lexicon)).collect()
    }

    /// The jitter to go by in the end. What was measured holds the model's own errors, too; the recogniser is trusted for more than that.
    fn careful(&self, params: &WordParams) -> Jitter {
        let (own, least) = params.trust_frames();
        let sigma = (self.jitter.sigma.powi(2) - own.powi(2)).max(least.powi(2)).sqrt();
        Jitter { sigma, stray: self.jitter.stray.min(params.stray()), ..self.jitter.clone() }
    }

    /// What is said of a word, given when it is said and where frame 0 of that lies.
    fn finding(
        &self,
        said: Option<(&Said, f64)>,
        word: &Expected<'_>,
        ways: &Pronunciations,
        jitter: &Jitter,
        params: &WordParams,
    ) -> Heard {
        let unheard = Heard { span: word.span, mapped: word.span.start, confidence: 0.0, text: None };
        let Some((said, from)) = said else { return unheard };
        let (Some(begins), Some(ends)) = (Moment::of(&said.begins), Moment::of(&said.ends)) else { return unheard };
        // The recogniser's idea of a beginning holds, but for what the map may be off.
        let lag = jitter.lag_of(ways) - params.kept(jitter.sigma, self.acoustic) * jitter.lag;
        let base = from + f64::from(said.from) - lag;
        let expected = frame(word.span.start);
        let limit = (params.limit() * jitter.scatter).max(params.least_limit_frames());
        let trusted = (base + begins.mean - expected).abs() <= limit;
        let start = if trusted { base + begins.mean } else { expected };
        let confidence = begins.within(start - base, params.close_frames());
        if !trusted {
            return Heard { confidence, ..unheard };
        }
        let start = time(start);
        let end = time(base + ends.mean).max(start + HOP);
        Heard { span: Span::new(start, end), mapped: word.span.start, confidence, text: None }
    }
}

/// When something happens: probabilities by frame, and their mean.
struct Moment<'a> {
    cells: &'a [f32],
    total: f32,
    mean: f64,
}

impl<'a> Moment<'a> {
    fn of(cells: &'a [f32]) -> Option<Self> {
        let total: f32 = cells.iter().sum();
        let mean = cells.iter().enumerate().map(|(i, p)| i as f64 * f64::from(*p)).sum::<f64>() / f64::from(total);
        (total > 1e-3).then_some(Self { cells, total, mean })
    }

    /// The probability that it happens within `reach` frames of `at`.
    fn within(&self, at: f64, reach: f64) -> f32 {
        let near = self.cells.iter().enumerate().filter(|(i, _)| (*i as f64 - at).abs() <= reach);
        (near.map(|(_, p)| p).sum::<f32>() / self.total).clamp(0.0, 1.0)
    }
}

/// Words that follow each other stay so: none begins before the one before it began, and none lasts into the next where it didn't before.
fn in_order(heard: &mut [Option<Heard>]) {
    let mut last: Option<usize> = None;
    for i in 0..heard.len() {
        let Some(mut this) = heard[i].take() else { continue };
        if let Some(before) = last.and_then(|b| heard[b].as_mut())
            && before.mapped <= this.mapped
        {
            if this.span.start < before.span.start {
                this.span = Span::new(before.span.start, this.span.end.max(before.span.start + HOP));
            }
            if before.span.end > this.span.start {
                before.span = Span::new(before.span.start, this.span.start.max(before.span.start + Delta::from_ms(1)));
            }
        }
        heard[i] = Some(this);
        last = Some(i);
    }
}

/// Does `work` on rows of the chunks, on so many threads; the results come in the order of the rows. None where `step` ended it.
fn deal<'a, T: Send>(
    chunks: &'a [&'a Chunk],
    threads: usize,
    step: Step<'_>,
    work: impl Fn(Box<dyn Iterator<Item = &'a &'a Chunk> + '_>) -> T + Sync,
) -> Option<Vec<T>> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let ended = std::sync::atomic::AtomicBool::new(false);
    let rows = ROWS.min(chunks.len().max(1));
    let watched = |row: usize| -> Box<dyn Iterator<Item = &'a &'a Chunk> + '_> {
        Box::new(chunks.iter().skip(row).step_by(rows).take_while(|_| {
            let go = !ended.load(Ordering::Relaxed) && step(done.fetch_add(1, Ordering::Relaxed), chunks.len());
            if !go {
                ended.store(true, Ordering::Relaxed);
            }
            go
        }))
    };
    let mut results: Vec<(usize, T)> = std::thread::scope(|scope| {
        let worker = || {
            let mut out = Vec::new();
            loop {
                let row = next.fetch_add(1, Ordering::Relaxed);
                if row >= rows {
                    return out;
                }
                out.push((row, work(watched(row))));
            }
        };
        let others: Vec<_> = (1..threads.clamp(1, rows)).map(|_| scope.spawn(worker)).collect();
        let mut out = worker();
        for other in others {
            out.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        out
    });
    results.sort_by_key(|r| r.0);
    (!ended.load(Ordering::Relaxed)).then(|| results.into_iter().map(|r| r.1).collect())
}
