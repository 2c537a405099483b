use super::FakeStorage;
use async_trait::async_trait;
use skillgate_app::ports::{
    AuditRecord, Claim, KeptPlan, OpenPlansMax, PlanInserted, PlanProgress, PlanStore, StorageError,
};
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::{CommunityId, InvocationId, PlanId, UserId};
use skillgate_domain::plan::Receipt;
use skillgate_domain::time::Timestamp;

#[async_trait]
impl PlanStore for FakeStorage {
    async fn insert_plan(
        &self,
        plan: &KeptPlan,
        now: Timestamp,
        open_max: OpenPlansMax,
        record: &AuditRecord,
    ) -> Result<PlanInserted, StorageError> {
        self.plans.insert_plan(plan, now, open_max, record).await
    }

    async fn open_plans(
        &self,
        community: &CommunityId,
        owner: &UserId,
        now: Timestamp,
        max: u32,
    ) -> Result<Vec<KeptPlan>, StorageError> {
        self.plans.open_plans(community, owner, now, max).await
    }

    async fn awaited_plan(
        &self,
        community: &CommunityId,
        awaited_by: &Digest,
    ) -> Result<Option<(KeptPlan, PlanProgress)>, StorageError> {
        self.plans.awaited_plan(community, awaited_by).await
    }

    async fn decline_plan(
        &self,
        id: PlanId,
        by: InvocationId,
        now: Timestamp,
        record: &AuditRecord,
    ) -> Result<bool, StorageError> {
        self.plans.decline_plan(id, by, now, record).await
    }

    async fn tell_plan(&self, id: PlanId, record: &AuditRecord) -> Result<bool, StorageError> {
        self.plans.tell_plan(id, record).await
    }

    async fn plan(
        &self,
        community: &CommunityId,
        id: PlanId,
    ) -> Result<Option<(KeptPlan, PlanProgress)>, StorageError> {
        self.plans.plan(community, id).await
    }

    async fn claim_plan(
        &self,
        id: PlanId,
        claim: &Claim,
        now: Timestamp,
        record: &AuditRecord,
    ) -> Result<bool, StorageError> {
        self.plans.claim_plan(id, claim, now, record).await
    }

    async fn keep_receipt(
        &self,
        id: PlanId,
        claim: &Claim,
        number: u32,
        receipt: &Receipt,
        record: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let plans = &self.plans;
        plans.keep_receipt(id, claim, number, receipt, record).await
    }

    async fn end_plan(
        &self,
        id: PlanId,
        by: InvocationId,
        record: &AuditRecord,
    ) -> Result<bool, StorageError> {
        self.plans.end_plan(id, by, record).await
    }

    async fn remove_expired_plans(
        &self,
        before: Timestamp,
        rows_max: u32,
    ) -> Result<u64, StorageError> {
        self.plans.remove_expired_plans(before, rows_max).await
    }
}
