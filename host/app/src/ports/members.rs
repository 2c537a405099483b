use super::{AuditRecord, StorageError};
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, UserId};
use skillgate_domain::member::{Listed, MailKey, Member, Roster, Unchanged};

/// Decides what a community's list says of somebody from now on, and makes the record of it.
pub type MemberDecision<'d> =
    dyn for<'r> Fn(&'r Roster) -> Result<(Member, AuditRecord), Unchanged> + Send + Sync + 'd;

/// What came of a change of a community's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberChange {
    /// It says this now.
    Kept(Box<Member>),
    /// It stays as it was.
    Refused(Unchanged),
    /// The community is not known here. Nothing was kept.
    Unknown,
}

/// Keeps who belongs to communities. Each method is one transaction, and a change takes its record of the audit trail
/// with it.
#[async_trait]
pub trait MemberStore: Send + Sync {
    /// Changes what a community's list says of somebody. Nobody else changes the list between what `decide` is shown and
    /// what it decides.
    async fn change_member(
        &self,
        community: &CommunityId,
        user: &UserId,
        decide: &MemberDecision<'_>,
    ) -> Result<MemberChange, StorageError>;

    /// Finds somebody who belongs to a community, or did.
    async fn member(
        &self,
        community: &CommunityId,
        user: &UserId,
    ) -> Result<Option<Member>, StorageError>;

    /// Lists who belongs to a community in the order of their ids, behind `after`, at most
    /// [`PAGE_MAX`](super::PAGE_MAX).
    async fn members(
        &self,
        community: &CommunityId,
        after: Option<&UserId>,
    ) -> Result<Vec<Member>, StorageError>;

    /// Tells what a community's list says of somebody, as it is now.
    async fn listed(&self, community: &CommunityId, user: &UserId) -> Result<Listed, StorageError>;

    /// Finds whose choice a key opens.
    async fn mail_key(&self, key: &MailKey) -> Result<Option<(CommunityId, UserId)>, StorageError>;
}
