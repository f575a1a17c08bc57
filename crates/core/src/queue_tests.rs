#![allow(clippy::unwrap_used)]

use super::*;
use crate::gate::GateId::{ReadingSpeed, WordConfidence};
use proptest::prelude::*;

fn judged(defects: u32, false_alarms: u32) -> Judged {
    Judged { defects, false_alarms }
}

#[test]
fn distance_is_a_share_of_the_limit() {
    for (value, limit, fails, expected, in_band) in [
        (150.0, 150.0, Fails::Above, 0.0, 0),
        (160.0, 150.0, Fails::Above, 10.0 / 150.0, 0),
        (187.5, 150.0, Fails::Above, 0.25, 1),
        (1500.0, 150.0, Fails::Above, 9.0, 2),
        (45.0, 50.0, Fails::Below, 0.1, 0),
        (30.0, 50.0, Fails::Below, 0.4, 1),
        (0.0, 50.0, Fails::Below, 1.0, 2),
        (60.0, 50.0, Fails::Below, 0.0, 0),
        (3.0, 0.0, Fails::Above, 3.0, 2),
    ] {
        let far = beyond(value, limit, fails);
        assert!((far - expected).abs() < 1e-9, "{value} against {limit} is {far} beyond");
        assert_eq!(band(far), in_band, "{value} against {limit}");
    }
}

#[test]
fn chances_start_even_and_follow_the_verdicts() {
    fn check(record: Record, expected: [f64; BANDS]) {
        let found = chances(&record);
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.005), "{record:?} gives {found:?}, not {expected:?}");
    }
    let none = Judged::default();
    check([none; 3], [0.5; 3]);
    // Two of three: the gate's rate is 3/5, the far band leans from it towards its own two thirds.
    check([none, none, judged(2, 1)], [0.6, 0.6, 4.4 / 7.0]);
    check([judged(0, 10), none, judged(10, 0)], [2.0 / 14.0, 0.5, 12.0 / 14.0]);
    // Slight ones were worse than far ones: distance may not count against a flag, so they share one chance.
    check([judged(4, 0), none, judged(0, 4)], [0.5; 3]);
}

#[test]
fn times_are_medians_without_pauses() {
    let second = 1_000_000;
    let word = Some(WordConfidence);
    let moments = [(0, word), (4, word), (10, word), (15, None), (200, word), (207, Some(ReadingSpeed)), (208, word)];
    let moments = moments.map(|(at, gate)| (at * second, gate));
    assert_eq!(paces(&moments), [(WordConfidence, 4 * second)].into(), "4, 6 and 1 s; the pause and the gate with one time do not count");
    assert_eq!(paces(&moments[..3]), BTreeMap::new());
    assert_eq!(pace_per_minute(&moments[..1]), None);
    assert_eq!(pace_per_minute(&moments[..2]), Some(15.0));
    // 23 s of work in which four verdicts were given.
    assert!((pace_per_minute(&moments).unwrap() - 4.0 * 60.0 / 23.0).abs() < 1e-9);
    // An hour of one verdict every 30 s, then ten minutes of one every 10 s: only the latter is the pace.
    let slow = (0..120).map(|i| (i * 30 * second, word));
    let quick = (1..=60).map(|i| (119 * 30 * second + i * 10 * second, word));
    let day: Vec<Moment> = slow.chain(quick).collect();
    assert!((pace_per_minute(&day).unwrap() - 6.0).abs() < 1e-9);
}

#[test]
fn seconds_are_whole_and_never_none() {
    for (usual, length_ms, expected) in [
        (None, 0, 3),
        (None, 400, 3),
        (None, 600, 4),
        (None, 20_000, 23),
        (Some(200_000), 9_000, 1),
        (Some(6_400_000), 0, 6),
        (None, -5, 3),
    ] {
        assert_eq!(seconds(usual, Delta::from_ms(length_ms)), expected, "{usual:?}, {length_ms} ms");
    }
}

#[test]
fn what_was_said_names_the_flags_it_counts() {
    let none = Judged::default();
    for (record, band, expected) in [
        ([none; 3], 0, "nobody decided on such a flag yet"),
        ([judged(2, 1), none, none], 0, "2 of 3 such flags were defects"),
        ([judged(1, 2), none, none], 2, "1 of 3 flags of this gate was a defect"),
        ([none, judged(0, 4), none], 1, "0 of 4 such flags were defects"),
    ] {
        assert_eq!(said(&record, band), expected);
    }
}

fn records() -> impl Strategy<Value = Record> {
    prop::array::uniform3((0u32..40, 0u32..40).prop_map(|(a, b)| judged(a, b)))
}

proptest! {
    #[test]
    fn farther_beyond_the_limit_is_never_less_likely(record in records()) {
        let found = chances(&record);
        prop_assert!(found.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12));
        prop_assert!(found.iter().all(|c| (0.0..=1.0).contains(c)));
    }

    #[test]
    fn one_more_defect_lowers_no_chance_and_one_more_false_alarm_raises_none(record in records(), band in 0..BANDS) {
        let before = chances(&record);
        let mut more = record;
        more[band].defects += 1;
        prop_assert!(chances(&more).iter().zip(before).all(|(after, before)| *after >= before - 1e-12));
        let mut less = record;
        less[band].false_alarms += 1;
        prop_assert!(chances(&less).iter().zip(before).all(|(after, before)| *after <= before + 1e-12));
    }

    #[test]
    fn more_time_is_never_worth_more(chance in 0.0..1.0f64, a in 0i64..200_000_000, b in 0i64..200_000_000) {
        let (less, more) = (a.min(b), a.max(b));
        prop_assert!(worth(chance, seconds(Some(less), Delta::from_us(0))) >= worth(chance, seconds(Some(more), Delta::from_us(0))));
        prop_assert!(worth(chance, seconds(None, Delta::from_us(less))) >= worth(chance, seconds(None, Delta::from_us(more))));
    }

    #[test]
    fn a_slower_person_has_no_shorter_times(steps in prop::collection::vec(0i64..60_000_000, 4..40)) {
        let moments = |factor: i64| {
            let mut at = 0;
            steps.iter().map(|step| { at += step * factor; (at, Some(WordConfidence)) }).collect::<Vec<Moment>>()
        };
        let (quick, slow) = (paces(&moments(1)), paces(&moments(2)));
        prop_assert!(quick[&WordConfidence] <= slow[&WordConfidence]);
    }
}
