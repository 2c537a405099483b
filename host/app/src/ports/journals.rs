use super::StorageError;
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, InvocationId};
use skillgate_domain::time::Timestamp;

/// A journal at rest, with the record of its call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptJournal {
    /// The journal's text.
    pub body: String,
    /// The call's leaf in the audit trail, which has the text's digest.
    pub leaf: String,
}

/// Finds and removes journals. They are kept with the record of their call: see
/// [`super::AuditRecord::journal`].
#[async_trait]
pub trait JournalStore: Send + Sync {
    /// Finds the journal of a run.
    async fn journal(
        &self,
        community: &CommunityId,
        invocation: InvocationId,
    ) -> Result<Option<KeptJournal>, StorageError>;

    /// Removes at most `rows_max` journals that were kept at a moment or before, oldest first: their
    /// digests stay in the audit trail. Returns how many.
    async fn remove_journals(&self, until: Timestamp, rows_max: u32) -> Result<u64, StorageError>;
}
