use super::*;
use crate::annotation::Region;
use proptest::prelude::*;

/// An annotation from milliseconds to milliseconds, with a square region by its left edge and side in hundredths.
fn thing(label: &str, from: i64, to: i64, region: Option<(u8, u8)>, text: &str) -> Annotation {
    let region = region.map(|(x, side)| [x, 0, side, side].map(|v| f32::from(v) / 100.0));
    Annotation {
        id: String::new(),
        span: Span { start: MediaTime::from_ms(from), end: MediaTime::from_ms(to) },
        region: region.map(|[x, y, w, h]| Region { x, y, w, h }),
        label: label.to_owned(),
        text: text.to_owned(),
        confidence: None,
        source: None,
        words: None,
        extra: serde_json::Map::new(),
    }
}

fn set(labels: &[&str]) -> ClipSet {
    let labels = labels.iter().map(|label| (*label).to_owned()).collect();
    ClipSet { name: String::new(), clips: vec![], labels, chosen: String::new(), note: String::new() }
}

fn clip() -> Span<MediaTime> {
    Span::new(MediaTime::from_ms(10_000), MediaTime::from_ms(20_000))
}

/// Truth and found, in a clip from 10 s to 20 s of which only cats and dogs count: which are pairs, missed and extra.
#[track_caller]
fn check(truth: &[Annotation], found: &[Annotation], pairs: &[(usize, usize)], missed: &[usize], extra: &[usize]) -> Judged {
    let judged = judge(truth, found, clip(), &set(&["cat", "dog"]), &Rules::default());
    let found: Vec<(usize, usize)> = judged.pairs.iter().map(|pair| (pair.truth, pair.found)).collect();
    assert_eq!((found.as_slice(), judged.missed.as_slice(), judged.extra.as_slice()), (pairs, missed, extra));
    judged
}

#[test]
fn pairs_share_label_time_and_region() {
    let cat = |from, to| thing("cat", from, to, None, "");
    let at = |x, side| thing("cat", 11_000, 12_000, Some((x, side)), "");
    check(&[], &[], &[], &[], &[]);
    check(&[cat(11_000, 12_000)], &[], &[], &[0], &[]);
    check(&[], &[cat(11_000, 12_000)], &[], &[], &[0]);
    // The case of a label does not tell things apart, labels do, and those that don't count are nowhere.
    check(&[cat(11_000, 12_000)], &[thing("CAT", 11_000, 12_000, None, "")], &[(0, 0)], &[], &[]);
    check(&[cat(11_000, 12_000)], &[thing("dog", 11_000, 12_000, None, "")], &[], &[0], &[0]);
    check(&[thing("cow", 11_000, 12_000, None, "")], &[thing("cow", 15_000, 16_000, None, "")], &[], &[], &[]);
    // 0.3 of the time will do, less will not.
    check(&[cat(11_000, 13_000)], &[cat(11_000, 11_600)], &[(0, 0)], &[], &[]);
    check(&[cat(11_000, 13_000)], &[cat(11_000, 11_599)], &[], &[0], &[0]);
    // Regions count where both have one.
    check(&[at(0, 20)], &[at(2, 20)], &[(0, 0)], &[], &[]);
    check(&[at(0, 20)], &[at(15, 20)], &[], &[0], &[0]);
    check(&[at(0, 20)], &[cat(11_000, 12_000)], &[(0, 0)], &[], &[]);
}

#[test]
fn spans_are_cut_to_the_clip() {
    let cat = |from, to| thing("cat", from, to, None, "");
    let judged = check(&[cat(5_000, 12_000)], &[cat(9_000, 12_000)], &[(0, 0)], &[], &[]);
    assert_eq!((judged.pairs[0].time_iou, judged.pairs[0].start_off), (1.0, Delta::from_ms(0)));
    check(&[cat(5_000, 10_000), cat(20_000, 25_000), cat(15_000, 15_000)], &[cat(10_000, 10_001)], &[], &[2], &[0]);
}

#[test]
fn what_has_no_length_or_no_area_is_judged_all_the_same() {
    let cat = |from, to, region| thing("cat", from, to, region, "");
    check(&[cat(11_000, 11_000, None)], &[cat(11_000, 11_000, None)], &[(0, 0)], &[], &[]);
    check(&[cat(11_000, 11_000, None)], &[cat(10_500, 11_500, None)], &[], &[0], &[0]);
    check(&[cat(11_000, 9_000, None)], &[cat(11_000, 11_000, None)], &[(0, 0)], &[], &[]);
    check(&[cat(11_000, 12_000, Some((5, 0)))], &[cat(11_000, 12_000, Some((5, 0)))], &[], &[0], &[0]);
    let mut broken = cat(11_000, 12_000, Some((0, 10)));
    broken.region = Some(Region { x: f32::NAN, y: f32::INFINITY, w: f32::INFINITY, h: f32::NAN });
    check(&[broken.clone()], &[broken], &[], &[0], &[0]);
}

#[test]
fn the_whole_is_paired_best_and_not_each_by_itself() {
    let cat = |from, to, text| thing("cat", from, to, None, text);
    // The first would take what is the only one that the second can have.
    let truth = [cat(11_000, 15_000, ""), cat(12_000, 19_000, "")];
    check(&truth, &[cat(12_000, 15_000, ""), cat(10_500, 13_500, "")], &[(0, 1), (1, 0)], &[], &[]);
    // Where times are the same, texts tell them apart.
    let said = [cat(11_000, 12_000, "one way"), cat(11_000, 12_000, "Another")];
    check(&said, &[cat(11_000, 12_000, "another"), cat(11_000, 12_000, "ONE  way")], &[(0, 1), (1, 0)], &[], &[]);
}

#[test]
fn scores_add_up() {
    let truth = [
        thing("cat", 11_000, 12_000, Some((0, 20)), "sits"),
        thing("dog", 13_000, 15_000, None, ""),
        thing("dog", 18_000, 19_000, None, ""),
    ];
    let found = [
        thing("Cat", 11_200, 12_000, Some((0, 20)), "sits"),
        thing("dog", 13_000, 15_400, None, ""),
        thing("cat", 16_000, 17_000, None, ""),
    ];
    let judged = check(&truth, &found, &[(0, 0), (1, 1)], &[2], &[2]);
    let score = Score::of(&judged);
    assert_eq!((score.matched, score.missed, score.extra), (2, 1, 1));
    assert_eq!((score.start_off(), score.end_off()), (Some(Delta::from_ms(100)), Some(Delta::from_ms(200))));
    assert!((score.time_iou().unwrap_or(0.0) - (0.8 + 2.0 / 2.4) / 2.0).abs() < 1e-9);
    assert_eq!((score.region_iou(), score.text()), (Some(1.0), Some(1.0)));
    let labels = Score::by_label(&judged, &truth, &found);
    assert_eq!(labels.keys().map(String::as_str).collect::<Vec<_>>(), ["cat", "dog"]);
    assert_eq!((labels["cat"].precision(), labels["cat"].recall()), (0.5, 1.0));
    let sum: Score = labels.into_values().sum();
    assert_eq!((sum.f1(), sum.end_off()), (score.f1(), score.end_off()));
    assert_eq!(
        (Score::default().precision(), Score::default().recall(), Score::default().f1(), Score::default().text()),
        (1.0, 1.0, 1.0, None)
    );
}

#[test]
fn repeats_are_as_stable_as_they_are_alike() {
    let (one, other) = ([thing("cat", 11_000, 12_000, None, "")], [thing("cat", 15_000, 16_000, None, "")]);
    for (repeats, expected) in [
        (vec![], None),
        (vec![&one[..]], None),
        (vec![&one[..], &one[..]], Some(1.0)),
        (vec![&one[..], &one[..], &other[..]], Some(1.0 / 3.0)),
        (vec![&[][..], &[][..]], Some(1.0)),
        (vec![&one[..], &[][..]], Some(0.0)),
    ] {
        assert_eq!(stability(&repeats, clip(), &set(&[]), &Rules::default()), expected);
    }
}

fn things() -> impl Strategy<Value = Vec<Annotation>> {
    let region = prop::option::of((0u8..80, 0u8..30));
    let one = (0usize..3, 9_000i64..20_500, -100i64..4_000, region, 0usize..3);
    let thing = |(label, from, length, region, text): (usize, i64, i64, _, usize)| {
        thing(["cat", "DOG", "cow"][label], from, from + length, region, ["", "sits", "runs away"][text])
    };
    prop::collection::vec(one.prop_map(thing), 0..7)
}

/// The greatest sum over all ways to pair rows with columns, by trying all.
fn best(gains: &[Vec<f64>], row: usize, taken: &mut Vec<bool>) -> f64 {
    if row == gains.len() {
        return 0.0;
    }
    let mut most = best(gains, row + 1, taken);
    for column in 0..taken.len() {
        if !taken[column] {
            taken[column] = true;
            most = most.max(gains[row][column] + best(gains, row + 1, taken));
            taken[column] = false;
        }
    }
    most
}

proptest! {
    #[test]
    fn no_other_way_to_pair_gains_more(rows in 0usize..6, columns in 0usize..6, cells in prop::collection::vec(0u8..8, 25)) {
        let gains: Vec<Vec<f64>> = (0..rows).map(|r| (0..columns).map(|c| f64::from(cells[r * 5 + c % 5]) / 7.0).collect()).collect();
        let sum: f64 = assign(&gains).iter().enumerate().filter_map(|(row, column)| Some(gains[row][(*column)?])).sum();
        prop_assert!((sum - best(&gains, 0, &mut vec![false; columns])).abs() < 1e-9);
    }

    #[test]
    fn everything_that_counts_is_in_one_list(truth in things(), found in things()) {
        let (set, rules) = (set(&["cat", "dog"]), Rules::default());
        let judged = judge(&truth, &found, clip(), &set, &rules);
        let counted = |all: &[Annotation]| -> Vec<usize> {
            let here = judge(all, &[], clip(), &set, &rules).missed;
            here.iter().for_each(|at| assert!(set.counts(&all[*at].label)));
            here
        };
        let mut of_truth: Vec<usize> = judged.pairs.iter().map(|pair| pair.truth).chain(judged.missed.iter().copied()).collect();
        let mut of_found: Vec<usize> = judged.pairs.iter().map(|pair| pair.found).chain(judged.extra.iter().copied()).collect();
        of_truth.sort_unstable();
        of_found.sort_unstable();
        prop_assert_eq!(of_truth, counted(&truth));
        prop_assert_eq!(of_found, counted(&found));
        for pair in &judged.pairs {
            prop_assert!(pair.time_iou >= 0.3 && pair.region_iou.is_none_or(|overlap| overlap >= 0.3) && (0.0..=1.0).contains(&pair.text));
        }
    }

    #[test]
    fn the_other_way_round_as_much_is_alike(truth in things(), found in things()) {
        let alike = |one: &[Annotation], other: &[Annotation]| -> f64 {
            judge(one, other, clip(), &set(&[]), &Rules::default()).pairs.iter().map(Pair::similarity).sum()
        };
        prop_assert!((alike(&truth, &found) - alike(&found, &truth)).abs() < 1e-9);
    }
}
