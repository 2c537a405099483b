use super::{AuditRecord, StorageError};
use async_trait::async_trait;
use skillgate_domain::event::{Audience, Event, Notification, Withheld};
use skillgate_domain::ids::{CommunityId, PartnershipId};
use skillgate_domain::time::Timestamp;

/// Something that happened in a community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Where.
    pub community: CommunityId,
    /// What.
    pub notification: Notification,
    /// When it was told of.
    pub at: Timestamp,
}

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relayed {
    /// Its number among the events of its own community.
    pub event: u64,
    /// Each partner, the oldest partnership first.
    pub partners: Vec<RelayedTo>,
}

/// Stands where nothing was withheld.
pub const RELAYED: &str = "relayed";

/// Whether a partner was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayedTo {
    /// The partnership.
    pub partnership: PartnershipId,
    /// The partner.
    pub partner: CommunityId,
    /// Why it was not told, if it was not.
    pub withheld: Option<Withheld>,
}

impl RelayedTo {
    /// Returns the word that is counted: [`RELAYED`], or why it was not told.
    pub fn outcome(&self) -> &'static str {
        self.withheld.map_or(RELAYED, Withheld::name)
    }
}

/// Some events of a community.
#[derive(Debug, Clone, Copy)]
pub struct EventQuery<'a> {
    /// Whose.
    pub community: &'a CommunityId,
    /// For whom: admins see all of them.
    pub audience: Audience,
    /// Those behind this one.
    pub after: u64,
    /// So many at most.
    pub limit: u32,
}

/// How far a community's events go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Whose.
    pub community: CommunityId,
    /// The oldest event that is still kept.
    pub oldest: Option<u64>,
    /// The number of the newest.
    pub last: u64,
}

/// Keeps what communities are told. A move of a partnership is told to both sides by the transaction that makes it.
#[async_trait]
pub trait EventStore: Send + Sync {
    /// Keeps what happened in a community, and tells each of its partners whom it may be told to, in one transaction
    /// with the record that `change` makes of it. How much each partner was sent is counted there, for every host.
    /// Returns nothing, and keeps nothing, where the community is not known.
    async fn relay(
        &self,
        report: &Report,
        change: &(dyn for<'r> Fn(&'r Relayed) -> AuditRecord + Send + Sync),
    ) -> Result<Option<Relayed>, StorageError>;

    /// Lists events in order, at most [`PAGE_MAX`](super::PAGE_MAX).
    async fn events(&self, query: EventQuery<'_>) -> Result<Vec<Event>, StorageError>;

    /// Tells how far the events of some communities go. Those that have none are left out.
    async fn feeds(&self, communities: &[&CommunityId]) -> Result<Vec<Feed>, StorageError>;

    /// Removes events that happened until a moment, about `rows_max` at most. Returns how many.
    async fn remove_events(&self, until: Timestamp, rows_max: u32) -> Result<u64, StorageError>;
}
