//! Words heard in one go.

use super::super::acoustic::AcousticModel;
use super::super::cepstra::{CEPSTRA, Cepstra, with_slopes};
use super::graph::{Chances, Graph, Pronunciations, graph};
use super::lattice::{Occupied, Said, Scores, Window, said};
use super::recording::Jitter;
use super::score::{Nearest, Scorer};
use super::{Expected, Role, WordParams, frame};

use std::ops::Range;

/// A chunk ends at the first pause once it is this long, and at this length in any case, in frames.
const LONG: (f64, f64) = (1_000.0, 1_600.0);
/// What counts as a pause there.
const PAUSE: f64 = 12.0;
/// Words further apart than this say nothing of each other.
const APART: f64 = 300.0;
/// So many words on either side are heard along, so that the first and last word of a chunk have neighbours, too.
const ALONG: usize = 2;
/// Frames heard before and after the first and the last moment that a word may lie in.
const MARGIN: f64 = 20.0;
/// Frames around words that still count as speech for the mean of the cepstra.
const SPEECH_MARGIN: i64 = 10;
/// A word that hardly has a length in the transcript may still be this long, in frames.
const LEAST_LENGTH: f64 = 10.0;
/// How much earlier than a word the model has it begin, in frames: a frame's middle lies 0.78 later than its hop's beginning and half a hop
/// before its end, less what states lag behind the sound, which hand-labelled speech has at 3 ms to 10 ms.
const LATENCY: f64 = 0.4;

/// Words heard in one go, and those around them that are heard along.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    /// Words it is about.
    pub own: Range<usize>,
    /// These and their neighbours.
    pub with: Range<usize>,
}

impl Chunk {
    /// Its two halves, each with its neighbours; none of a few words.
    pub fn halves(&self) -> Option<[Self; 2]> {
        let middle = self.own.start + self.own.len() / 2;
        let (first, second) = (self.own.start..middle, middle..self.own.end);
        (self.own.len() > 2 * ALONG).then(|| {
            [
                Self { with: self.with.start..(middle + ALONG).min(self.with.end), own: first },
                Self { with: (middle - ALONG).max(self.with.start)..self.with.end, own: second },
            ]
        })
    }
}

/// The words of `range` in chunks; those that aren't in the media are in none.
pub(super) fn chunks(words: &[Expected<'_>], range: Range<usize>) -> Vec<Chunk> {
    let here = |i: usize| words[i].role != Role::Absent;
    let gap = |i: usize| frame(words[i].span.start) - frame(words[i - 1].span.end);
    // A word that begins before the one before it can't be heard after it.
    let follows = |i: usize| here(i - 1) && here(i) && gap(i) <= APART && words[i].span.start >= words[i - 1].span.start;
    let mut out = Vec::new();
    let mut at = range.start;
    while at < range.end {
        if !here(at) {
            at += 1;
            continue;
        }
        let length = |end: usize| frame(words[end - 1].span.end) - frame(words[at].span.start);
        let mut end = at + 1;
        while end < range.end && follows(end) && length(end) <= LONG.1 && !(length(end) > LONG.0 && gap(end) > PAUSE) {
            end += 1;
        }
        let mut with = at..end;
        while with.start > 0 && at - with.start < ALONG && follows(with.start) {
            with.start -= 1;
        }
        while with.end < words.len() && with.end - end < ALONG && follows(with.end) {
            with.end += 1;
        }
        out.push(Chunk { own: at..end, with });
        at = end;
    }
    out
}

/// A chunk with everything that doesn't change from one hearing of it to the next.
pub(super) struct Hearing {
    pub frames: Vec<[[f32; CEPSTRA]; 3]>,
    graph: Graph,
    windows: Vec<Range<u32>>,
    scores: Scores,
    /// When the words are expected, counted from frame 0.
    pub starts: Vec<f64>,
    fixed: Vec<bool>,
    /// Where frame 0 lies in the media, in frames, once the latency of the model is taken out.
    pub from: f64,
}

impl Hearing {
    /// None where the media has no sound.
    pub fn new(
        cepstra: &Cepstra,
        model: &AcousticModel,
        scorer: &mut Scorer<'_>,
        words: &[Expected<'_>],
        ways: &[Pronunciations],
        params: &WordParams,
        remembered: Option<&mut Vec<Nearest>>,
    ) -> Option<Self> {
        let reach = params.reach_frames();
        let first = (frame(words.first()?.span.start) - LATENCY - reach - MARGIN).floor() as i64;
        let last = words.iter().map(|w| frame(w.span.end)).fold(f64::MIN, f64::max);
        let end = ((last - LATENCY + reach + MARGIN).ceil() as i64).clamp(first, first + MOST_FRAMES);
        let raw = cepstra.range(first - 3..end + 3);
        if raw.is_empty() {
            return None;
        }
        let frames = with_slopes(&raw, &mean(&raw, words, first - 3));
        let graph = graph(model, ways, Chances { pause: params.pause(), extra: params.extra(), other: params.other() });
        let from = first as f64 + LATENCY;
        let starts: Vec<f64> = words.iter().map(|w| frame(w.span.start) - from).collect();
        let ends: Vec<f64> = words.iter().map(|w| frame(w.span.end) - from).collect();
        let windows = windows(&starts, &ends, frames.len() as u32, reach);
        let scores = Scores::new(model, scorer, &graph, &frames, &windows, params.anything(), remembered);
        let fixed = words.iter().map(|w| w.role == Role::Fixed).collect();
        Some(Self { frames, graph, windows, scores, starts, fixed, from })
    }

    /// When the words are said; none where no path leads through the chunk.
    pub fn said(
        &self,
        ways: &[Pronunciations],
        jitter: &Jitter,
        acoustic: f32,
        occupied: Option<&mut Vec<Vec<Occupied>>>,
    ) -> Option<Vec<Said>> {
        let window = |i: usize| {
            let frames = self.windows[i].clone();
            let at = |t: u32| f64::from(t) - self.starts[i];
            let begins = match self.fixed[i] {
                true => frames.clone().map(|t| Jitter::fixed(at(t)) as f32).collect(),
                false => {
                    let lag = jitter.lag_of(&ways[i]);
                    frames.clone().map(|t| jitter.likelihood(at(t) - lag).1 as f32).collect()
                }
            };
            Window { frames, begins }
        };
        let windows: Vec<Window> = (0..self.starts.len()).map(window).collect();
        said(&self.graph, &self.scores, &windows, acoustic, occupied)
    }
}

/// A chunk can't be longer than this, whatever the ends of its words say.
const MOST_FRAMES: i64 = 6_000;

/// The frames in which each word may lie: they rise in start and end.
fn windows(starts: &[f64], ends: &[f64], count: u32, reach: f64) -> Vec<Range<u32>> {
    let mut low: Vec<f64> = starts.iter().map(|s| s - reach).collect();
    let mut high: Vec<f64> = ends.iter().zip(starts).map(|(e, s)| e.max(s + LEAST_LENGTH) + reach).collect();
    for i in (1..low.len()).rev() {
        low[i - 1] = low[i - 1].min(low[i]);
    }
    for i in 1..high.len() {
        high[i] = high[i].max(high[i - 1]);
    }
    low.into_iter().zip(high).map(|(low, high)| (low.max(0.0) as u32).min(count)..(high.max(0.0).ceil() as u32).min(count)).collect()
}

/// The mean of the frames where words are, the first of which is frame `from`: what is left without it is the words, not the microphone.
fn mean(raw: &[[f32; CEPSTRA]], words: &[Expected<'_>], from: i64) -> [f32; CEPSTRA] {
    let mut spoken = vec![false; raw.len()];
    for word in words {
        let at = |t: f64, margin: i64| (t as i64 - from + margin).clamp(0, raw.len() as i64) as usize;
        let (start, end) = (at(frame(word.span.start), -SPEECH_MARGIN), at(frame(word.span.end), SPEECH_MARGIN));
        spoken[start..end.max(start)].fill(true);
    }
    let count = spoken.iter().filter(|s| **s).count().max(1) as f32;
    std::array::from_fn(|i| raw.iter().zip(&spoken).filter(|(_, s)| **s).map(|(f, _)| f[i]).sum::<f32>() / count)
}
