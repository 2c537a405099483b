//! Plans in memory, for tests.

use crate::audit::memory::MemoryAudit;
use crate::ports::{
    AuditRecord, AuditStore, Claim, KeptPlan, OpenPlansMax, PlanInserted, PlanProgress, PlanStore,
    StorageError,
};
use async_trait::async_trait;
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::{CommunityId, InvocationId, PlanId, UserId};
use skillgate_domain::plan::{PLAN_LIFETIME, Receipt};
use skillgate_domain::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Kept = BTreeMap<PlanId, (KeptPlan, PlanProgress)>;

/// Keeps plans until it is dropped, and their records in a trail in memory.
pub struct MemoryPlans {
    audit: Arc<MemoryAudit>,
    kept: Mutex<Kept>,
}

impl MemoryPlans {
    /// Keeps records in `audit`.
    pub fn new(audit: Arc<MemoryAudit>) -> Self {
        Self {
            audit,
            kept: Mutex::default(),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a plan that `by` holds, once the record is kept.
    async fn change(
        &self,
        id: PlanId,
        by: InvocationId,
        record: &AuditRecord,
        change: impl FnOnce(&mut PlanProgress) + Send,
    ) -> Result<bool, StorageError> {
        let held = |progress: &PlanProgress| {
            !progress.ended && progress.claim.is_some_and(|claim| claim.by == by)
        };
        if !self.kept().get(&id).is_some_and(|(_, at)| held(at)) {
            return Ok(false);
        }
        self.audit
            .append_audit(std::slice::from_ref(record))
            .await?;
        if let Some((_, progress)) = self.kept().get_mut(&id) {
            change(progress);
        }
        Ok(true)
    }
}

#[async_trait]
impl PlanStore for MemoryPlans {
    async fn insert_plan(
        &self,
        plan: &KeptPlan,
        now: Timestamp,
        open_max: OpenPlansMax,
        record: &AuditRecord,
    ) -> Result<PlanInserted, StorageError> {
        {
            let mut kept = self.kept();
            let open = kept.values().filter(|(kept, progress)| {
                kept.community == plan.community
                    && kept.expires_at > now
                    && progress.claim.is_none()
            });
            let (mut all, mut own) = (0, 0);
            for (kept, _) in open {
                all += 1;
                own += u32::from(kept.owner == plan.owner);
            }
            if all >= open_max.community || own >= open_max.owner {
                return Ok(PlanInserted::TooMany);
            }
            let same = kept.values_mut().filter(|(kept, progress)| {
                plan.awaited_by.is_some() && kept.awaited_by == plan.awaited_by && !progress.told
            });
            for (kept, progress) in same {
                let untaken = progress.claim.is_none() || progress.declined;
                let over = kept.expires_at <= now && untaken
                    || kept.expires_at <= now.minus(PLAN_LIFETIME);
                if !over {
                    return Ok(PlanInserted::AwaitsAnother);
                }
                progress.told = true;
            }
        }
        self.audit
            .append_audit(std::slice::from_ref(record))
            .await?;
        let fresh = (plan.clone(), PlanProgress::default());
        self.kept().insert(plan.id, fresh);
        Ok(PlanInserted::Kept)
    }

    async fn open_plans(
        &self,
        community: &CommunityId,
        owner: &UserId,
        now: Timestamp,
        max: u32,
    ) -> Result<Vec<KeptPlan>, StorageError> {
        let kept = self.kept();
        let open = kept.values().filter(|(kept, progress)| {
            (&kept.community, &kept.owner) == (community, owner)
                && kept.expires_at > now
                && progress.claim.is_none()
        });
        let mut open: Vec<_> = open.map(|(kept, _)| kept.clone()).collect();
        open.sort_by_key(|kept| std::cmp::Reverse((kept.expires_at, kept.id)));
        open.truncate(usize::try_from(max).unwrap_or(usize::MAX));
        Ok(open)
    }

    async fn awaited_plan(
        &self,
        community: &CommunityId,
        awaited_by: &Digest,
    ) -> Result<Option<(KeptPlan, PlanProgress)>, StorageError> {
        let kept = self.kept();
        let found = kept.values().find(|(kept, progress)| {
            kept.community == *community
                && kept.awaited_by.as_ref() == Some(awaited_by)
                && !progress.told
        });
        Ok(found.cloned())
    }

    async fn decline_plan(
        &self,
        id: PlanId,
        by: InvocationId,
        now: Timestamp,
        record: &AuditRecord,
    ) -> Result<bool, StorageError> {
        {
            let mut kept = self.kept();
            let found = kept.get_mut(&id);
            let open =
                found.filter(|(kept, progress)| kept.expires_at > now && progress.claim.is_none());
            let Some((_, progress)) = open else {
                return Ok(false);
            };
            progress.claim = Some(Claim { by, until: now });
            progress.ended = true;
            progress.declined = true;
        }
        self.audit
            .append_audit(std::slice::from_ref(record))
            .await?;
        Ok(true)
    }

    async fn tell_plan(&self, id: PlanId, record: &AuditRecord) -> Result<bool, StorageError> {
        {
            let mut kept = self.kept();
            let found = kept.get_mut(&id);
            let untold = found.filter(|(_, progress)| progress.ended && !progress.told);
            let Some((_, progress)) = untold else {
                return Ok(false);
            };
            progress.told = true;
        }
        self.audit
            .append_audit(std::slice::from_ref(record))
            .await?;
        Ok(true)
    }

    async fn plan(
        &self,
        community: &CommunityId,
        id: PlanId,
    ) -> Result<Option<(KeptPlan, PlanProgress)>, StorageError> {
        let found = self.kept().get(&id).cloned();
        Ok(found.filter(|(kept, _)| kept.community == *community))
    }

    async fn claim_plan(
        &self,
        id: PlanId,
        claim: &Claim,
        now: Timestamp,
        record: &AuditRecord,
    ) -> Result<bool, StorageError> {
        {
            let mut kept = self.kept();
            let Some((_, progress)) = kept.get_mut(&id) else {
                return Ok(false);
            };
            let is_free = progress.claim.is_none_or(|held| held.until <= now);
            if progress.ended || !is_free {
                return Ok(false);
            }
            progress.claim = Some(*claim);
        }
        self.audit
            .append_audit(std::slice::from_ref(record))
            .await?;
        Ok(true)
    }

    async fn keep_receipt(
        &self,
        id: PlanId,
        claim: &Claim,
        _: u32,
        receipt: &Receipt,
        record: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let kept = self.change(id, claim.by, record, |progress| {
            progress.claim = Some(*claim);
            progress.receipts.push(receipt.clone());
        });
        kept.await
    }

    async fn end_plan(
        &self,
        id: PlanId,
        by: InvocationId,
        record: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let ended = self.change(id, by, record, |progress| progress.ended = true);
        ended.await
    }

    async fn remove_expired_plans(&self, before: Timestamp, _: u32) -> Result<u64, StorageError> {
        let mut kept = self.kept();
        let all = kept.len();
        kept.retain(|_, (plan, _)| plan.expires_at > before);
        Ok(u64::try_from(all - kept.len()).unwrap_or(u64::MAX))
    }
}
