#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;

const NONE: Labels<'static> = Labels { scores: &[], defects: &[], inclusion: &[] };

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-12 || (found.is_nan() && expected.is_nan())
}

#[test]
fn a_limit_flags_what_lies_below_and_what_ties_stays_together() {
    let labels = Labels { scores: &[1.0, 2.0, 2.0, 3.0], defects: &[true, true, false, false], inclusion: &[1.0, 1.0, 0.5, 0.1] };
    let sweep = sweep(&[2.0, 3.0, 1.0, 2.0, 3.0, 3.0], labels).unwrap();
    assert_eq!(sweep.limit, [1.0, 2.0, 3.0, 3.0f64.next_up()]);
    assert_eq!(sweep.flagged, [0, 1, 3, 6]);
    // Weights 1, 1, 2, 10.
    for (row, precision, escapes, known) in
        [(0, f64::NAN, 2.0 / 14.0, 2), (1, 1.0, 1.0 / 13.0, 1), (2, 2.0 / 4.0, 0.0, 0), (3, 2.0 / 14.0, f64::NAN, 0)]
    {
        assert!(near(sweep.precision(row), precision) && near(sweep.escapes(row), escapes), "row {row}");
        assert_eq!(sweep.point(row).unwrap().known_escapes, known, "row {row}");
    }
    assert_eq!([0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 9.0].map(|limit| sweep.row(limit)), [0, 0, 1, 1, 2, 2, 3]);
    assert!(near(sweep.point(2).unwrap().load, 0.5));
    assert_eq!(sweep.point(0).unwrap().precision, None);
}

#[test]
fn without_labels_there_is_the_load_alone_and_one_unit_is_enough() {
    let sweep = sweep(&[4.0], NONE).unwrap();
    assert_eq!((sweep.limit.len(), sweep.flagged.clone(), sweep.point(1).unwrap().load), (2, vec![0, 1], 1.0));
    assert!((0..2).all(|row| sweep.precision(row).is_nan() && sweep.escapes(row).is_nan()));
}

#[test]
fn columns_that_can_not_be_read_are_refused() {
    let labels = |scores, inclusion| Labels { scores, defects: &[true], inclusion };
    for (scores, labels, missing) in [
        (&[][..], NONE, Missing::NoUnits),
        (&[1.0, f64::NAN], NONE, Missing::NotFinite { at: 1 }),
        (&[1.0], labels(&[f64::INFINITY], &[1.0]), Missing::NotFinite { at: 0 }),
        (&[1.0], labels(&[1.0], &[0.0]), Missing::Inclusion { at: 0 }),
        (&[1.0], labels(&[1.0], &[1.5]), Missing::Inclusion { at: 0 }),
        (&[1.0], labels(&[1.0], &[f64::NAN]), Missing::Inclusion { at: 0 }),
        (&[1.0], labels(&[1.0], &[]), Missing::Lengths { scores: 1, others: 0 }),
        (&[1.0], labels(&[1.0, 2.0], &[1.0, 1.0]), Missing::Lengths { scores: 2, others: 1 }),
    ] {
        assert_eq!(sweep(scores, labels).err(), Some(missing), "{missing}");
    }
}

#[test]
fn bounds_hold_the_estimate_and_are_whole_where_nothing_was_judged() {
    assert_eq!((lower(0.0, 0.0, 0.975), upper(0.0, 0.0, 0.975)), (0.0, 1.0));
    assert_eq!((lower(0.0, 9.0, 0.975), upper(9.0, 9.0, 0.975)), (0.0, 1.0));
    for judged in [1.0, 2.5, 70.4, 1e4, 1e6] {
        for share in [0.001, 0.05, 0.5, 0.93] {
            let (low, high) = (lower(share * judged, judged, 0.975), upper(share * judged, judged, 0.975));
            assert!(low < share && share < high, "{share} of {judged}: {low}..{high}");
        }
    }
}

#[test]
fn what_is_shown_keeps_both_ends_the_crowd_and_the_tail() {
    let mut scores: Vec<f64> = (0..10_000).map(|i| f64::from(i) * 1e-6).collect();
    scores.extend((1..=500).map(f64::from));
    let sweep = sweep(&scores, NONE).unwrap();
    let rows = sweep.shown(512);
    assert!(rows.len() <= 512 && rows.len() > 400, "{}", rows.len());
    assert_eq!((rows[0], *rows.last().unwrap()), (0, sweep.limit.len() - 1));
    assert!(rows.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(rows.iter().filter(|row| sweep.limit[**row] < 0.01).count() > 200);
    assert!(rows.iter().filter(|row| sweep.limit[**row] > 1.0).count() > 200);
    let points = sweep.points(&rows);
    assert!(points.iter().zip(&rows).all(|(point, row)| Some(*point) == sweep.point(*row)));
    let few = super::sweep(&[1.0, 2.0], NONE).unwrap();
    assert_eq!(few.shown(512), [0, 1, 2]);
}

proptest! {
    #[test]
    fn a_sweep_says_what_counting_says(
        scores in proptest::collection::vec(-3i32..3, 1..40),
        labelled in proptest::collection::vec((-4i32..4, any::<bool>(), 1u32..5), 0..30),
    ) {
        let scores: Vec<f64> = scores.into_iter().map(f64::from).collect();
        let at: Vec<f64> = labelled.iter().map(|unit| f64::from(unit.0)).collect();
        let defects: Vec<bool> = labelled.iter().map(|unit| unit.1).collect();
        let inclusion: Vec<f64> = labelled.iter().map(|unit| 1.0 / f64::from(unit.2)).collect();
        let sweep = sweep(&scores, Labels { scores: &at, defects: &defects, inclusion: &inclusion }).unwrap();
        for (row, limit) in sweep.limit.iter().enumerate() {
            prop_assert_eq!(sweep.flagged[row] as usize, scores.iter().filter(|s| *s < limit).count());
            let share = |flagged: bool| {
                let picked = || labelled.iter().filter(move |unit| (f64::from(unit.0) < *limit) == flagged);
                let weights: u32 = picked().map(|unit| unit.2).sum();
                f64::from(picked().filter(|unit| unit.1).map(|unit| unit.2).sum::<u32>()) / f64::from(weights)
            };
            prop_assert!(near(sweep.precision(row), share(true)));
            prop_assert!(near(sweep.escapes(row), share(false)));
        }
        prop_assert!(sweep.limit.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
