//! What a skill keeps from one call to the next: granted, counted, and changed only by who may write.
//!
//! Invariant: a call that plans keeps nothing. What it commits, it alone finds, and nobody afterwards.

mod planned;

pub(crate) use planned::PlannedState;

use super::outside::OutsideError;
use super::outward::granted;
use super::{Broker, BrokerError};
use crate::journal::Request;
use crate::ports::{
    STATE_PAGE_MAX, StateChange, StateLine, StateRefusal, StateStore, StateValue, StorageError,
};
use crate::run::{Budget, Run};
use skillgate_domain::capability::Interface;
use skillgate_domain::state::{StateKey, StatePrefix, StateQuota};

/// Which keys are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateQuery {
    /// What they begin with.
    pub prefix: StatePrefix,
    /// What they come after.
    pub after: Option<StateKey>,
    /// How many at most: 1 to [`STATE_PAGE_MAX`].
    pub limit: u32,
}

impl Broker {
    /// Reads what the skill keeps under a key.
    pub async fn state_get(
        &self,
        run: &Run,
        key: &StateKey,
    ) -> Result<Option<StateValue>, BrokerError> {
        let live = self.state_get_live(run, key);
        run.host_calls().crm(Request::StateGet(key), live).await
    }

    /// Lists keys under which the skill keeps something.
    pub async fn state_list(
        &self,
        run: &Run,
        query: &StateQuery,
    ) -> Result<Vec<StateLine>, BrokerError> {
        let live = self.state_list_live(run, query);
        run.host_calls().crm(Request::StateList(query), live).await
    }

    /// Makes all changes or none. Returns a version for each.
    pub async fn state_commit(
        &self,
        run: &Run,
        changes: &[StateChange],
    ) -> Result<Vec<i64>, BrokerError> {
        let live = self.state_commit_live(run, changes);
        run.host_calls()
            .crm(Request::StateCommit(changes), live)
            .await
    }

    async fn state_get_live(
        &self,
        run: &Run,
        key: &StateKey,
    ) -> Result<Option<StateValue>, BrokerError> {
        let store = self.enter_state(run, false).await?;
        if let Some(planned) = run.planned_state()
            && planned.has_changed(key)
        {
            return Ok(planned.value(key));
        }
        let found = store.state_get(&run.principal.community, &run.skill, key);
        found.await.map_err(unkept)
    }

    async fn state_list_live(
        &self,
        run: &Run,
        query: &StateQuery,
    ) -> Result<Vec<StateLine>, BrokerError> {
        if !(1..=STATE_PAGE_MAX).contains(&query.limit) {
            let rule = format!("limit must be 1 to {STATE_PAGE_MAX}");
            return Err(BrokerError::Invalid(rule));
        }
        let store = self.enter_state(run, false).await?;
        let StateQuery {
            prefix,
            after,
            limit,
        } = query;
        if run.planned_state().is_some() {
            let kept = all_lines(store, run, prefix).await?;
            let planned = run.planned_state();
            return Ok(planned.map_or_else(Vec::new, |planned| planned.list(kept, query)));
        }
        let community = &run.principal.community;
        let listed = store.state_list(community, &run.skill, prefix, after.as_ref(), *limit);
        listed.await.map_err(unkept)
    }

    async fn state_commit_live(
        &self,
        run: &Run,
        changes: &[StateChange],
    ) -> Result<Vec<i64>, BrokerError> {
        let store = self.enter_state(run, true).await?;
        let quota = StateQuota::DEFAULT;
        let committed = if run.planned_state().is_some() {
            let kept = all_lines(store, run, &StatePrefix::default()).await?;
            let planned = run.planned_state();
            planned.map_or(Ok(Vec::new()), |mut planned| {
                planned.commit(kept, changes, quota)
            })
        } else {
            let community = &run.principal.community;
            let committed = store.state_commit(community, &run.skill, changes, quota);
            committed.await
        };
        committed.map_err(|refusal| refused(run, refusal))
    }

    /// Asks whether the run may use what its skill keeps, and counts that it does.
    async fn enter_state(&self, run: &Run, changes: bool) -> Result<&dyn StateStore, BrokerError> {
        self.still_granted(run).await?;
        granted(run, Interface::State, changes)?;
        let store = self.state.as_deref().ok_or(OutsideError::NotConfigured)?;
        run.spend_state_call().inspect_err(|budget| {
            run.denied(budget.code());
        })?;
        Ok(store)
    }
}

/// Lists all that the skill keeps under keys of a prefix: never much more than its quota.
async fn all_lines(
    store: &dyn StateStore,
    run: &Run,
    prefix: &StatePrefix,
) -> Result<Vec<StateLine>, BrokerError> {
    let community = &run.principal.community;
    let mut all: Vec<StateLine> = Vec::new();
    loop {
        let after = all.last().map(|line| line.key.clone());
        let page = store.state_list(
            community,
            &run.skill,
            prefix,
            after.as_ref(),
            STATE_PAGE_MAX,
        );
        let page = page.await.map_err(unkept)?;
        let is_last = page.len() < STATE_PAGE_MAX as usize;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

fn refused(run: &Run, refusal: StateRefusal) -> BrokerError {
    match refusal {
        StateRefusal::Conflict(key) => BrokerError::StateChanged(key),
        StateRefusal::QuotaKeys => used_up(run, Budget::StateKeys),
        StateRefusal::QuotaBytes => used_up(run, Budget::StateBytes),
        StateRefusal::TooMany | StateRefusal::Twice(_) | StateRefusal::TooLong(_) => {
            BrokerError::Invalid(refusal.to_string())
        }
        StateRefusal::Storage(error) => unkept(error),
    }
}

fn used_up(run: &Run, budget: Budget) -> BrokerError {
    run.denied(budget.code());
    budget.into()
}

#[expect(clippy::needless_pass_by_value, reason = "an error that ends here")]
fn unkept(error: StorageError) -> BrokerError {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        "what a skill keeps could not be read or changed"
    );
    BrokerError::Unkept
}
