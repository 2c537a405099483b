//! Points in time as people and programs read them.

use chrono::{DateTime, SecondsFormat};
use skillgate_domain::time::Timestamp;

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

#[cfg(test)]
mod tests {
    use super::*;

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
