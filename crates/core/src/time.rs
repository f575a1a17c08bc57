//! Times as integers of a named unit.
//!
//! Two clocks meet in this product: that of the media and that of the transcript. They are two types,
//! so that a value of one can't be taken for the other; only a [`crate::TimeMap`] leads across.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub};

macro_rules! clock {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ts_rs::TS)]
        #[serde(transparent)]
        #[ts(type = "number")]
        pub struct $name(i64);

        impl $name {
            /// The clock's zero.
            pub const ZERO: Self = Self(0);

            /// A time of `us` microseconds.
            pub const fn from_us(us: i64) -> Self {
                Self(us)
            }

            /// A time of `ms` milliseconds.
            pub const fn from_ms(ms: i64) -> Self {
                Self(ms.saturating_mul(1_000))
            }

            /// The time in microseconds.
            pub const fn us(self) -> i64 {
                self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}us", self.0)
            }
        }

        impl fmt::Display for $name {
            /// `h:mm:ss.mmm`, rounded down to the millisecond, with a minus sign where negative.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&clock_text(self.0))
            }
        }
    };
}

clock!(
    /// A moment on the media's clock, in microseconds from the start of presentation.
    MediaTime
);
clock!(
    /// A moment on the clock that the transcript was written in, in microseconds.
    TranscriptTime
);
clock!(
    /// A signed distance between two moments of one clock, or the offset of one clock from the other, in microseconds.
    Delta
);

/// `h:mm:ss.mmm` of a count of microseconds.
fn clock_text(us: i64) -> String {
    let sign = if us < 0 { "-" } else { "" };
    let ms = us.unsigned_abs() / 1_000;
    format!("{sign}{}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000)
}

macro_rules! arithmetic {
    ($name:ident) => {
        impl Add<Delta> for $name {
            type Output = Self;
            fn add(self, by: Delta) -> Self {
                Self(self.0.saturating_add(by.0))
            }
        }
        impl Sub<Delta> for $name {
            type Output = Self;
            fn sub(self, by: Delta) -> Self {
                Self(self.0.saturating_sub(by.0))
            }
        }
    };
}
arithmetic!(MediaTime);
arithmetic!(TranscriptTime);
arithmetic!(Delta);

impl Sub for MediaTime {
    type Output = Delta;
    fn sub(self, other: Self) -> Delta {
        Delta(self.0.saturating_sub(other.0))
    }
}
impl Sub for TranscriptTime {
    type Output = Delta;
    fn sub(self, other: Self) -> Delta {
        Delta(self.0.saturating_sub(other.0))
    }
}
impl AddAssign for Delta {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
impl Neg for Delta {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}
impl Delta {
    /// The distance without its sign.
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }
}

/// A half-open stretch `[start, end)` of one clock. An end before its start is read as empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, bound = "T: ts_rs::TS")]
pub struct Span<T> {
    /// First moment inside.
    #[serde(rename = "start_us")]
    pub start: T,
    /// First moment past the end.
    #[serde(rename = "end_us")]
    pub end: T,
}

impl<T: Copy + Ord + Sub<Output = Delta>> Span<T> {
    /// The stretch from `start` to `end`; an end before the start is moved to the start.
    pub fn new(start: T, end: T) -> Self {
        Self { start, end: end.max(start) }
    }

    /// How long it lasts; never negative.
    pub fn len(self) -> Delta {
        (self.end.max(self.start)) - self.start
    }

    /// Whether it holds no moment at all.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether `at` lies inside.
    pub fn contains(self, at: T) -> bool {
        self.start <= at && at < self.end
    }

    /// The common stretch, if any moment is in both.
    pub fn overlap(self, other: Self) -> Option<Self> {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        (start < end).then_some(Self { start, end })
    }
}

/// The duration of one PTS tick as a fraction of a second, `num / den`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timebase {
    /// Numerator, positive.
    pub num: i32,
    /// Denominator, positive.
    pub den: i32,
}

impl Timebase {
    /// Microseconds of a PTS, rounded to nearest with halves away from zero. This is the one place
    /// where container time becomes ours. A timebase without a positive denominator counts as 1/1.
    pub fn to_us(self, pts: i64) -> i64 {
        let den = i128::from(self.den.max(1));
        let num = i128::from(pts) * i128::from(self.num.max(1)) * 1_000_000;
        let half = if num < 0 { -den } else { den };
        clamp((num * 2 + half) / (den * 2))
    }
}

/// The nearest value an `i64` can hold.
pub(crate) fn clamp(v: i128) -> i64 {
    v.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pts_become_microseconds_once_and_to_nearest() {
        for (pts, num, den, us) in [
            (0, 1, 90_000, 0),
            (1, 1, 90_000, 11),
            (45, 1, 90_000, 500),
            (-45, 1, 90_000, -500),
            (3, 1, 2_000_000, 2),
            (-3, 1, 2_000_000, -2),
            (1_001, 1, 30_000, 33_367),
            (i64::MAX, 1, 1, i64::MAX),
            (7, 1, 0, 7_000_000),
        ] {
            assert_eq!(Timebase { num, den }.to_us(pts), us, "{pts} at {num}/{den}");
        }
    }

    #[test]
    fn spans_are_half_open() {
        let span = |a, b| Span::new(MediaTime::from_ms(a), MediaTime::from_ms(b));
        assert!(span(0, 10).contains(MediaTime::ZERO));
        assert!(!span(0, 10).contains(MediaTime::from_ms(10)));
        assert_eq!(span(0, 10).overlap(span(10, 20)), None);
        assert_eq!(span(0, 10).overlap(span(5, 20)), Some(span(5, 10)));
        assert!(span(10, 5).is_empty());
        assert_eq!(span(10, 5).len(), Delta::ZERO);
    }

    #[test]
    fn times_read_as_clock_text() {
        for (us, text) in [(0, "0:00:00.000"), (724_160_999, "0:12:04.160"), (-1_500_000, "-0:00:01.500"), (36_000_000_000, "10:00:00.000")]
        {
            assert_eq!(MediaTime::from_us(us).to_string(), text);
        }
    }
}
