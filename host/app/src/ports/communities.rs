use super::{AuditRecord, StorageError};
use async_trait::async_trait;
use skillgate_domain::community::Community;
use skillgate_domain::ids::CommunityId;

/// What came of keeping what others see of a community.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommunityPut {
    /// It holds.
    Kept,
    /// Another version of it holds. Nothing was kept.
    Changed,
    /// Another community has its short id. Nothing was kept.
    ShortIdTaken,
}

/// Keeps what others see of communities. Each method is one transaction, and a change takes its record of the audit
/// trail with it.
#[async_trait]
pub trait CommunityStore: Send + Sync {
    /// Keeps the next version of what is seen of a community. The first is 1.
    async fn put_community(
        &self,
        community: &Community,
        change: &AuditRecord,
    ) -> Result<CommunityPut, StorageError>;

    /// Finds a community.
    async fn community(&self, id: &CommunityId) -> Result<Option<Community>, StorageError>;

    /// Lists communities in the order in which they changed last, those that did so after `number`, each with the number
    /// of that change; at most [`PAGE_MAX`](super::PAGE_MAX). No number appears later under one that was listed.
    async fn changed_communities(&self, number: u64)
    -> Result<Vec<(u64, Community)>, StorageError>;

    /// Finds some communities at once, at most [`PAGE_MAX`](super::PAGE_MAX). Those that are not there are left out.
    async fn communities(&self, ids: &[&CommunityId]) -> Result<Vec<Community>, StorageError>;
}
