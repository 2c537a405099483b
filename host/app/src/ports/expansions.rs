use super::{AuditRecord, KeptTez, StorageError};
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, ExpansionId, TezId, UserId};
use skillgate_domain::tez::expansion::{Decision, Expansion};
use skillgate_domain::time::Timestamp;

/// Most questions for more about one Tez: they are listed together.
pub const EXPANSIONS_OF_TEZ_MAX: u32 = 200;
/// Most of them by one person.
pub const EXPANSIONS_OF_ASKER_MAX: u32 = 20;
/// Longest page of questions that wait for somebody.
pub const EXPANSION_PAGE_MAX: u32 = 100;

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpansionPut {
    /// It is kept.
    Kept,
    /// The same person has asked the same, and waits: this is that question.
    Waits(Box<Expansion>),
    /// The Tez has [`EXPANSIONS_OF_TEZ_MAX`], or [`EXPANSIONS_OF_ASKER_MAX`] of this person.
    Full,
}

/// What came of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecisionPut {
    /// It is kept, and so is the Tez that lets something out.
    Kept,
    /// Somebody was faster, or it was too late.
    Closed,
    /// The thread has no place for the Tez. Nothing was kept.
    ThreadFull,
}

/// Questions for more of records that Tez speak of. Each method is one transaction, and a change takes its
/// records of the audit trail with it.
///
/// Everything is looked up within a community; what belongs to another is absent.
#[async_trait]
pub trait ExpansionStore: Send + Sync {
    /// Keeps a question, unless the same person has asked the same of the same item and still waits, or
    /// there are too many.
    async fn insert_expansion(
        &self,
        expansion: &Expansion,
        change: &AuditRecord,
    ) -> Result<ExpansionPut, StorageError>;

    /// Finds a question about a Tez.
    async fn find_expansion(
        &self,
        community: &CommunityId,
        tez: TezId,
        id: ExpansionId,
    ) -> Result<Option<Expansion>, StorageError>;

    /// Lists the questions about a Tez, newest first.
    async fn expansions_of(
        &self,
        community: &CommunityId,
        tez: TezId,
    ) -> Result<Vec<Expansion>, StorageError>;

    /// Lists the questions that somebody has to decide, older than `before`, newest first: those that wait
    /// at `waiting_at`, or all.
    async fn expansions_for(
        &self,
        community: &CommunityId,
        owner: &UserId,
        waiting_at: Option<Timestamp>,
        before: Option<ExpansionId>,
        limit: u32,
    ) -> Result<Vec<Expansion>, StorageError>;

    /// Keeps what was decided of a question that waits, together with the Tez that lets something out.
    async fn decide_expansion(
        &self,
        expansion: &Expansion,
        decision: &Decision,
        reply: Option<&KeptTez>,
        changes: &[AuditRecord],
    ) -> Result<DecisionPut, StorageError>;
}
