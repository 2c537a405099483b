use super::StorageError;
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, InvocationId, RecordId, SkillName, UserId};
use skillgate_domain::time::Timestamp;

/// Most records of one page of the audit trail.
pub const AUDIT_PAGE_MAX: u32 = 500;

/// One record of the audit trail, ready to be kept: its canonical text, and copies of what it is
/// looked up by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Whose trail it belongs to.
    pub community: CommunityId,
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub action: &'static str,
    /// The word of the outcome.
    pub outcome: &'static str,
    /// For whom.
    pub user: Option<UserId>,
    /// Which skill.
    pub skill: Option<SkillName>,
    /// In which run.
    pub invocation: Option<InvocationId>,
    /// The leaf of the tree: canonical JSON (RFC 8785).
    pub leaf: String,
    /// What it changes in the list of writes under way.
    pub write: Option<WriteChange>,
}

/// A change of the list of writes whose outcome is not recorded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteChange {
    /// A write is about to leave.
    Begin(PendingWrite),
    /// Its outcome is known, or will never be.
    End(RecordId),
}

/// A write whose outcome is not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingWrite {
    /// The write's id.
    pub id: RecordId,
    /// In whose CRM.
    pub community: CommunityId,
    /// When nobody can be waiting for its outcome any more.
    pub deadline: Timestamp,
    /// The intent's leaf, which says what was to be written.
    pub intent: String,
}

/// A record with its place in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number, from 0 without gaps over all communities.
    pub number: u64,
    /// Its leaf.
    pub leaf: String,
}

/// The tree's size, and the roots of its complete subtrees from left to right.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TreeHead {
    /// Records in the tree.
    pub size: u64,
    /// SHA-256 hashes, one for each bit set in `size`.
    pub frontier: Vec<[u8; 32]>,
}

/// A signed statement of the tree's size and root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The tree it is about.
    pub head: TreeHead,
    /// When it was signed.
    pub at: Timestamp,
    /// The signed note, in the form of C2SP `tlog-checkpoint`.
    pub note: String,
}

/// Which records to list. Absent parts do not narrow.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Records before this number: the last one of the page before.
    pub before: Option<u64>,
    /// Acts of this name.
    pub action: Option<String>,
    /// Outcomes of this word.
    pub outcome: Option<String>,
    /// For this person.
    pub user: Option<UserId>,
    /// Of this skill.
    pub skill: Option<SkillName>,
    /// Of this run.
    pub invocation: Option<InvocationId>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// Keeps the audit trail. Records are only ever added; the databases refuse anything else.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Adds records at the end, in order, in one transaction. Returns the tree they end.
    async fn append_audit(&self, records: &[AuditRecord]) -> Result<TreeHead, StorageError>;

    /// Returns the tree as it is.
    async fn audit_head(&self) -> Result<TreeHead, StorageError>;

    /// Reads records from a number on, in order, at most [`AUDIT_PAGE_MAX`], of all communities.
    async fn audit_from(&self, number: u64) -> Result<Vec<AuditRow>, StorageError>;

    /// Lists a community's records, newest first, at most `limit`.
    async fn audit_page(
        &self,
        community: &CommunityId,
        filter: &AuditFilter,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StorageError>;

    /// Keeps a checkpoint, unless there is one of its size.
    async fn insert_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), StorageError>;

    /// Returns the checkpoint of the largest tree.
    async fn last_checkpoint(&self) -> Result<Option<Checkpoint>, StorageError>;

    /// Lists checkpoints of trees larger than `size`, smallest first, at most [`AUDIT_PAGE_MAX`].
    async fn checkpoints_after(&self, size: u64) -> Result<Vec<Checkpoint>, StorageError>;

    /// Counts a community's writes since a moment, by skill, from their intents.
    async fn writes_since(
        &self,
        community: &CommunityId,
        since: Timestamp,
    ) -> Result<Vec<(SkillName, u32)>, StorageError>;

    /// Lists writes whose deadline is before `now`, oldest first, at most [`AUDIT_PAGE_MAX`].
    async fn overdue_writes(&self, now: Timestamp) -> Result<Vec<PendingWrite>, StorageError>;
}
