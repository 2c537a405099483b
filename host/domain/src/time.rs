//! Points in time.

use std::time::Duration;

/// Milliseconds since 1970-01-01T00:00:00Z. The clock that makes one is a port of the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Wraps milliseconds since the Unix epoch.
    pub const fn from_unix_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Returns milliseconds since the Unix epoch.
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// Returns the moment `ms` milliseconds later, or the last representable one.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Returns the moment a span later, to the millisecond, or the last representable one.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        self.plus_ms(i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
    }

    /// Returns the moment a span earlier, to the millisecond, or the first representable one.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        let ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(ms))
    }
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A day of UTC, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// Wraps a number of days since 1970-01-01.
    pub const fn new(number: i32) -> Self {
        Self(number)
    }

    /// Returns the number of days since 1970-01-01.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// Returns the day of a moment; of one beyond all days, the last of them.
    pub fn of(at: Timestamp) -> Self {
        let number = at.unix_ms().div_euclid(DAY_MS);
        Self(i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX }))
    }

    /// Returns when it begins.
    pub const fn begins(self) -> Timestamp {
        Timestamp::from_unix_ms(self.0 as i64 * DAY_MS)
    }

    /// Returns the next one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Returns the one so many days before.
    #[must_use]
    pub const fn minus(self, days: i32) -> Self {
        Self(self.0.saturating_sub(days))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_lasts_from_midnight_to_midnight() {
        for (ms, number) in [
            (0, 0),
            (DAY_MS - 1, 0),
            (DAY_MS, 1),
            (-1, -1),
            (-DAY_MS, -1),
            (-DAY_MS - 1, -2),
            (i64::MAX, i32::MAX),
            (i64::MIN, i32::MIN),
        ] {
            assert_eq!(
                Day::of(Timestamp::from_unix_ms(ms)),
                Day::new(number),
                "{ms}"
            );
        }
        let day = Day::new(20_513);
        assert_eq!(Day::of(day.begins()), day);
        assert_eq!(Day::of(day.next().begins().plus_ms(-1)), day);
        assert_eq!(day.next().minus(1), day);
    }
}
