//! Writes of a call that is planned. Each is checked as if it happened, becomes an effect of the plan,
//! and is answered with the record as it would be.

use super::{Broker, BrokerError, check, told};
use crate::ports::CrmError;
use crate::run::Run;
use skillgate_domain::crm::{Changes, EntryRef, FieldKey, Link, Record, Selection};
use skillgate_domain::ids::RecordId;
use skillgate_domain::plan::{Before, Effect};
use skillgate_domain::right::{Pass, Unredacted};

impl Broker {
    /// Reads a record as it is now, or as the plan would leave it: an effect rests on it.
    pub(super) async fn as_planned(
        &self,
        run: &Run,
        target: EntryRef,
        want: &Selection,
    ) -> Result<Unredacted, BrokerError> {
        if let Some(record) = created(run, target) {
            return Ok(Unredacted::seal(record));
        }
        let found = self.crm.get(&run.principal.community, target, want).await;
        Ok(amended(run, told(run, found)?))
    }

    pub(super) async fn plan_create(
        &self,
        run: &Run,
        id: RecordId,
        changes: &Changes,
    ) -> Result<Unredacted, BrokerError> {
        if let Ok(unique) = check::unique_value(changes)
            && let Some(holder) = self.look_up_holder(run, &unique).await?
        {
            let holder = Some(holder);
            let conflict = BrokerError::Crm(CrmError::Conflict { holder });
            return Err(super::without_holder(run, changes.object, conflict));
        }
        let effect = Effect::Create {
            id,
            changes: changes.clone(),
        };
        let target = super::entry(changes.object, id);
        self.plan(run, effect).await?;
        let record = created(run, target).ok_or(BrokerError::Crm(CrmError::NotFound))?;
        Ok(Unredacted::seal(record))
    }

    pub(super) async fn plan_update(
        &self,
        run: &Run,
        id: RecordId,
        changes: &Changes,
        pass: &Pass<'_>,
    ) -> Result<Unredacted, BrokerError> {
        let target = EntryRef {
            object: changes.object,
            id,
        };
        let present = self.as_planned(run, target, super::wanted(pass)).await?;
        let before = before(run, pass, present.clone(), changes);
        let effect = Effect::Update {
            id,
            changes: changes.clone(),
            before,
        };
        self.plan(run, effect).await?;
        Ok(amended(run, present))
    }

    /// What is linked must be there, as it must when the link is made.
    pub(super) async fn plan_link(
        &self,
        run: &Run,
        id: RecordId,
        link: &Link,
    ) -> Result<(), BrokerError> {
        for target in [link.source, link.target] {
            self.as_planned(run, target, &Selection::EMPTY).await?;
        }
        self.plan(run, Effect::Link { id, link: *link }).await
    }

    /// Makes something an effect of the plan.
    pub(super) async fn plan(&self, run: &Run, effect: Effect) -> Result<(), BrokerError> {
        self.settle(run).await?;
        run.spend_write()?;
        if let Some(mut draft) = run.draft() {
            draft.push(effect);
        }
        Ok(())
    }
}

/// Changes a record as the plan would, in a call that plans.
pub(super) fn amended(run: &Run, record: Unredacted) -> Unredacted {
    match run.draft() {
        Some(draft) => record.amended(&draft),
        None => record,
    }
}

pub(super) fn created(run: &Run, target: EntryRef) -> Option<Record> {
    run.draft()?.created(target)
}

/// Takes what a record holds in the fields that are about to change, as far as it may be read. The
/// plan shows it, so it is remembered as read.
fn before(run: &Run, pass: &Pass<'_>, present: Unredacted, changes: &Changes) -> Before {
    let mut seen = pass.redact(present);
    let touched: Vec<&FieldKey> = changes.set.keys().chain(&changes.clear).collect();
    seen.fields.retain(|key, _| touched.contains(&key));
    run.saw(&seen);
    let readable = |key: &FieldKey| pass.readable().is_some_and(|all| all.contains(key));
    let hidden = touched.into_iter().filter(|key| !readable(key));
    Before {
        hidden: hidden.cloned().collect(),
        fields: seen.fields,
    }
}
