//! Records for somebody else.

use super::{Broker, BrokerError, OutsideError};
use crate::ports::InForce;
use crate::run::Run;
use crate::snapshot::Snapshot;
use skillgate_domain::crm::{EntryRef, ObjectKind, Selection};
use skillgate_domain::ids::CommunityId;
use skillgate_domain::plan::Outward;
use skillgate_domain::sharing::FieldAllowlist;

impl Broker {
    /// What is let out is never more than what the caller may read: the one is taken from the other.
    pub(super) async fn snapshot_live(
        &self,
        run: &Run,
        target: EntryRef,
    ) -> Result<Snapshot, BrokerError> {
        let always = |list: FieldAllowlist| list.always;
        self.read_for_others(run, target, always).await
    }

    /// Reads of a record what its reader agrees to let out, as far as the community does too.
    pub(crate) async fn expanded(
        &self,
        run: &Run,
        target: EntryRef,
        agreed: &Selection,
    ) -> Result<Snapshot, BrokerError> {
        let both = |list: FieldAllowlist| list.within_reach().and(agreed);
        self.read_for_others(run, target, both).await
    }

    /// Returns what a community lets out of records of a kind, whoever asks.
    pub(crate) async fn let_out_of(
        &self,
        community: &CommunityId,
        object: ObjectKind,
    ) -> Result<FieldAllowlist, BrokerError> {
        let in_force = self.in_force(community).await?;
        Ok(in_force.settings.sharing.of(object).clone())
    }

    async fn read_for_others(
        &self,
        run: &Run,
        target: EntryRef,
        let_out: impl FnOnce(FieldAllowlist) -> Selection,
    ) -> Result<Snapshot, BrokerError> {
        // Asked at once, as both wait for the same look at what rights are made of.
        let (granted, list) = tokio::join!(
            self.still_granted(run),
            self.let_out_of(&run.principal.community, target.object),
        );
        granted?;
        let let_out = let_out(list?);
        let (record, fetched_at) = self.read_granted(run, target).await?;
        let snapshot = Snapshot {
            record,
            let_out,
            fetched_at,
        };
        if let Some(mut draft) = run.draft() {
            draft.let_out(&snapshot.provenance());
        }
        Ok(snapshot)
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
