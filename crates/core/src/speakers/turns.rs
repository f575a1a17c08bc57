//! Where one speaker ends and the next begins.

use super::sums::{Sums, Voice, bic};
use std::ops::Range;

/// Cuts words, given by their sums, where the voice may change: at words where two Gaussians for the `window` frames before and after are better
/// than one, by the most within `least` frames (Chen and Gopalakrishnan 1998, with a window that slides, as Delacourt and Wellekens 2000). What is cut in
/// vain is put together later.
pub(super) fn stretches(words: &[Sums], window: f64, least: f64, penalty: f64) -> Vec<Range<usize>> {
    let gains: Vec<Option<f64>> = (0..words.len()).map(|at| gain(words, at, window, least, penalty)).collect();
    let begins = frames_before(words);
    let mut cuts = vec![0];
    for at in 0..words.len() {
        let Some(gain) = gains[at] else { continue };
        let near = |other: &usize| (begins[*other] - begins[at]).abs() < least;
        let before = (0..at).rev().take_while(near).all(|other| gains[other].is_none_or(|g| g < gain));
        let after = (at + 1..words.len()).take_while(near).all(|other| gains[other].is_none_or(|g| g <= gain));
        if before && after {
            cuts.push(at);
        }
    }
    let ends = cuts.iter().copied().skip(1).chain([words.len()]);
    cuts.iter().copied().zip(ends).map(|(start, end)| start..end).filter(|stretch| !stretch.is_empty()).collect()
}

/// How much better two Gaussians are than one where word `at` begins; none at the ends and where one is good enough.
fn gain(words: &[Sums], at: usize, window: f64, least: f64, penalty: f64) -> Option<f64> {
    let before = sum_up(words[..at].iter().rev(), window);
    let after = sum_up(words[at..].iter(), window);
    if before.frames < least || after.frames < least {
        return None;
    }
    let gain = bic(&before, before.cost(), &after, after.cost(), penalty);
    (gain > 0.0).then_some(gain)
}

/// The words of at least `window` frames, or all that there are.
fn sum_up<'a>(words: impl Iterator<Item = &'a Sums>, window: f64) -> Sums {
    let mut sums = Sums::default();
    for word in words {
        if sums.frames >= window {
            break;
        }
        sums.add(word);
    }
    sums
}

/// For each word how many frames come before it.
fn frames_before(words: &[Sums]) -> Vec<f64> {
    let mut frames = 0.0;
    words
        .iter()
        .map(|word| {
            let before = frames;
            frames += word.frames;
            before
        })
        .collect()
}

/// For each word the voice that speaks: the likeliest sequence in which every turn has `least` frames or more and a change costs `penalty` nats
/// (Viterbi 1967). Empty where there are fewer frames than that, or no voices.
pub(super) fn turns(words: &[Sums], voices: &[Voice], least: f64, penalty: f64) -> Vec<u16> {
    let count = voices.len();
    let all: f64 = words.iter().map(|word| word.frames).sum();
    if count == 0 || words.is_empty() || all < least {
        return vec![];
    }
    // What the words before each one are worth under each voice: word by word.
    let mut sums = vec![0.0; count];
    for word in words {
        let last = sums.len() - count;
        for (k, voice) in voices.iter().enumerate() {
            sums.push(sums[last + k] + voice.likelihood(word));
        }
    }
    let worth = |range: Range<usize>, k: usize| sums[range.end * count + k] - sums[range.start * count + k];
    let begins = frames_before(words);
    // The best that the words up to each one are worth where a voice has spoken long enough, and who spoke before where it has just.
    let mut best = vec![f64::NEG_INFINITY; words.len() * count];
    let mut entered: Vec<Option<(u16, usize)>> = vec![None; words.len() * count];
    // The first word that no turn which is long enough began with yet.
    let mut first = 0;
    for at in 0..words.len() {
        let end = begins[at] + words[at].frames;
        // Turns that are long enough from this word on: those that begin with these words. A long word may end several at once.
        let mut starts = first..first;
        while starts.end <= at && end - begins[starts.end] >= least {
            starts.end += 1;
        }
        first = starts.end;
        for k in 0..count {
            let mut value = at.checked_sub(1).map_or(f64::NEG_INFINITY, |before| best[before * count + k] + worth(at..at + 1, k));
            for start in starts.clone() {
                let others = (0..count).filter(|j| *j != k);
                let from = match start.checked_sub(1) {
                    None => Some((0.0, k)),
                    Some(before) => others.map(|j| (best[before * count + j] - penalty, j)).max_by(|a, b| a.0.total_cmp(&b.0)),
                };
                let Some((before, who)) = from else { continue };
                let enters = before + worth(start..at + 1, k);
                if enters > value {
                    value = enters;
                    entered[at * count + k] = Some((who as u16, start));
                }
            }
            best[at * count + k] = value;
        }
    }
    backwards(words.len(), count, &best, &entered)
}

/// Reads the best sequence from its end.
fn backwards(words: usize, count: usize, best: &[f64], entered: &[Option<(u16, usize)>]) -> Vec<u16> {
    let mut said = vec![0; words];
    let last = (words - 1) * count;
    let mut k = (0..count).max_by(|a, b| best[last + a].total_cmp(&best[last + b])).unwrap_or(0);
    let mut end = words;
    while end > 0 {
        let at = end - 1;
        let Some((before, start)) = entered[at * count + k] else {
            said[at] = k as u16;
            end = at;
            continue;
        };
        said[start..end].fill(k as u16);
        end = start;
        k = usize::from(before);
    }
    said
}
