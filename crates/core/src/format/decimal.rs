//! Times as decimal text, read and written without passing through a float.

/// What a number of a file counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Milliseconds,
}

impl Unit {
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
        }
    }
}

/// 10^7 seconds, four months: no recording is longer, and sums of such times can't overflow.
pub(super) const LIMIT_US: i64 = 10_000_000_000_000;

/// Microseconds of a decimal number, exact to the microsecond and rounded half away from zero beyond.
/// None where the text is no number, or larger than [`LIMIT_US`].
pub(super) fn to_us(text: &str, unit: Unit) -> Option<i64> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let unit = if unit == Unit::Seconds { 6 } else { 3 };
    let point = i64::try_from(whole.len()).ok()? + i64::from(exponent) + unit;
    let us = rounded_at(&digits, point)?;
    (us <= LIMIT_US).then_some(if negative { -us } else { us })
}

/// The number whose decimal point stands before digit `point`, rounded half up.
fn rounded_at(digits: &str, point: i64) -> Option<i64> {
    let digit = |i: i64| usize::try_from(i).ok().and_then(|i| digits.as_bytes().get(i)).map_or(0, |digit| i64::from(digit - b'0'));
    let Some(first) = digits.bytes().position(|digit| digit != b'0') else { return Some(0) };
    let first = first as i64;
    // More than 15 digits before the point are beyond the limit in any case.
    if point - first > 15 {
        return None;
    }
    let whole = (first..point).fold(0i64, |sum, i| sum * 10 + digit(i));
    Some(whole + i64::from(digit(point) >= 5))
}

/// Seconds as Transcribe writes them, `1.2`, `1.23` or `1.234`: at least one decimal and at most three, rounded to
/// nearest. A time before zero is written as zero.
pub(super) fn seconds(us: i64) -> String {
    let ms = milliseconds(us);
    let text = format!("{}.{:03}", ms / 1_000, ms % 1_000);
    let trimmed = text.trim_end_matches('0');
    if trimmed.ends_with('.') { format!("{trimmed}0") } else { trimmed.to_owned() }
}

/// Milliseconds of a time, rounded to nearest, never below zero.
pub(super) fn milliseconds(us: i64) -> i64 {
    us.max(0).saturating_add(500) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_become_microseconds_without_a_float() {
        for (text, us) in [
            ("0.0", Some(0)),
            ("0.49", Some(490_000)),
            ("1.234567", Some(1_234_567)),
            ("1.2345675", Some(1_234_568)),
            ("1.2345674999", Some(1_234_567)),
            ("0.1000000000000000055511151231257827", Some(100_000)),
            ("16777217.5", None),
            ("9999999.999999", Some(9_999_999_999_999)),
            ("10000000", Some(LIMIT_US)),
            ("10000001", None),
            ("-0.02", Some(-20_000)),
            ("+1", Some(1_000_000)),
            ("1e-3", Some(1_000)),
            ("1.5E2", Some(150_000_000)),
            ("1e-30", Some(0)),
            ("0e30000", Some(0)),
            ("1e30000", None),
            ("1e99999", None),
            (".5", Some(500_000)),
            ("5.", Some(5_000_000)),
            ("000000000000000000001.5", Some(1_500_000)),
            ("", None),
            (".", None),
            ("NaN", None),
            ("inf", None),
            ("1,5", None),
            ("0x10", None),
            ("1.2.3", None),
            ("١", None),
        ] {
            assert_eq!(to_us(text, Unit::Seconds), us, "{text}");
        }
        assert_eq!(to_us("1620", Unit::Milliseconds), Some(1_620_000));
        assert_eq!(to_us("0.0005", Unit::Milliseconds), Some(1));
    }

    #[test]
    fn seconds_have_one_to_three_decimals() {
        for (us, text) in [
            (0, "0.0"),
            (700_000, "0.7"),
            (1_230_000, "1.23"),
            (1_234_499, "1.234"),
            (1_234_500, "1.235"),
            (-5, "0.0"),
            (60_000_000, "60.0"),
        ] {
            assert_eq!(seconds(us), text);
        }
    }
}
