use super::StorageError;
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, SkillName};
use skillgate_domain::time::Timestamp;

/// How many requests a skill may send out of a community. Hours are those of the clock; a day is the
/// present hour and the 23 before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// In an hour.
    pub per_hour: u32,
    /// In a day.
    pub per_day: u32,
}

impl HttpLimits {
    /// What holds where nothing is configured.
    pub const DEFAULT: Self = Self {
        per_hour: 1_000,
        per_day: 10_000,
    };
}

/// What is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpBudget {
    /// The requests of the hour.
    Hour,
    /// The requests of the day.
    Day,
}

impl HttpBudget {
    /// Returns a stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Hour => "http-requests-hour",
            Self::Day => "http-requests-day",
        }
    }

    /// Returns words for a message.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hour => "this skill's HTTP requests of the hour",
            Self::Day => "this skill's HTTP requests of the day",
        }
    }
}

/// How many requests were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HttpUsed {
    /// In the present hour.
    pub hour: u32,
    /// In the day that ends with it.
    pub day: u32,
}

/// Counts the requests that skills send out. Each method is one transaction.
#[async_trait]
pub trait HttpUsage: Send + Sync {
    /// Takes one request, if there is one left, however many hosts take at the same moment. Returns what
    /// is used up otherwise; nothing is counted then. Where both are, that is the day.
    async fn take_request(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        now: Timestamp,
        limits: HttpLimits,
    ) -> Result<Option<HttpBudget>, StorageError>;

    /// Returns how many were taken.
    async fn used(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        now: Timestamp,
    ) -> Result<HttpUsed, StorageError>;
}
