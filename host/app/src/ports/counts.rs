use super::StorageError;
use async_trait::async_trait;
use skillgate_domain::event::Withheld;
use skillgate_domain::ids::CommunityId;
use skillgate_domain::partnership::MoveKind;
use skillgate_domain::time::{Day, Timestamp};
use std::time::Duration;

/// Most answers whose times are looked at for one middle value: the latest.
pub const ANSWERS_MAX: u32 = 10_000;

/// Days of UTC, each in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first.
    pub first: Day,
    /// The last.
    pub last: Day,
}

impl Period {
    /// Returns when it begins.
    pub const fn begins(self) -> Timestamp {
        self.first.begins()
    }

    /// Returns when it is over.
    pub const fn is_over(self) -> Timestamp {
        self.last.next().begins()
    }
}

/// How often a partnership of a community was moved so on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveCount {
    /// When.
    pub day: Day,
    /// What was done.
    pub moved: MoveKind,
    /// Whether the community did it, or the other; nobody did, when time did.
    pub by_us: Option<bool>,
    /// How often.
    pub count: u64,
}

/// To how many partners something went on a day, or from how many it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayCount {
    /// When.
    pub day: Day,
    /// Why it was kept, if it was.
    pub withheld: Option<Withheld>,
    /// To or from how many.
    pub count: u64,
}

/// How long an invitation waited for its first answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// Whether the community answered, or the other.
    pub by_us: bool,
    /// How long after the invitation.
    pub after: Duration,
}

/// Counts what happened to a community's partnerships, and what went to its partners.
#[async_trait]
pub trait PartnershipCounts: Send + Sync {
    /// Counts moves by day.
    async fn count_moves(
        &self,
        community: &CommunityId,
        period: Period,
    ) -> Result<Vec<MoveCount>, StorageError>;

    /// Counts by day to whom what happened in the community went.
    async fn count_relays(
        &self,
        community: &CommunityId,
        period: Period,
    ) -> Result<Vec<RelayCount>, StorageError>;

    /// Tells how long invitations waited that were answered in a period, the latest [`ANSWERS_MAX`] at most.
    async fn answers(
        &self,
        community: &CommunityId,
        period: Period,
    ) -> Result<Vec<Answered>, StorageError>;
}
