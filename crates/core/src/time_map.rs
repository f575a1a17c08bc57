//! The map from transcript time to media time.

use crate::time::{Delta, MediaTime, Span, TranscriptTime, clamp};
use serde::{Deserialize, Serialize};

/// A point that the map passes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Knot {
    /// Where on the transcript's clock.
    #[serde(rename = "transcript_us")]
    pub transcript: TranscriptTime,
    /// Where on the media's clock.
    #[serde(rename = "media_us")]
    pub media: MediaTime,
}

/// All of the transcript's clock.
pub const ALWAYS: Span<TranscriptTime> = Span { start: TranscriptTime::from_us(i64::MIN), end: TranscriptTime::from_us(i64::MAX) };

/// A pair of moments that a person said belong together. The map is bent to pass through it.
pub type Anchor = Knot;

/// Which limit to take where the map is not a function: at a jump, a word that starts there lies after it and a
/// word that ends there lies before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The limit from below: for ends.
    Before,
    /// The limit from above: for starts.
    After,
}

/// Knots joined by straight lines, weakly rising in both clocks; before the first knot and after the last one the
/// map goes on at rate 1. A flat piece is speech that the media lost, a vertical one is media that the
/// transcript lost. No knots: the identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(try_from = "Vec<Knot>", into = "Vec<Knot>")]
#[ts(type = "Knot[]")]
pub struct TimeMap {
    knots: Vec<Knot>,
}

/// Knots that would let time run backwards.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time map runs backwards at knot {index}: every knot must be at or after the one before it, in transcript and in media time")]
pub struct Backwards {
    /// Index of the first knot that lies before its predecessor.
    pub index: usize,
}

impl TryFrom<Vec<Knot>> for TimeMap {
    type Error = Backwards;
    fn try_from(knots: Vec<Knot>) -> Result<Self, Backwards> {
        Self::new(knots)
    }
}
impl From<TimeMap> for Vec<Knot> {
    fn from(map: TimeMap) -> Self {
        map.knots
    }
}

impl TimeMap {
    /// A map through these knots.
    ///
    /// # Errors
    /// [`Backwards`] where a knot lies before its predecessor on either clock.
    pub fn new(mut knots: Vec<Knot>) -> Result<Self, Backwards> {
        for (index, pair) in knots.windows(2).enumerate() {
            if pair[1].transcript < pair[0].transcript || pair[1].media < pair[0].media {
                return Err(Backwards { index: index + 1 });
            }
        }
        knots.dedup();
        Ok(Self { knots })
    }

    /// The map that adds `offset` to every transcript time.
    pub fn offset(offset: Delta) -> Self {
        Self { knots: vec![Knot { transcript: TranscriptTime::ZERO, media: MediaTime::from_us(offset.us()) }] }
    }

    /// The knots, in order.
    pub fn knots(&self) -> &[Knot] {
        &self.knots
    }

    /// Whether every transcript time maps to the same number of microseconds.
    pub fn is_identity(&self) -> bool {
        self.knots.iter().all(|k| k.transcript.us() == k.media.us())
    }

    /// The media time of a transcript time.
    pub fn to_media(&self, at: TranscriptTime, side: Side) -> MediaTime {
        MediaTime::from_us(self.lookup(at.us(), side, |k| k.transcript.us(), |k| k.media.us()))
    }

    /// The transcript time of a media time. Inside a piece of media that the transcript lost, it is the moment of the gap.
    pub fn to_transcript(&self, at: MediaTime, side: Side) -> TranscriptTime {
        TranscriptTime::from_us(self.lookup(at.us(), side, |k| k.media.us(), |k| k.transcript.us()))
    }

    /// Where a stretch of transcript lies in the media; its start after a jump, its end before one, never reversed.
    pub fn map_span(&self, span: Span<TranscriptTime>) -> Span<MediaTime> {
        let start = self.to_media(span.start, Side::After);
        Span::new(start, self.to_media(span.end, Side::Before))
    }

    fn lookup(&self, at: i64, side: Side, from: impl Fn(&Knot) -> i64, to: impl Fn(&Knot) -> i64) -> i64 {
        let split = match side {
            Side::After => self.knots.partition_point(|k| from(k) <= at),
            Side::Before => self.knots.partition_point(|k| from(k) < at),
        };
        let shifted = |k: &Knot| clamp(i128::from(at) - i128::from(from(k)) + i128::from(to(k)));
        match (split.checked_sub(1).and_then(|i| self.knots.get(i)), self.knots.get(split)) {
            (None, None) => at,
            (None, Some(next)) => shifted(next),
            (Some(last), None) => shifted(last),
            (Some(a), Some(b)) => between(at, (from(a), to(a)), (from(b), to(b))),
        }
    }

    /// This map with `from` in its place inside `span`; a span that starts or ends at the clock's limit goes on without end there. Where
    /// the two would overlap at a seam, what lies outside is flattened.
    pub fn spliced(&self, span: Span<TranscriptTime>, from: &Self) -> Self {
        if span.is_empty() {
            return self.clone();
        }
        let mut knots = Vec::with_capacity(self.knots.len() + from.knots.len() + 6);
        if span.start != ALWAYS.start {
            let ceiling = from.to_media(span.start, Side::After);
            if self.to_media(span.start, Side::Before) <= ceiling {
                knots.extend(self.knots.iter().filter(|k| k.transcript < span.start));
                knots.push(Knot { transcript: span.start, media: self.to_media(span.start, Side::Before) });
            } else {
                let flat = self.to_transcript(ceiling, Side::Before).min(span.start);
                knots.extend(self.knots.iter().filter(|k| k.transcript <= flat && k.media <= ceiling));
                knots.push(Knot { transcript: flat, media: ceiling });
            }
            knots.push(Knot { transcript: span.start, media: ceiling });
        }
        knots.extend(from.knots.iter().filter(|k| span.start < k.transcript && k.transcript < span.end));
        if span.end != ALWAYS.end {
            let floor = from.to_media(span.end, Side::Before);
            knots.push(Knot { transcript: span.end, media: floor });
            if self.to_media(span.end, Side::After) >= floor {
                knots.push(Knot { transcript: span.end, media: self.to_media(span.end, Side::After) });
                knots.extend(self.knots.iter().filter(|k| k.transcript > span.end));
            } else {
                let flat = self.to_transcript(floor, Side::After).max(span.end);
                knots.push(Knot { transcript: flat, media: floor });
                knots.extend(self.knots.iter().filter(|k| k.transcript >= flat && k.media >= floor));
            }
        }
        knots.dedup();
        Self { knots }
    }

    /// Whether this map and `other` lead to the same places inside `span`, to the microsecond that a seam may be rounded by.
    pub fn agrees(&self, other: &Self, span: Span<TranscriptTime>) -> bool {
        let near = |at: TranscriptTime, side| (self.to_media(at, side) - other.to_media(at, side)).abs() <= Delta::from_us(1);
        // Past the outermost knots both go on at rate 1.
        let ends = [span.start, span.end].into_iter().filter(|t| *t != ALWAYS.start && *t != ALWAYS.end);
        let inside = self.knots.iter().chain(&other.knots).map(|k| k.transcript).filter(|t| span.contains(*t));
        let mut all = ends.chain(inside).chain((self.knots.is_empty() && other.knots.is_empty()).then_some(TranscriptTime::ZERO));
        all.all(|t| (t == span.start || near(t, Side::Before)) && (t == span.end || near(t, Side::After)))
    }

    /// This map bent to pass through `anchors`: what each anchor asks for is added to the map, in between in proportion.
    /// Outside the anchors the first and last corrections stay, except that two anchors or more at least
    /// [`MIN_ANCHOR_BASE`] apart also carry their slope outwards (a clock that ran fast goes on running fast), as long as that slope is
    /// at most one tenth. Anchors that contradict the order of time are let go from the later one on.
    pub fn through(&self, anchors: &[Anchor]) -> Self {
        let kept = in_order(anchors);
        let (Some(first), Some(last)) = (kept.first().copied(), kept.last().copied()) else {
            return self.clone();
        };
        let pull = |a: &Anchor| i128::from((a.media - self.to_media(a.transcript, Side::After)).us());
        let base = last.transcript - first.transcript;
        let rise = pull(&last) - pull(&first);
        let tilts = base >= MIN_ANCHOR_BASE && rise.abs() * 10 <= i128::from(base.us());
        let correction = |t: i64| -> i64 {
            let after = kept.partition_point(|a| a.transcript.us() <= t);
            let point = |a: &Anchor| (a.transcript.us(), clamp(pull(a)));
            match (after.checked_sub(1).map(|i| &kept[i]), kept.get(after)) {
                (Some(a), Some(b)) => between(t, point(a), point(b)),
                _ if tilts => between(t, point(&first), point(&last)),
                (Some(a), None) | (None, Some(a)) => clamp(pull(a)),
                (None, None) => 0,
            }
        };
        let mut knots: Vec<Knot> = self
            .knots
            .iter()
            .map(|k| Knot { transcript: k.transcript, media: k.media + Delta::from_us(correction(k.transcript.us())) })
            .collect();
        if tilts {
            // Beyond the outermost knots the map runs at rate 1, so the slope needs knots that reach past any transcript.
            for t in [first.transcript - REACH, last.transcript + REACH] {
                knots.push(Knot { transcript: t, media: self.to_media(t, Side::After) + Delta::from_us(correction(t.us())) });
            }
        }
        Self::held(knots, &kept)
    }

    /// The map through `knots` and exactly through `anchors`, which are in order: what would run backwards between them lies flat.
    pub(crate) fn held(mut knots: Vec<Knot>, anchors: &[Anchor]) -> Self {
        knots.extend(anchors);
        knots.sort_by_key(|k| (k.transcript, k.media));
        knots.dedup();
        let mut floor = i64::MIN;
        for k in &mut knots {
            let next = anchors.partition_point(|a| a.transcript < k.transcript);
            let ceiling = anchors.get(next).map_or(i64::MAX, |a| a.media.us());
            floor = k.media.us().min(ceiling).max(floor);
            k.media = MediaTime::from_us(floor);
        }
        knots.dedup();
        Self { knots }
    }
}

/// `anchors` in the order of time; those that contradict it are let go from the later one on.
pub(crate) fn in_order(anchors: &[Anchor]) -> Vec<Anchor> {
    let mut anchors: Vec<Anchor> = anchors.to_vec();
    anchors.sort_by_key(|a| (a.transcript, a.media));
    let mut kept: Vec<Anchor> = Vec::with_capacity(anchors.len());
    for a in anchors {
        if kept.last().is_none_or(|k| a.transcript > k.transcript && a.media >= k.media) {
            kept.push(a);
        }
    }
    kept
}

/// Two anchors closer than this do not say anything about rate: a reviewer's 50 ms over less would tilt an hour by seconds.
pub const MIN_ANCHOR_BASE: Delta = Delta::from_us(20_000_000);
/// How far past the anchors a tilt is carried: longer than any media.
const REACH: Delta = Delta::from_us(48 * 3_600 * 1_000_000);

/// The line through `a` and `b`, at `x`, rounded to nearest.
fn between(x: i64, a: (i64, i64), b: (i64, i64)) -> i64 {
    let run = i128::from(b.0) - i128::from(a.0);
    if run == 0 {
        return a.1;
    }
    let num = (i128::from(x) - i128::from(a.0)).saturating_mul(i128::from(b.1) - i128::from(a.1));
    clamp(i128::from(a.1) + num.saturating_mul(2).saturating_add(run * num.signum() * run.signum()).div_euclid(run * 2))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn knot(transcript_ms: i64, media_ms: i64) -> Knot {
        Knot { transcript: TranscriptTime::from_ms(transcript_ms), media: MediaTime::from_ms(media_ms) }
    }

    fn check(knots: &[(i64, i64)], side: Side, transcript_ms: i64, media_ms: i64) {
        let map = TimeMap::new(knots.iter().map(|k| knot(k.0, k.1)).collect()).unwrap();
        assert_eq!(
            map.to_media(TranscriptTime::from_ms(transcript_ms), side),
            MediaTime::from_ms(media_ms),
            "{knots:?} {side:?} {transcript_ms}"
        );
    }

    #[test]
    fn maps_by_rate_break_and_cut() {
        use Side::{After, Before};
        let line = &[(0, 1_000), (10_000, 21_000)][..];
        let insert = &[(0, 0), (5_000, 5_000), (5_000, 8_000), (9_000, 12_000)][..];
        let cut = &[(0, 0), (5_000, 5_000), (7_000, 5_000), (9_000, 7_000)][..];
        for (knots, side, transcript, media) in [
            (&[][..], After, 1_234, 1_234),
            (line, After, 5_000, 11_000),
            (line, After, -1_000, 0),
            (line, After, 12_000, 23_000),
            (insert, Before, 5_000, 5_000),
            (insert, After, 5_000, 8_000),
            (insert, After, 6_000, 9_000),
            (cut, After, 6_000, 5_000),
            (cut, After, 8_000, 6_000),
        ] {
            check(knots, side, transcript, media);
        }
    }

    #[test]
    fn a_word_at_a_jump_is_not_stretched_across_it() {
        let map = TimeMap::new(vec![knot(0, 0), knot(5_000, 5_000), knot(5_000, 8_000), knot(9_000, 12_000)]).unwrap();
        let word = |a, b| map.map_span(Span::new(TranscriptTime::from_ms(a), TranscriptTime::from_ms(b)));
        assert_eq!(word(4_000, 5_000), Span::new(MediaTime::from_ms(4_000), MediaTime::from_ms(5_000)));
        assert_eq!(word(5_000, 6_000), Span::new(MediaTime::from_ms(8_000), MediaTime::from_ms(9_000)));
    }

    #[test]
    fn refuses_to_run_backwards() {
        assert_eq!(TimeMap::new(vec![knot(0, 5), knot(1, 4)]), Err(Backwards { index: 1 }));
        assert!(serde_json::from_str::<TimeMap>(r#"[{"transcript_us":5,"media_us":0},{"transcript_us":4,"media_us":9}]"#).is_err());
    }

    #[test]
    fn a_piece_is_put_into_a_map() {
        let span = |a: i64, b: i64| Span { start: TranscriptTime::from_ms(a), end: TranscriptTime::from_ms(b) };
        let before = Span { start: ALWAYS.start, ..span(0, 5_000) };
        let after = Span { end: ALWAYS.end, ..span(5_000, 0) };
        let late = TimeMap::offset(Delta::from_us(2_000_000));
        let early = TimeMap::offset(Delta::from_us(-2_000_000));
        for (span, from, transcript_ms, media_ms) in [
            (before, &late, 4_000, 6_000),
            (before, &late, 5_500, 7_000),
            (before, &late, 8_000, 8_000),
            (after, &late, 4_000, 4_000),
            (after, &late, 5_000, 7_000),
            (after, &early, 2_000, 2_000),
            (after, &early, 4_000, 3_000),
            (after, &early, 5_000, 3_000),
            (span(3_000, 6_000), &late, 7_000, 8_000),
            (span(3_000, 6_000), &late, 2_000, 2_000),
            (span(6_000, 3_000), &late, 4_000, 4_000),
        ] {
            let map = TimeMap::default().spliced(span, from);
            assert_eq!(
                map.to_media(TranscriptTime::from_ms(transcript_ms), Side::After),
                MediaTime::from_ms(media_ms),
                "{map:?} {transcript_ms}"
            );
        }
        let both = TimeMap::default().spliced(before, &late).spliced(after, &late);
        assert!(both.agrees(&late, ALWAYS));
        assert!(!both.agrees(&early, after));
    }

    #[test]
    fn anchors_shift_tilt_and_hold() {
        let at = |map: &TimeMap, ms: i64| map.to_media(TranscriptTime::from_ms(ms), Side::After).us() / 1_000;
        let one = TimeMap::default().through(&[knot(10_000, 11_500)]);
        assert_eq!([at(&one, 0), at(&one, 10_000), at(&one, 3_600_000)], [1_500, 11_500, 3_601_500]);
        let two = TimeMap::default().through(&[knot(10_000, 10_000), knot(110_000, 110_100)]);
        assert_eq!([at(&two, 10_000), at(&two, 60_000), at(&two, 1_010_000)], [10_000, 60_050, 1_011_000]);
        let near = TimeMap::default().through(&[knot(10_000, 10_000), knot(11_000, 11_100)]);
        assert_eq!([at(&near, 0), at(&near, 10_500), at(&near, 20_000)], [0, 10_550, 20_100]);
    }

    prop_compose! {
        fn any_map()(steps in prop::collection::vec((0i64..5_000_000, 0i64..5_000_000), 0..12), start in (-9_000_000i64..9_000_000, -9_000_000i64..9_000_000)) -> TimeMap {
            let mut at = start;
            TimeMap::new(steps.into_iter().map(|(t, m)| {
                at = (at.0 + t, at.1 + m);
                Knot { transcript: TranscriptTime::from_us(at.0), media: MediaTime::from_us(at.1) }
            }).collect()).unwrap()
        }
    }

    proptest! {
        #[test]
        fn order_is_kept(map in any_map(), a in -90_000_000i64..90_000_000, b in -90_000_000i64..90_000_000) {
            let (a, b) = (TranscriptTime::from_us(a.min(b)), TranscriptTime::from_us(a.max(b)));
            for side in [Side::Before, Side::After] {
                prop_assert!(map.to_media(a, side) <= map.to_media(b, side));
            }
            prop_assert!(map.to_media(a, Side::Before) <= map.to_media(a, Side::After));
        }

        #[test]
        fn there_and_back_is_the_same_moment(map in any_map(), t in -90_000_000i64..90_000_000) {
            let t = TranscriptTime::from_us(t);
            let m = map.to_media(t, Side::After);
            // Where a piece is flat or squeezed many moments share one media time: t lies between the first and the last of them.
            prop_assert!(map.to_transcript(m - Delta::from_us(1), Side::Before) <= t);
            prop_assert!(t <= map.to_transcript(m + Delta::from_us(1), Side::After));
        }

        #[test]
        fn a_splice_is_the_one_inside_and_the_other_outside(
            map in any_map(), from in any_map(), a in -20_000_000i64..20_000_000, len in 0i64..20_000_000, open in 0..4, steps in prop::collection::vec(-30_000_000i64..30_000_000, 30),
        ) {
            let start = if open % 2 == 1 { i64::MIN } else { a };
            let end = if open / 2 == 1 { i64::MAX } else { a + len };
            let span = Span { start: TranscriptTime::from_us(start), end: TranscriptTime::from_us(end) };
            let both = map.spliced(span, &from);
            prop_assert!(TimeMap::new(both.knots().to_vec()).is_ok(), "{:?}", both);
            if span.is_empty() {
                prop_assert_eq!(&both, &map);
            } else {
                prop_assert!(both.agrees(&from, span));
            }
            // What would run backwards against the inside lies flat at its edge.
            let held = |at: i64| {
                let at = TranscriptTime::from_us(at);
                let own = map.to_media(at, Side::After);
                if span.is_empty() { own } else if at < span.start { own.min(from.to_media(span.start, Side::After)) } else { own.max(from.to_media(span.end, Side::Before)) }
            };
            for at in steps {
                let got = both.to_media(TranscriptTime::from_us(at), Side::After);
                if span.is_empty() || !span.contains(TranscriptTime::from_us(at)) {
                    // An edge where the map is steep is rounded to a microsecond of the transcript.
                    let outside = |t: i64| if span.is_empty() || !span.contains(TranscriptTime::from_us(t)) { held(t) } else { held(at) };
                    let (low, high) = (outside(at - 2) - Delta::from_us(2), outside(at + 2) + Delta::from_us(2));
                    prop_assert!(low <= got && got <= high, "{} is {:?}, not {:?}..{:?}", at, got, low, high);
                }
            }
        }

        #[test]
        fn anchors_are_passed_through(map in any_map(), anchors in prop::collection::vec((0i64..60_000_000, 0i64..60_000_000), 0..6)) {
            let mut times: (Vec<i64>, Vec<i64>) = anchors.into_iter().unzip();
            times.0.sort_unstable();
            times.0.dedup();
            times.1.sort_unstable();
            let anchors: Vec<Anchor> = times.0.iter().zip(&times.1).map(|(t, m)| Knot { transcript: TranscriptTime::from_us(*t), media: MediaTime::from_us(*m) }).collect();
            let bent = map.through(&anchors);
            prop_assert!(TimeMap::new(bent.knots().to_vec()).is_ok());
            for a in &anchors {
                prop_assert!(bent.to_media(a.transcript, Side::Before) <= a.media && a.media <= bent.to_media(a.transcript, Side::After));
            }
        }
    }
}
