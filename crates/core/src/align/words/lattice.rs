//! When each word of a run begins and ends: forward and backward over its graph, held near the times that are expected.

use super::super::acoustic::AcousticModel;
use super::super::cepstra::CEPSTRA;
use super::graph::{Graph, Sound, State};
use super::score::{Nearest, Scorer};
use std::ops::Range;

/// When one word is expected.
pub(super) struct Window {
    /// Frames in which it may lie.
    pub frames: Range<u32>,
    /// Likelihood, over any constant, that it begins with each of these frames.
    pub begins: Vec<f32>,
}

/// When one word is spoken, as probabilities by frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// The frame of the first of both.
    pub from: u32,
    /// That the word begins with the frame.
    pub begins: Vec<f32>,
    /// That it has ended when the frame begins.
    pub ends: Vec<f32>,
    /// That it isn't the written one.
    pub other: f32,
}

/// A senone and the probability that a frame is of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occupied {
    pub senone: u16,
    pub share: f32,
}

/// Shares below this are not worth their work.
const LEAST_SHARE: f64 = 0.02;

/// What is less likely than this counts as impossible: on the way back its inverse must stay a number.
const LEAST_LIKELY: f64 = 1e-280;

/// States alive in one frame and where their cells lie.
#[derive(Clone, Copy)]
struct Row {
    states: (u32, u32),
    cells: usize,
}

/// How well each frame fits the states that may be alive in it.
pub(super) struct Scores {
    rows: Vec<Row>,
    /// Log-likelihood below that of the best state of the frame.
    cells: Vec<f32>,
}

impl Scores {
    /// The scores of `frames`. `anything` is how far below the best phone of a frame speech of any kind lies, in nats. Windows must rise in
    /// start and end. What the scorer needs to turn to the frames again goes into `remembered`.
    pub fn new(
        model: &AcousticModel,
        scorer: &mut Scorer<'_>,
        graph: &Graph,
        frames: &[[[f32; CEPSTRA]; 3]],
        windows: &[Range<u32>],
        anything: f32,
        mut remembered: Option<&mut Vec<Nearest>>,
    ) -> Self {
        let phones: Vec<u16> = model.phones.iter().filter(|p| !p.filler).flat_map(|p| p.senones).collect();
        let mut scores = Self { rows: Vec::with_capacity(frames.len()), cells: Vec::new() };
        for (now, frame) in frames.iter().enumerate() {
            let states = alive(graph, windows, now as u32);
            let cells = scores.cells.len();
            scorer.turn_to(frame);
            if let Some(remembered) = &mut remembered {
                scorer.remember(remembered);
            }
            let any = phones.iter().map(|s| scorer.senone(*s)).fold(f32::NEG_INFINITY, f32::max) - anything;
            scores.cells.extend(graph.states[states.0 as usize..states.1 as usize].iter().map(|state| match state.sound {
                Sound::Senone(senone) => scorer.senone(senone),
                Sound::Anything => any,
            }));
            let best = scores.cells[cells..].iter().copied().fold(f32::NEG_INFINITY, f32::max);
            scores.cells[cells..].iter_mut().for_each(|c| *c -= best);
            scores.rows.push(Row { states, cells });
        }
        scores
    }

    fn width(&self) -> usize {
        self.rows.iter().map(|r| (r.states.1 - r.states.0) as usize).max().unwrap_or(0)
    }
}

/// The states that may be alive in frame `t`: those of the words whose windows hold it, and what lies between and beside these.
fn alive(graph: &Graph, windows: &[Range<u32>], t: u32) -> (u32, u32) {
    let first = windows.partition_point(|w| w.end <= t);
    let end = windows.partition_point(|w| w.start <= t).max(first);
    // Pause i is number 2i, word i is 2i + 1.
    (graph.starts[2 * first], graph.starts[2 * end + 1])
}

/// Forward probabilities, and the likelihood of each cell's sound.
struct Trellis<'a> {
    scores: &'a Scores,
    alpha: Vec<f64>,
    emission: Vec<f32>,
    scale: Vec<f64>,
}

/// When the words of `graph` are spoken; none where they can't be, within their windows. `acoustic` is the share of a log-likelihood that
/// counts: frames aren't independent, and the model is surer than it should be.
pub(super) fn said(
    graph: &Graph,
    scores: &Scores,
    windows: &[Window],
    acoustic: f32,
    occupied: Option<&mut Vec<Vec<Occupied>>>,
) -> Option<Vec<Said>> {
    let trellis = forward(graph, scores, windows, acoustic)?;
    backward(graph, &trellis, windows, occupied)
}

fn enters(window: &Window, t: u32) -> f64 {
    t.checked_sub(window.frames.start).and_then(|i| window.begins.get(i as usize)).copied().unwrap_or(0.0).into()
}

fn forward<'a>(graph: &Graph, scores: &'a Scores, windows: &[Window], acoustic: f32) -> Option<Trellis<'a>> {
    let emission: Vec<f32> = scores.cells.iter().map(|score| (acoustic * score).exp()).collect();
    let mut alpha = vec![0.0f64; emission.len()];
    let mut scale = Vec::with_capacity(scores.rows.len());
    for (now, row) in scores.rows.iter().enumerate() {
        let (earlier, current) = alpha.split_at_mut(row.cells);
        let count = (row.states.1 - row.states.0) as usize;
        let mut sum = 0.0;
        for (i, to) in current[..count].iter_mut().enumerate() {
            let state = row.states.0 + i as u32;
            let into = match now.checked_sub(1).map(|b| &scores.rows[b]) {
                None => f64::from(u8::from(graph.first.contains(&state))) * entry_weight(graph, windows, state, 0),
                Some(before) => {
                    let (stay, enter) = inflow(graph, earlier, before, state);
                    stay + enter * entry_weight(graph, windows, state, now as u32)
                }
            };
            *to = likely(into * f64::from(emission[row.cells + i]));
            sum += *to;
        }
        if sum.is_nan() || sum <= 0.0 {
            return None;
        }
        current[..count].iter_mut().for_each(|a| *a = likely(*a / sum));
        scale.push(sum);
    }
    Some(Trellis { scores, alpha, emission, scale })
}

fn likely(p: f64) -> f64 {
    if p < LEAST_LIKELY { 0.0 } else { p }
}

/// How likely a state's word begins now, if the state begins one.
fn entry_weight(graph: &Graph, windows: &[Window], state: u32, now: u32) -> f64 {
    match &graph.states[state as usize] {
        s if s.begins => s.word.map_or(1.0, |w| enters(&windows[w as usize], now)),
        _ => 1.0,
    }
}

/// What stays in a state, and what comes into it from others.
fn inflow(graph: &Graph, alpha: &[f64], before: &Row, state: u32) -> (f64, f64) {
    let s = &graph.states[state as usize];
    let at = |state: u32| {
        let alive = before.states.0 <= state && state < before.states.1;
        if alive { alpha[before.cells + (state - before.states.0) as usize] } else { 0.0 }
    };
    let arcs = &graph.arcs[s.arcs.0 as usize..s.arcs.1 as usize];
    (at(state) * f64::from(s.stay), arcs.iter().map(|(from, p)| at(*from) * f64::from(*p)).sum())
}

fn backward(graph: &Graph, t: &Trellis<'_>, windows: &[Window], mut occupied: Option<&mut Vec<Vec<Occupied>>>) -> Option<Vec<Said>> {
    if let Some(occupied) = &mut occupied {
        occupied.clear();
        occupied.resize(t.scores.rows.len(), Vec::new());
    }
    let mut said: Vec<Said> = windows
        .iter()
        .map(|w| {
            let zeros = vec![0.0; w.frames.len() + 1];
            Said { from: w.frames.start, begins: zeros.clone(), ends: zeros, other: 0.0 }
        })
        .collect();
    let rows = &t.scores.rows;
    let last = rows.last()?;
    let width = t.scores.width();
    let (mut beta, mut earlier) = (vec![0.0f64; width], vec![0.0f64; width]);
    let mut ending = 0.0;
    for (state, leave) in &graph.last {
        if let Some(i) = state.checked_sub(last.states.0).filter(|i| last.states.0 + i < last.states.1) {
            beta[i as usize] = f64::from(*leave);
            ending += t.alpha[last.cells + i as usize] * f64::from(*leave);
        }
    }
    if ending <= 0.0 {
        return None;
    }
    beta.iter_mut().for_each(|b| *b /= ending);
    let mut begun = |state: &State, now: usize, p: f64| {
        if let Some(word) = state.word {
            let said = &mut said[word as usize];
            add(said.from, &mut said.begins, now, p);
            said.other += if state.sound == Sound::Anything { p as f32 } else { 0.0 };
        }
    };
    let mut ended: Vec<(u32, usize, f64)> = Vec::new();
    for now in (0..rows.len()).rev() {
        let row = rows[now];
        let before = now.checked_sub(1).map(|b| rows[b]);
        earlier.fill(0.0);
        for state in row.states.0..row.states.1 {
            let i = (state - row.states.0) as usize;
            let s = &graph.states[state as usize];
            // No path leads here, and what would follow may be beyond numbers.
            if t.alpha[row.cells + i] <= 0.0 {
                continue;
            }
            if let (Some(occupied), Sound::Senone(senone)) = (&mut occupied, s.sound) {
                let share = t.alpha[row.cells + i] * beta[i];
                if share > LEAST_SHARE {
                    occupied[now].push(Occupied { senone, share: share as f32 });
                }
            }
            let onward = f64::from(t.emission[row.cells + i]) * beta[i] / t.scale[now];
            let Some(before) = before else {
                // What the run begins with.
                begun(s, now, t.alpha[row.cells + i] * beta[i]);
                continue;
            };
            if onward <= 0.0 {
                continue;
            }
            let enter = entry_weight(graph, windows, state, now as u32) * onward;
            let index = |state: u32| (before.states.0 <= state && state < before.states.1).then(|| (state - before.states.0) as usize);
            if let Some(j) = index(state) {
                earlier[j] += onward * f64::from(s.stay);
            }
            for (from, p) in &graph.arcs[s.arcs.0 as usize..s.arcs.1 as usize] {
                let Some(j) = index(*from) else { continue };
                earlier[j] += enter * f64::from(*p);
                let left = graph.states[*from as usize].word;
                if left != s.word {
                    let flow = t.alpha[before.cells + j] * enter * f64::from(*p);
                    begun(s, now, flow);
                    ended.extend(left.map(|word| (word, now, flow)));
                }
            }
        }
        std::mem::swap(&mut beta, &mut earlier);
    }
    for (word, now, p) in ended {
        let said = &mut said[word as usize];
        add(said.from, &mut said.ends, now, p);
    }
    Some(said)
}

/// Adds to the cell of frame `now` in cells that begin with frame `from`.
fn add(from: u32, cells: &mut [f32], now: usize, p: f64) {
    if let Some(cell) = (now as u32).checked_sub(from).and_then(|i| cells.get_mut(i as usize)) {
        *cell += p as f32;
    }
}
