use super::super::{Behalf, RelayError};
use super::{ExpansionError, Expansions, Standing};
use crate::ports::EXPANSION_PAGE_MAX;
use skillgate_domain::audit::Target;
use skillgate_domain::ids::{ExpansionId, TezId};
use skillgate_domain::principal::{Action, Principal};

/// Questions of one page, where nothing is said.
pub const EXPANSION_PAGE: u32 = 50;

/// Some of the questions that somebody has to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpansionPage {
    /// Questions, newest first.
    pub expansions: Vec<Standing>,
    /// The one to go on behind, where there are older ones.
    pub next: Option<ExpansionId>,
}

impl Expansions {
    /// Lists the questions about a Tez, newest first: all to its sender, to others their own.
    pub async fn of_tez(
        &self,
        caller: &Principal,
        tez: TezId,
    ) -> Result<Vec<Standing>, ExpansionError> {
        let done = self.of_tez_if_allowed(caller, tez).await;
        self.recorded(caller, Action::ShowTez, tez, done).await
    }

    async fn of_tez_if_allowed(
        &self,
        caller: &Principal,
        tez: TezId,
    ) -> Result<Vec<Standing>, ExpansionError> {
        let permitted = self.relay.permit(caller, Action::ShowTez).await?;
        let of = Behalf::of(caller);
        let head = self.relay.visible(&of.user, tez).await?.tez.head;
        permitted.in_team(head.team)?;
        let mut all = self.store.expansions_of(&caller.community, tez).await?;
        if head.sender != of.user.user {
            all.retain(|expansion| expansion.asker == of.user.user);
        }
        let now = self.now();
        let standing = |expansion| Standing::of(expansion, now);
        Ok(all.into_iter().map(standing).collect())
    }

    /// Lists the questions about Tez that the caller shared, older than one, newest first: those that wait,
    /// or all.
    pub async fn to_decide(
        &self,
        caller: &Principal,
        waiting: bool,
        before: Option<ExpansionId>,
        limit: u32,
    ) -> Result<ExpansionPage, ExpansionError> {
        let done = self
            .to_decide_if_allowed(caller, waiting, before, limit)
            .await;
        let (trail, target) = (&self.relay.trail, Target::Community);
        trail
            .refusal(caller, Action::ShowTez, target, &done)
            .await?;
        done
    }

    async fn to_decide_if_allowed(
        &self,
        caller: &Principal,
        waiting: bool,
        before: Option<ExpansionId>,
        limit: u32,
    ) -> Result<ExpansionPage, ExpansionError> {
        let permitted = self.relay.permit(caller, Action::ShowTez).await?;
        if !(1..=EXPANSION_PAGE_MAX).contains(&limit) {
            let why = format!("limit must be 1 to {EXPANSION_PAGE_MAX}");
            return Err(RelayError::Invalid(why).into());
        }
        let now = self.now();
        let waiting_at = waiting.then_some(now);
        let (community, owner) = (&caller.community, &caller.user);
        let listed = self
            .store
            .expansions_for(community, owner, waiting_at, before, limit + 1);
        let mut listed = listed.await?;
        let page = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = listed.len() > page;
        listed.truncate(page);
        let next = has_more.then(|| listed.last().map(|last| last.id));
        listed.retain(|expansion| permitted.in_team(expansion.team).is_ok());
        let standing = |expansion| Standing::of(expansion, now);
        Ok(ExpansionPage {
            expansions: listed.into_iter().map(standing).collect(),
            next: next.flatten(),
        })
    }
}
