//! Where the words change from one line to another: an exact search over all ways to cut the transcript.

use super::signal::{HOPS_PER_S, Signal};
use super::track::{DECIMATION, Pin};

/// A stretch of scaled transcript that follows one of the candidate lines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Followed {
    /// Index of the candidate.
    pub line: usize,
    /// First hop of the scaled transcript inside.
    pub from: f64,
    /// First hop past the end.
    pub to: f64,
}

/// Hops either side of a word's edge where a break may lie: words have jitter.
const EDGE: i64 = 6;
/// A gap of a second, at a break, is worth this share of the cost of a break: cuts are made in pauses.
const PAUSE_WORTH: f32 = 0.1;
/// So many hops either side of a pin are its word, wherever its edge lies to the jitter.
const AT: f64 = 10.0;
/// How far around a pin its line is preferred, in hops.
const AROUND: f64 = 15.0 * HOPS_PER_S;
/// No way back: the line was followed before.
const STAYS: u8 = u8::MAX;

/// The best way to follow lines of constant `offsets` (hops, at most 254 of them, the first is the fallback) through the transcript.
///
/// Viterbi's algorithm with a state per line. A change to a later line skips media (an insert there); a change to an earlier one skips as
/// much transcript (it was cut from the media), which then scores nothing. Each change costs `cost`, in sums of envelope times mask per
/// hop, and lies between words. Lines that lead past one of `pins` cost a break for every sample at it, and `doubt` farther around it, so
/// that the sound has to be clear to leave the pin's line there.
pub(super) fn follow(media: &Signal, mask: &Signal, places: &[f32], offsets: &[f64], cost: f32, pins: &[Pin], doubt: f32) -> Vec<Followed> {
    let (media, words) = (media.decimated(DECIMATION), mask.decimated(DECIMATION));
    let lags: Vec<i64> = offsets.iter().map(|o| (o / DECIMATION as f64).round() as i64).collect();
    let (lines, len) = (lags.len(), words.values.len());
    if lines == 0 || len == 0 {
        return Vec::new();
    }
    let cost = cost / DECIMATION as f32;
    let held: Vec<Option<(&Pin, bool)>> = (0..len)
        .map(|at| {
            let at = (words.first + at as i64) as f64 * DECIMATION as f64;
            let pin = Pin::nearest(pins, at, AROUND).filter(|pin| offsets.iter().any(|o| pin.allows(*o)))?;
            Some((pin, (pin.at - at).abs() <= AT))
        })
        .collect();
    let mut pinned = vec![0u32];
    pinned.extend(held.iter().scan(0, |sum, held| {
        *sum += u32::from(held.is_some_and(|h| h.1));
        Some(*sum)
    }));
    let strays = |at: usize, line: usize| match held[at] {
        Some((pin, at_it)) if !pin.allows(offsets[line]) => {
            if at_it {
                cost
            } else {
                doubt
            }
        }
        _ => 0.0,
    };
    let place = |at: usize| places.get(at * DECIMATION).copied().filter(|p| *p >= 0.0);
    let mut totals = vec![0.0f32; (len + 1) * lines];
    let mut back = vec![STAYS; (len + 1) * lines];
    for at in 0..len {
        let clock = words.first + at as i64;
        for line in 0..lines {
            let gain = words.values[at] * media.at(clock + lags[line]);
            totals[(at + 1) * lines + line] = totals[at * lines + line] + gain - strays(at, line);
        }
        let Some(here) = place(at + 1) else { continue };
        let row = at + 1;
        let before: Vec<f32> = totals[row * lines..(row + 1) * lines].to_vec();
        for (to, from) in (0..lines).flat_map(|to| (0..lines).map(move |from| (to, from))) {
            let skipped = (lags[from] - lags[to]).max(0) as usize;
            let candidate = match row.checked_sub(skipped) {
                _ if from == to => continue,
                Some(_) if skipped == 0 => before[from] - cost * (1.0 - PAUSE_WORTH * here),
                Some(left) => match place(left) {
                    Some(there) => {
                        let lost = cost * (pinned[row] - pinned[left]) as f32;
                        totals[left * lines + from] - cost * (1.0 - PAUSE_WORTH * 0.5 * (here + there)) - lost
                    }
                    None => continue,
                },
                None => continue,
            };
            if candidate > totals[row * lines + to] {
                totals[row * lines + to] = candidate;
                back[row * lines + to] = from as u8;
            }
        }
    }
    trace(&totals, &back, &lags, len, words.first)
}

/// The way back through the tables of [`follow`].
fn trace(totals: &[f32], back: &[u8], lags: &[i64], len: usize, first: i64) -> Vec<Followed> {
    let lines = lags.len();
    let hops = |at: usize| (first + at as i64) as f64 * DECIMATION as f64;
    let mut line = (0..lines).fold(0, |best, l| if totals[len * lines + l] > totals[len * lines + best] { l } else { best });
    let (mut at, mut end) = (len, len);
    let mut found = Vec::new();
    while at > 0 {
        match back[at * lines + line] {
            STAYS => at -= 1,
            from => {
                found.push(Followed { line, from: hops(at), to: hops(end) });
                at -= (lags[usize::from(from)] - lags[line]).max(0) as usize;
                end = at;
                line = usize::from(from);
            }
        }
    }
    found.push(Followed { line, from: hops(0), to: hops(end) });
    found.reverse();
    found
}

/// For each hop of the mask that covers `stretches` (scaled), how good a place for a break it is: negative inside words, else the length
/// of the gap around it in seconds, at most 1.
pub(super) fn places(mask: &Signal, words: impl Iterator<Item = (f64, f64)>) -> Vec<f32> {
    let len = mask.values.len() as i64;
    let mut places = vec![-1.0f32; mask.values.len()];
    let mut sorted: Vec<(f64, f64)> = words.collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut reached = mask.first as f64;
    for (start, end) in sorted {
        let worth = ((start - reached) / HOPS_PER_S).clamp(0.0, 1.0) as f32;
        let (a, b) = (reached.min(start).round() as i64 - mask.first - EDGE, start.round() as i64 - mask.first + EDGE);
        // Overlapping words (two channels) leave no gap: such an edge is a place only if the words overlap by no more than jitter.
        if start + 2.0 * EDGE as f64 >= reached {
            for at in a.max(0)..b.min(len) {
                places[at as usize] = places[at as usize].max(worth);
            }
        }
        reached = reached.max(end);
    }
    for at in (reached.round() as i64 - mask.first).clamp(0, len)..len {
        places[at as usize] = places[at as usize].max(0.0);
    }
    places
}
