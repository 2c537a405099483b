use super::{AuditRecord, StorageError, Submission};
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, SubmissionId};
use skillgate_domain::time::Timestamp;

/// A module that a partner offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// As handed in to the partner.
    pub submission: Submission,
    /// What it is called here, where the same component and manifest were handed in or taken over already.
    pub present: Option<SubmissionId>,
}

/// Which of the modules that partners offer.
#[derive(Debug, Clone, Copy)]
pub struct OfferQuery<'a> {
    /// To whom.
    pub community: &'a CommunityId,
    /// Those behind this one.
    pub after: Option<(Timestamp, SubmissionId)>,
    /// So many at most.
    pub limit: u32,
}

/// Keeps which modules communities let their partners take over.
#[async_trait]
pub trait OfferStore: Send + Sync {
    /// Offers a module from a moment on, or no more, unless it already is or is not. It must be one of the community's
    /// own.
    async fn set_offered(
        &self,
        community: &CommunityId,
        id: SubmissionId,
        at: Option<Timestamp>,
        change: &AuditRecord,
    ) -> Result<(), StorageError>;

    /// Lists what the partners of a community offer it now, the newest offer first, at most
    /// [`PAGE_MAX`](super::PAGE_MAX).
    async fn offers(&self, query: OfferQuery<'_>) -> Result<Vec<Offered>, StorageError>;

    /// Finds what a partner of a community offers it now.
    async fn offer(
        &self,
        community: &CommunityId,
        id: SubmissionId,
    ) -> Result<Option<Submission>, StorageError>;

    /// Keeps a module as handed in to another community, while its own still offers it and is a partner. Returns whether
    /// it does and is; if not, nothing was kept. Where the same component and manifest are there already, that is a
    /// [`StorageError::Conflict`].
    async fn adopt(
        &self,
        offered: SubmissionId,
        adopted: &Submission,
        change: &AuditRecord,
    ) -> Result<bool, StorageError>;
}
