use super::{Behalf, Relay, RelayError};
use crate::ports::{KeptItem, KeptTez};
use skillgate_domain::audit::{Facts, RedactionFacts, Target};
use skillgate_domain::ids::{ContextId, TezId};
use skillgate_domain::principal::{Action, Principal, Role};
use skillgate_domain::tez::Redaction;
use skillgate_domain::tez::expansion::reason;

impl Relay {
    /// Takes an item of context out of a Tez, for good: its sender does, or an admin. What it said is gone;
    /// that it was there, which fields were in it, who took it out and why stays. What was taken out stays
    /// so.
    pub async fn redact(
        &self,
        caller: &Principal,
        tez: TezId,
        context: ContextId,
        why: &str,
    ) -> Result<KeptItem, RelayError> {
        let done = self.redact_if_allowed(caller, tez, context, why).await;
        self.recorded(caller, Action::RedactTez, Target::Tez(tez), done)
            .await
    }

    async fn redact_if_allowed(
        &self,
        caller: &Principal,
        tez: TezId,
        context: ContextId,
        why: &str,
    ) -> Result<KeptItem, RelayError> {
        let asked = self.permit(caller, Action::RedactTez).await?;
        let of = Behalf::of(caller);
        let found = if caller.role == Role::Admin {
            self.whole(&of, tez).await?
        } else {
            self.visible(&of.user, tez).await?.tez
        };
        asked.in_team(found.head.team)?;
        if caller.role != Role::Admin && found.head.sender != of.user.user {
            let why = "only its sender or an admin takes something out of a Tez";
            return Err(RelayError::NotYours(why));
        }
        let redaction = Redaction {
            at: self.trail.clock().now(),
            by: of.user.user.clone(),
            reason: reason(why)?,
        };
        let kept = item(&found, context)?;
        if kept.redaction.is_some() {
            return Ok(kept.clone());
        }
        let from = kept.item.provenance.as_ref();
        let facts = Facts::Redaction(RedactionFacts {
            context,
            record: from.map(|from| (from.object, from.record)),
            fields: from.map(|from| from.fields.clone()).unwrap_or_default(),
        });
        let change = self.change(&of, Action::RedactTez, Target::Tez(tez), facts);
        let community = &of.user.community;
        let place = (tez, context);
        // Whoever was faster took the same out.
        let taken_out = self
            .store
            .redact_context(community, place, &redaction, &change);
        taken_out.await?;
        let found = self.whole(&of, tez).await?;
        item(&found, context).cloned()
    }

    /// Finds a Tez, whoever may see it.
    async fn whole(&self, of: &Behalf, tez: TezId) -> Result<KeptTez, RelayError> {
        let (community, user) = (&of.user.community, &of.user.user);
        let found = self.store.find_tez(community, tez, user).await?;
        Ok(found.ok_or(RelayError::NotFound)?.tez)
    }
}

/// Finds an item of a Tez.
pub(super) fn item(tez: &KeptTez, context: ContextId) -> Result<&KeptItem, RelayError> {
    let mut items = tez.context.iter();
    let found = items.find(|item| item.id == context);
    found.ok_or(RelayError::ContextNotFound)
}
