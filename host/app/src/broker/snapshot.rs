//! Records for somebody else.

use super::{Broker, BrokerError, OutsideError};
use crate::ports::InForce;
use crate::run::Run;
use crate::snapshot::Snapshot;
use skillgate_domain::crm::{EntryRef, ObjectKind, Selection};
use skillgate_domain::ids::CommunityId;
use skillgate_domain::plan::Outward;

impl Broker {
    /// What is let out is never more than what the caller may read: the one is taken from the other.
    pub(super) async fn snapshot_live(
        &self,
        run: &Run,
        target: EntryRef,
    ) -> Result<Snapshot, BrokerError> {
        let let_out = self
            .let_out(&run.principal.community, target.object)
            .await?;
        let record = self.get_live(run, target).await?;
        let snapshot = Snapshot {
            let_out,
            fetched_at: self.clock.now(),
            record,
        };
        if let Some(mut draft) = run.draft() {
            draft.let_out(&snapshot.provenance());
        }
        Ok(snapshot)
    }

    /// Returns what the community lets out of such records, whoever asks.
    pub(crate) async fn let_out(
        &self,
        community: &CommunityId,
        object: ObjectKind,
    ) -> Result<Selection, BrokerError> {
        let in_force = self.in_force(community).await?;
        Ok(in_force.settings.sharing.of(object).always.clone())
    }

    /// Refuses what was made when the community let more out than it does now: an admin who narrows a list
    /// expects that to hold for what was planned before.
    pub(super) async fn still_let_out(
        &self,
        run: &Run,
        outward: &Outward,
    ) -> Result<(), BrokerError> {
        let mut passed_on = run.passed_on().clone();
        if let Outward::ShareTez(draft) = outward {
            let made_of = draft.context.iter().filter_map(|it| it.provenance.as_ref());
            made_of.for_each(|from| passed_on.add_all(from));
        }
        let lists = self.in_force(&run.principal.community).await?.settings;
        let Some((object, field)) = passed_on.first_outside(&lists.sharing) else {
            return Ok(());
        };
        run.denied("sharing-narrowed");
        let field = field.to_owned();
        Err(OutsideError::Narrowed { object, field }.into())
    }

    async fn in_force(&self, community: &CommunityId) -> Result<InForce, BrokerError> {
        let settings = self.settings.settings_in_force(community).await;
        settings.map_err(|error| {
            tracing::error!("the community's settings could not be read: {error}");
            BrokerError::Unsure
        })
    }
}
