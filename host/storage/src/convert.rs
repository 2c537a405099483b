//! Columns to the model's types and back. What the model does not allow is named by its column.

use chrono::{DateTime, Utc};
use skillgate_app::ports::StorageError;
use skillgate_domain::digest::Digest;
use skillgate_domain::skill::Finding;
use skillgate_domain::time::Timestamp;
use std::fmt::Display;

/// Says that a column holds what it cannot hold. The value is left out: it may be personal.
pub(crate) fn corrupt(column: &str, why: impl Display) -> StorageError {
    StorageError::Corrupt(format!("{column}: {why}"))
}

/// Reads a value that the model checks.
pub(crate) fn checked<T, E: Display>(column: &str, read: Result<T, E>) -> Result<T, StorageError> {
    read.map_err(|why| corrupt(column, why))
}

/// Reads a word that the model knows.
pub(crate) fn known<T>(column: &str, found: Option<T>) -> Result<T, StorageError> {
    found.ok_or_else(|| corrupt(column, "an unknown word"))
}

/// Reads JSON that the wire codec checks.
pub(crate) fn decoded<T>(column: &str, read: Result<T, Vec<Finding>>) -> Result<T, StorageError> {
    read.map_err(|findings| match findings.first() {
        Some(first) => corrupt(
            column,
            format_args!("at \"{}\", {}", first.path, first.problem),
        ),
        None => corrupt(column, "not of its form"),
    })
}

pub(crate) fn digest(column: &str, text: &str) -> Result<Digest, StorageError> {
    checked(column, Digest::parse(text))
}

/// Reads a moment. The column may be finer than the model; what the host wrote is not.
pub(crate) fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp::from_unix_ms(at.timestamp_millis())
}

/// 9999-12-31T23:59:59.999Z, in milliseconds since the Unix epoch.
pub(crate) const LAST_MS: i64 = 253_402_300_799_999;

/// Years that both databases can hold and sort as the text or number they keep.
const YEARS: std::ops::RangeInclusive<i32> = 0..=9999;

/// Writes a moment, to the millisecond.
pub(crate) fn moment(column: &str, at: Timestamp) -> Result<DateTime<Utc>, StorageError> {
    use chrono::Datelike;
    DateTime::from_timestamp_millis(at.unix_ms())
        .filter(|moment| YEARS.contains(&moment.year()))
        .ok_or_else(|| corrupt(column, "a time outside the years 0 to 9999"))
}

/// The same of what may be absent.
pub(crate) fn when(
    column: &str,
    at: Option<Timestamp>,
) -> Result<Option<DateTime<Utc>>, StorageError> {
    at.map(|at| moment(column, at)).transpose()
}

/// Lets a free text through that both databases can hold: PostgreSQL has no NUL in a text.
pub(crate) fn text<'a>(column: &str, text: &'a str) -> Result<&'a str, StorageError> {
    if text.contains('\0') {
        return Err(corrupt(column, "a NUL character"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_exact_within_four_digit_years() {
        const FIRST: i64 = -62_167_219_200_000; // 0000-01-01T00:00:00.000Z
        for ms in [FIRST, -1, 0, 1, 1_764_000_000_123, LAST_MS] {
            let at = Timestamp::from_unix_ms(ms);
            assert_eq!(timestamp(moment("c", at).unwrap()), at);
        }
        for ms in [i64::MIN, FIRST - 1, LAST_MS + 1, i64::MAX] {
            assert!(moment("c", Timestamp::from_unix_ms(ms)).is_err(), "{ms}");
        }
    }
}
