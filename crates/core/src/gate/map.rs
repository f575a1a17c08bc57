//! Where the words lie: drift that is left, words without media, pieces and jumps of the map, and how sure the aligner is.

use super::measure::{line, plain, signed, standing};
use super::{GateId, Inputs, Measure, Place};
use crate::align::Residual;
use crate::time::{Delta, MediaTime, Span, TranscriptTime};
use crate::time_map::{Knot, TimeMap};
use crate::transcript::WordId;

/// Drift is judged over stretches of this length, on a grid from transcript time 0, so that a place keeps its identity.
const DRIFT_STRETCH: Delta = Delta::from_us(30_000_000);
/// Words may reach past the end of the media by this: rounding and jitter of the recogniser.
const END_MARGIN: Delta = Delta::from_us(100_000);
/// A piece of the map shorter than this says nothing about rate.
const SHORTEST_PIECE: Delta = Delta::from_us(10_000_000);
/// A smaller jump of the map is rounding at a seam.
const SMALLEST_JUMP: Delta = Delta::from_us(50_000);
/// How much of the transcript on either side of a jump is its place.
const AROUND_JUMP: Delta = Delta::from_us(500_000);

pub(super) fn measure(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    drift(inputs, out);
    outside(inputs, out);
    if let (Some(map), Some(extent)) = (inputs.map, extent(inputs)) {
        rates(map, extent, out);
        jumps(map, extent, out);
    }
    confidence(inputs, out);
}

/// The stretch of the transcript that has words.
fn extent(inputs: &Inputs<'_>) -> Option<Span<TranscriptTime>> {
    let words = &inputs.transcript.words;
    let (start, end) = (words.iter().map(|w| w.span.start).min()?, words.iter().map(|w| w.span.end).max()?);
    Some(Span::new(start, end))
}

/// How far each straight piece runs from rate 1, where words lie on it.
fn rates(map: &TimeMap, extent: Span<TranscriptTime>, out: &mut Vec<Measure>) {
    for pair in map.knots().windows(2) {
        let (run, rise) = (pair[1].transcript - pair[0].transcript, pair[1].media - pair[0].media);
        let here = Span::new(pair[0].transcript, pair[1].transcript).overlap(extent);
        if let Some(here) = here.filter(|here| here.len() >= SHORTEST_PIECE && rise > Delta::ZERO) {
            let ppm = (rise.us() as f64 / run.us() as f64 - 1.0) * 1e6;
            out.push(signed(GateId::MapRate, Place::Transcript(here), ppm));
        }
    }
}

/// Time of one clock that the other one leaps over: positive where the media has more.
fn jumps(map: &TimeMap, extent: Span<TranscriptTime>, out: &mut Vec<Measure>) {
    let leap = |a: &Knot, b: &Knot| match (b.transcript - a.transcript, b.media - a.media) {
        (run, rise) if run <= Delta::ZERO => rise,
        (run, rise) if rise <= Delta::ZERO => -run,
        _ => Delta::ZERO,
    };
    for pair in map.knots().windows(2) {
        let leap = leap(&pair[0], &pair[1]);
        let inside = extent.start <= pair[1].transcript && pair[0].transcript <= extent.end;
        if inside && leap.abs() >= SMALLEST_JUMP {
            let place = Span::new(pair[0].transcript - AROUND_JUMP, pair[1].transcript + AROUND_JUMP);
            out.push(signed(GateId::MapBreak, Place::Transcript(place), leap.us() as f64 / 1e6));
        }
    }
}

/// The mean over the words of a line that were listened for.
fn confidence(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    for segment in &inputs.transcript.segments {
        let sure: Vec<f64> = standing(inputs, segment).iter().filter_map(|w| w.alignment_confidence.map(f64::from)).collect();
        if !sure.is_empty() {
            out.push(plain(GateId::AlignmentConfidence, line(segment), 100.0 * sure.iter().sum::<f64>() / sure.len() as f64));
        }
    }
}

/// The median of what is left of the drift, stretch by stretch.
fn drift(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    let stretch = |r: &Residual| r.at.us().div_euclid(DRIFT_STRETCH.us());
    let clear: Vec<&Residual> = inputs.residuals.iter().filter(|r| r.is_clear()).collect();
    for group in clear.chunk_by(|a, b| stretch(a) == stretch(b)) {
        let mut left: Vec<i64> = group.iter().map(|r| r.left.us()).collect();
        left.sort_unstable();
        let (Some(&median), Some(first)) = (left.get(left.len() / 2), group.first()) else { continue };
        let start = TranscriptTime::from_us(stretch(first).saturating_mul(DRIFT_STRETCH.us()));
        let place = Place::Transcript(Span::new(start, start + DRIFT_STRETCH));
        out.push(signed(GateId::ResidualOffset, place, median as f64 / 1_000.0));
    }
}

/// Runs of neighbouring words that the media has no sound for; a transcript without any gives one measure of 0.
fn outside(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    let words: Vec<(WordId, bool)> = inputs
        .placed
        .iter()
        .filter(|w| !w.text.is_empty())
        .map(|w| (w.id, !w.in_media || w.span.start < MediaTime::ZERO || w.span.end > inputs.duration + END_MARGIN))
        .collect();
    for run in words.chunk_by(|a, b| a.1 == b.1) {
        if let (Some((first, true)), Some((last, _))) = (run.first(), run.last()) {
            let place = Place::Words { first: *first, end: last.end() };
            out.push(plain(GateId::WordsOutsideMedia, place, run.len() as f64));
        }
    }
}
