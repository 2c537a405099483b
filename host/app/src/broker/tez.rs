//! What others handed to the caller, for a skill that works for them.

use super::outside::OutsideError;
use super::{Broker, BrokerError};
use crate::journal::Request;
use crate::ports::{STREAM_PAGE_MAX, TezHead, TezStreamQuery};
use crate::run::Run;
use skillgate_domain::capability::Interface;
use skillgate_domain::ids::{TezId, UserId};
use skillgate_domain::policy::ResourceKind;
use skillgate_domain::principal::Action;
use skillgate_domain::tez::{TezKind, TezStatus, Urgency};
use skillgate_domain::time::Timestamp;

/// A Tez as a skill sees it: what its sender wrote, without its context.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in `TezHead`")]
pub struct TezLine {
    pub id: TezId,
    pub thread: TezId,
    pub sender: UserId,
    pub kind: TezKind,
    pub urgency: Urgency,
    pub surface_text: String,
    pub action_requested: Option<String>,
    pub created_at: Timestamp,
}

impl From<TezHead> for TezLine {
    fn from(head: TezHead) -> Self {
        Self {
            id: head.id,
            thread: head.thread,
            sender: head.sender,
            kind: head.kind,
            urgency: head.urgency,
            surface_text: head.surface_text,
            action_requested: head.action_requested,
            created_at: head.created_at,
        }
    }
}

impl Broker {
    /// Lists the newest Tez of a team that the caller may see and that are active. Counts as one read.
    pub async fn stream(
        &self,
        run: &Run,
        query: &TezStreamQuery,
    ) -> Result<Vec<TezLine>, BrokerError> {
        let live = self.stream_live(run, query);
        run.host_calls().crm(Request::Stream(query), live).await
    }

    async fn stream_live(
        &self,
        run: &Run,
        query: &TezStreamQuery,
    ) -> Result<Vec<TezLine>, BrokerError> {
        if !(1..=STREAM_PAGE_MAX).contains(&query.limit) {
            let rule = format!("limit must be 1 to {STREAM_PAGE_MAX}");
            return Err(BrokerError::Invalid(rule));
        }
        self.still_granted(run).await?;
        super::outward::granted(run, Interface::Tez, false)?;
        let team = ResourceKind::Team(query.team);
        self.permitted(run, Action::ShowTez, team).await?;
        run.spend_read()?;
        let relay = &self.outside()?.relay;
        let reader = super::outward::on_behalf(run);
        let found = relay.stream(&reader, query.team, query.before, query.limit);
        let found = found.await.map_err(OutsideError::from)?;
        let active = found
            .into_iter()
            .filter(|head| head.status == TezStatus::Active);
        Ok(active.map(TezLine::from).collect())
    }
}
