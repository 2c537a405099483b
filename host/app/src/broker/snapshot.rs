//! Records for somebody else.

use super::{Broker, BrokerError};
use crate::run::Run;
use crate::snapshot::Snapshot;
use skillgate_domain::crm::{EntryRef, ObjectKind, Selection};
use skillgate_domain::ids::CommunityId;
use skillgate_domain::sharing::FieldAllowlist;

impl Broker {
    /// What is let out is never more than what the caller may read: the one is taken from the other.
    pub(super) async fn snapshot_live(
        &self,
        run: &Run,
        target: EntryRef,
    ) -> Result<Snapshot, BrokerError> {
        let list = self.let_out_of(&run.principal.community, target.object);
        let let_out = list.await?.always;
        self.read_for_others(run, target, let_out).await
    }

    /// Reads of a record what its reader agrees to let out, as far as the community does too.
    pub(crate) async fn expanded(
        &self,
        run: &Run,
        target: EntryRef,
        agreed: &Selection,
    ) -> Result<Snapshot, BrokerError> {
        let list = self.let_out_of(&run.principal.community, target.object);
        let let_out = list.await?.within_reach().and(agreed);
        self.read_for_others(run, target, let_out).await
    }

    /// Returns what a community lets out of records of a kind.
    pub(crate) async fn let_out_of(
        &self,
        community: &CommunityId,
        object: ObjectKind,
    ) -> Result<FieldAllowlist, BrokerError> {
        let lists = self.sharing.allowlists(community).await;
        let lists = lists.map_err(|error| {
            tracing::error!("the lists of what may be let out could not be read: {error}");
            BrokerError::Unsure
        })?;
        Ok(lists.of(object).clone())
    }

    async fn read_for_others(
        &self,
        run: &Run,
        target: EntryRef,
        let_out: Selection,
    ) -> Result<Snapshot, BrokerError> {
        let record = self.get_live(run, target).await?;
        Ok(Snapshot {
            let_out,
            fetched_at: self.clock.now(),
            record,
        })
    }
}
