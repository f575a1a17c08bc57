//! How likely what was seen would be if there were nothing in it.

use crate::tune::beta;

/// Share of Student's t distribution with these degrees of freedom (above 0) below `t`.
pub fn student_below(t: f64, freedom: f64) -> f64 {
    let square = t * t;
    if !square.is_finite() {
        return f64::from(u8::from(t > 0.0));
    }
    let all = freedom + square;
    // Of the share around 0 and those beyond it the one is reckoned that keeps its digits.
    let tail = if square < 1.0 {
        let around = if square > 0.0 { beta::share_below(square / all, 0.5, freedom / 2.0) } else { 0.0 };
        0.5 - 0.5 * around
    } else {
        0.5 * beta::share_below(freedom / all, freedom / 2.0, 0.5)
    };
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// The point below which a share `p` of Student's t distribution with these degrees of freedom (above 0) lies, `0 < p < 1`.
pub fn student_quantile(p: f64, freedom: f64) -> f64 {
    let tail = p.min(1.0 - p);
    if tail >= 0.5 {
        return 0.0;
    }
    let x = beta::quantile(2.0 * tail, freedom / 2.0, 0.5);
    // Digits are lost in 1 - x where x is near 1.
    let rest = if x > 0.5 { beta::quantile(1.0 - 2.0 * tail, 0.5, freedom / 2.0) } else { 1.0 - x };
    let t = (freedom * rest / x).sqrt();
    if p < 0.5 { -t } else { t }
}

/// McNemar's test, exact: the chance that counts are at least as unlike as these where both ways pass a clip as often, 0..1. Counts are of clips
/// that pass one way alone; those that pass both ways, or neither, say nothing.
pub fn mcnemar(only_one: u32, only_other: u32) -> f64 {
    let (few, many) = (f64::from(only_one.min(only_other)), f64::from(only_one.max(only_other)));
    if many - few < 0.5 {
        return 1.0;
    }
    // The binomial distribution's share up to `few`, as the beta distribution has it.
    (2.0 * beta::share_below(0.5, many, few + 1.0)).min(1.0)
}

/// Chances that were found side by side, so that all of them together err no more often than one would (Holm's procedure): in the given order, 0..1.
pub fn holm(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|one, other| chances[*one].total_cmp(&chances[*other]));
    let (mut corrected, mut highest) = (vec![1.0; chances.len()], 0.0f64);
    for (before, at) in order.into_iter().enumerate() {
        highest = highest.max(chances[at] * (chances.len() - before) as f64).min(1.0);
        corrected[at] = highest;
    }
    corrected
}
