//! What other implementations say: those that `tests/reference/tune_reference.py` asked, and where they lie beside the repository, the values
//! that the procedure was published with.
#![allow(clippy::unwrap_used)]

use plumbline_core::agreement;
use plumbline_core::tune::certify::{Ahead, Grid, Probe, certify};
use plumbline_core::tune::estimate::{Labels, Tally, lower, sweep, upper};
use plumbline_core::tune::table::Table;
use plumbline_core::tune::{isotonic, watch};
use serde_json::Value;

fn own() -> Value {
    serde_json::from_str(include_str!("tune_reference.json")).unwrap()
}

/// The published values, or None, with a word why, where they are not there.
fn published() -> Option<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/bench/tuning/reference.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        std::io::Write::write_all(&mut std::io::stderr(), b"skipped: the reference values are not beside the repository\n").ok();
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn list(value: &Value) -> &Vec<Value> {
    let list = value.as_array().unwrap();
    assert!(!list.is_empty());
    list
}

fn column(value: &Value) -> Vec<f64> {
    list(value).iter().map(|v| v.as_f64().unwrap()).collect()
}

/// Defects as a list of 0 and 1, or as a text of them.
fn defects(value: &Value) -> Vec<bool> {
    match value.as_str() {
        Some(text) => text.bytes().map(|sign| sign == b'1').collect(),
        None => column(value).into_iter().map(|v| v > 0.5).collect(),
    }
}

fn count(value: &Value) -> Option<u32> {
    value.as_u64().map(|n| n as u32)
}

#[track_caller]
fn near(found: f64, expected: &Value, relative: f64) {
    let expected = expected.as_f64().unwrap_or(f64::NAN);
    let close = (found - expected).abs() <= relative * expected.abs() + 1e-13;
    assert!(close || (found.is_nan() && expected.is_nan()), "{found}, not {expected}");
}

fn same_tables(tables: &Value) {
    for known in list(tables) {
        let table = Table::new(known["alpha"].as_f64().unwrap(), known["delta"].as_f64().unwrap()).unwrap();
        let rows: Vec<(i64, i64)> = table.rows().iter().map(|row| (row.probes.into(), row.most.map_or(-1, i64::from))).collect();
        let expected: Vec<(i64, i64)> =
            list(&known["rows"]).iter().map(|row| (row[0].as_i64().unwrap(), row[1].as_i64().unwrap())).collect();
        assert_eq!(rows, expected, "{} {}", known["alpha"], known["delta"]);
        if let Some(first) = count(&known["first_certifiable_clean"]) {
            assert_eq!(table.first_clean(), first);
        }
    }
}

#[test]
fn tables_are_the_same_row_by_row() {
    same_tables(&own()["tables"]);
    if let Some(published) = published() {
        same_tables(&published["checkpoint_tables"]);
    }
}

fn probes(scores: &Value, decided: &Value) -> Vec<Probe> {
    column(scores).into_iter().zip(defects(decided)).map(|(score, defect)| Probe { score, defect: Some(defect) }).collect()
}

#[test]
fn grids_and_decisions_are_the_same() {
    for known in list(&own()["decisions"]) {
        let table = Table::new(known["alpha"].as_f64().unwrap(), known["delta"].as_f64().unwrap()).unwrap();
        let grid = Grid::from_pilot(known["start"].as_f64().unwrap(), &column(&known["pilot"])).unwrap();
        assert_eq!(grid.limits(), column(&known["limits"]));
        let found = certify(&table, &grid, &probes(&known["scores"], &known["defects"])).unwrap();
        for (step, expected) in found.steps.iter().zip(list(&known["steps"])) {
            assert_eq!(
                (Some(step.probes), Some(step.defects), step.certified_at),
                (count(&expected[0]), count(&expected[1]), count(&expected[2]))
            );
        }
    }
}

#[test]
fn published_decisions_are_the_same_with_what_is_still_missing() {
    let Some(published) = published() else { return };
    for known in list(&published["fixed_sequence"]) {
        let table = Table::new(known["alpha"].as_f64().unwrap(), known["delta"].as_f64().unwrap()).unwrap();
        let limits = column(&known["grid_strict_to_loose"]);
        let grid = Grid::stored(limits.clone(), vec![0.5; limits.len()]).unwrap();
        let found = certify(&table, &grid, &probes(&known["scores"], &known["defects"])).unwrap();
        assert_eq!(found.last.map_or(-1, |last| last as i64), known["certified_index"].as_i64().unwrap(), "{}", known["id"]);
        let next = found.steps.iter().position(|step| step.certified_at.is_none());
        for (at, (step, row)) in found.steps.iter().zip(list(&known["steps"])).enumerate() {
            near(step.limit, &row[0], 0.0);
            assert_eq!(
                (Some(step.probes), Some(step.defects), step.certified_at),
                (count(&row[1]), count(&row[2]), count(&row[3])),
                "{}",
                known["id"]
            );
            if next == Some(at) {
                // The published table is longer than the procedure's.
                let within = count(&row[4]).filter(|n| *n <= table.rows().last().unwrap().probes);
                let expected = within.map_or((None, None), |n| (Some(n), count(&row[5])));
                let missing = match found.ahead {
                    Ahead::Clean { step, probes, to } if step == at => (Some(to.probes), Some(probes)),
                    Ahead::OutOfReach { step } if step == at => (None, None),
                    ahead => panic!("{ahead:?} in {}", known["id"]),
                };
                assert_eq!(missing, expected, "{}", known["id"]);
            }
        }
    }
}

#[test]
fn bounds_are_those_of_clopper_and_pearson() {
    for row in list(&own()["bounds"]) {
        let [defects, judged, confidence] = [0, 1, 2].map(|i| row[i].as_f64().unwrap());
        near(lower(defects, judged, confidence), &row[3], 1e-9);
        near(upper(defects, judged, confidence), &row[4], 1e-9);
    }
    let Some(published) = published() else { return };
    for row in list(&published["clopper_pearson"]) {
        let [defects, judged, confidence] = ["x", "n", "conf"].map(|name| row[name].as_f64().unwrap());
        near(lower(defects, judged, confidence), &row["lower_one_sided"], 1e-9);
        near(upper(defects, judged, confidence), &row["upper_one_sided"], 1e-9);
        let each = (1.0 + confidence) / 2.0;
        near(lower(defects, judged, each), &row["two_sided"][0], 1e-9);
        near(upper(defects, judged, each), &row["two_sided"][1], 1e-9);
    }
}

#[test]
fn shares_are_those_of_hajek_on_both_sides_of_every_limit() {
    for known in list(&own()["sweeps"]) {
        let (at, defects, inclusion) = (column(&known["at"]), defects(&known["defects"]), column(&known["inclusion"]));
        let found = sweep(&column(&known["scores"]), Labels { scores: &at, defects: &defects, inclusion: &inclusion }).unwrap();
        let rows = list(&known["rows"]);
        assert_eq!(found.limit.len(), rows.len() + 1);
        for (i, row) in rows.iter().enumerate() {
            near(found.limit[i], &row[0], 0.0);
            assert_eq!(Some(found.flagged[i]), count(&row[1]));
            near(found.precision(i), &row[2], 1e-9);
            near(found.escapes(i), &row[4], 1e-9);
            let point = found.point(i).unwrap();
            for (rate, share, effective) in [(point.precision, &row[2], &row[3]), (point.escapes, &row[4], &row[5])] {
                let Some(rate) = rate else {
                    assert!(share.is_null());
                    continue;
                };
                let judged = effective.as_f64().unwrap();
                let expected = upper(share.as_f64().unwrap() * judged, judged, 0.975);
                assert!((rate.high - expected).abs() < 1e-9 && rate.low <= rate.estimate);
            }
        }
        // scikit-learn's precision of all that lies at a limit or below it.
        for (limit, precision) in column(&known["flagged_up_to"]).into_iter().zip(list(&known["precision"])) {
            near(found.precision(found.row(limit.next_up())), precision, 1e-9);
        }
    }
}

#[test]
fn the_published_share_comes_out() {
    let Some(published) = published() else { return };
    let known = &published["hajek"];
    let mut tally = Tally::default();
    for row in list(&known["rows"]) {
        tally.add(row[2].as_u64() == Some(1), row[1].as_f64().unwrap());
    }
    near(tally.share(), &known["estimate"], 1e-9);
    near(tally.effective(), &known["kish_n_eff"], 1e-9);
}

#[test]
fn falling_lines_are_those_of_scikit_learn() {
    let check = |known: &Value, names: [&str; 5]| {
        let [scores, decided, weights, asked, chance] = names.map(|name| &known[name]);
        let line = isotonic::fit(&column(scores), &defects(decided), &column(weights)).unwrap();
        for (score, expected) in column(asked).into_iter().zip(list(chance)) {
            near(line.at(score), expected, 1e-9);
        }
        line
    };
    for known in list(&own()["lines"]) {
        check(known, ["scores", "defects", "weights", "asked", "chance"]);
    }
    let Some(published) = published() else { return };
    for known in list(&published["isotonic"]) {
        let line = check(known, ["x", "y", "w", "query", "predicted"]);
        for (score, expected) in column(&known["x"]).into_iter().zip(list(&known["fitted_at_x"])) {
            near(line.at(score), expected, 1e-9);
        }
    }
}

#[test]
fn distances_and_their_chances_are_those_of_scipy() {
    let check = |known: &Value, p: &str| {
        let found = watch::drift(&column(&known["a"]), &column(&known["b"])).unwrap();
        near(found.statistic, &known["statistic"], 1e-9);
        // Close where a chance is small; where it is not, nobody asks for digits.
        let expected = known[p].as_f64().unwrap();
        let off = (found.p - expected).abs();
        assert!(off <= if expected < 0.05 { 1e-4 * expected } else { 0.01 }, "{}, not {expected}", found.p);
    };
    list(&own()["drifts"]).iter().for_each(|known| check(known, "p"));
    if let Some(published) = published() {
        check(&published["ks_two_sample"], "p_asymp");
    }
}

#[test]
fn the_watch_sums_up_the_same_evidence() {
    for known in list(&own()["sums"]) {
        let found = watch::cusum(known["alpha"].as_f64().unwrap(), &defects(&known["defects"])).unwrap();
        near(found.log, &known["log"], 1e-9);
        assert_eq!(found.alarm.map(|at| at as u64), known["alarm"].as_u64());
    }
    let Some(published) = published() else { return };
    let known = &published["e_cusum"];
    let seen = defects(&known["defects"]);
    for row in list(&known["log_after"]) {
        let after = count(&row[0]).unwrap() as usize;
        near(watch::cusum(0.05, &seen[..after]).unwrap().log, &row[1], 1e-9);
    }
    assert_eq!(watch::cusum(0.05, &seen).unwrap().alarm.map(|at| at as u64 + 1), known["first_alarm"].as_u64());
}

#[test]
fn agreement_is_that_of_krippendorff() {
    let check = |said: &Value, expected: &Value| {
        let people: Vec<Vec<Option<i64>>> = serde_json::from_value(said.clone()).unwrap();
        let units: Vec<Vec<i64>> = (0..people[0].len()).map(|i| people.iter().filter_map(|values| values[i]).collect()).collect();
        near(agreement::alpha(&units).alpha.unwrap(), expected, 1e-9);
    };
    list(&own()["agreements"]).iter().for_each(|known| check(&known["said"], &known["alpha"]));
    if let Some(published) = published() {
        list(&published["krippendorff"]).iter().for_each(|known| check(&known["coders_by_units"], &known["nominal"]));
    }
}
