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
