use super::{MemoryRelay, more_than};
use crate::ports::{
    AuditRecord, DecisionPut, EXPANSIONS_OF_ASKER_MAX, EXPANSIONS_OF_TEZ_MAX, ExpansionPut,
    ExpansionStore, KeptTez, StorageError,
};
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, ExpansionId, TezId, UserId};
use skillgate_domain::tez::expansion::{Decision, Expansion, ExpansionState};
use skillgate_domain::time::Timestamp;

fn same(one: &Expansion, other: &Expansion) -> bool {
    one.context == other.context
        && one.asker == other.asker
        && one.fields == other.fields
        && one.decision.is_none()
}

#[async_trait]
impl ExpansionStore for MemoryRelay {
    async fn insert_expansion(
        &self,
        expansion: &Expansion,
        change: &AuditRecord,
    ) -> Result<ExpansionPut, StorageError> {
        {
            let now = expansion.asked_at;
            let mut kept = self.kept();
            kept.expansions.retain(|earlier| {
                earlier.state(now) != ExpansionState::Expired || !same(earlier, expansion)
            });
            let mut all = kept.expansions.iter();
            if let Some(earlier) = all.find(|earlier| same(earlier, expansion)) {
                return Ok(ExpansionPut::Waits(Box::new(earlier.clone())));
            }
            let of_tez = kept.expansions.iter().filter(|it| it.tez == expansion.tez);
            let of_asker = of_tez.clone().filter(|it| it.asker == expansion.asker);
            if more_than(of_tez.count() + 1, EXPANSIONS_OF_TEZ_MAX)
                || more_than(of_asker.count() + 1, EXPANSIONS_OF_ASKER_MAX)
            {
                return Ok(ExpansionPut::Full);
            }
        }
        self.recorded(change).await?;
        self.kept().expansions.push(expansion.clone());
        Ok(ExpansionPut::Kept)
    }

    async fn find_expansion(
        &self,
        community: &CommunityId,
        tez: TezId,
        id: ExpansionId,
    ) -> Result<Option<Expansion>, StorageError> {
        let all = self.expansions_of(community, tez).await?;
        Ok(all.into_iter().find(|expansion| expansion.id == id))
    }

    async fn expansions_of(
        &self,
        community: &CommunityId,
        tez: TezId,
    ) -> Result<Vec<Expansion>, StorageError> {
        let kept = self.kept();
        let own = kept.expansions.iter().rev();
        let own = own.filter(|it| it.community == *community && it.tez == tez);
        Ok(own.cloned().collect())
    }

    async fn expansions_for(
        &self,
        community: &CommunityId,
        owner: &UserId,
        waiting_at: Option<Timestamp>,
        before: Option<ExpansionId>,
        limit: u32,
    ) -> Result<Vec<Expansion>, StorageError> {
        let kept = self.kept();
        let own = kept.expansions.iter().rev().filter(|it| {
            it.community == *community
                && it.owner == *owner
                && before.is_none_or(|before| it.id < before)
                && waiting_at.is_none_or(|now| it.state(now) == ExpansionState::Pending)
        });
        Ok(own.take(limit as usize).cloned().collect())
    }

    async fn decide_expansion(
        &self,
        expansion: &Expansion,
        decision: &Decision,
        reply: Option<&KeptTez>,
        changes: &[AuditRecord],
    ) -> Result<DecisionPut, StorageError> {
        {
            let kept = self.kept();
            if reply.is_some_and(|reply| kept.is_full(reply.head.thread)) {
                return Ok(DecisionPut::ThreadFull);
            }
            let mut all = kept.expansions.iter();
            let waits = all.find(|it| it.id == expansion.id);
            if waits.is_none_or(|it| it.state(decision.at) != ExpansionState::Pending) {
                return Ok(DecisionPut::Closed);
            }
        }
        self.all_recorded(changes).await?;
        let mut kept = self.kept();
        for kept in kept
            .expansions
            .iter_mut()
            .filter(|it| it.id == expansion.id)
        {
            kept.decision = Some(decision.clone());
        }
        if let Some(reply) = reply {
            kept.tez.push((expansion.community.clone(), reply.clone()));
        }
        Ok(DecisionPut::Kept)
    }
}
