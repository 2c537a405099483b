use super::{AuditRecord, StorageError};
use async_trait::async_trait;
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::{CommunityId, InvocationId, PlanId, UserId};
use skillgate_domain::plan::Receipt;
use skillgate_domain::time::Timestamp;

/// A plan at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPlan {
    /// Its id.
    pub id: PlanId,
    /// The tenant.
    pub community: CommunityId,
    /// The person whose it is.
    pub owner: UserId,
    /// The call that waits for a person to confirm the plan: a digest of who calls what with which parameters.
    pub awaited_by: Option<Digest>,
    /// SHA-256 of the body.
    pub digest: Digest,
    /// When it can no longer be applied.
    pub expires_at: Timestamp,
    /// The whole plan as canonical JSON (RFC 8785).
    pub body: String,
}

/// Who is applying a plan, and until when nobody else may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The run that applies it.
    pub by: InvocationId,
    /// When somebody else may go on, if it has not ended by then.
    pub until: Timestamp,
}

/// How far a plan came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanProgress {
    /// Who applied it last.
    pub claim: Option<Claim>,
    /// Nothing more will happen.
    pub ended: bool,
    /// A person said no.
    pub declined: bool,
    /// The call that waited was answered with what became of it.
    pub told: bool,
    /// What came of the first effects, in order.
    pub receipts: Vec<Receipt>,
}

/// Most plans that can still be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenPlansMax {
    /// Of a community.
    pub community: u32,
    /// Of one person in it.
    pub owner: u32,
}

/// What became of a plan that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanInserted {
    /// It is kept.
    Kept,
    /// There are too many others.
    TooMany,
    /// The same call waits for another one.
    AwaitsAnother,
}

/// Keeps plans. Each method is one transaction, and what changes carries its audit record.
#[async_trait]
pub trait PlanStore: Send + Sync {
    /// Keeps a plan, unless there are as many others that can be applied at `now` as there may be, or the same call
    /// waits for one of them. The record is kept only with it.
    async fn insert_plan(
        &self,
        plan: &KeptPlan,
        now: Timestamp,
        open_max: OpenPlansMax,
        record: &AuditRecord,
    ) -> Result<PlanInserted, StorageError>;

    /// Lists the plans of a person that can be applied at `now`, the newest first, at most `max`.
    async fn open_plans(
        &self,
        community: &CommunityId,
        owner: &UserId,
        now: Timestamp,
        max: u32,
    ) -> Result<Vec<KeptPlan>, StorageError>;

    /// Finds the plan that a call waits for, unless it was answered with what became of it.
    async fn awaited_plan(
        &self,
        community: &CommunityId,
        awaited_by: &Digest,
    ) -> Result<Option<(KeptPlan, PlanProgress)>, StorageError>;

    /// Says no to a plan, if nobody has taken it and it can be applied at `now`. Tells whether that was so.
    async fn decline_plan(
        &self,
        id: PlanId,
        by: InvocationId,
        now: Timestamp,
        record: &AuditRecord,
    ) -> Result<bool, StorageError>;

    /// Remembers that the call that waits for a plan was answered with what became of it. Of several at the same
    /// moment one does. Tells whether this was the one.
    async fn tell_plan(&self, id: PlanId, record: &AuditRecord) -> Result<bool, StorageError>;

    /// Returns a plan and how far it came.
    async fn plan(
        &self,
        community: &CommunityId,
        id: PlanId,
    ) -> Result<Option<(KeptPlan, PlanProgress)>, StorageError>;

    /// Gives the plan to `claim`, unless it ended or somebody else has it at `now`. Of several at the
    /// same moment one gets it. Tells whether it was given.
    async fn claim_plan(
        &self,
        id: PlanId,
        claim: &Claim,
        now: Timestamp,
        record: &AuditRecord,
    ) -> Result<bool, StorageError>;

    /// Keeps what came of effect `number`, counted from 0, and renews the claim. Tells whether the
    /// claim still held; nothing is kept where it did not.
    async fn keep_receipt(
        &self,
        id: PlanId,
        claim: &Claim,
        number: u32,
        receipt: &Receipt,
        record: &AuditRecord,
    ) -> Result<bool, StorageError>;

    /// Ends the plan. Tells whether the claim still held.
    async fn end_plan(
        &self,
        id: PlanId,
        by: InvocationId,
        record: &AuditRecord,
    ) -> Result<bool, StorageError>;

    /// Removes at most `rows_max` plans that expired before a moment and are not being applied, with
    /// their receipts: what was written stays in the audit trail as digests. Returns how many.
    async fn remove_expired_plans(
        &self,
        before: Timestamp,
        rows_max: u32,
    ) -> Result<u64, StorageError>;
}
