//! Records for somebody else.

use super::{Broker, BrokerError};
use crate::run::Run;
use crate::snapshot::Snapshot;
use skillgate_domain::crm::EntryRef;

impl Broker {
    /// What is let out is never more than what the caller may read: the one is taken from the other.
    pub(super) async fn snapshot_live(
        &self,
        run: &Run,
        target: EntryRef,
    ) -> Result<Snapshot, BrokerError> {
        let lists = self.sharing.allowlists(&run.principal.community).await;
        let lists = lists.map_err(|error| {
            tracing::error!("the lists of what may be let out could not be read: {error}");
            BrokerError::Unsure
        })?;
        let (record, fetched_at) = self.read_live(run, target).await?;
        Ok(Snapshot {
            let_out: lists.of(target.object).always.clone(),
            fetched_at,
            record,
        })
    }
}
