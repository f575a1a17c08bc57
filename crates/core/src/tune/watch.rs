//! What notices that a promise may not hold any more: scores that come from elsewhere, and defects that come too often.

use super::beta::ln_gamma;
use super::{Missing, check_alpha, sorted};
use std::f64::consts::LN_2;

/// How far two sets of scores lie apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// The greatest distance between their cumulative shares (Kolmogorov and Smirnov), 0 to 1.
    pub statistic: f64,
    /// About the chance of a distance as great if both came from one source, 0 to 1: the asymptotic one, but never below what the most extreme
    /// of all orders of so few scores would have.
    pub p: f64,
}

/// Compares the scores of the probes that a certificate rests on with recent ones; both in any order.
///
/// # Errors
/// [`Missing::NoProbes`] where one of them is empty, [`Missing::NotFinite`] for a score that is no number.
pub fn drift(certifying: &[f64], recent: &[f64]) -> Result<Drift, Missing> {
    let (a, b) = (sorted(certifying)?, sorted(recent)?);
    if a.is_empty() || b.is_empty() {
        return Err(Missing::NoProbes);
    }
    let (of_a, of_b) = (a.len() as f64, b.len() as f64);
    let (mut i, mut j, mut statistic) = (0, 0, 0.0f64);
    while i < a.len() && j < b.len() {
        let here = a[i].min(b[j]);
        while i < a.len() && a[i] <= here {
            i += 1;
        }
        while j < b.len() && b[j] <= here {
            j += 1;
        }
        statistic = statistic.max((i as f64 / of_a - j as f64 / of_b).abs());
    }
    // Two of all orders part the two sets wholly.
    let extreme = 2.0 * (ln_gamma(of_a + 1.0) + ln_gamma(of_b + 1.0) - ln_gamma(of_a + of_b + 1.0)).exp();
    let p = chance(statistic, (of_a * of_b / (of_a + of_b)).round().max(1.0));
    Ok(Drift { statistic, p: p.max(extreme).min(1.0) })
}

/// The chance that the empirical distribution of `n` numbers strays by `d` from the true one: twice the exact chance of straying to one side
/// (Birnbaum and Tingey, 1951), less the chance of both, in the limit of Kolmogorov's series. After Simard and L'Ecuyer, "Computing the
/// Two-Sided Kolmogorov–Smirnov Distribution" (2011), where the doubled chance is exact to all digits from `n d² = 2.2` on.
fn chance(d: f64, n: f64) -> f64 {
    if d <= 0.0 {
        return 1.0;
    }
    let all = ln_gamma(n + 1.0);
    let one_side: f64 = (0..=(n * (1.0 - d)) as u32)
        .map(|j| {
            let j = f64::from(j);
            let ways = all - ln_gamma(j + 1.0) - ln_gamma(n - j + 1.0);
            let beyond = (1.0 - d - j / n).max(0.0);
            // 0 to the power of 0 is 1: all numbers lie below.
            let rest = if n - j > 0.0 { (n - j) * beyond.ln() } else { 0.0 };
            (ways + (j - 1.0) * (d + j / n).ln() + rest).exp()
        })
        .sum();
    let squared = n * d * d;
    let both: f64 = (2..100).map(|k: i32| f64::from(1 - 2 * (k % 2)) * (-2.0 * f64::from(k * k) * squared).exp()).sum();
    (2.0 * (d * one_side - both)).clamp(0.0, 1.0)
}

/// How strongly probes that pass speak for an escape rate of twice what was promised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cusum {
    /// Logarithm of the evidence after the last probe; below 0 it speaks for the promise.
    pub log: f64,
    /// The probe (counted from 0) at which evidence first reached 1000 to 1. None while it has not.
    pub alarm: Option<usize>,
}

/// Evidence of 1000 to 1 is an alarm.
const ALARM: f64 = 1000.0;

/// Watches an escape rate `alpha` (0.0001 to 0.4) over probes that pass the limit in force, in the order they were decided in; `true` is a defect.
/// Each one multiplies the evidence, by 2 where it is a defect and by `(1 - 2 alpha) / (1 - alpha)` where not; evidence for the promise is
/// forgotten, so that a change shows whenever it comes.
///
/// The sum is Page's (1954), as an e-detector: at the promised rate, 1000 probes pass on average before a false alarm, at the least.
/// For `alpha` 5 %: 2.3 % false alarms in 2,000 probes; half of all changes to twice (three, five times) the rate are seen within 265 (111, 50).
///
/// # Errors
/// [`Missing::Alpha`] for a rate out of range.
pub fn cusum(alpha: f64, defects: &[bool]) -> Result<Cusum, Missing> {
    check_alpha(alpha)?;
    let clean = ((1.0 - 2.0 * alpha) / (1.0 - alpha)).ln();
    let mut found = Cusum { log: 0.0, alarm: None };
    for (at, defect) in defects.iter().enumerate() {
        found.log = found.log.max(0.0) + if *defect { LN_2 } else { clean };
        if found.alarm.is_none() && found.log >= ALARM.ln() {
            found.alarm = Some(at);
        }
    }
    Ok(found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_same_scores_have_not_moved_and_others_have() {
        let scores: Vec<f64> = (0..200).map(f64::from).collect();
        let moved: Vec<f64> = scores.iter().map(|s| s + 500.0).collect();
        assert_eq!(drift(&scores, &scores), Ok(Drift { statistic: 0.0, p: 1.0 }));
        let far = drift(&scores, &moved).unwrap();
        assert!((far.statistic - 1.0).abs() < 1e-12 && far.p < 1e-20, "{far:?}");
        // All tie.
        assert_eq!(drift(&[1.0; 9], &[1.0; 4]), Ok(Drift { statistic: 0.0, p: 1.0 }));
        let one = drift(&[1.0], &[2.0]).unwrap();
        assert!((one.statistic - 1.0).abs() < 1e-12 && one.p > 1.0 - 1e-12, "{one:?}");
    }

    #[test]
    fn what_can_not_be_compared_is_said() {
        assert_eq!(drift(&[], &[1.0]), Err(Missing::NoProbes));
        assert_eq!(drift(&[1.0], &[f64::NAN]), Err(Missing::NotFinite { at: 0 }));
        assert_eq!(cusum(0.0, &[true]), Err(Missing::Alpha(0.0)));
    }

    #[test]
    fn ten_defects_in_a_row_are_an_alarm_and_clean_probes_are_none() {
        assert_eq!(cusum(0.05, &[true; 9]).unwrap().alarm, None);
        assert_eq!(cusum(0.05, &[true; 10]).unwrap().alarm, Some(9));
        // However long it went well before.
        let mut late = vec![false; 5000];
        late.extend([true; 10]);
        late.extend([false; 500]);
        assert_eq!(cusum(0.05, &late).unwrap().alarm, Some(5009));
        assert_eq!(cusum(0.4, &[]), Ok(Cusum { log: 0.0, alarm: None }));
    }
}
