#![allow(clippy::unwrap_used)]

use super::*;
use crate::time_map::{Anchor, Knot, Side, in_order};
use proptest::prelude::*;

/// A small generator of its own, so that a failing seed can be run again anywhere.
pub(super) struct Draw(pub(super) u64);

impl Draw {
    /// 0..1, by xorshift64*.
    pub(super) fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, lo: f64, hi: f64) -> f64 {
        lo + (hi - lo) * self.unit()
    }
}

/// Words in seconds of the media: phrases of touching words with pauses between, from `from_s` for `len_s`.
fn speech(draw: &mut Draw, from_s: f64, len_s: f64) -> Vec<(f64, f64)> {
    let (mut words, mut at) = (Vec::new(), from_s + 0.3);
    while at < from_s + len_s - 0.8 {
        let end = at + draw.between(0.12, 0.5);
        words.push((at, end));
        at = end + if draw.unit() < 0.75 { 0.0 } else { draw.between(0.15, 0.9) };
    }
    words
}

/// What speech like that sounds like: louder and softer words, soft edges, a noise floor.
fn sound(draw: &mut Draw, words: &[(f64, f64)], len_s: f64) -> Envelope {
    let mut values = vec![0.0f32; (len_s * 100.0) as usize];
    for (start, end) in words {
        let level = draw.between(0.45, 0.9);
        for i in (start * 100.0) as usize..((end * 100.0) as usize + 1).min(values.len()) {
            let middle = (i as f64 + 0.5) / 100.0;
            let edge = ((middle - start).min(end - middle) / 0.02 + 0.5).clamp(0.0, 1.0);
            values[i] = values[i].max((level * edge) as f32);
        }
    }
    for v in &mut values {
        *v = (*v + draw.between(0.02, 0.22) as f32).min(1.1);
    }
    Envelope { values }
}

/// What the transcript makes of media seconds: `None` for what it doesn't have.
type Clock = fn(f64) -> Option<f64>;

/// Transcript spans of media words, with 15 ms of jitter on a 10 ms grid.
fn transcript(draw: &mut Draw, words: &[(f64, f64)], clock: impl Fn(f64) -> Option<f64>) -> Vec<Span<TranscriptTime>> {
    let mut time = |s: f64| Some(TranscriptTime::from_ms(((clock(s)? + draw.between(-0.015, 0.015)) * 100.0).round() as i64 * 10));
    // A word that the break falls into isn't one any more.
    let whole = |(a, b): &&(f64, f64)| clock(*b).zip(clock(*a)).is_some_and(|(end, start)| (end - start - (b - a)).abs() < 0.1);
    words.iter().filter(whole).filter_map(|(a, b)| Some(Span::new(time(*a)?, time(*b)?))).collect()
}

/// Seven minutes of speech with their sound.
fn recording(seed: u64) -> (Draw, Vec<(f64, f64)>, Envelope) {
    let mut draw = Draw(seed.wrapping_mul(2).wrapping_add(0x9E37_79B9_7F4A_7C15) | 1);
    let words = speech(&mut draw, 0.0, 420.0);
    let envelope = sound(&mut draw, &words, 420.0);
    (draw, words, envelope)
}

/// The worst distance, in ms, of where the map puts the transcript's time of a media moment, over moments `at_s` that it has.
fn worst_ms(map: &TimeMap, clock: impl Fn(f64) -> Option<f64>, at_s: impl Iterator<Item = f64>) -> f64 {
    let error = |s: f64| {
        let t = TranscriptTime::from_us((clock(s)? * 1e6).round() as i64);
        Some((map.to_media(t, Side::After).us() as f64 / 1e3 - s * 1e3).abs())
    };
    at_s.filter_map(error).fold(0.0, f64::max)
}

fn check(name: &str, verdict: Verdict, clock: Clock) -> Proposal {
    let (mut draw, words, envelope) = recording(1);
    let spans = transcript(&mut draw, &words, clock);
    let proposal = propose(&envelope, &spans, &[], &Params::default());
    assert_eq!(proposal.verdict, verdict, "{name}: {:?} {:?}", proposal.pieces, proposal.breaks);
    let moments = (0..420).map(f64::from).filter(|s| [138.0..172.0].iter().all(|around| !around.contains(s)));
    let worst = worst_ms(&proposal.map, clock, moments);
    assert!(worst < 15.0, "{name}: off by {worst} ms {:?}", proposal.breaks);
    proposal
}

#[test]
fn each_kind_of_drift_is_told_and_mended() {
    check("right", Verdict::InSync, Some);
    check("late by less than a frame", Verdict::InSync, |s| Some(s + 0.012));
    check("late", Verdict::Offset, |s| Some(s + 12.0));
    check("early, with negative times", Verdict::Offset, |s| Some(s - 30.0));
    check("200 ppm", Verdict::Rate, |s| Some(s * 1.0002));
    check("film", Verdict::Rate, |s| Some(s * 1.001 - 2.0));
    check("PAL", Verdict::Rate, |s| Some(s * 25.0 * 1.001 / 24.0 + 3.0));
    check("slow", Verdict::Rate, |s| Some(s * 0.973));
    check("insert", Verdict::Breaks, |s| if s < 140.0 { Some(s) } else { (s > 170.0).then_some(s - 30.0) });
    check("cut", Verdict::Breaks, |s| Some(if s < 155.0 { s } else { s + 20.0 }));
}

#[test]
fn a_right_transcript_keeps_its_times_to_the_microsecond() {
    let proposal = check("right", Verdict::InSync, Some);
    assert!(proposal.map.is_identity());
    assert_eq!((proposal.breaks.len(), proposal.pieces.len(), proposal.absent.len()), (0, 1, 0));
    assert!(proposal.residuals.iter().filter(|r| r.score > 0.3).count() > 50);
    for r in proposal.residuals.iter().filter(|r| r.score > 0.3) {
        assert!(r.left.abs() < Delta::from_ms(40) && r.drift == r.left, "{r:?}");
    }
}

#[test]
fn breaks_come_with_kind_size_and_place() {
    let insert = &check("insert", Verdict::Breaks, |s| if s < 140.0 { Some(s) } else { (s > 170.0).then_some(s - 30.0) }).breaks;
    assert_eq!((insert.len(), insert[0].kind), (1, BreakKind::InsertInMedia));
    assert!((insert[0].len - Delta::from_ms(30_000)).abs() < Delta::from_ms(20), "{insert:?}");
    assert!((insert[0].transcript.us() - 140_000_000).abs() < 2_000_000, "{insert:?}");
}

#[test]
fn a_minute_of_words_is_found_anywhere_and_keeps_rate_1() {
    let (mut draw, words, envelope) = recording(4);
    for from_s in [0.0, 120.0, 350.0] {
        let part: Vec<_> = words.iter().filter(|w| w.0 >= from_s && w.1 < from_s + 50.0).copied().collect();
        let spans = transcript(&mut draw, &part, |s| Some(s + 5.0));
        let proposal = propose(&envelope, &spans, &[], &Params::default());
        assert_eq!(proposal.verdict, Verdict::Offset, "{from_s}: {:?}", proposal.pieces);
        assert_eq!(proposal.map.knots().len(), 1, "{from_s}");
        assert!(worst_ms(&proposal.map, |s| Some(s + 5.0), (1..420).map(f64::from)) < 20.0, "{from_s}: {:?}", proposal.map);
    }
}

#[test]
fn words_that_were_cut_are_named() {
    let (mut draw, words, envelope) = recording(5);
    // 25 s of words that nobody hears any more, at 200 s of the transcript.
    let lost = speech(&mut draw, 200.0, 25.0);
    let all: Vec<(f64, f64)> = words
        .iter()
        .filter(|w| w.1 <= 200.0)
        .copied()
        .chain(lost.iter().copied())
        .chain(words.iter().filter(|w| w.0 >= 200.0).map(|w| (w.0 + 25.0, w.1 + 25.0)))
        .collect();
    let spans = transcript(&mut draw, &all, Some);
    let proposal = propose(&envelope, &spans, &[], &Params::default());
    assert_eq!(proposal.breaks.len(), 1, "{:?}", proposal.breaks);
    assert_eq!(proposal.breaks[0].kind, BreakKind::CutFromMedia);
    assert!((proposal.breaks[0].len - Delta::from_ms(25_000)).abs() < Delta::from_ms(20));
    let first = all.iter().position(|w| w.0 >= 200.0).unwrap() as u32;
    let expected = first..first + lost.len() as u32;
    let right = proposal.absent.iter().filter(|i| expected.contains(i)).count();
    assert!(right + 6 >= lost.len() && proposal.absent.len() <= right + 6, "{:?} against {expected:?}", proposal.absent);
}

/// A sound that beats every `period_s`, each `accent`th time louder, under `noise`.
fn beats(draw: &mut Draw, period_s: f64, accent: usize, noise: f64) -> Envelope {
    let value = |i: usize| {
        let at = i as f64 / 100.0;
        let loud = if ((at / period_s) as usize).is_multiple_of(accent) { 1.0 } else { 0.6 };
        (loud * (-(at % period_s) / 0.15).exp() + draw.between(0.0, noise)) as f32
    };
    Envelope { values: (0..42_000).map(value).collect() }
}

#[test]
fn what_cannot_be_judged_is_left_alone_and_told_why() {
    let (mut draw, words, envelope) = recording(2);
    let spans = transcript(&mut draw, &words, Some);
    let (_, _, other) = recording(77);
    let span = |a, b| Span { start: TranscriptTime::from_us(a), end: TranscriptTime::from_us(b) };
    let until = |ms| spans.iter().filter(|s| s.end < TranscriptTime::from_ms(ms)).copied().collect::<Vec<_>>();
    let steady = |value: f32| Envelope { values: vec![value; 42_000] };
    let short = Envelope { values: envelope.values[..1_500].to_vec() };
    let music = beats(&mut draw, 0.5, 4, 0.2);
    let noise = Envelope { values: (0..42_000).map(|_| draw.between(0.4, 0.8) as f32).collect() };
    let moved = |by_s: i64| spans.iter().map(|s| span(s.start.us() + by_s * 1_000_000, s.end.us() + by_s * 1_000_000)).collect();
    type Case<'a> = (&'a str, &'a Envelope, Vec<Span<TranscriptTime>>, Ground, &'a str);
    let cases: [Case<'_>; 22] = [
        ("ten seconds of words", &envelope, until(10_000), Ground::TooShort, "20 s or more"),
        ("no words", &envelope, vec![], Ground::NoWords, "no words"),
        ("one word", &envelope, vec![span(1_000_000, 1_500_000)], Ground::TooFew, "too few words"),
        ("three words", &envelope, spans[..3].to_vec(), Ground::TooFew, "too few words"),
        ("no pauses", &envelope, (0..900).map(|i| span(i * 300_000, (i + 1) * 300_000)).collect(), Ground::TooFew, "too few pauses"),
        ("words without length", &envelope, vec![span(5, 5); 900], Ground::OneTime, "no times of their own"),
        (
            "words in order without length",
            &envelope,
            (0..900).map(|i| span(i * 300_000, i * 300_000)).collect(),
            Ground::OneTime,
            "no length",
        ),
        ("words all at once", &envelope, vec![span(1_000_000, 2_000_000); 900], Ground::OneTime, "no times of their own"),
        ("reversed spans", &envelope, spans.iter().map(|s| Span { start: s.end, end: s.start }).collect(), Ground::OneTime, "no length"),
        (
            "the ends of time",
            &envelope,
            vec![span(i64::MIN, i64::MAX), span(i64::MAX, i64::MIN), span(i64::MIN, i64::MIN + 1)],
            Ground::TooFew,
            "",
        ),
        ("another start of the clock", &envelope, moved(36_000), Ground::OutOfReach, "Set an anchor"),
        ("no media", &Envelope::default(), spans.clone(), Ground::NoSound, "silent"),
        ("silence", &steady(0.0), spans.clone(), Ground::NoSound, "right sound track"),
        ("sound that is no number", &steady(f32::NAN), spans.clone(), Ground::NoSound, "silent"),
        ("short sound", &short, spans.clone(), Ground::TooShort, "20 s or more"),
        ("a tone", &steady(0.4), spans.clone(), Ground::NoSpeech, "music or noise"),
        ("a loud tone", &steady(0.9), spans.clone(), Ground::NoSpeech, "music or noise"),
        ("noise", &noise, spans.clone(), Ground::NoSpeech, "music or noise"),
        ("beats", &music, spans.clone(), Ground::NoSpeech, "music or noise"),
        ("beats and a few words", &music, until(60_000), Ground::NoSpeech, "music or noise"),
        ("the sound of something else", &other, spans.clone(), Ground::NoMatch, "another recording or be in another language"),
        ("the sound of something else and a few words", &other, until(60_000), Ground::NoMatch, "another recording"),
    ];
    for (name, envelope, words, ground, says) in cases {
        let proposal = propose(envelope, &words, &[], &Params::default());
        assert_eq!((proposal.verdict, proposal.ground, proposal.map.is_identity()), (Verdict::Unknown, ground, true), "{name}");
        let told = sentence(&proposal).replace('\u{a0}', " ");
        assert!(told.contains(says), "{name}: {told}");
    }
}

#[test]
fn what_does_not_belong_together_is_never_mended() {
    for seed in 0..12 {
        let (mut draw, words, envelope) = recording(seed * 31 + 5);
        let spans = transcript(&mut draw, &words, Some);
        let (_, _, other) = recording(seed + 5_000);
        let noise = Envelope { values: (0..42_000).map(|_| draw.between(0.3, 0.7) as f32).collect() };
        let period_s = draw.between(0.3, 1.2);
        let (even, bars) = (beats(&mut draw, period_s, 1, 0.1), beats(&mut draw, period_s, 4, 0.3));
        for (name, sound, known) in
            [("own", envelope, true), ("other", other, false), ("noise", noise, false), ("even", even, false), ("bars", bars, false)]
        {
            for length_s in [420, 120, 40, 25] {
                let part: Vec<_> = spans.iter().filter(|s| s.end < TranscriptTime::from_ms(length_s * 1_000)).copied().collect();
                let proposal = propose(&sound, &part, &[], &Params::default());
                assert_eq!(proposal.verdict != Verdict::Unknown, known, "{seed}: {name}, {length_s} s of words: {:?}", proposal.pieces);
            }
        }
    }
}

fn anchor(transcript_s: f64, media_s: f64) -> Anchor {
    let us = |s: f64| (s * 1e6).round() as i64;
    Knot { transcript: TranscriptTime::from_us(us(transcript_s)), media: MediaTime::from_us(us(media_s)) }
}

/// Whether a map leads exactly through each anchor and stays what it is when it is bent through them again.
fn passes(map: &TimeMap, anchors: &[Anchor]) -> bool {
    let exact = |a: &Anchor| map.to_media(a.transcript, Side::After) == a.media;
    rises(map) && anchors.iter().all(exact) && map.through(anchors).agrees(map, ALWAYS)
}

/// Proposes with anchors, and holds that the map leads where `expected` says, transcript seconds to media seconds, within `ms`.
fn check_anchors(name: &str, clock: Clock, anchors: &[(f64, f64)], verdict: Verdict, expected: &[(f64, f64, f64)]) -> Proposal {
    let (mut draw, words, envelope) = recording(1);
    let spans = transcript(&mut draw, &words, clock);
    let anchors: Vec<Anchor> = anchors.iter().map(|(t, m)| anchor(*t, *m)).collect();
    let proposal = propose(&envelope, &spans, &anchors, &Params::default());
    let told = (&proposal.map, &proposal.pieces, &proposal.breaks);
    assert_eq!((proposal.verdict, proposal.ground), (verdict, Ground::Sound), "{name}: {told:?}");
    assert!(passes(&proposal.map, &in_order(&anchors)), "{name}: {told:?}");
    for (transcript_s, media_s, ms) in expected {
        let off =
            proposal.map.to_media(TranscriptTime::from_us((transcript_s * 1e6) as i64), Side::After).us() as f64 / 1e3 - media_s * 1e3;
        assert!(off.abs() <= *ms, "{name}: {off} ms off at {transcript_s} s: {told:?}");
    }
    proposal
}

#[test]
fn the_map_is_fitted_round_anchors() {
    let insert: Clock = |s| if s < 140.0 { Some(s) } else { (s > 170.0).then_some(s - 30.0) };
    check_anchors("agrees", |s| Some(s + 12.0), &[(112.0, 100.0)], Verdict::Offset, &[(20.0, 8.0, 5.0), (400.0, 388.0, 5.0)]);
    check_anchors("agrees that nothing is to be done", Some, &[(100.0, 100.0)], Verdict::InSync, &[(9.0, 9.0, 0.0)]);
    check_anchors("within the deadband", Some, &[(100.0, 100.025)], Verdict::Offset, &[(9.0, 9.025, 0.0)]);
    check_anchors("shifts", Some, &[(100.0, 100.4)], Verdict::Offset, &[(9.0, 9.4, 0.001), (400.0, 400.4, 0.001)]);
    let line = |t: f64, by: f64| (t, t * 1.001 + by, 5.0);
    let shifted = [line(20.0, 0.2), line(100.0, 0.2), line(400.0, 0.2)];
    check_anchors("shifts a line", |s| Some(s / 1.001), &[(100.0, 100.3)], Verdict::Rate, &shifted);
    let other = [(20.0, 20.4, 0.001), (130.0, 130.4, 0.001), (150.0, 180.0, 10.0), (300.0, 330.0, 10.0)];
    check_anchors("shifts its piece", insert, &[(100.0, 100.4)], Verdict::Breaks, &other);
    let other = [(20.0, 20.0, 10.0), (130.0, 130.0, 10.0), (150.0, 179.6, 0.001), (300.0, 329.6, 0.001)];
    check_anchors("shifts the other piece", insert, &[(200.0, 229.6)], Verdict::Breaks, &other);
    let both = [(20.0, 20.3, 0.001), (130.0, 130.3, 0.001), (150.0, 179.6, 0.001), (300.0, 329.6, 0.001)];
    check_anchors("one in each piece", insert, &[(100.0, 100.3), (200.0, 229.6)], Verdict::Breaks, &both);
    let tilted = [(50.0, 50.0, 0.001), (150.0, 150.1, 0.001), (250.0, 250.2, 0.001)];
    check_anchors("two set a slope", Some, &[(50.0, 50.0), (250.0, 250.2)], Verdict::Rate, &tilted);
    let tilted = [(20.0, 20.0, 10.0), (130.0, 130.0, 10.0), (200.0, 230.0, 0.001), (300.0, 330.1, 0.001), (350.0, 380.15, 0.001)];
    check_anchors("two set the slope of their piece", insert, &[(200.0, 230.0), (300.0, 330.1)], Verdict::Breaks, &tilted);
    check_anchors("contradiction", Some, &[(100.0, 100.1), (120.0, 90.0)], Verdict::Offset, &[(300.0, 300.1, 0.001)]);
}

#[test]
fn anchors_lead_farther_than_the_search() {
    let (from, to) = ((20.0, 260.0, 10.0), (150.0, 390.0, 10.0));
    check_anchors("four minutes", |s| Some(s - 240.0), &[(100.0, 340.0)], Verdict::Offset, &[from, to]);
    let clock: Clock = |s| Some(s + 36_000.0);
    check_anchors("ten hours", clock, &[(36_100.0, 100.05)], Verdict::Offset, &[(36_300.0, 300.05, 0.001)]);
    let clock: Clock = |s| Some(s * 1.001 + 36_000.0);
    let line = |media_s: f64| (media_s * 1.001 + 36_000.0, media_s, 5.0);
    check_anchors("ten hours at another rate", clock, &[(36_100.1, 100.0)], Verdict::Rate, &[line(20.0), line(400.0)]);
}

#[test]
fn a_stretch_that_the_sound_does_not_know_follows_its_anchor() {
    let (mut draw, words, mut envelope) = recording(6);
    // From 150 s to 230 s noise covers the speech, and there the words come 3 s early.
    let covered = 150.0..230.0;
    for v in &mut envelope.values[15_000..23_000] {
        *v = draw.between(0.3, 0.7) as f32;
    }
    let spans = transcript(&mut draw, &words, |s| Some(if covered.contains(&s) { s - 3.0 } else { s }));
    let mut spans: Vec<_> = spans.into_iter().collect();
    spans.sort_by_key(|s| s.start);
    let alone = propose(&envelope, &spans, &[], &Params::default());
    assert!(alone.map.is_identity(), "{:?}", alone.breaks);
    let anchors = [anchor(187.0, 190.0)];
    let proposal = propose(&envelope, &spans, &anchors, &Params::default());
    assert!(passes(&proposal.map, &anchors), "{:?}", proposal.map);
    for (transcript_s, media_s, ms) in [
        (20.0, 20.0, 1.0),
        (140.0, 140.0, 1.0),
        (180.0, 183.0, 0.001),
        (187.0, 190.0, 0.001),
        (195.0, 198.0, 0.001),
        (250.0, 250.0, 1.0),
        (400.0, 400.0, 1.0),
    ] {
        let at = proposal.map.to_media(TranscriptTime::from_ms((transcript_s * 1e3) as i64), Side::After);
        assert!((at.us() as f64 / 1e3 - media_s * 1e3).abs() <= ms, "{transcript_s} s: {:?}", proposal.breaks);
    }
}

#[test]
fn anchors_alone_are_a_proposal() {
    let (mut draw, words, envelope) = recording(2);
    let spans = transcript(&mut draw, &words, Some);
    let silence = Envelope { values: vec![0.0; 42_000] };
    for (envelope, spans, anchors, verdict) in [
        (&silence, &spans[..], &[(100.0, 100.0)][..], Verdict::InSync),
        (&silence, &spans[..], &[(100.0, 101.5)][..], Verdict::Offset),
        (&silence, &spans[..], &[(100.0, 101.0), (200.0, 201.2)][..], Verdict::Rate),
        (&silence, &[][..], &[(100.0, 101.5)][..], Verdict::Offset),
        (&envelope, &[][..], &[(100.0, 101.5), (120.0, 90.0)][..], Verdict::Offset),
    ] {
        let anchors: Vec<Anchor> = anchors.iter().map(|(t, m)| anchor(*t, *m)).collect();
        let proposal = propose(envelope, spans, &anchors, &Params::default());
        assert_eq!((proposal.verdict, proposal.ground), (verdict, Ground::Anchors), "{anchors:?}");
        assert_eq!(proposal.map, TimeMap::default().through(&anchors));
        assert!(sentence(&proposal).contains("anchors alone"), "{}", sentence(&proposal));
    }
}

#[test]
fn residuals_measure_the_map_that_was_given() {
    let (mut draw, words, envelope) = recording(3);
    let spans = transcript(&mut draw, &words, |s| Some(s + 2.0));
    for (offset_ms, left_ms) in [(0, -2_000), (-1_500, -500), (-2_000, 0)] {
        let residuals = measure(&envelope, &spans, &TimeMap::offset(Delta::from_ms(offset_ms)), &Params::default());
        let mut left: Vec<i64> = residuals.iter().filter(|r| r.score > 0.2).map(|r| r.left.us() / 1_000).collect();
        left.sort_unstable();
        assert!(left.len() > 40 && (left[left.len() / 2] - left_ms).abs() < 15, "{offset_ms}: {left:?}");
        assert!(residuals.iter().all(|r| (r.drift.us() - r.left.us() - offset_ms * 1_000).abs() <= 1));
    }
}

#[test]
fn an_envelope_follows_loudness_whatever_the_level_and_the_blocks() {
    let tone =
        |i: usize| if (i / 16_000) % 2 == 1 { (i as f32 * 0.4).sin() * (i as f32 * 0.11).sin() } else { 1e-3 * (i as f32 * 1.7).sin() };
    let samples: Vec<f32> = (0..16_000 * 40).map(tone).collect();
    let of = |gain: f32, block: usize| {
        let mut builder = EnvelopeBuilder::new();
        let louder: Vec<f32> = samples.iter().map(|s| s * gain).collect();
        louder.chunks(block).for_each(|b| builder.push(b));
        builder.finish()
    };
    let envelope = of(0.5, 4_096);
    assert_eq!(envelope.duration(), Delta::from_ms(40_000));
    assert_eq!(envelope, of(0.5, 37));
    let second = |s: i64| Span::new(MediaTime::from_ms(s * 1_000 + 50), MediaTime::from_ms(s * 1_000 + 950));
    for gain in [0.5, 0.05] {
        let envelope = of(gain, 1_000_000);
        assert!(envelope.mean(second(10)) < 0.2 && envelope.mean(second(11)) > 0.5, "{gain}");
    }
    let speech = envelope.speech();
    assert_eq!(speech.len(), 20, "{speech:?}");
    for (i, s) in speech.iter().enumerate() {
        assert!((s.start.us() - (2 * i as i64 + 1) * 1_000_000).abs() <= 30_000, "{s:?}");
    }
    assert_eq!(envelope.mean(Span::new(MediaTime::from_ms(50_000), MediaTime::from_ms(60_000))).to_bits(), 0);
}

#[test]
fn an_envelope_survives_being_stored() {
    let mut builder = EnvelopeBuilder::new();
    builder.push(&(0..200_000).map(|i| (i as f32 * 0.3).sin() * (i as f32 * 0.0003).sin()).collect::<Vec<_>>());
    let envelope = builder.finish();
    assert_eq!(envelope.to_bytes().len(), 4 + 1_250);
    assert_eq!(Envelope::from_bytes(&envelope.to_bytes()), Some(envelope));
    assert_eq!(Envelope::from_bytes(b"PLE\x02abc"), None);
    assert_eq!(Envelope::from_bytes(b""), None);
}

#[test]
fn params_read_back_and_lacking_ones_are_the_default() {
    let written = serde_json::to_string(&Params::default()).unwrap();
    assert_eq!(serde_json::from_str::<Params>(&written).unwrap(), Params::default());
    let partly: Params = serde_json::from_str(r#"{"max_offset_us":5000000}"#).unwrap();
    assert_eq!(partly, Params { max_offset: Delta::from_ms(5_000), ..Params::default() });
}

fn rises(map: &TimeMap) -> bool {
    map.knots().windows(2).all(|k: &[Knot]| k[0].transcript <= k[1].transcript && k[0].media <= k[1].media)
}

/// Recordings in each of the two tests below, with injected drift drawn at random from fixed seeds.
const RECORDINGS: u64 = 40;

/// How far off estimates were, in ms. An estimator has a tail, so what is held is the distribution: half within `median`, nine tenths within
/// `most`, and all within `all`.
fn hold(what: &str, mut off_ms: Vec<f64>, [median, most, all]: [f64; 3]) {
    off_ms.sort_by(f64::total_cmp);
    let at = |share: usize| off_ms[(off_ms.len() - 1) * share / 10];
    assert!(at(5) < median && at(9) < most && at(10) < all, "{what}: half {:.1}, nine tenths {:.1}, all {:.1} ms", at(5), at(9), at(10));
}

#[test]
fn injected_lines_come_back() {
    let mut drawn = Draw(9);
    let mut off_ms = Vec::new();
    for seed in 0..RECORDINGS {
        let (mut draw, words, envelope) = recording(seed * 7_919 + 13);
        let offset_s = drawn.unit() * 120.0 - 60.0;
        let rate = if seed % 2 == 0 { 1.0 } else { 1.0 + (drawn.unit() - 0.5) * 0.09 };
        let clock = |s: f64| Some(s * rate + offset_s);
        let spans = transcript(&mut draw, &words, clock);
        let proposal = propose(&envelope, &spans, &[], &Params::default());
        assert_eq!(proposal.breaks, vec![], "{seed}: rate {rate}, offset {offset_s} s");
        assert!(rises(&proposal.map));
        off_ms.push(worst_ms(&proposal.map, clock, (1..420).map(f64::from)));
    }
    hold("the worst moment of a map", off_ms, [8.0, 10.0, 45.0]);
}

#[test]
fn injected_breaks_come_back() {
    let mut drawn = Draw(11);
    let (mut lengths_ms, mut maps_ms) = (Vec::new(), Vec::new());
    for seed in 0..RECORDINGS {
        let (mut draw, words, envelope) = recording(seed * 7_919 + 13);
        let (at_s, len_s) = (100.0 + drawn.unit() * 200.0, 2.0 + drawn.unit() * 38.0);
        let (insert, offset_s) = (seed % 2 == 0, drawn.unit() * 40.0 - 20.0);
        let clock = |s: f64| {
            let within = s > at_s && s < at_s + len_s;
            match insert {
                true if within => None,
                true => Some(offset_s + s - if s >= at_s { len_s } else { 0.0 }),
                false => Some(offset_s + s + if s >= at_s { len_s } else { 0.0 }),
            }
        };
        let spans = transcript(&mut draw, &words, clock);
        let proposal = propose(&envelope, &spans, &[], &Params::default());
        let [found] = &proposal.breaks[..] else { panic!("{seed}: {:?} for one of {len_s} s at {at_s} s", proposal.breaks) };
        assert_eq!(found.kind == BreakKind::InsertInMedia, insert, "{seed}");
        assert!(rises(&proposal.map));
        lengths_ms.push((found.len.us() as f64 / 1e6 - len_s).abs() * 1e3);
        let far = (1..420).map(f64::from).filter(|s| *s < at_s - 5.0 || *s > at_s + len_s + 5.0);
        maps_ms.push(worst_ms(&proposal.map, clock, far));
    }
    hold("the length of a break", lengths_ms, [2.0, 5.0, 45.0]);
    hold("the worst moment of a map away from its break", maps_ms, [8.0, 10.0, 45.0]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_words_at_all_give_a_map_that_rises(
        times in proptest::collection::vec((prop_oneof![-200_000_000i64..500_000_000, any::<i64>()], prop_oneof![-1_000_000i64..2_000_000, any::<i64>()]), 0..300),
        sorted in any::<bool>(), hops in 0usize..9_000, max_offset_us in any::<i64>(), window_us in any::<i64>(), hop_us in any::<i64>(),
        anchors in proptest::collection::vec((any::<i64>(), prop_oneof![-1_000_000i64..1_000_000, any::<i64>()]), 0..4),
    ) {
        let mut draw = Draw(hops as u64 + 1);
        let envelope = Envelope { values: (0..hops).map(|_| draw.unit() as f32).collect() };
        let mut words: Vec<_> = times
            .into_iter()
            .map(|(at, len)| Span { start: TranscriptTime::from_us(at), end: TranscriptTime::from_us(at.saturating_add(len)) })
            .collect();
        if sorted {
            words.sort_by_key(|w| (w.start, w.end));
        }
        let odd = Params { window: Delta::from_us(window_us), window_hop: Delta::from_us(hop_us), ..Params::default() };
        let odd = Params { max_offset: Delta::from_us(max_offset_us.min(600_000_000)), ..odd };
        let anchors: Vec<Anchor> = anchors
            .into_iter()
            .map(|(at, by)| Knot { transcript: TranscriptTime::from_us(at), media: MediaTime::from_us(at.saturating_add(by)) })
            .collect();
        let bent = propose(&envelope, &words, &anchors, &Params::default());
        prop_assert!(rises(&bent.map) && in_order(&anchors).iter().all(|a| bent.map.to_media(a.transcript, Side::After) == a.media));
        prop_assert!(bent.pieces.iter().all(|p| p.rate_ppm.is_finite()));
        for params in [Params::default(), odd] {
            let proposal = propose(&envelope, &words, &[], &params);
            prop_assert!(rises(&proposal.map));
            prop_assert!(proposal.verdict != Verdict::Unknown || (proposal.map.is_identity() && proposal.ground != Ground::Sound));
            prop_assert!(!sentence(&proposal).is_empty());
            prop_assert!(proposal.score.is_finite() && proposal.residuals.iter().all(|r| (0.0..=1.0).contains(&r.score)));
            prop_assert!(serde_json::to_string(&proposal).is_ok());
        }
    }

    #[test]
    fn any_anchors_in_order_are_passed_through(
        drawn in proptest::collection::vec((-60_000_000i64..500_000_000, -60_000_000i64..500_000_000), 1..6),
        near in any::<bool>(), kind in 0..4,
    ) {
        let (mut draw, words, mut envelope) = recording(3);
        envelope.values.truncate(if kind == 3 { 0 } else { 42_000 });
        let spans = transcript(&mut draw, &words, |s| match kind {
            0 => Some(s),
            1 => Some(s * 1.001 + 5.0),
            _ if s < 200.0 => Some(s),
            _ => Some(s + 20.0),
        });
        let (mut times, mut media): (Vec<i64>, Vec<i64>) = drawn.into_iter().unzip();
        times.sort_unstable();
        times.dedup();
        if near {
            media = times.iter().zip(&media).map(|(t, m)| t + m / 500).collect();
        }
        media.sort_unstable();
        let anchors: Vec<Anchor> = times.iter().zip(&media).map(|(t, m)| Knot { transcript: TranscriptTime::from_us(*t), media: MediaTime::from_us(*m) }).collect();
        let proposal = propose(&envelope, &spans, &anchors, &Params::default());
        prop_assert!(passes(&proposal.map, &anchors), "{:?} {:?}", anchors, proposal.map);
        prop_assert!(proposal.pieces.iter().all(|p| p.rate_ppm.is_finite()) && proposal.breaks.iter().all(|b| b.len.us() > 0));
    }

    #[test]
    fn any_bytes_at_all_read_as_an_envelope_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = Envelope::from_bytes(&bytes);
        let mut marked = b"PLE\x01".to_vec();
        marked.extend(&bytes);
        prop_assert_eq!(Envelope::from_bytes(&marked).map(|e| e.to_bytes()), Some(marked));
    }
}
