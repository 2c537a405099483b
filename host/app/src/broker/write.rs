//! Around every write: its intent is durable before it leaves, its outcome is recorded after.

use super::{Broker, BrokerError, told};
use crate::audit::record;
use crate::budgets::WriteRefusal;
use crate::digest::sha256;
use crate::effect;
use crate::form::OutwardForm;
use crate::ports::{AuditRecord, CrmError, PendingWrite, WriteChange};
use crate::run::Run;
use skillgate_domain::audit::{Actor, Entry, Facts, Outcome, Target, WriteFacts};
use skillgate_domain::capability::Verb;
use skillgate_domain::crm::{Changes, FieldKey, Link, ObjectKind};
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::{EffectId, RecordId};
use skillgate_domain::plan::{Effect, Outward};
use skillgate_domain::policy::Act;
use skillgate_domain::right::Unredacted;
use std::time::Duration;

/// How long after the end of a call its last write may still be under way.
pub const WRITE_GRACE: Duration = Duration::from_secs(5);

/// A write that was decided and is about to leave.
pub(super) struct Write {
    act: Act,
    target: Target,
    fields: Vec<String>,
    values: Digest,
    linked_to: Option<(ObjectKind, RecordId)>,
}

/// Why something that was tried did not happen, or nobody knows.
pub(super) trait Failed {
    /// Tells whether nobody can tell whether it happened.
    fn is_unknown(&self) -> bool;

    /// Returns a stable code.
    fn code(&self) -> &'static str;
}

impl Failed for CrmError {
    fn is_unknown(&self) -> bool {
        *self == Self::OutcomeUnknown
    }

    fn code(&self) -> &'static str {
        self.code()
    }
}

impl Write {
    pub(super) fn of(verb: Verb, id: RecordId, changes: &Changes) -> Self {
        let mut fields: Vec<_> = changes
            .set
            .keys()
            .chain(&changes.clear)
            .map(FieldKey::name)
            .map(str::to_owned)
            .collect();
        fields.sort_unstable();
        Self {
            act: Act::Crm(verb),
            target: Target::Record(changes.object, id),
            fields,
            values: effect::digest(changes),
            linked_to: None,
        }
    }

    pub(super) fn of_effect(effect: &Effect) -> Self {
        match effect {
            Effect::Create { id, changes } => Self::of(Verb::Create, *id, changes),
            Effect::Update { id, changes, .. } => Self::of(Verb::Update, *id, changes),
            Effect::Link { link, .. } => Self::link(link),
            Effect::Outward { id, outward } => Self::outward(*id, outward),
        }
    }

    pub(super) fn outward(id: EffectId, outward: &Outward) -> Self {
        let form = serde_json_canonicalizer::to_string(&OutwardForm::of(outward));
        let form = form.expect("strings, whole numbers, lists and objects");
        Self {
            act: Act::Host(outward.action()),
            target: Target::Effect(id),
            fields: Vec::new(),
            values: sha256(form.as_bytes()),
            linked_to: None,
        }
    }

    /// Tells whether a record holds what this would leave in it.
    pub(super) fn is_in(&self, record: Unredacted) -> bool {
        let Target::Record(object, _) = self.target else {
            return false;
        };
        let touched = self
            .fields
            .iter()
            .filter_map(|name| FieldKey::from_name(object, name));
        effect::is_written(record, object, &touched.collect(), self.values)
    }

    pub(super) fn link(link: &Link) -> Self {
        let nothing = Changes {
            object: link.source.object,
            set: std::collections::BTreeMap::new(),
            clear: std::collections::BTreeSet::new(),
        };
        Self {
            linked_to: Some((link.target.object, link.target.id)),
            ..Self::of(Verb::Link, link.source.id, &nothing)
        }
    }
}

impl Broker {
    /// Records that a write is about to happen, lets it happen, and records what came of it. Without
    /// the first record it does not happen.
    pub(super) async fn written<T>(
        &self,
        run: &Run,
        write: Write,
        call: impl Future<Output = Result<T, CrmError>> + Send,
    ) -> Result<T, BrokerError> {
        let (answer, outcome) = self.attempt(run, &write, call).await?;
        self.trail.recorder().hand_over(outcome).await;
        told(run, answer)
    }

    /// Records that a write is about to happen and lets it happen. Returns what came of it, and the
    /// record of that, which is still to be kept.
    pub(super) async fn attempt<T, E: Failed>(
        &self,
        run: &Run,
        write: &Write,
        call: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<(Result<T, E>, AuditRecord), BrokerError> {
        self.settle(run).await?;
        run.spend_write()?;
        let taken = self.budgets.take(&run.principal.community, &run.skill);
        taken.await.inspect_err(|refusal| {
            if let WriteRefusal::UsedUp(_) = refusal {
                run.denied("writes-of-the-hour");
            }
        })?;
        let id = RecordId::new(self.entropy.uuid());
        let intent = self.entry(run, id, write, Outcome::Intended);
        let pending = PendingWrite {
            id,
            community: run.principal.community.clone(),
            deadline: intent.at.plus(run.limits.wall + WRITE_GRACE),
            intent: crate::audit::leaf(&intent),
        };
        let intent = record(&intent, Some(WriteChange::Begin(pending)));
        self.trail.recorder().record(intent).await?;
        let answer = call.await;
        let (outcome, change) = match &answer {
            Ok(_) => (Outcome::Done, Some(WriteChange::End(id))),
            // Still on the list: recovery looks it up.
            Err(error) if error.is_unknown() => (Outcome::Unknown, None),
            Err(error) => (Outcome::Failed(error.code()), Some(WriteChange::End(id))),
        };
        let outcome = record(&self.entry(run, id, write, outcome), change);
        Ok((answer, outcome))
    }

    /// Makes the record of a write that never left.
    pub(super) fn unsent(&self, run: &Run, write: &Write, outcome: Outcome) -> AuditRecord {
        let id = RecordId::new(self.entropy.uuid());
        record(&self.entry(run, id, write, outcome), None)
    }

    fn entry(&self, run: &Run, id: RecordId, write: &Write, outcome: Outcome) -> Entry {
        Entry {
            at: self.trail.clock().now(),
            community: run.principal.community.clone(),
            actor: Actor::Caller(Box::new(run.principal.clone())),
            act: write.act,
            target: write.target.clone(),
            outcome,
            facts: Facts::Write(WriteFacts {
                invocation: run.invocation,
                skill: run.skill.clone(),
                write: id,
                fields: write.fields.clone(),
                values: write.values,
                linked_to: write.linked_to,
            }),
        }
    }
}
