//! What other implementations say of assignments, overlaps, shares, texts and tests: those that `tests/reference/score_reference.py` asked.
#![allow(clippy::unwrap_used)]

use plumbline_core::lab::ClipSet;
use plumbline_core::score::chance::{holm, mcnemar, student_below, student_quantile};
use plumbline_core::score::{Judged, Pair, Rules, Score, assign, judge, likeness};
use plumbline_core::tune::paired::{Cluster, widened};
use plumbline_core::{Annotation, MediaTime, Region, Span};
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("score_reference.json")).unwrap()
}

fn list(value: &Value) -> &Vec<Value> {
    let list = value.as_array().unwrap();
    assert!(!list.is_empty());
    list
}

fn column(value: &Value) -> Vec<f64> {
    list(value).iter().map(|v| v.as_f64().unwrap()).collect()
}

#[track_caller]
fn near(found: f64, expected: f64, relative: f64, of: &Value) {
    assert!((found - expected).abs() <= relative * expected.abs() + 1e-12, "{found}, not {expected}: {of}");
}

fn annotation(span: [i64; 2], region: Option<Region>) -> Annotation {
    let mut annotation: Annotation =
        serde_json::from_value(serde_json::json!({"start_us": span[0], "end_us": span[1], "label": "thing"})).unwrap();
    annotation.region = region;
    annotation
}

/// What two annotations have in common, by rules that take any overlap.
fn pair(one: &Annotation, other: &Annotation) -> Option<Pair> {
    let set = ClipSet { name: String::new(), clips: vec![], labels: vec![], chosen: String::new(), note: String::new() };
    let within = Span::new(MediaTime::ZERO, MediaTime::from_us(i64::MAX));
    let rules = Rules { time_iou: 0.0, region_iou: 0.0 };
    judge(std::slice::from_ref(one), std::slice::from_ref(other), within, &set, &rules).pairs.first().copied()
}

#[test]
fn assignments_gain_as_much_as_those_of_scipy() {
    for case in list(&reference()["assignments"]) {
        let gains: Vec<Vec<f64>> = list(&case["gains"]).iter().map(column).collect();
        let given: Vec<(usize, usize)> = assign(&gains).into_iter().enumerate().filter_map(|(row, column)| Some((row, column?))).collect();
        let mut columns: Vec<usize> = given.iter().map(|(_, column)| *column).collect();
        columns.sort_unstable();
        columns.dedup();
        assert_eq!(columns.len(), given.len(), "a column is given twice: {case}");
        near(given.iter().map(|(row, column)| gains[*row][*column]).sum(), case["sum"].as_f64().unwrap(), 1e-9, case);
        if let Some(expected) = case["given"].as_array() {
            let expected: Vec<(usize, usize)> = expected.iter().map(column).map(|pair| (pair[0] as usize, pair[1] as usize)).collect();
            assert_eq!(given, expected);
        }
    }
}

#[test]
fn overlaps_are_those_of_pycocotools() {
    let known = &reference()["overlaps"];
    let regions = |side: usize| -> Vec<Annotation> {
        let region = |b: Vec<f64>| Region { x: b[0] as f32, y: b[1] as f32, w: b[2] as f32, h: b[3] as f32 };
        list(&known["boxes"][side]).iter().map(|b| annotation([0, 1], Some(region(column(b))))).collect()
    };
    let spans = |side: usize| -> Vec<Annotation> {
        list(&known["spans"][side]).iter().map(|s| annotation([s[0].as_i64().unwrap(), s[1].as_i64().unwrap()], None)).collect()
    };
    for (sides, expected) in [([regions(0), regions(1)], &known["boxes_iou"]), ([spans(0), spans(1)], &known["spans_iou"])] {
        for (one, row) in sides[0].iter().zip(list(expected)) {
            for (other, expected) in sides[1].iter().zip(column(row)) {
                let found = pair(one, other).map_or(0.0, |pair| pair.region_iou.unwrap_or(pair.time_iou));
                near(found, expected, 1e-9, row);
            }
        }
    }
}

#[test]
fn shares_are_those_of_scikit_learn() {
    for case in list(&reference()["shares"]) {
        let [matched, missed, extra] = [0, 1, 2].map(|at| case[at].as_u64().unwrap() as usize);
        let same = pair(&annotation([0, 1], None), &annotation([0, 1], None)).unwrap();
        let score = Score::of(&Judged { pairs: vec![same; matched], missed: vec![0; missed], extra: vec![0; extra] });
        for (found, at) in [(score.precision(), 3), (score.recall(), 4), (score.f1(), 5)] {
            near(found, case[at].as_f64().unwrap(), 1e-9, case);
        }
    }
}

#[test]
fn texts_are_as_alike_as_rapidfuzz_finds() {
    for case in list(&reference()["texts"]) {
        near(likeness(case[0].as_str().unwrap(), case[1].as_str().unwrap()), case[2].as_f64().unwrap(), 1e-9, case);
    }
}

#[test]
fn chances_are_those_of_scipy_and_statsmodels() {
    let reference = reference();
    for case in list(&reference["tests"]["mcnemar"]) {
        let [one, other] = [0, 1].map(|at| case[at].as_u64().unwrap() as u32);
        near(mcnemar(one, other), case[2].as_f64().unwrap(), 1e-9, case);
    }
    for case in list(&reference["tests"]["holm"]) {
        for (found, expected) in holm(&column(&case["p"])).into_iter().zip(column(&case["corrected"])) {
            near(found, expected, 1e-9, case);
        }
    }
}

#[test]
fn students_distribution_is_that_of_scipy() {
    let reference = reference();
    for (part, found) in [("quantiles", student_quantile as fn(f64, f64) -> f64), ("below", student_below)] {
        for case in list(&reference["student"][part]).iter().map(|case| (case, column(case))) {
            near(found(case.1[0], case.1[1]), case.1[2], 1e-9, case.0);
        }
    }
}

#[test]
fn bounds_are_those_of_all_ways_to_draw_again() {
    for case in list(&reference()["bounds"]) {
        let clusters: Vec<Cluster> = column(&case["sums"])
            .into_iter()
            .zip(column(&case["counts"]))
            .map(|(sum, count)| Cluster { sum, count: count as u32 })
            .collect();
        for seed in ["a", "b", "c"] {
            let found = widened(&clusters, case["chance"].as_f64().unwrap(), seed).unwrap();
            let (mean, student) = (case["mean"].as_f64().unwrap(), case["student"].as_f64().unwrap());
            near(found.mean, mean, 1e-9, case);
            assert!(found.lower <= mean - student + 1e-9 && found.upper >= mean + student - 1e-9, "{found:?}: {case}");
            for (bound, name) in [(found.lower, "lower"), (found.upper, "upper")] {
                let range = column(&case[name]);
                assert!((range[0] - 1e-9..=range[1] + 1e-9).contains(&bound), "{name} {bound} with seed {seed}: {case}");
            }
        }
    }
}
