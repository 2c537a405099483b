//! Points in time as people and programs read them.

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, TimeDelta};
use skillgate_domain::time::{Day, Timestamp};

/// Writes a point in time as RFC 3339 in UTC, to the millisecond; nothing beyond the calendar.
pub fn rfc3339(at: Timestamp) -> Option<String> {
    DateTime::from_timestamp_millis(at.unix_ms())
        .map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// Reads RFC 3339; nothing where the text is none.
pub fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    Some(Timestamp::from_unix_ms(at.timestamp_millis()))
}

/// The first year of which no day is read or written: a moment of it would have more digits.
const YEARS_END: i32 = 9_999;

/// Writes a day as `2026-03-01`; nothing before 1970, or beyond the year 9998.
pub fn date(day: Day) -> Option<String> {
    let days = TimeDelta::try_days(day.number().into())?;
    let date = NaiveDate::default().checked_add_signed(days)?;
    let is_written = day.number() >= 0 && date.year() < YEARS_END;
    is_written.then(|| date.to_string())
}

/// Reads a day as it is written, and in no other form.
pub fn parse_date(text: &str) -> Option<Day> {
    let read: NaiveDate = text.parse().ok()?;
    let days = (read - NaiveDate::default()).num_days();
    let day = Day::new(i32::try_from(days).ok()?);
    date(day)
        .is_some_and(|written| written == text)
        .then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_in_one_form_and_read_back() {
        for (number, text) in [
            (0, Some("1970-01-01")),
            (20_513, Some("2026-03-01")),
            (2_932_531, Some("9998-12-31")),
            (2_932_532, None),
            (-1, None),
            (i32::MAX, None),
            (i32::MIN, None),
        ] {
            let day = Day::new(number);
            assert_eq!(date(day).as_deref(), text, "{number}");
            assert_eq!(text.and_then(parse_date), text.map(|_| day));
        }
        for text in [
            "",
            "2026-3-1",
            "2026-02-30",
            "1969-12-31",
            "+2026-03-01",
            "20260301",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_written_to_the_millisecond_and_read_back() {
        for (ms, text) in [
            (0, Some("1970-01-01T00:00:00.000Z")),
            (1_790_000_000_001, Some("2026-09-21T14:13:20.001Z")),
            (i64::MAX, None),
        ] {
            let at = Timestamp::from_unix_ms(ms);
            assert_eq!(rfc3339(at).as_deref(), text);
            assert_eq!(text.and_then(parse_rfc3339), text.map(|_| at));
        }
        assert_eq!(parse_rfc3339("tomorrow"), None);
    }
}
