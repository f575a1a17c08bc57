//! Windows by a budget of tokens, on borders of sentences and shots, each seeing a little of its neighbours.

use crate::time::{Delta, MediaTime, Span};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A frame that may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// When.
    pub at: MediaTime,
    /// How many tokens it is.
    pub tokens: u32,
}

/// A sentence that is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// When.
    pub span: Span<MediaTime>,
    /// How many tokens it is, with all that stands beside it.
    pub tokens: u32,
}

/// How large windows may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, rename = "WindowRules")]
pub struct Rules {
    /// Tokens of frames and sentences at most.
    pub tokens: u32,
    /// Frames at most.
    pub frames: u32,
    /// How much of the media a window answers for at most, in µs.
    #[serde(rename = "longest_us")]
    pub longest: Delta,
    /// How much it sees of each neighbour at most, in µs.
    #[serde(rename = "overlap_us")]
    pub overlap: Delta,
}

/// A part of the media that is asked about at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The part that it alone answers for: these parts make up the media.
    pub own: Span<MediaTime>,
    /// All that it sees: its own part and some of its neighbours'.
    pub sees: Span<MediaTime>,
    /// Its frames.
    pub frames: Range<usize>,
    /// Its sentences.
    pub said: Range<usize>,
    /// Tokens of both.
    pub tokens: u32,
}

/// Windows over `0..end` of the media. `frames` are in order; `said` is in order of its starts; `shots` are the times at which a shot begins, in order.
///
/// Every moment is one window's own, and every frame and sentence is seen by the window whose own part it begins in. A window keeps to the rules, but for one
/// that a single frame or sentence is too much for. It ends where a sentence and a shot end together, else where a sentence does, else at a shot,
/// of all places in the latter half of what fits; where there is none, as late as it can.
pub fn split(end: MediaTime, frames: &[Shown], said: &[Said], shots: &[MediaTime], rules: &Rules) -> Vec<Window> {
    let media = Media { frames, said, reach: reach(said), end, rules };
    let mut windows = vec![];
    let mut start = MediaTime::ZERO;
    while start < end {
        let stop = media.stop(start, shots);
        windows.push(media.window(start, stop));
        start = stop;
    }
    windows
}

struct Media<'a> {
    frames: &'a [Shown],
    said: &'a [Said],
    /// The latest end of the sentences up to each one: starts are in order, ends need not be.
    reach: Vec<MediaTime>,
    end: MediaTime,
    rules: &'a Rules,
}

fn reach(said: &[Said]) -> Vec<MediaTime> {
    let latest = |latest: &mut MediaTime, s: &Said| {
        *latest = (*latest).max(s.span.end);
        Some(*latest)
    };
    said.iter().scan(MediaTime::ZERO, latest).collect()
}

impl Media<'_> {
    /// The frames and sentences of a part. Sentences belong to a part that they begin in, or reach into.
    fn content(&self, part: Span<MediaTime>) -> (Range<usize>, Range<usize>) {
        let frames = self.frames.partition_point(|f| f.at < part.start)..self.frames.partition_point(|f| f.at < part.end);
        let until = self.said.partition_point(|s| s.span.start < part.end);
        let from = self.reach.partition_point(|reach| *reach <= part.start).min(self.said.partition_point(|s| s.span.start < part.start));
        // Of those, what ended before is left out only at the front: ranges have no holes.
        (frames, from.min(until)..until)
    }

    fn tokens(&self, (frames, said): &(Range<usize>, Range<usize>)) -> u64 {
        let frames: u64 = self.frames[frames.clone()].iter().map(|f| u64::from(f.tokens)).sum();
        frames + self.said[said.clone()].iter().map(|s| u64::from(s.tokens)).sum::<u64>()
    }

    fn fits(&self, part: Span<MediaTime>) -> bool {
        let content = self.content(part);
        content.0.len() as u64 <= u64::from(self.rules.frames.max(1)) && self.tokens(&content) <= u64::from(self.rules.tokens)
    }

    /// A part with what it may see of its neighbours.
    fn widened(&self, part: Span<MediaTime>, overlap: Delta) -> Span<MediaTime> {
        Span::new((part.start - overlap).max(MediaTime::ZERO), (part.end + overlap).min(self.end))
    }

    /// Where the window that begins at `start` ends.
    fn stop(&self, start: MediaTime, shots: &[MediaTime]) -> MediaTime {
        let longest = self.rules.longest.max(Delta::from_us(1));
        let most = (start + longest).min(self.end);
        let last = self.last_that_fits(start, most);
        if last == self.end {
            return last;
        }
        let half = start + Delta::from_us((last - start).us() / 2);
        let latter = Span::new(half, last);
        let inside = |at: MediaTime| latter.start < at && at <= latter.end;
        let gap = |at: MediaTime| self.is_between_sentences(at);
        let shot = shots.iter().rev().copied().filter(|at| inside(*at));
        let pause = self.said.iter().map(|s| s.span.start).chain(self.reach.iter().copied()).filter(|at| inside(*at) && gap(*at)).max();
        shot.clone().find(|at| gap(*at)).or(pause).or_else(|| shot.clone().next()).unwrap_or(last)
    }

    fn is_between_sentences(&self, at: MediaTime) -> bool {
        let before = self.said.partition_point(|s| s.span.start < at);
        before == 0 || self.reach[before - 1] <= at
    }

    /// The latest place up to `most` for which the window still fits with all that it sees; without its neighbours where it can't; and past its first frame or
    /// sentence at least.
    fn last_that_fits(&self, start: MediaTime, most: MediaTime) -> MediaTime {
        let alone = self.last_within(start, most, Delta::ZERO);
        let with_neighbours = self.last_within(start, most, self.rules.overlap);
        // Where neighbours would take two thirds of the budget or more, less is seen of them.
        let last = if (with_neighbours - start).us() * 3 >= (alone - start).us() { with_neighbours } else { alone };
        if last - start >= SHORTEST || last == self.end {
            return last;
        }
        let after = |at: MediaTime| (at > start).then_some(at);
        let next_frame = self.frames.iter().filter_map(|f| after(f.at)).next();
        let next_said = self.said.iter().filter_map(|s| after(s.span.start)).next();
        [next_frame, next_said].into_iter().flatten().min().unwrap_or(most).max(start + SHORTEST).min(most)
    }

    /// The latest place up to `most` for which the window fits with this much of its neighbours; `start` where none does.
    fn last_within(&self, start: MediaTime, most: MediaTime, overlap: Delta) -> MediaTime {
        let fits = |stop: i64| self.fits(self.widened(Span::new(start, MediaTime::from_us(stop)), overlap));
        if fits(most.us()) {
            return most;
        }
        // More never fits where less does not.
        let (mut good, mut bad) = (start.us(), most.us());
        while bad - good > 1 {
            let middle = good + (bad - good) / 2;
            if fits(middle) { good = middle } else { bad = middle }
        }
        MediaTime::from_us(good)
    }

    /// The window over a part, which sees as much of its neighbours as fits.
    fn window(&self, start: MediaTime, stop: MediaTime) -> Window {
        let own = Span::new(start, stop);
        let overlap = [1, 2, 4, 8].map(|share| Delta::from_us(self.rules.overlap.us() / share)).into_iter();
        let sees = overlap.map(|overlap| self.widened(own, overlap)).find(|sees| self.fits(*sees)).unwrap_or(own);
        let content = self.content(sees);
        let tokens = u32::try_from(self.tokens(&content)).unwrap_or(u32::MAX);
        Window { own, sees, frames: content.0, said: content.1, tokens }
    }
}

/// No window answers for less, but for the last.
const SHORTEST: Delta = Delta::from_us(100_000);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn s(seconds: i64) -> MediaTime {
        MediaTime::from_ms(seconds * 1_000)
    }

    fn said(spans: &[(i64, i64)]) -> Vec<Said> {
        spans.iter().map(|(a, b)| Said { span: Span::new(s(*a), s(*b)), tokens: 10 }).collect()
    }

    fn frames(every: i64, end: i64, tokens: u32) -> Vec<Shown> {
        (0..end).step_by(every as usize).map(|at| Shown { at: s(at), tokens }).collect()
    }

    const RULES: Rules = Rules { tokens: 1_000, frames: 20, longest: Delta::from_us(60_000_000), overlap: Delta::from_us(5_000_000) };

    fn owns(windows: &[Window]) -> Vec<(i64, i64)> {
        windows.iter().map(|w| (w.own.start.us() / 1_000_000, w.own.end.us() / 1_000_000)).collect()
    }

    #[test]
    fn windows_end_at_sentences_and_shots() {
        let talk = said(&[(0, 10), (12, 38), (40, 55), (56, 90), (90, 119)]);
        for (what, said, shots, expected) in [
            ("a sentence and a shot", &talk[..], vec![s(39), s(50)], vec![(0, 39), (39, 90), (90, 120)]),
            ("a sentence alone", &talk[..], vec![s(50)], vec![(0, 56), (56, 90), (90, 120)]),
            ("a shot alone", &said(&[(0, 120)])[..], vec![s(50)], vec![(0, 50), (50, 110), (110, 120)]),
            ("nothing", &[][..], vec![], vec![(0, 60), (60, 120)]),
        ] {
            assert_eq!(owns(&split(s(120), &[], said, &shots, &RULES)), expected, "{what}");
        }
        assert!(split(s(0), &[], &[], &[], &RULES).is_empty());
    }

    #[test]
    fn windows_keep_to_the_budget_and_see_their_neighbours() {
        let windows = split(s(100), &frames(2, 100, 100), &[], &[], &RULES);
        assert!(windows.iter().all(|w| w.tokens <= 1_000 && w.frames.len() <= 20), "{windows:?}");
        let first = &windows[0];
        assert_eq!(first.sees.start, s(0));
        assert!(first.sees.end > first.own.end && windows[1].sees.start < windows[1].own.start);
    }

    #[test]
    fn what_is_too_much_for_any_window_has_one_of_its_own() {
        let windows = split(s(10), &frames(2, 10, 5_000), &[], &[], &RULES);
        assert_eq!(windows.iter().filter(|w| w.frames.len() == 1).count(), windows.len(), "{windows:?}");
        assert_eq!(windows.len(), 5);
    }

    fn sentences() -> impl Strategy<Value = Vec<Said>> {
        prop::collection::vec((0i64..300_000, 1i64..30_000, 0u32..80), 0..60).prop_map(|mut all| {
            all.sort_unstable();
            let said = |(at, length, tokens): (i64, i64, u32)| Said {
                span: Span::new(MediaTime::from_ms(at), MediaTime::from_ms(at + length)),
                tokens,
            };
            all.into_iter().map(said).collect()
        })
    }

    fn pictures() -> impl Strategy<Value = Vec<Shown>> {
        prop::collection::vec((0i64..300_000, 0u32..400), 0..200).prop_map(|mut all| {
            all.sort_unstable();
            all.into_iter().map(|(at, tokens)| Shown { at: MediaTime::from_ms(at), tokens }).collect()
        })
    }

    proptest! {
        #[test]
        fn nothing_is_lost(frames in pictures(), said in sentences(), mut shots in prop::collection::vec(0i64..300_000, 0..40),
                           tokens in 50u32..3_000, most in 1u32..30, longest in 1i64..120, overlap in 0i64..20) {
            shots.sort_unstable();
            let shots: Vec<MediaTime> = shots.into_iter().map(MediaTime::from_ms).collect();
            let rules = Rules { tokens, frames: most, longest: Delta::from_us(longest * 1_000_000), overlap: Delta::from_us(overlap * 1_000_000) };
            let end = MediaTime::from_ms(300_000);
            let windows = split(end, &frames, &said, &shots, &rules);
            // The own parts make up the media.
            let mut at = MediaTime::ZERO;
            for w in &windows {
                prop_assert_eq!(w.own.start, at);
                prop_assert!(w.own.end > at && w.own.end - w.own.start <= rules.longest);
                prop_assert!(w.sees.start <= w.own.start && w.sees.end >= w.own.end);
                prop_assert!(w.own.start - w.sees.start <= rules.overlap && w.sees.end - w.own.end <= rules.overlap);
                at = w.own.end;
            }
            prop_assert_eq!(at, end);
            for (n, frame) in frames.iter().enumerate() {
                let owner = windows.iter().find(|w| w.own.start <= frame.at && frame.at < w.own.end);
                prop_assert!(owner.is_some_and(|w| w.frames.contains(&n)));
            }
            for (n, sentence) in said.iter().enumerate() {
                let owner = windows.iter().find(|w| w.own.start <= sentence.span.start && sentence.span.start < w.own.end);
                prop_assert!(owner.is_some_and(|w| w.said.contains(&n)));
            }
        }

        #[test]
        fn windows_fit_where_each_thing_does(times in prop::collection::vec(0i64..1_000, 1..300), longest in 5i64..100) {
            // Frames a second apart at most and sentences that follow each other: everything fits into the smallest window.
            let mut times = times;
            times.sort_unstable();
            times.dedup();
            let frames: Vec<Shown> = times.iter().map(|at| Shown { at: s(*at), tokens: 90 }).collect();
            let said: Vec<Said> = times.iter().map(|at| Said { span: Span::new(s(*at), s(at + 1)), tokens: 20 }).collect();
            let rules = Rules { tokens: 700, frames: 6, longest: Delta::from_us(longest * 1_000_000), overlap: Delta::from_us(3_000_000) };
            for w in split(s(1_000), &frames, &said, &[], &rules) {
                prop_assert!(w.tokens <= 700 && w.frames.len() <= 6, "{:?}", w);
            }
        }
    }
}
