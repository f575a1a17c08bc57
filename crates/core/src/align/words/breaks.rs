//! Where a break lies, by which words are said on which side of it.

use super::super::acoustic::{AcousticModel, Voice};
use super::super::cepstra::Cepstra;
use super::super::pieces::median;
use super::super::{Break, BreakKind, Heard, Piece, Proposal};
use super::chunk::{Hearing, chunks};
use super::recording::Jitter;
use super::score::Scorer;
use super::{Expected, Role, Step, WordParams, text};
use crate::time::{Delta, MediaTime, Span, TranscriptTime};
use crate::time_map::{Knot, TimeMap};

/// How far from where the map stage put it a break is looked for: the energy of speech alone can't tell two passages of speech apart.
const SEARCH: Delta = Delta::from_us(15_000_000);
/// Share of the model's likelihoods that counts, standard deviation of times in frames and share of strays, before anything is learnt.
const SHARE: f32 = 0.1;
const SIGMA: f64 = 6.0;
const STRAY: f64 = 0.05;
/// What one word can say for or against a place, in nats.
const MOST_SUPPORT: f64 = 3.0;
/// What a pause says for a break in it, in nats per second, up to half a second.
const PAUSE_SUPPORT: f64 = 1.0;
const LONGEST_PAUSE: Delta = Delta::from_us(500_000);
/// A break is moved if that gains so much, in nats.
const LEAST_GAIN: f64 = 2.0;

/// The proposal with each of its breaks between the two words that the sound puts on its two sides. Breaks next to an anchor stay. None where
/// `step` ended it.
#[allow(clippy::too_many_arguments)]
pub fn place_breaks(
    proposal: Proposal,
    cepstra: &Cepstra,
    voice: &Voice,
    texts: &[&str],
    words: &[Span<TranscriptTime>],
    anchors: &[Knot],
    params: &WordParams,
    step: Step<'_>,
) -> Option<Proposal> {
    let mut proposal = proposal;
    let mut scorer = Scorer::new(&voice.model);
    for index in 0..proposal.breaks.len() {
        if proposal.pieces.len() != proposal.breaks.len() + 1 {
            break;
        }
        if !step(index, proposal.breaks.len()) {
            return None;
        }
        let around = surroundings(&proposal, index);
        if anchors.iter().any(|a| around.contains(a.transcript)) {
            continue;
        }
        let here: Vec<usize> = (0..words.len()).filter(|i| !words[*i].is_empty() && around.contains(words[*i].start)).collect();
        let [before, after] = [index, index + 1].map(|piece| {
            let line = Line::of(&proposal.pieces[piece]);
            let expected: Vec<Expected<'_>> =
                here.iter().map(|i| Expected { text: texts[*i], span: line.span(words[*i]), role: Role::Free }).collect();
            support(cepstra, voice, &mut scorer, &expected, params)
        });
        let place = place(&proposal.breaks[index], &here, words, &before, &after);
        if let Some(at) = place {
            move_break(&mut proposal, index, at, words);
        }
    }
    Some(proposal)
}

/// The stretch of transcript that a break may be moved in: not past half way to the next one.
fn surroundings(proposal: &Proposal, index: usize) -> Span<TranscriptTime> {
    let at = &proposal.breaks[index];
    let end = |b: &Break| b.transcript + if b.kind == BreakKind::CutFromMedia { b.len } else { Delta::ZERO };
    let half = |a: TranscriptTime, b: TranscriptTime| TranscriptTime::from_us(a.us().midpoint(b.us()));
    let mut around = Span::new(at.transcript - SEARCH, end(at) + SEARCH);
    if let Some(before) = index.checked_sub(1).map(|i| &proposal.breaks[i]) {
        around.start = around.start.max(half(end(before), at.transcript));
    }
    if let Some(next) = proposal.breaks.get(index + 1) {
        around.end = around.end.min(half(end(at), next.transcript));
    }
    around
}

/// The straight line of a piece, continued past its ends.
#[derive(Clone, Copy)]
struct Line {
    from: TranscriptTime,
    media: MediaTime,
    rate: f64,
}

impl Line {
    fn of(piece: &Piece) -> Self {
        Self { from: piece.span.start, media: piece.media_start, rate: 1.0 + piece.rate_ppm * 1e-6 }
    }

    fn at(&self, t: TranscriptTime) -> MediaTime {
        self.media + Delta::from_us(((t - self.from).us() as f64 * self.rate).round() as i64)
    }

    fn span(&self, span: Span<TranscriptTime>) -> Span<MediaTime> {
        Span::new(self.at(span.start), self.at(span.end))
    }
}

/// How much the sound speaks for each word being where it is expected, against any other speech there, in nats.
fn support(cepstra: &Cepstra, voice: &Voice, scorer: &mut Scorer<'_>, words: &[Expected<'_>], params: &WordParams) -> Vec<f64> {
    let jitter = Jitter::new(SIGMA, STRAY);
    let model: &AcousticModel = &voice.model;
    let mut out = vec![0.0; words.len()];
    // What is expected of a word before it is listened for is no evidence.
    let expected = (f64::from(params.other()) / (1.0 - f64::from(params.other()))).ln();
    for chunk in chunks(words, 0..words.len()) {
        let here = &words[chunk.with.clone()];
        let ways: Vec<_> = here.iter().map(|w| text::pronunciations(w.text, model, &voice.lexicon)).collect();
        let hearing = Hearing::new(cepstra, model, scorer, here, &ways, params, None);
        let Some(said) = hearing.and_then(|h| h.said(&ways, &jitter, SHARE, None)) else { continue };
        for i in chunk.own.clone().filter(|i| !ways[i - chunk.with.start].is_empty()) {
            let said = &said[i - chunk.with.start];
            let total: f64 = said.begins.iter().copied().map(f64::from).sum();
            let other = (f64::from(said.other) / total.max(1e-6)).clamp(1e-6, 1.0 - 1e-6);
            out[i] = (((1.0 - other) / other).ln() + expected).clamp(-MOST_SUPPORT, MOST_SUPPORT);
        }
    }
    out
}

/// The moment of the transcript that a break is best moved to; none where it lies well. `before` and `after` say what speaks for each of the words
/// `here` on the line before and after the break.
fn place(at: &Break, here: &[usize], words: &[Span<TranscriptTime>], before: &[f64], after: &[f64]) -> Option<TranscriptTime> {
    let cut = if at.kind == BreakKind::CutFromMedia { at.len } else { Delta::ZERO };
    let sums = |values: &[f64]| {
        let mut sums = vec![0.0];
        values.iter().for_each(|v| sums.push(sums[sums.len() - 1] + v));
        sums
    };
    let (before, after) = (sums(before), sums(after));
    let moment = |k: usize| match (k.checked_sub(1).map(|p| words[here[p]].end), here.get(k).map(|i| words[*i].start)) {
        (Some(end), Some(start)) if end < start => TranscriptTime::from_us(end.us().midpoint(start.us())),
        (_, Some(start)) => start,
        (end, None) => end.unwrap_or(at.transcript),
    };
    let value = |k: usize| {
        let first = moment(k);
        // Words that were cut are on neither line.
        let next = k + here[k..].iter().take_while(|i| middle(words[**i]) < first + cut).count();
        let pause = match (k.checked_sub(1), here.get(k)) {
            (Some(p), Some(i)) => (words[*i].start - words[here[p]].end).clamp(Delta::ZERO, LONGEST_PAUSE),
            _ => Delta::ZERO,
        };
        before[k] + after[here.len()] - after[next] + PAUSE_SUPPORT * pause.us() as f64 * 1e-6
    };
    let now = here.partition_point(|i| middle(words[*i]) < at.transcript);
    let best = (0..=here.len()).max_by(|a, b| value(*a).total_cmp(&value(*b)))?;
    (best != now && value(best) - value(now) >= LEAST_GAIN).then(|| moment(best))
}

fn middle(word: Span<TranscriptTime>) -> TranscriptTime {
    TranscriptTime::from_us(word.start.us().midpoint(word.end.us()))
}

/// Moves a break of the proposal along the lines on its two sides.
fn move_break(proposal: &mut Proposal, index: usize, at: TranscriptTime, words: &[Span<TranscriptTime>]) {
    let (a, b) = (Line::of(&proposal.pieces[index]), Line::of(&proposal.pieces[index + 1]));
    let old = proposal.breaks[index].clone();
    let cut = |b: &Break| if b.kind == BreakKind::CutFromMedia { b.len } else { Delta::ZERO };
    let on = at + cut(&old);
    let (from, to) = (old.transcript.min(at), (old.transcript + cut(&old)).max(on));
    let mut knots: Vec<Knot> = proposal.map.knots().iter().copied().filter(|k| k.transcript < from || to < k.transcript).collect();
    let new = [Knot { transcript: at, media: a.at(at) }, Knot { transcript: on, media: b.at(on).max(a.at(at)) }];
    let place = knots.partition_point(|k| k.transcript < from);
    knots.splice(place..place, new);
    let Ok(map) = TimeMap::new(knots) else { return };
    proposal.breaks[index] = Break { transcript: at, media: new[0].media, ..old };
    proposal.pieces[index].span.end = at;
    proposal.pieces[index + 1] = Piece {
        span: Span::new(on, proposal.pieces[index + 1].span.end.max(on)),
        media_start: new[1].media,
        ..proposal.pieces[index + 1].clone()
    };
    proposal.residuals.iter_mut().for_each(|r| *r = r.under(&map));
    proposal.map = map;
    let gone = |w: &Span<TranscriptTime>| proposal.breaks.iter().any(|b| b.transcript <= middle(*w) && middle(*w) < b.transcript + cut(b));
    proposal.absent = (0..words.len()).filter(|i| gone(&words[*i])).map(|i| i as u32).collect();
}

/// The proposal with each of its pieces moved to where its words were heard, which settles how long a break is; findings go by the new map.
/// Proposals of one piece stay as they are, and so do those that a person's anchors hold.
pub fn settle(proposal: Proposal, words: &[Span<TranscriptTime>], heard: &mut [Option<Heard>]) -> Proposal {
    let mut knots = proposal.map.knots().to_vec();
    if proposal.breaks.is_empty() || knots.len() != 2 * proposal.pieces.len() {
        return proposal;
    }
    let piece_of = |t: TranscriptTime| proposal.pieces.partition_point(|p| p.span.start <= t).saturating_sub(1);
    let mut off: Vec<Vec<f64>> = vec![vec![]; proposal.pieces.len()];
    for (word, found) in words.iter().zip(heard.iter()) {
        if let Some(found) = found.as_ref().filter(|f| f.confidence >= SETTLING) {
            off[piece_of(word.start)].push((found.span.start - found.mapped).us() as f64);
        }
    }
    let shift = |mut off: Vec<f64>| if off.len() < SETTLING_WORDS { 0 } else { median(&mut off).round() as i64 };
    let shifts: Vec<Delta> = off.into_iter().map(|o| Delta::from_us(shift(o))).collect();
    let mut settled = proposal.clone();
    knots.iter_mut().enumerate().for_each(|(i, knot)| knot.media = knot.media + shifts[i / 2]);
    settled.pieces.iter_mut().zip(&shifts).for_each(|(piece, shift)| piece.media_start = piece.media_start + *shift);
    for (i, b) in settled.breaks.iter_mut().enumerate() {
        b.media = b.media + shifts[i];
        let more = shifts[i + 1] - shifts[i];
        if b.kind == BreakKind::InsertInMedia {
            b.len += more;
            continue;
        }
        // The media stands still over a cut, so the line after it begins earlier or later.
        let less = Delta::from_us((more.us() as f64 / (1.0 + settled.pieces[i + 1].rate_ppm * 1e-6)).round() as i64);
        b.len = b.len - less;
        let start = &mut knots[2 * i + 2];
        *start = Knot { transcript: start.transcript - less, media: start.media - more };
        let piece = &mut settled.pieces[i + 1];
        piece.span.start = piece.span.start - less;
        piece.media_start = piece.media_start - more;
    }
    let Ok(map) = TimeMap::new(knots) else { return proposal };
    for (word, found) in words.iter().zip(heard.iter_mut()) {
        if let Some(found) = found {
            found.mapped = map.map_span(*word).start;
        }
    }
    settled.residuals.iter_mut().for_each(|r| *r = r.under(&map));
    settled.map = map;
    settled
}

/// Words heard with less confidence, and fewer words than this, settle nothing.
const SETTLING: f32 = 0.8;
const SETTLING_WORDS: usize = 30;
