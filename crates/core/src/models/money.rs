//! Amounts of money.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

/// An amount in billionths of a US dollar: a token of the cheapest model still is a whole number of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(transparent)]
#[ts(export, type = "number")]
pub struct Money(i64);

impl Money {
    /// From billionths of a US dollar.
    pub const fn from_nano_usd(nano: i64) -> Self {
        Self(nano)
    }

    /// In billionths of a US dollar.
    pub const fn nano_usd(self) -> i64 {
        self.0
    }

    /// Reads dollars as a decimal number: `0.25`. Nine places at most, and nothing below zero.
    pub fn from_usd(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || part.len() > 9 || !digits(whole) || !digits(part) {
            return None;
        }
        let nano: i64 = format!("{part:0<9}").parse().ok()?;
        whole.parse::<i64>().ok()?.checked_mul(1_000_000_000)?.checked_add(nano).map(Self)
    }

    /// `count` of something that costs `self` per `per`, rounded up.
    pub fn times(self, count: u64, per: u64) -> Self {
        let all = i128::from(self.0) * i128::from(count);
        let per = i128::from(per.max(1));
        Self(i64::try_from((all + per - 1) / per).unwrap_or(i64::MAX))
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self(0), Add::add)
    }
}

impl fmt::Display for Money {
    /// In dollars: two places, four below ten cents, so that one call is not shown as nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, nano) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let places = if nano == 0 || nano >= 100_000_000 { 2 } else { 4 };
        let unit = 10u64.pow(9 - places);
        let shown = nano / unit + u64::from(nano % unit >= unit / 2);
        let one = 10u64.pow(places);
        write!(f, "{sign}${}.{:0width$}", shown / one, shown % one, width = places as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_in_dollars() {
        for (nano, shown) in [
            (0, "$0.00"),
            (1_250_000_000, "$1.25"),
            (99_990_000, "$0.1000"),
            (1_400_000, "$0.0014"),
            (-2_500_000_000, "-$2.50"),
            (12_345_678_900_000, "$12345.68"),
        ] {
            assert_eq!(Money::from_nano_usd(nano).to_string(), shown);
        }
    }

    #[test]
    fn dollars_are_read_exactly() {
        for (text, nano) in [
            ("0", Some(0)),
            ("3.00", Some(3_000_000_000)),
            ("0.035", Some(35_000_000)),
            ("0.000000001", Some(1)),
            ("0.0000000001", None),
            ("", None),
            (".5", None),
            ("-1", None),
            ("1e3", None),
            ("99999999999999", None),
        ] {
            assert_eq!(Money::from_usd(text), nano.map(Money::from_nano_usd), "{text}");
        }
    }

    #[test]
    fn a_part_of_a_million_tokens_is_rounded_up() {
        let price = Money::from_nano_usd(35_000_000);
        assert_eq!(price.times(1, 1_000_000), Money::from_nano_usd(35));
        assert_eq!(Money::from_nano_usd(1).times(1, 1_000_000), Money::from_nano_usd(1));
        assert_eq!(price.times(u64::MAX, 1), Money::from_nano_usd(i64::MAX));
    }
}
