//! What the sound says about a given map, window by window.

use super::signal::{Correlator, Signal, stretches};
use super::{Envelope, HOP, Params, Residual};
use crate::time::{Delta, MediaTime, Span, TranscriptTime};
use crate::time_map::{Side, TimeMap};

/// A peak this near to the best one, in hops, is the same peak.
const SAME_PEAK: usize = 50;

/// Residuals of a map, and how the whole fits.
pub(super) struct Measured {
    pub residuals: Vec<Residual>,
    /// Mean normalised correlation of the windows at the map, 0..1.
    pub score: f32,
    /// The same for each window, by its centre on the transcript's clock.
    pub fits: Vec<(TranscriptTime, f32)>,
}

/// How far the words of each window, mapped by `map`, lie from the sound. `left` is that distance, `drift` the one against the identity.
///
/// Windows and reach are those of `params`; a window without an edge of a word in it is left out. A `score` near 0 says that another
/// place would have fitted the window just as well: such a window says nothing.
pub fn measure(envelope: &Envelope, words: &[Span<TranscriptTime>], map: &TimeMap, params: &Params) -> Vec<Residual> {
    let signal = Signal::of_envelope(envelope, params.surroundings_hops());
    measured(&signal, words, map, params).residuals
}

pub(super) fn measured(signal: &Signal, words: &[Span<TranscriptTime>], map: &TimeMap, params: &Params) -> Measured {
    let reach = params.residual_reach_hops();
    let (window, lags) = (params.window_hops(), 2 * reach + 1);
    let end = (signal.values.len() + reach) as f64;
    let placed = stretches(words.iter().map(|w| map.map_span(*w)), MediaTime::us, -(reach as f64), end);
    let mask = Signal::mask(&placed, 1.0).less_mean(params.surroundings_hops());
    let mut correlator = Correlator::new(signal, window, lags);
    let mut found = Vec::new();
    let mut out = Measured { residuals: Vec::new(), score: 0.0, fits: Vec::new() };
    let mut at = 0;
    while at < mask.values.len() && (at == 0 || at + window / 2 < mask.values.len()) {
        let pattern = &mask.values[at..(at + window).min(mask.values.len())];
        let first = mask.first + at as i64;
        if correlator.slide(signal, first - reach as i64, pattern, lags, &mut found).is_some() {
            let centre = MediaTime::from_us((first + pattern.len() as i64 / 2) * HOP.us());
            let transcript = map.to_transcript(centre, Side::Before);
            out.residuals.push(residual(&found, reach, transcript, map.to_media(transcript, Side::Before)));
            out.fits.push((transcript, found[reach].clamp(0.0, 1.0)));
        }
        at += params.window_hop_hops();
    }
    out.score = out.fits.iter().map(|f| f.1).sum::<f32>() / out.fits.len().max(1) as f32;
    out
}

fn residual(found: &[f32], reach: usize, at: TranscriptTime, mapped: MediaTime) -> Residual {
    let peak = (0..found.len()).fold(reach, |best, i| if found[i] > found[best] { i } else { best });
    let rival = found.iter().enumerate().filter(|(i, _)| i.abs_diff(peak) > SAME_PEAK).map(|(_, v)| *v).fold(0.0, f32::max);
    let score = if found[peak] > 0.0 { (1.0 - rival / found[peak]).clamp(0.0, 1.0) } else { 0.0 };
    let left_hops = peak as f64 + vertex(found, peak) - reach as f64;
    let left = Delta::from_us((left_hops * HOP.us() as f64).round() as i64);
    Residual { at, drift: Delta::from_us(mapped.us() - at.us()) + left, left, score }
}

/// How far from `peak` the vertex of the parabola through it and its neighbours lies: -0.5..0.5.
fn vertex(values: &[f32], peak: usize) -> f64 {
    let (Some(before), Some(after)) = (peak.checked_sub(1).map(|i| values[i]), values.get(peak + 1)) else { return 0.0 };
    let bend = before - 2.0 * values[peak] + after;
    if bend < 0.0 { f64::from(0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 }
}
