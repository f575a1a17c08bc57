//! Spikes of work out of calendars (iCalendar, RFC 5545). Times and what comes round are read by the crate `rrule`; here only events and their lines are told apart.

use super::when;
use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use plumbline_core::plan::{HOUR_MS, Spike};
use rrule::{RRuleError, RRuleSet, Tz};
use std::borrow::Cow;

/// Times that an event comes round in the time asked for, at most.
const MOST: u16 = 1_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// What a calendar says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Spikes, by their beginnings.
    pub spikes: Vec<Spike>,
    /// Events that name no hours of video.
    pub without_hours: usize,
}

/// The spikes of a calendar that overlap a stretch of time, in ms since 1970. The hours of video of an event stand in its `X-PLUMBLINE-HOURS`, or in its title or
/// description as a number before `h of video`. Times without a zone, and whole days, are in UTC.
pub fn spikes(name: &str, text: &str, from_unix_ms: u64, to_unix_ms: u64) -> Result<Found> {
    if !text.to_ascii_uppercase().contains("BEGIN:VCALENDAR") {
        return Err(anyhow!("{name} is no calendar. It must be an iCalendar file (.ics)"));
    }
    // A line that is too long goes on behind a blank.
    let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let events = events(&unfolded);
    // An occurrence that was moved is an event of its own, and the series still names its old time.
    let moved: Vec<(Option<&str>, u64)> =
        events.iter().filter_map(|event| Some((event.value("UID"), instant(event.line("RECURRENCE-ID")?).ok()??))).collect();
    let mut found = Found::default();
    for event in events.iter().filter(|event| event.value("STATUS") != Some("CANCELLED")) {
        let title = event.text("SUMMARY").unwrap_or("an event without a title".into());
        let Some(video_ms) = hours(event) else {
            found.without_hours += 1;
            continue;
        };
        let media = event.text("X-PLUMBLINE-MEDIA").map(|address| address.trim().to_owned());
        if let Some(address) = media.as_deref().filter(|address| !is_folder(address)) {
            return Err(anyhow!(
                "{name}: the media of '{title}' lie at {address:?}, which is no folder of a bucket. Write it like s3://bucket/folder/"
            ));
        }
        let unreadable = |e: RRuleError| anyhow!("{name}: the times of '{title}' can't be read: {e}. Mend the event");
        let length_ms = length_ms(event).map_err(unreadable)?;
        let is_moved = event.line("RECURRENCE-ID").is_some();
        for from in occurrences(event, when::date_time(from_unix_ms.saturating_sub(8 * DAY_MS))?, when::date_time(to_unix_ms + DAY_MS)?)
            .map_err(unreadable)?
        {
            let was_moved = !is_moved && moved.contains(&(event.value("UID"), from));
            if from < to_unix_ms && from + length_ms > from_unix_ms && !was_moved {
                let (name, media) = (title.to_string(), media.clone());
                found.spikes.push(Spike { name, from_unix_ms: from, to_unix_ms: from + length_ms, video_ms, media });
            }
        }
    }
    found.spikes.sort_by_key(|spike| spike.from_unix_ms);
    Ok(found)
}

/// A line of an event: `DTSTART;TZID=Europe/Berlin:20261124T080000`.
struct Line<'a> {
    name: &'a str,
    zone: Option<&'a str>,
    value: &'a str,
}

impl Line<'_> {
    /// The line under a name, as `rrule` reads it.
    fn as_line(&self, name: &str) -> String {
        let zone = self.zone.map(|zone| format!(";TZID={zone}")).unwrap_or_default();
        format!("{name}{zone}:{}\n", self.value)
    }
}

struct Event<'a>(Vec<Line<'a>>);

impl<'a> Event<'a> {
    fn line(&self, name: &str) -> Option<&Line<'a>> {
        self.0.iter().find(|line| line.name.eq_ignore_ascii_case(name))
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        self.line(name).map(|line| line.value)
    }

    /// A value for people, without what the format escapes.
    fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        let value = self.value(name)?;
        if !value.contains('\\') {
            return Some(value.into());
        }
        let plain = value.replace("\\n", " ").replace("\\N", " ").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\");
        Some(plain.into())
    }
}

/// The events of a calendar, without what is nested in them, such as alarms.
fn events(unfolded: &str) -> Vec<Event<'_>> {
    let (mut all, mut inner) = (Vec::new(), 0);
    let mut open: Option<Vec<Line>> = None;
    for line in unfolded.lines().filter_map(line) {
        let (begins, ends) = (line.name.eq_ignore_ascii_case("BEGIN"), line.name.eq_ignore_ascii_case("END"));
        match &mut open {
            None if begins && line.value.eq_ignore_ascii_case("VEVENT") => open = Some(Vec::new()),
            None => {}
            Some(_) if begins => inner += 1,
            Some(_) if ends && inner > 0 => inner -= 1,
            Some(_) if ends => all.extend(open.take().map(Event)),
            Some(lines) if inner == 0 => lines.push(line),
            Some(_) => {}
        }
    }
    all
}

/// Takes a line apart: a colon within quotes belongs to a parameter.
fn line(text: &str) -> Option<Line<'_>> {
    let mut quoted = false;
    let colon = text.find(|c| {
        quoted ^= c == '"';
        c == ':' && !quoted
    })?;
    let mut parts = text[..colon].split(';');
    let name = parts.next()?;
    let zone = parts.find_map(|part| part.strip_prefix("TZID=")).map(|zone| zone.trim_matches('"'));
    Some(Line { name, zone, value: text[colon + 1..].trim_end() })
}

/// When an event begins, each time that it comes round between two times, in ms since 1970.
fn occurrences(event: &Event, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<u64>, RRuleError> {
    let Some(start) = event.line("DTSTART") else { return Ok(vec![]) };
    let named = |name| event.0.iter().filter(move |line: &&Line| line.name.eq_ignore_ascii_case(name)).map(move |line| line.as_line(name));
    let mut rules: String = named("RRULE").chain(named("RDATE")).chain(named("EXDATE")).collect();
    if event.line("RRULE").is_none() {
        // The first time is one of those that it comes round; a rule says so itself.
        rules.push_str(&start.as_line("RDATE"));
    }
    let set: RRuleSet = (start.as_line("DTSTART") + &rules).parse()?;
    // Events that began before the stretch may reach into it, and zones may be a day apart.
    let set = set.after(from.with_timezone(&Tz::UTC)).before(to.with_timezone(&Tz::UTC));
    Ok(set.all(MOST).dates.iter().filter_map(unix_ms).collect())
}

/// A time in ms since 1970; one without a zone is in UTC.
fn unix_ms(time: &DateTime<Tz>) -> Option<u64> {
    let utc = if time.timezone().is_local() { time.naive_local().and_utc() } else { time.to_utc() };
    u64::try_from(utc.timestamp_millis()).ok()
}

/// The time that a line names.
fn instant(line: &Line) -> Result<Option<u64>, RRuleError> {
    let set: RRuleSet = (line.as_line("DTSTART") + &line.as_line("RDATE")).parse()?;
    Ok(set.all(1).dates.first().and_then(unix_ms))
}

/// How long an event lasts; where it does not say, a day if it is a whole one, and else an hour.
fn length_ms(event: &Event) -> Result<u64, RRuleError> {
    let at = |name| event.line(name).map_or(Ok(None), instant);
    let length = at("DTEND")?.zip(at("DTSTART")?).and_then(|(end, start)| end.checked_sub(start));
    let whole = event.value("DTSTART").is_some_and(|value| value.len() == "20261124".len());
    Ok(length.filter(|length| *length > 0).unwrap_or(if whole { DAY_MS } else { HOUR_MS }))
}

/// Whether it is the address of a folder: `s3://bucket/folder/`.
fn is_folder(address: &str) -> bool {
    let bucket = address.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
    bucket.is_some_and(|(bucket, key)| !bucket.is_empty() && (key.is_empty() || key.ends_with('/')))
}

/// How much video comes with an event, in ms.
fn hours(event: &Event) -> Option<u64> {
    let named = event.value("X-PLUMBLINE-HOURS").and_then(number);
    let told = || ["SUMMARY", "DESCRIPTION"].into_iter().find_map(|name| told_hours(&event.text(name)?));
    named.or_else(told)
}

/// The number before `h of video`.
fn told_hours(text: &str) -> Option<u64> {
    let before = text.split_once("h of video")?.0.trim_end();
    let start =
        before.rfind(|c: char| !c.is_ascii_digit() && c != '.').map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    number(&before[start..])
}

fn number(text: &str) -> Option<u64> {
    let hours: f64 = text.trim().parse().ok()?;
    (hours > 0.0 && hours < 1e7).then(|| (hours * HOUR_MS as f64).round() as u64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn calendar(events: &[&str]) -> String {
        let events: Vec<String> =
            events.iter().map(|lines| format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", lines.replace('\n', "\r\n"))).collect();
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{}END:VCALENDAR\r\n", events.concat())
    }

    /// The spikes from 2026-11-23 to 2026-12-21: beginning, minutes and hours of video.
    fn found(events: &[&str]) -> Vec<(String, u64, u64)> {
        let (from, to) = (1_795_392_000_000, 1_797_811_200_000);
        let found = spikes("events.ics", &calendar(events), from, to).unwrap();
        let line = |s: &Spike| (when::text(s.from_unix_ms), (s.to_unix_ms - s.from_unix_ms) / 60_000, s.video_ms / HOUR_MS);
        found.spikes.iter().map(line).collect()
    }

    #[test]
    fn events_become_spikes() {
        let at = |text: &str, minutes, hours| (text.to_owned(), minutes, hours);
        for (what, event, expected) in [
            (
                "a property",
                "UID:1\nDTSTART:20261124T080000Z\nDTEND:20261124T100000Z\nSUMMARY:Match\nX-PLUMBLINE-HOURS:40",
                vec![at("2026-11-24T08:00:00Z", 120, 40)],
            ),
            ("a title", "UID:1\nDTSTART:20261124T080000Z\nSUMMARY:Match, 12 h of video", vec![at("2026-11-24T08:00:00Z", 60, 12)]),
            (
                "a description",
                "UID:1\nDTSTART:20261124T080000Z\nSUMMARY:Match\nDESCRIPTION:about 3h of video\\, maybe",
                vec![at("2026-11-24T08:00:00Z", 60, 3)],
            ),
            ("a zone", "UID:1\nDTSTART;TZID=Europe/Berlin:20261124T080000\nSUMMARY:5 h of video", vec![at("2026-11-24T07:00:00Z", 60, 5)]),
            ("no zone", "UID:1\nDTSTART:20261124T080000\nSUMMARY:5 h of video", vec![at("2026-11-24T08:00:00Z", 60, 5)]),
            ("a whole day", "UID:1\nDTSTART;VALUE=DATE:20261124\nSUMMARY:5 h of video", vec![at("2026-11-24T00:00:00Z", 1_440, 5)]),
            (
                "folded, with an alarm",
                "UID:1\nDTSTART:20261124T080000Z\nSUMMARY:12 h\n  of video\nBEGIN:VALARM\nSUMMARY:99 h of video\nEND:VALARM\nDTEND:20261124T083000Z",
                vec![at("2026-11-24T08:00:00Z", 30, 12)],
            ),
            ("cancelled", "UID:1\nSTATUS:CANCELLED\nDTSTART:20261124T080000Z\nSUMMARY:5 h of video", vec![]),
            ("before", "UID:1\nDTSTART:20251124T080000Z\nSUMMARY:5 h of video", vec![]),
            (
                "begun before",
                "UID:1\nDTSTART:20261122T220000Z\nDTEND:20261123T060000Z\nSUMMARY:5 h of video",
                vec![at("2026-11-22T22:00:00Z", 480, 5)],
            ),
            (
                "weekly, without one",
                "UID:1\nDTSTART:20260105T190000Z\nDTEND:20260105T210000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO\nEXDATE:20261130T190000Z\nSUMMARY:7 h of video",
                vec![at("2026-11-23T19:00:00Z", 120, 7), at("2026-12-07T19:00:00Z", 120, 7), at("2026-12-14T19:00:00Z", 120, 7)],
            ),
            (
                "weekly in a zone",
                "UID:1\nDTSTART;TZID=America/New_York:20260701T090000\nRRULE:FREQ=WEEKLY;UNTIL=20261203T000000Z\nSUMMARY:7 h of video",
                vec![at("2026-11-25T14:00:00Z", 60, 7), at("2026-12-02T14:00:00Z", 60, 7)],
            ),
        ] {
            assert_eq!(found(&[event]), expected, "{what}");
        }
    }

    #[test]
    fn an_occurrence_that_was_moved_comes_once() {
        let series = "UID:a\nDTSTART:20261124T080000Z\nRRULE:FREQ=WEEKLY;COUNT=2\nSUMMARY:2 h of video";
        let moved = "UID:a\nRECURRENCE-ID:20261201T080000Z\nDTSTART:20261202T090000Z\nSUMMARY:2 h of video";
        let times: Vec<String> = found(&[series, moved]).into_iter().map(|(at, ..)| at).collect();
        assert_eq!(times, ["2026-11-24T08:00:00Z", "2026-12-02T09:00:00Z"]);
    }

    #[test]
    fn what_names_no_hours_is_counted_and_what_is_no_calendar_is_said() {
        let text = calendar(&["UID:1\nDTSTART:20261124T080000Z\nSUMMARY:Lunch", "UID:2\nDTSTART:20261124T080000Z\nSUMMARY:h of video"]);
        assert_eq!(spikes("a.ics", &text, 0, u64::MAX / 2 / 1_000_000).unwrap(), Found { spikes: vec![], without_hours: 2 });
        assert!(spikes("a.ics", "no calendar", 0, 1).unwrap_err().to_string().contains("a.ics is no calendar"));
        for (line, expected) in [
            ("s3://talks/match/", Some("s3://talks/match/")),
            ("s3://talks/", Some("s3://talks/")),
            ("s3:///x/", None),
            ("s3://talks/x", None),
            ("here/", None),
        ] {
            let text = calendar(&[&format!("UID:1\nDTSTART:20261124T080000Z\nSUMMARY:5 h of video\nX-PLUMBLINE-MEDIA:{line}")]);
            let found = spikes("a.ics", &text, 0, u64::MAX / 2 / 1_000_000).map(|found| found.spikes[0].media.clone());
            match expected {
                Some(media) => assert_eq!(found.unwrap().as_deref(), Some(media)),
                None => assert!(found.unwrap_err().to_string().contains("no folder of a bucket"), "{line}"),
            }
        }
        let bad = calendar(&["UID:1\nDTSTART;TZID=Moon/Base:20261124T080000\nSUMMARY:5 h of video"]);
        assert!(spikes("a.ics", &bad, 0, DAY_MS).unwrap_err().to_string().contains("5 h of video"));
    }
}
