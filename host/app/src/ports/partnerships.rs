use super::{AuditRecord, StorageError};
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, PartnershipId};
use skillgate_domain::partnership::{Change, Invitation, Partnership, Status, Terms};
use skillgate_domain::time::Timestamp;

/// What came of beginning a partnership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// There it is.
    Now(Box<Partnership>),
    /// The two have one already, whoever of them invited. Nothing was kept.
    Already(Box<Partnership>),
    /// One of the two is not known here. Nothing was kept.
    Unknown,
    /// As many invitations of the source wait as may, [`INVITATIONS_MAX`](skillgate_domain::partnership::INVITATIONS_MAX). Nothing was kept.
    TooMany,
}

/// Which of a community's partnerships.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Those that were accepted and are not over, suspended ones included.
    Active,
    /// Invitations that the community sent, and counter-offers to them.
    Outgoing,
    /// Invitations that it was sent.
    Incoming,
    /// Those that came to an end since a moment.
    Over(Timestamp),
}

/// A page of a community's partnerships.
#[derive(Debug, Clone, Copy)]
pub struct PartnershipQuery<'a> {
    /// Whose.
    pub community: &'a CommunityId,
    /// Which.
    pub group: Group,
    /// Those that began before this one.
    pub before: Option<PartnershipId>,
    /// So many at most.
    pub limit: u32,
}

/// A move to be kept.
#[derive(Debug, Clone)]
pub struct Moved {
    /// What the partnership is then.
    pub after: Partnership,
    /// Who moved it, when and where to.
    pub change: Change,
    /// Its record.
    pub record: AuditRecord,
}

/// A move that was made, as the history has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastMove {
    /// The version that it made. That of the invitation is 1.
    pub version: u32,
    /// What happened.
    pub change: Change,
}

/// Keeps partnerships. Each method is one transaction, and a change takes its record of the audit trail with it.
///
/// Of two communities there is one partnership at most that is not over; the database holds that, too.
#[async_trait]
pub trait PartnershipStore: Send + Sync {
    /// Begins a partnership. `change` makes the record, once the number is known.
    async fn begin_partnership(
        &self,
        invitation: &Invitation,
        terms: &Terms,
        change: &(dyn Fn(PartnershipId) -> AuditRecord + Send + Sync),
    ) -> Result<Begun, StorageError>;

    /// Moves a partnership, once or several times in a row. Returns whether it still was the version before the first;
    /// if not, nothing was kept.
    async fn move_partnership(&self, moves: &[Moved]) -> Result<bool, StorageError>;

    /// Finds a partnership, whoever's it is.
    async fn partnership(&self, id: PartnershipId) -> Result<Option<Partnership>, StorageError>;

    /// Finds the one partnership of two communities that is not over.
    async fn live_partnership(
        &self,
        one: &CommunityId,
        other: &CommunityId,
    ) -> Result<Option<Partnership>, StorageError>;

    /// Tells with whom of `among`, at most [`PAGE_MAX`](super::PAGE_MAX), a community has a partnership that is not over,
    /// and where it stands.
    async fn live_partners(
        &self,
        community: &CommunityId,
        among: &[&CommunityId],
    ) -> Result<Vec<(CommunityId, Status)>, StorageError>;

    /// Lists partnerships, the newest invitation first.
    async fn partnerships(
        &self,
        query: PartnershipQuery<'_>,
    ) -> Result<Vec<Partnership>, StorageError>;

    /// Lists what happened after the invitation, in order, and the terms that were offered with it.
    async fn partnership_moves(
        &self,
        id: PartnershipId,
    ) -> Result<Option<(Terms, Vec<PastMove>)>, StorageError>;

    /// Lists invitations that nobody answered until `now`, the longest overdue first, at most
    /// [`PAGE_MAX`](super::PAGE_MAX).
    async fn overdue_invitations(&self, now: Timestamp) -> Result<Vec<Partnership>, StorageError>;
}
