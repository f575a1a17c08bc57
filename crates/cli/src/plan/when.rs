//! Times as people name them on the command line.

use anyhow::{Result, anyhow};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use plumbline_core::plan::HOUR_MS;

/// A time in ms since 1970: RFC 3339 (`2026-11-30T18:00:00+01:00`), a date (its beginning, UTC), or `+48h`, `+3d` or `+90m` from `from_unix_ms` on.
pub fn read(text: &str, from_unix_ms: u64) -> Result<u64> {
    let unreadable =
        || anyhow!("'{text}' is no time: name one as 2026-11-30T18:00:00Z, a date as 2026-11-30, or +48h, +3d or +90m from the start");
    if let Some(later) = text.strip_prefix('+') {
        let unit = later.chars().last().ok_or_else(unreadable)?;
        let unit_ms = match unit {
            'm' => HOUR_MS / 60,
            'h' => HOUR_MS,
            'd' => 24 * HOUR_MS,
            _ => return Err(unreadable()),
        };
        let count: u64 = later[..later.len() - 1].parse().map_err(|_| unreadable())?;
        return count
            .checked_mul(unit_ms)
            .and_then(|ms| from_unix_ms.checked_add(ms))
            .filter(|ms| date_time(*ms).is_ok())
            .ok_or_else(unreadable);
    }
    let date = || text.parse::<NaiveDate>().ok().and_then(|date| date.and_hms_opt(0, 0, 0)).map(|time| time.and_utc());
    let time = DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()).or_else(date).ok_or_else(unreadable)?;
    u64::try_from(time.timestamp_millis()).map_err(|_| unreadable())
}

/// The time as a date and time of UTC.
pub fn date_time(unix_ms: u64) -> Result<DateTime<Utc>> {
    let time = i64::try_from(unix_ms).ok().and_then(DateTime::from_timestamp_millis);
    time.ok_or_else(|| anyhow!("a time lies too far ahead to be a date. Name a nearer one"))
}

/// The time as it is written: `2026-11-24T08:00:00Z`.
pub fn text(unix_ms: u64) -> String {
    date_time(unix_ms).map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_else(|_| format!("{unix_ms} ms"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_name_them() {
        let start = 1_795_420_800_000; // 2026-11-23T08:00:00Z
        for (named, expected) in [
            ("2026-11-23T08:00:00Z", "2026-11-23T08:00:00Z"),
            ("2026-11-23T10:30:00+01:00", "2026-11-23T09:30:00Z"),
            ("2026-11-30", "2026-11-30T00:00:00Z"),
            ("+90m", "2026-11-23T09:30:00Z"),
            ("+48h", "2026-11-25T08:00:00Z"),
            ("+3d", "2026-11-26T08:00:00Z"),
        ] {
            assert_eq!(text(read(named, start).unwrap()), expected, "{named}");
        }
        for wrong in ["", "+", "+h", "+4", "+4w", "+4é", "tomorrow", "2026-13-01", "1900-01-01", "+99999999999999999h", "+9999999999999d"]
        {
            assert!(read(wrong, start).unwrap_err().to_string().contains("is no time"), "{wrong}");
        }
    }
}
