//! The time of day, and points in time as the contract writes them.

mod calendar;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::borrow::Cow;
use std::fmt;

/// Milliseconds of a day. UTC has no other.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Returns the time of this call.
///
/// ```
/// use skillgate_sdk::{clock, testing::Host};
///
/// let host = Host::new().at("2026-03-01T09:30:00.000Z");
/// assert_eq!(host.run(clock::now).to_string(), "2026-03-01T09:30:00.000Z");
/// ```
pub fn now() -> Timestamp {
    Timestamp(i64::try_from(crate::host::now_ms()).unwrap_or(i64::MAX))
}

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
///
/// Reads RFC 3339 with any offset, or a date alone; writes RFC 3339 in UTC with milliseconds, which sorts as text.
///
/// ```
/// use skillgate_sdk::Timestamp;
///
/// let start = Timestamp::parse("2026-03-01T10:30:00+01:00").unwrap();
/// assert_eq!(start.to_string(), "2026-03-01T09:30:00.000Z");
/// assert_eq!(start.plus_days(7).to_string(), "2026-03-08T09:30:00.000Z");
/// assert_eq!(Timestamp::parse("2026-03-01").unwrap().to_string(), "2026-03-01T00:00:00.000Z");
/// assert_eq!(Timestamp::parse("tomorrow"), None);
/// ```
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

    /// Reads RFC 3339, or a date alone, which is its midnight in UTC.
    pub fn parse(text: &str) -> Option<Self> {
        calendar::parse(text).map(Self)
    }

    /// Returns the moment so many days of 24 hours later, or the last representable one.
    #[must_use]
    pub const fn plus_days(self, days: u32) -> Self {
        Self(self.0.saturating_add(days as i64 * DAY_MS))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&calendar::rfc3339(self.0))
    }
}

impl From<Timestamp> for String {
    fn from(timestamp: Timestamp) -> Self {
        calendar::rfc3339(timestamp.0)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&calendar::rfc3339(self.0))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom("expected a date or an RFC 3339 time such as 2026-03-01T09:30:00Z")
        })
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // No `format`: a date alone is accepted as well, which `date-time` is not.
        json_schema!({ "type": "string", "minLength": 10, "maxLength": 40 })
    }
}
