use super::super::redact::item;
use super::super::{Behalf, RelayError};
use super::{ExpansionError, Expansions, Standing, facts};
use crate::ports::ExpansionPut;
use skillgate_domain::audit::Target;
use skillgate_domain::ids::{ContextId, ExpansionId, TezId};
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::tez::expansion::{EXPANSION_LIFE, Expansion, reason, wanted};

/// What is asked of a Tez.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Of which item of its context.
    pub context: ContextId,
    /// Which fields of the record that it was made from.
    pub fields: Vec<String>,
    /// Why.
    pub reason: String,
}

impl Expansions {
    /// Asks the sender of a Tez for more of a record that it speaks of. Whoever may see the Tez does. The
    /// same question again, while it waits, is the same question.
    pub async fn ask(
        &self,
        caller: &Principal,
        tez: TezId,
        asked: Asked,
    ) -> Result<Standing, ExpansionError> {
        let done = self.ask_if_allowed(caller, tez, asked).await;
        self.recorded(caller, Action::AskExpansion, tez, done).await
    }

    async fn ask_if_allowed(
        &self,
        caller: &Principal,
        tez: TezId,
        asked: Asked,
    ) -> Result<Standing, ExpansionError> {
        let permitted = self.relay.permit(caller, Action::AskExpansion).await?;
        let of = Behalf::of(caller);
        let found = self.relay.visible(&of.user, tez).await?.tez;
        permitted.in_team(found.head.team)?;
        if found.head.sender == of.user.user {
            let why = "whoever shared a Tez asks nobody for more of it";
            return Err(RelayError::NotYours(why).into());
        }
        let item = item(&found, asked.context)?;
        if item.redaction.is_some() {
            return Err(ExpansionError::Redacted);
        }
        let Some(from) = &item.item.provenance else {
            let why = "the host made this item of no record".to_owned();
            return Err(RelayError::Invalid(why).into());
        };
        let list = self.records.let_out_of(&caller.community, from.object);
        let reach = list.await?.within_reach();
        let now = self.now();
        let expansion = Expansion {
            id: ExpansionId::new(self.relay.entropy.uuid()),
            community: caller.community.clone(),
            tez,
            team: found.head.team,
            context: asked.context,
            record: (from.object, from.record),
            asker: of.user.user.clone(),
            owner: found.head.sender.clone(),
            fields: wanted(from.object, &asked.fields, &from.fields, &reach)?,
            reason: reason(&asked.reason)?,
            asked_at: now,
            expires_at: now.plus(EXPANSION_LIFE),
            decision: None,
        };
        let (action, target) = (Action::AskExpansion, Target::Tez(tez));
        let change = self.relay.change(&of, action, target, facts(&expansion));
        match self.store.insert_expansion(&expansion, &change).await? {
            ExpansionPut::Kept => Ok(Standing::of(expansion, now)),
            ExpansionPut::Waits(earlier) => Ok(Standing::of(*earlier, now)),
            ExpansionPut::Full => {
                let why = "this Tez has no place for another question";
                Err(RelayError::Full(why).into())
            }
        }
    }
}
