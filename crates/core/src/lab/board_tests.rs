use super::compare::{Match, Outcome, Scored};
use super::power::smallest_of;
use super::*;
use crate::annotation::Annotation;
use crate::models::Money;
use crate::time::{MediaTime, Span};
use proptest::prelude::*;

fn annotation(label: &str, from: i64, to: i64) -> Annotation {
    serde_json::from_value(serde_json::json!({"start_us": from * 1_000_000, "end_us": to * 1_000_000, "label": label})).unwrap()
}

/// Clips of 10 s, one of each media; the last `held_out` of them are held out.
fn set(media: usize, held_out: usize) -> ClipSet {
    let clip = |at: usize| Clip {
        media: format!("{at:03}"),
        start: MediaTime::from_ms(0),
        end: MediaTime::from_ms(10_000),
        holdout: at + held_out >= media,
    };
    ClipSet { name: "all".into(), clips: (0..media).map(clip).collect(), labels: vec![], chosen: String::new(), note: String::new() }
}

fn call(latency_ms: u64, cost: i64, from_cache: bool) -> Called {
    Called {
        key: String::new(),
        span: Span::default(),
        latency_ms,
        cost: Money::from_nano_usd(cost),
        input_tokens: 0,
        output_tokens: 0,
        from_cache,
        misfit: false,
        answered: true,
    }
}

/// A try with cats at these seconds, each a second long.
fn tried(clip: u32, variant: u32, repeat: u32, cats: &[i64], calls: Vec<Called>) -> Try {
    let annotations = cats.iter().map(|at| annotation("cat", *at, at + 1)).collect();
    Try { clip, variant, repeat, annotations, unsupported: 0, unanswered: vec![], calls }
}

fn record(variants: usize, tries: Vec<Try>) -> Record {
    let variant = |at: usize| Variant { version: at.to_string(), model: "m".into(), temperature: None };
    let variants = (0..variants).map(variant).collect();
    let plan = RunPlan { name: "run".into(), set: "set".into(), variants, repeats: 1, question: String::new(), schema: String::new() };
    Record { plan, code: String::new(), thresholds: 1, tries }
}

/// Two cats in each clip, at 1 s and 4 s.
fn cats(clips: usize) -> Vec<Option<Vec<Annotation>>> {
    vec![Some(vec![annotation("cat", 1, 2), annotation("cat", 4, 5)]); clips]
}

#[test]
fn cells_average_repeats_and_rows_begin_with_the_worst_fall() {
    let tries = vec![
        tried(0, 0, 0, &[1, 4], vec![call(100, 10, false)]),
        tried(0, 1, 1, &[1, 4], vec![call(300, 30, true)]),
        tried(0, 1, 0, &[1], vec![call(100, 10, false), call(800, 20, false)]),
        tried(1, 0, 0, &[1, 4], vec![]),
        tried(1, 1, 0, &[8], vec![]),
        tried(2, 0, 0, &[], vec![]),
        tried(3, 1, 0, &[1], vec![]),
    ];
    let mut truth = cats(4);
    truth[2] = None;
    let board = Board::new(&record(2, tries), &set(4, 0), &truth, &[]);
    let cell = board.cell(0, 1).unwrap();
    assert!((cell.f1.unwrap() - (2.0 / 3.0 + 1.0) / 2.0).abs() < 1e-12);
    assert_eq!((cell.first.matched, cell.first.missed, cell.first.extra, cell.repeats), (1, 1, 0, 2));
    assert_eq!((cell.latency_ms, cell.cost), (400, Money::from_nano_usd(30)));
    assert_eq!((board.cell(2, 0).unwrap().f1, board.cell(2, 1)), (None, None));
    assert_eq!(board.judged(0, 1, 0).unwrap().missed, [1]);
    assert_eq!(board.judged(2, 0, 0), None);
    assert!((board.gain(1, 0, 1).unwrap() + 1.0).abs() < 1e-12 && board.gain(3, 0, 1).is_none());
    assert_eq!((board.order(0), board.order(1)), (vec![1, 0, 2, 3], vec![0, 1, 2, 3]));
    assert_eq!(board.notes()[0], "There is no score for 1 clip, where people stand by nothing or nothing was asked.");
}

#[test]
fn clips_that_are_held_out_are_told_of_nowhere() {
    let tries =
        (0..8).flat_map(|clip| [tried(clip, 0, 0, &[1], vec![call(5, 7, false)]), tried(clip, 1, 0, &[1, 4], vec![call(5, 7, false)])]);
    let facts = vec![ClipFacts { slices: vec![("speaker".into(), "one".into())] }; 8];
    let board = Board::new(&record(2, tries.collect()), &set(8, 2), &cats(8), &facts);
    assert_eq!(board.order(0), (0..6).collect::<Vec<_>>());
    for clip in 6..8 {
        assert!(board.cell(clip, 0).is_none() && board.judged(clip, 1, 0).is_none() && board.gain(clip, 0, 1).is_none());
    }
    assert_eq!((board.asked().calls, board.asked().paid), (12, Money::from_nano_usd(84)));
    assert_eq!(board.heads()[1].score.unwrap().matched, 12);
    let found = board.compare(0, 1, &Guards::default());
    assert_eq!((found.clips, found.media, found.holdout_agrees, found.promote), (6, 6, Some(true), true));
    assert!(found.slices.iter().all(|slice| slice.clips == 6 && slice.guarded && !slice.fell));
    assert_eq!(found.slices.iter().map(|slice| slice.by.as_str()).collect::<Vec<_>>(), ["label", "speaker"]);
    assert!(!found.holdout.chars().any(|c| c.is_ascii_digit()));
    assert_eq!((found.only_baseline, found.only_candidate), (0, 6));
    assert!((found.p - 2.0 / 64.0).abs() < 1e-12);
}

#[test]
fn heads_tell_time_money_and_who_is_on_the_front() {
    let of = |variant: u32, cats: &[i64], cost: i64| {
        let calls = |clip: u64| vec![call(10 + clip, cost, clip == 0)];
        (0..6)
            .flat_map(|clip| (0..2).map(move |repeat| (clip, repeat)))
            .map(|(c, r)| tried(c, variant, r, cats, calls(c.into())))
            .collect::<Vec<_>>()
    };
    let mut tries = [of(0, &[1, 4], 100), of(1, &[1], 10), of(2, &[1], 50), of(3, &[1, 4], 100)].concat();
    tries[0].unanswered = vec!["No answer came.".into()];
    tries[0].unsupported = 1;
    let board = Board::new(&record(4, tries), &set(6, 0), &cats(6), &[]);
    let heads = board.heads();
    assert_eq!(heads.iter().map(|head| head.on_front).collect::<Vec<_>>(), [true, true, false, true]);
    let head = &heads[0];
    assert_eq!((head.calls, head.latency_ms, head.latency_p95_ms, head.cost), (12, 12, 15, Money::from_nano_usd(100)));
    assert_eq!((head.unanswered, head.stability, head.unsupported), (1, Some(1.0), Some(1.0 / 24.0)));
    assert!((head.f1.unwrap().lower - 1.0).abs() < 1e-12 && (heads[1].score.unwrap().recall() - 0.5).abs() < 1e-12);
    assert_eq!((board.asked().kept, board.asked().calls, board.asked().paid), (8, 48, Money::from_nano_usd(10 * 260)));
    assert_eq!(board.notes(), ["1 stretch is without an answer, which counts as nothing found."]);
}

#[test]
fn who_does_not_answer_has_not_found_out_that_there_is_nothing() {
    for (cats, unanswered, f1) in [(&[][..], false, 1.0), (&[], true, 0.0), (&[1], false, 0.0)] {
        let mut one = tried(0, 0, 0, cats, vec![]);
        one.unanswered = if unanswered { vec!["No answer came.".into()] } else { vec![] };
        let board = Board::new(&record(1, vec![one]), &set(1, 0), &[Some(vec![])], &[]);
        assert_eq!(board.cell(0, 0).unwrap().f1, Some(f1), "{cats:?} {unanswered}");
    }
}

/// A clip of its own media with the F1 of a baseline and a candidate.
fn scored(at: usize, holdout: bool, f1: [f64; 2], speaker: &str) -> Scored {
    let outcome = |f1: f64| Some(Outcome { f1, passes: f1 >= PASSES, ..Outcome::default() });
    let slices = vec![("speaker".to_owned(), speaker.to_owned())];
    Scored { media: format!("{holdout} {at:03}"), holdout, slices, outcomes: f1.map(outcome).to_vec() }
}

fn compared(clips: &[Scored], variants: usize) -> Comparison {
    Match { clips, variants, baseline: 0, candidate: 1, seed: "seed" }.compare(&Guards::default())
}

#[test]
fn promoted_is_what_rises_for_sure_with_no_slice_fallen_and_the_holdout_agreeing() {
    let noise = |at: usize| 0.01 * ((at * 7) % 5) as f64;
    let rows = |count: usize, rise: f64, speaker: &'static str| (0..count).map(move |at| (rise + noise(at), speaker)).collect::<Vec<_>>();
    let none = rows(0, 0.0, "");
    for (tested, held_out, variants, promote, reason) in [
        (rows(8, 0.1, "one"), rows(2, 0.1, "one"), 2, true, "agree that it is better"),
        (rows(8, 0.1, "one"), rows(2, -0.1, "one"), 2, false, "don't agree"),
        (rows(8, 0.1, "one"), none.clone(), 2, false, "No clip is held out"),
        (rows(8, -0.02, "one"), rows(2, 0.1, "one"), 2, false, "may be chance"),
        (rows(8, -0.2, "one"), rows(2, 0.1, "one"), 2, false, "falls by 0.18"),
        (
            rows(5, 0.1, "one"),
            rows(2, 0.1, "one"),
            2,
            false,
            "5 media have a score under both; with 1 variant against the baseline it takes 6",
        ),
        (rows(8, 0.1, "one"), rows(2, 0.1, "one"), 8, false, "with 7 variants against the baseline it takes 9"),
        (rows(9, 0.1, "one"), rows(2, 0.1, "one"), 8, true, "shared among 7 variants"),
        ([rows(40, 0.3, "one"), rows(6, -0.3, "other")].concat(), rows(2, 0.1, "one"), 2, false, "Speaker \u{201c}other\u{201d} fell from"),
        ([rows(40, 0.3, "one"), rows(3, -0.3, "other")].concat(), rows(2, 0.1, "one"), 2, true, "rises by"),
    ] {
        let clip = |holdout: bool| move |(at, (rise, speaker)): (usize, &(f64, &str))| scored(at, holdout, [0.5, 0.5 + rise], speaker);
        let clips: Vec<Scored> = tested.iter().enumerate().map(clip(false)).chain(held_out.iter().enumerate().map(clip(true))).collect();
        let found = compared(&clips, variants);
        assert_eq!(found.promote, promote, "{found:?}");
        assert!(found.reasons.iter().any(|sentence| sentence.contains(reason)), "{reason}: {:?}", found.reasons);
    }
}

#[test]
fn a_label_that_one_of_the_two_invents_is_a_slice() {
    let tries = (0..6).flat_map(|clip| {
        let mut other = tried(clip, 1, 0, &[1, 4], vec![]);
        other.annotations.push(annotation("Ghost", 7, 8));
        [tried(clip, 0, 0, &[1, 4], vec![]), other]
    });
    let board = Board::new(&record(2, tries.collect()), &set(6, 0), &cats(6), &[]);
    let slices = board.compare(0, 1, &Guards::default()).slices;
    let told: Vec<_> = slices.iter().map(|slice| (slice.name.as_str(), slice.baseline, slice.candidate, slice.fell)).collect();
    assert_eq!(told, [("cat", 1.0, 1.0, false), ("ghost", 1.0, 0.0, true)]);
}

#[test]
fn a_set_says_what_it_can_show_or_why_not() {
    let spread = Spread::default();
    for (media, held_out, variants, expected) in [
        (10, 3, 1, "One variant alone"),
        (8, 3, 2, "5 media are too few"),
        (11, 3, 8, "8 media are too few"),
        (10, 0, 2, "No clip is held out"),
    ] {
        let told = smallest(&set(media, held_out), &spread, variants).unwrap_err().to_string();
        assert!(told.contains(expected), "{told}");
    }
    let wide = Spread { between_clips: 9.0, between_media: 9.0 };
    assert_eq!(smallest(&set(10, 3), &wide, 2), Err(Unclear::OutOfReach));
    let found = smallest(&set(40, 10), &spread, 3).unwrap();
    assert_eq!((found.media, found.clips, found.held_out, found.candidates), (30, 30, 10, 2));
    for (measured, told) in [(true, "as in earlier runs"), (false, "no earlier run tells")] {
        let sentence = found.sentence(measured);
        assert!(sentence.contains("30 clips of 30 media, 10 media held out and 2 variants") && sentence.contains(told), "{sentence}");
    }
}

#[test]
fn a_spread_is_told_apart_by_clip_and_media() {
    assert_eq!(Spread::of(&vec![vec![0.1]; 5]), None);
    let alike: Vec<Vec<f64>> = (0..8).map(|at| vec![f64::from(at) / 10.0; 3]).collect();
    let found = Spread::of(&alike).unwrap();
    assert!(found.between_clips < 1e-9 && (found.between_media - 0.06f64.sqrt()).abs() < 1e-9, "{found:?}");
    let single = Spread::of(&(0..8).map(|at| vec![f64::from(at) / 10.0]).collect::<Vec<_>>()).unwrap();
    assert!((single.between_clips - 0.06f64.sqrt()).abs() < 1e-9 && single.between_media.abs() < 1e-9);
    let both = Spread::over(&[found, single]).unwrap();
    assert!((both.between_clips - 0.03f64.sqrt()).abs() < 1e-9 && Spread::over(&[]).is_none());
}

proptest! {
    #[test]
    fn more_media_show_less_and_more_variants_ask_for_more(media in 10usize..40, clips in 1usize..6, variants in 1usize..7) {
        let at = |media: usize, variants: usize| {
            smallest_of(&vec![clips; media], &[clips; 4], &Spread::default(), variants).map(|found| found.difference)
        };
        let (here, more, wider) = (at(media, variants), at(media + 1, variants), at(media, variants + 1));
        if let (Ok(here), Ok(more), Ok(wider)) = (here, more, wider) {
            prop_assert!(more < here && here < wider);
        }
    }

    #[test]
    fn the_other_way_round_a_difference_has_the_other_sign(rises in prop::collection::vec(-0.4f64..0.4, 6..15)) {
        let of = |turn: bool| {
            let one = |(at, rise): (usize, &f64)| scored(at, false, if turn { [0.5 + rise, 0.5] } else { [0.5, 0.5 + rise] }, "one");
            let found = compared(&rises.iter().enumerate().map(one).collect::<Vec<_>>(), 2);
            (found.difference.unwrap(), found.p, found.only_baseline, found.only_candidate)
        };
        let (there, back) = (of(false), of(true));
        prop_assert!((there.0.mean + back.0.mean).abs() < 1e-12 && (there.0.lower + back.0.upper).abs() < 0.05);
        prop_assert!(there.0.lower <= there.0.mean && there.0.mean <= there.0.upper);
        prop_assert!((there.1 - back.1).abs() < 1e-12 && there.2 == back.3);
    }
}
