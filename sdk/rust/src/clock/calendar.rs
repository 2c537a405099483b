//! Dates of the proleptic Gregorian calendar, without a calendar library: guests stay small.

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// Years that a text can name.
const YEAR_MAX: i64 = 9999;

/// Reads `2026-03-01`, `2026-03-01T09:30:00Z`, `2026-03-01T10:30:00.5+01:00` as milliseconds since 1970.
pub(super) fn parse(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let day = days(bytes.get(..10)?)?;
    let rest = &bytes[10..];
    if rest.is_empty() {
        return Some(day * DAY_MS);
    }
    let (clock, offset) = split_offset(rest)?;
    Some(day * DAY_MS + time_ms(clock)? - offset)
}

/// Writes RFC 3339 in UTC with milliseconds. Times outside the years 0 to 9999 are cut to them.
pub(super) fn rfc3339(ms: i64) -> String {
    let ms = ms.clamp(
        days_from_civil(0, 1, 1) * DAY_MS,
        days_from_civil(YEAR_MAX + 1, 1, 1) * DAY_MS - 1,
    );
    let (year, month, day) = civil_from_days(ms.div_euclid(DAY_MS));
    let rest = ms.rem_euclid(DAY_MS);
    let mut text = String::with_capacity(24);
    let mut push = |value: i64, width: usize, after: char| {
        let digits = value.to_string();
        text.extend(std::iter::repeat_n('0', width.saturating_sub(digits.len())));
        text.push_str(&digits);
        text.push(after);
    };
    push(year, 4, '-');
    push(month, 2, '-');
    push(day, 2, 'T');
    push(rest / 3_600_000, 2, ':');
    push(rest / MINUTE_MS % 60, 2, ':');
    push(rest / 1000 % 60, 2, '.');
    push(rest % 1000, 3, 'Z');
    text
}

/// Splits `T09:30:00.5+01:00` into `09:30:00.5` and the offset in milliseconds.
fn split_offset(text: &[u8]) -> Option<(&[u8], i64)> {
    let text = text
        .strip_prefix(b"T")
        .or_else(|| text.strip_prefix(b"t"))?;
    if let Some(clock) = text.strip_suffix(b"Z").or_else(|| text.strip_suffix(b"z")) {
        return Some((clock, 0));
    }
    let (clock, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
    let (sign, hours_minutes) = match offset.split_first()? {
        (b'+', rest) => (1, rest),
        (b'-', rest) => (-1, rest),
        _ => return None,
    };
    let hours = number(&hours_minutes[..2], 23)?;
    let minutes = number(&hours_minutes[3..], 59)?;
    (hours_minutes[2] == b':').then_some((clock, sign * (hours * 60 + minutes) * MINUTE_MS))
}

/// Reads `09:30:00` or `09:30:00.5`. Finer than milliseconds is dropped; a leap second is the next second.
fn time_ms(text: &[u8]) -> Option<i64> {
    if text.get(2) != Some(&b':') || text.get(5) != Some(&b':') {
        return None;
    }
    let seconds = number(&text[..2], 23)? * 3600
        + number(&text[3..5], 59)? * 60
        + number(text.get(6..8)?, 60)?;
    let fraction = &text[8..];
    if fraction.is_empty() {
        return Some(seconds * 1000);
    }
    let digits = fraction
        .strip_prefix(b".")
        .filter(|digits| !digits.is_empty())?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let milliseconds = (0..3).fold(0, |sum, at| {
        sum * 10 + i64::from(digits.get(at).map_or(0, |digit| digit - b'0'))
    });
    Some(seconds * 1000 + milliseconds)
}

/// Reads `2026-03-01` as days since 1970-01-01.
fn days(text: &[u8]) -> Option<i64> {
    if text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let year = number(&text[..4], YEAR_MAX)?;
    let month = number(&text[5..7], 12)?;
    let day = number(&text[8..], 31)?;
    let days = days_from_civil(year, month, day);
    // The round trip refuses month 0, day 0 and 30 February.
    (civil_from_days(days) == (year, month, day)).then_some(days)
}

fn number(text: &[u8], max: i64) -> Option<i64> {
    let value = text.iter().try_fold(0, |sum, byte| {
        byte.is_ascii_digit()
            .then(|| sum * 10 + i64::from(byte - b'0'))
    })?;
    (value <= max).then_some(value)
}

/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that the leap
/// day is a year's last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_and_written() {
        for (text, ms, written) in [
            ("1970-01-01", 0, "1970-01-01T00:00:00.000Z"),
            (
                "2000-02-29T23:59:59Z",
                951_868_799_000,
                "2000-02-29T23:59:59.000Z",
            ),
            (
                "2026-03-01T10:30:00.5+01:00",
                1_772_357_400_500,
                "2026-03-01T09:30:00.500Z",
            ),
            (
                "2026-03-01T09:30:00.123456-05:30",
                1_772_377_200_123,
                "2026-03-01T15:00:00.123Z",
            ),
            ("1969-12-31T23:59:59.999Z", -1, "1969-12-31T23:59:59.999Z"),
            (
                "0000-01-01t00:00:00z",
                -62_167_219_200_000,
                "0000-01-01T00:00:00.000Z",
            ),
            (
                "2016-12-31T23:59:60Z",
                1_483_228_800_000,
                "2017-01-01T00:00:00.000Z",
            ),
        ] {
            assert_eq!(parse(text), Some(ms), "{text}");
            assert_eq!(rfc3339(ms), written, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2026",
            "2026-3-1",
            "2026-13-01",
            "2026-00-01",
            "2026-02-29",
            "2026-04-31",
            "2100-02-29",
            "2026-03-01T",
            "2026-03-01T09:30",
            "2026-03-01T09:30:00",
            "2026-03-01 09:30:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T09:60:00Z",
            "2026-03-01T09:30:61Z",
            "2026-03-01T09:30:00.Z",
            "2026-03-01T09:30:00.1xZ",
            "2026-03-01T09:30:00+0100",
            "2026-03-01T09:30:00+24:00",
            "2026-03-01T+01:00",
            "+026-03-01",
            "2026-03-01T09:30:00é+1:00",
            "2026-03-0é",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn every_day_of_eight_centuries_has_one_date() {
        let (mut day, last) = (days_from_civil(1600, 1, 1), days_from_civil(2400, 1, 1));
        while day < last {
            let (year, month, date) = civil_from_days(day);
            assert_eq!(days_from_civil(year, month, date), day);
            day += 1;
        }
    }

    #[test]
    fn times_out_of_range_are_cut() {
        assert_eq!(rfc3339(i64::MAX), "9999-12-31T23:59:59.999Z");
        assert_eq!(rfc3339(i64::MIN), "0000-01-01T00:00:00.000Z");
    }
}
