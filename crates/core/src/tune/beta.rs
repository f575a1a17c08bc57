//! The beta distribution, as far as exact bounds on a share need it.

use std::f64::consts::PI;

/// Logarithm of the gamma function, for `z > 0`: Stirling's series (Abramowitz and Stegun 6.1.41), after stepping up to where it is exact to
/// the last digits.
pub(super) fn ln_gamma(z: f64) -> f64 {
    let (mut z, mut shift) = (z, 1.0);
    while z < 15.0 {
        shift *= z;
        z += 1.0;
    }
    let inverse = 1.0 / (z * z);
    let series = (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse * (1.0 / 1260.0 - inverse * (1.0 / 1680.0 - inverse / 1188.0)))) / z;
    (z - 0.5) * z.ln() - z + 0.5 * (2.0 * PI).ln() + series - shift.ln()
}

fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), by the method of Lentz.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let held = |v: f64| if v.abs() < TINY { TINY } else { v };
    let (mut c, mut d) = (1.0, 1.0 / held(1.0 - (a + b) * x / (a + 1.0)));
    let mut sum = d;
    // It takes about the square root of the greater parameter.
    let most = 300 + 20 * a.max(b).sqrt() as u32;
    for m in 1..most {
        let m = f64::from(m);
        let mut change = 1.0;
        for term in
            [m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)), -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))]
        {
            d = 1.0 / held(1.0 + term * d);
            c = held(1.0 + term / c);
            sum *= c * d;
            change = c * d;
        }
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    sum
}

/// Share of the distribution below `x` (0 to 1).
fn below(x: f64, a: f64, b: f64, ln_beta: f64) -> f64 {
    let front = (a * x.ln() + b * (-x).ln_1p() - ln_beta).exp();
    // The fraction converges fast on one side only; the other is its mirror.
    if x < (a + 1.0) / (a + b + 2.0) { front * fraction(a, b, x) / a } else { 1.0 - front * fraction(b, a, 1.0 - x) / b }
}

/// Share of Beta(a, b) below `x`, `0 < x < 1`, `a > 0`, `b > 0`.
pub(crate) fn share_below(x: f64, a: f64, b: f64) -> f64 {
    below(x, a, b, ln_beta(a, b))
}

/// The point below which a share `p` of Beta(a, b) lies, `0 < p < 1`, `a > 0`, `b > 0`: steps of Newton, halving where they lead astray.
pub(crate) fn quantile(p: f64, a: f64, b: f64) -> f64 {
    let ln_beta = ln_beta(a, b);
    let (mut low, mut high, mut x) = (0.0f64, 1.0f64, a / (a + b));
    for _ in 0..200 {
        let off = below(x, a, b, ln_beta) - p;
        if off > 0.0 {
            high = x
        } else {
            low = x
        }
        let density = ((a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p() - ln_beta).exp();
        let stepped = x - off / density;
        let next = if stepped > low && stepped < high { stepped } else { (low + high) / 2.0 };
        if (next - x).abs() <= 1e-15 * x {
            return next;
        }
        x = next;
    }
    x
}
