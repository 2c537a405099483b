use super::FakeStorage;
use async_trait::async_trait;
use skillgate_app::ports::{
    AuditRecord, OfferQuery, OfferStore, Offered, PartnershipStore, StorageError, Submission,
};
use skillgate_domain::grant::Owner;
use skillgate_domain::ids::{CommunityId, PartnershipId, SubmissionId};
use skillgate_domain::partnership::Status;
use skillgate_domain::time::Timestamp;

impl FakeStorage {
    async fn accepted(
        &self,
        one: &CommunityId,
        other: &CommunityId,
    ) -> Result<Option<PartnershipId>, StorageError> {
        let live = self.partnerships.live_partnership(one, other).await?;
        let accepted = live.filter(|it| it.standing.status() == Status::Accepted);
        Ok(accepted.map(|it| it.id))
    }

    /// Says whether whoever it belongs to is a partner now.
    pub(super) async fn as_of_now(
        &self,
        community: &CommunityId,
        owner: &mut Option<Owner>,
    ) -> Result<(), StorageError> {
        if let Some(owner) = owner {
            owner.partnership = self.accepted(community, &owner.community).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl OfferStore for FakeStorage {
    async fn set_offered(
        &self,
        community: &CommunityId,
        id: SubmissionId,
        at: Option<Timestamp>,
        change: &AuditRecord,
    ) -> Result<(), StorageError> {
        for own in &mut self.kept().submissions {
            if own.community == *community && own.id == id {
                own.offered_at = at.map(|at| own.offered_at.unwrap_or(at));
            }
        }
        self.recorded(change).await
    }

    async fn offers(&self, query: OfferQuery<'_>) -> Result<Vec<Offered>, StorageError> {
        let all = self.kept().submissions.clone();
        let mut offers = Vec::new();
        for it in &all {
            let Some(at) = it.offered_at else { continue };
            let is_behind = query.after.is_none_or(|after| (at, it.id) < after);
            let accepted = self.accepted(query.community, &it.community).await?;
            if is_behind && accepted.is_some() {
                let here = all.iter().find(|here| {
                    here.community == *query.community
                        && (here.component, here.manifest) == (it.component, it.manifest)
                });
                offers.push(Offered {
                    submission: it.clone(),
                    present: here.map(|here| here.id),
                });
            }
        }
        offers.sort_by_key(|it| std::cmp::Reverse((it.submission.offered_at, it.submission.id)));
        offers.truncate(query.limit as usize);
        Ok(offers)
    }

    async fn offer(
        &self,
        community: &CommunityId,
        id: SubmissionId,
    ) -> Result<Option<Submission>, StorageError> {
        let query = OfferQuery {
            community,
            after: None,
            limit: u32::MAX,
        };
        let offers = self.offers(query).await?.into_iter();
        let mut offered = offers.map(|it| it.submission);
        Ok(offered.find(|it| it.id == id))
    }

    async fn adopt(
        &self,
        offered: SubmissionId,
        adopted: &Submission,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        if self.offer(&adopted.community, offered).await?.is_none() {
            return Ok(false);
        }
        self.take_in(adopted)?;
        self.recorded(change).await.map(|()| true)
    }
}
