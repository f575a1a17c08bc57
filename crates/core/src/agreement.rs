//! How far people who judged the same things agree, beyond what chance would give.

use std::collections::BTreeMap;

/// Krippendorff's alpha of some judgements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// 1 where all agree, 0 where they agree as chance would have it, below 0 where they agree less. None where nothing was judged twice,
    /// and where all judgements are one value: agreement can't be told from habit then.
    pub alpha: Option<f64>,
    /// Units with two judgements or more: the others say nothing.
    pub units: u32,
    /// Pairs of judgements on one unit.
    pub pairs: u32,
}

/// Krippendorff's alpha for nominal values. Each unit has the values that it was given, one for each person who judged it, so that a
/// missing value is one that is not there.
///
/// After Klaus Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C, and "Content Analysis", chapter 11.
pub fn alpha<V: Ord>(units: &[Vec<V>]) -> Agreement {
    let mut totals: BTreeMap<&V, f64> = BTreeMap::new();
    let (mut unlike, mut judged, mut pairs) = (0.0, 0.0, 0);
    let twice: Vec<&Vec<V>> = units.iter().filter(|values| values.len() > 1).collect();
    for values in &twice {
        let here = values.len() as f64;
        let differing = values.iter().flat_map(|a| values.iter().map(move |b| a != b)).filter(|differs| *differs).count();
        unlike += differing as f64 / (here - 1.0);
        judged += here;
        pairs += values.len() * (values.len() - 1) / 2;
        for value in *values {
            *totals.entry(value).or_default() += 1.0;
        }
    }
    // Ordered pairs of unlike values if all judgements were dealt out at random.
    let by_chance = judged * judged - totals.values().map(|n| n * n).sum::<f64>();
    let alpha = (by_chance > 0.0).then(|| 1.0 - (judged - 1.0) * unlike / by_chance);
    Agreement { alpha, units: twice.len() as u32, pairs: pairs as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of people, one sign for each unit, a dot where one did not judge.
    fn units(rows: &[&str]) -> Vec<Vec<char>> {
        let rows: Vec<Vec<char>> = rows.iter().map(|row| row.chars().filter(|c| !c.is_whitespace()).collect()).collect();
        (0..rows[0].len()).map(|i| rows.iter().map(|row| row[i]).filter(|v| *v != '.').collect()).collect()
    }

    fn check(rows: &[&str], expected: f64, exact_to: f64) {
        let found = alpha(&units(rows)).alpha.expect("values differ");
        assert!((found - expected).abs() <= exact_to, "{rows:?}: {found}, not {expected}");
    }

    #[test]
    fn the_published_examples_come_out_as_published() {
        // Krippendorff 2011, sections A (two observers, binary), B (two observers, nominal) and C (four observers, values missing).
        check(&["0100000010", "1110010000"], 0.095, 0.000_5);
        check(&["aabbdcccedda", "babbbcccedd d"], 0.692, 0.000_5);
        check(&["12332141 2...", "12332241 25.3", ".3332342 251.", "12332441 251."], 0.743, 0.000_5);
    }

    #[test]
    fn what_says_nothing_has_no_alpha() {
        let none = |rows: &[&str], units_twice: u32, pairs: u32| {
            assert_eq!(alpha(&units(rows)), Agreement { alpha: None, units: units_twice, pairs }, "{rows:?}");
        };
        none(&["...", "..."], 0, 0);
        none(&["12.", "..3"], 0, 0);
        none(&["111", "111"], 3, 3);
        assert_eq!(alpha::<u8>(&[]), Agreement { alpha: None, units: 0, pairs: 0 });
    }

    #[test]
    fn full_agreement_is_one_and_full_disagreement_is_below_nothing() {
        check(&["1212", "1212"], 1.0, 1e-12);
        check(&["1212", "2121"], -0.75, 1e-12);
    }

    /// The tables that a reference implementation was run over, where they lie beside the repository.
    #[test]
    fn the_reference_says_the_same() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/bench/tuning/reference.json");
        let Ok(text) = std::fs::read_to_string(path) else {
            std::io::Write::write_all(&mut std::io::stderr(), b"skipped: the reference values are not beside the repository\n").ok();
            return;
        };
        let reference: serde_json::Value = serde_json::from_str(&text).expect("the reference is JSON");
        let tables = reference["krippendorff"].as_array().expect("it has tables");
        assert!(!tables.is_empty());
        for table in tables {
            let people: Vec<Vec<Option<i64>>> = serde_json::from_value(table["coders_by_units"].clone()).expect("values or nulls");
            let units: Vec<Vec<i64>> = (0..people[0].len()).map(|i| people.iter().filter_map(|values| values[i]).collect()).collect();
            let expected = table["nominal"].as_f64().expect("its alpha");
            let found = alpha(&units).alpha.expect("values differ");
            assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");
        }
    }
}
