//! Mean differences and their bounds against what `tests/reference/paired_reference.py` found by going through every way to draw clusters again.
#![allow(clippy::unwrap_used)]

use plumbline_core::tune::paired::{Cluster, paired};
use serde_json::Value;

fn column(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn bounds_are_those_of_all_ways_to_draw_again() {
    let reference: Value = serde_json::from_str(include_str!("paired_reference.json")).unwrap();
    let cases = reference["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 20);
    for case in cases {
        let clusters: Vec<Cluster> = column(&case["sums"])
            .into_iter()
            .zip(column(&case["counts"]))
            .map(|(sum, count)| Cluster { sum, count: count as u32 })
            .collect();
        for seed in ["a", "b", "c"] {
            let found = paired(&clusters, 0.05, seed).unwrap();
            assert!((found.mean - case["mean"].as_f64().unwrap()).abs() < 1e-12, "{found:?}: {case}");
            for (bound, name) in [(found.lower, "lower"), (found.upper, "upper")] {
                let range = column(&case[name]);
                assert!((range[0] - 1e-12..=range[1] + 1e-12).contains(&bound), "{name} {bound} with seed {seed}: {case}");
            }
        }
    }
}
