//! Writes whose outcome nobody saw: the host was killed, the CRM did not confirm, or the call ended
//! while the write was under way. Each is looked up in the CRM and its outcome recorded, once.

use crate::audit::{AuditError, Trail, record};
use crate::effect;
use crate::ports::{AuditStore, Crm, CrmError, PendingWrite, StorageError, WriteChange};
use serde::Deserialize;
use skillgate_domain::audit::{Actor, Entry, Facts, Outcome, Target, WriteFacts};
use skillgate_domain::capability::Verb;
use skillgate_domain::crm::{EntryRef, FieldKey, ObjectKind, Query, Selection};
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::{CommunityId, EffectId, InvocationId, RecordId, SkillName};
use skillgate_domain::policy::Act;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// From one look at the list of writes to the next.
pub const RECOVERY_EVERY: Duration = Duration::from_secs(5);
/// Most pages that are read to find a link.
pub const LINK_PAGES_MAX: usize = 10;

/// The code of a write that was looked up and did not happen.
const NOT_APPLIED: &str = "not-applied";

/// Why nothing was resolved.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The list could not be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// An outcome could not be recorded.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

/// Looks up writes.
pub struct Recovery {
    store: Arc<dyn AuditStore>,
    crm: Arc<dyn Crm>,
    trail: Trail,
}

/// What an intent says of its write.
#[derive(Debug)]
struct Intended {
    act: Act,
    target: Intention,
    facts: WriteFacts,
}

/// What it was to reach.
#[derive(Debug)]
enum Intention {
    /// A record, and these of its fields.
    Record(EntryRef, BTreeSet<FieldKey>),
    /// Somebody outside the CRM.
    Effect(EffectId),
}

impl Recovery {
    /// Wires the use case to its ports.
    pub fn new(store: Arc<dyn AuditStore>, crm: Arc<dyn Crm>, trail: Trail) -> Self {
        Self { store, crm, trail }
    }

    /// Looks at the list now and from time to time, for ever.
    pub async fn run(&self) {
        let mut timer = tokio::time::interval(RECOVERY_EVERY);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            timer.tick().await;
            if let Err(error) = self.resolve().await {
                tracing::warn!("writes of unknown outcome were not looked up: {error}");
            }
        }
    }

    /// Looks up every write that nobody can be waiting for any more. Returns how many outcomes were
    /// recorded; the others are tried again when the CRM answers.
    pub async fn resolve(&self) -> Result<usize, RecoveryError> {
        let overdue = self.store.overdue_writes(self.trail.clock().now()).await?;
        let mut resolved = 0;
        for write in overdue {
            let Some(intended) = read(&write) else {
                tracing::error!(write.id = %write.id, "an intent of the audit trail cannot be read");
                continue;
            };
            match self.outcome(&write.community, &intended).await {
                Ok(outcome) => {
                    self.conclude(write, intended, outcome).await?;
                    resolved += 1;
                }
                Err(error) => {
                    tracing::warn!(write.id = %write.id, "a write was not looked up: {error}");
                }
            }
        }
        Ok(resolved)
    }

    async fn conclude(
        &self,
        write: PendingWrite,
        intended: Intended,
        outcome: Outcome,
    ) -> Result<(), AuditError> {
        tracing::warn!(
            write.id = %write.id,
            write.outcome = outcome.word(),
            "a write of unknown outcome was looked up"
        );
        let entry = Entry {
            at: self.trail.clock().now(),
            community: write.community,
            actor: Actor::Host,
            act: intended.act,
            target: match intended.target {
                Intention::Record(target, _) => Target::Record(target.object, target.id),
                Intention::Effect(id) => Target::Effect(id),
            },
            outcome,
            facts: Facts::Write(intended.facts),
        };
        let end = Some(WriteChange::End(write.id));
        self.trail.recorder().record(record(&entry, end)).await
    }

    /// A record that a create was to make exists, or not. A changed record holds what was written, or
    /// nobody can tell: somebody may have changed it since.
    async fn outcome(
        &self,
        community: &CommunityId,
        intended: &Intended,
    ) -> Result<Outcome, CrmError> {
        let (target, fields) = match &intended.target {
            Intention::Record(target, fields) => (*target, fields),
            // A plan that is applied again looks for itself; nobody else can.
            Intention::Effect(_) => return Ok(Outcome::Unknown),
        };
        if let Some((object, id)) = intended.facts.linked_to {
            let linked = self.is_linked(community, target, EntryRef { object, id });
            return Ok(happened(linked.await?));
        }
        let want: Selection = fields.iter().cloned().collect();
        let found = self.crm.get(community, target, &want).await;
        match (intended.act, found) {
            (Act::Crm(Verb::Create), Ok(_)) => Ok(Outcome::Done),
            (Act::Crm(Verb::Create), Err(CrmError::NotFound)) => Ok(happened(false)),
            (_, Ok(record)) => {
                let (object, values) = (target.object, intended.facts.values);
                let written = effect::is_written(record, object, fields, values);
                Ok(if written {
                    Outcome::Done
                } else {
                    Outcome::Unknown
                })
            }
            (_, Err(CrmError::NotFound)) => Ok(Outcome::Unknown),
            (_, Err(error)) => Err(error),
        }
    }

    async fn is_linked(
        &self,
        community: &CommunityId,
        source: EntryRef,
        target: EntryRef,
    ) -> Result<bool, CrmError> {
        let mut query = Query {
            linked_to: Some(target),
            ..Query::everything(source.object)
        };
        for _ in 0..LINK_PAGES_MAX {
            let page = self
                .crm
                .search(community, &query, &Selection::EMPTY)
                .await?;
            if page.items.iter().any(|record| record.id() == source.id) {
                return Ok(true);
            }
            if page.next_cursor.is_none() {
                return Ok(false);
            }
            query.cursor = page.next_cursor;
        }
        Ok(false)
    }
}

fn happened(happened: bool) -> Outcome {
    if happened {
        Outcome::Done
    } else {
        Outcome::Failed(NOT_APPLIED)
    }
}

/// The parts of an intent's leaf that its outcome needs.
#[derive(Deserialize)]
struct Leaf {
    action: String,
    target: LeafRecord,
    write: LeafWrite,
}

#[derive(Deserialize)]
struct LeafRecord {
    object: Option<String>,
    id: String,
}

#[derive(Deserialize)]
struct LeafWrite {
    invocation: String,
    skill: String,
    fields: Vec<String>,
    values: String,
    linked_to: Option<LeafRecord>,
}

fn read(write: &PendingWrite) -> Option<Intended> {
    let leaf: Leaf = serde_json::from_str(&write.intent).ok()?;
    let act = Act::from_name(&leaf.action)?;
    let target = match act {
        Act::Crm(_) => {
            let target = entry_ref(&leaf.target)?;
            let fields = leaf.write.fields.iter();
            let fields = fields.map(|name| FieldKey::from_name(target.object, name));
            Intention::Record(target, fields.collect::<Option<_>>()?)
        }
        Act::Host(_) => Intention::Effect(EffectId::parse(&leaf.target.id).ok()?),
    };
    let linked_to = match &leaf.write.linked_to {
        Some(record) => Some(entry_ref(record)?),
        None => None,
    };
    Some(Intended {
        act,
        target,
        facts: WriteFacts {
            invocation: InvocationId::parse(&leaf.write.invocation).ok()?,
            skill: SkillName::parse(&leaf.write.skill).ok()?,
            write: write.id,
            fields: leaf.write.fields,
            values: Digest::parse(&leaf.write.values).ok()?,
            linked_to: linked_to.map(|target| (target.object, target.id)),
        },
    })
}

fn entry_ref(record: &LeafRecord) -> Option<EntryRef> {
    let mut kinds = ObjectKind::ALL.into_iter();
    Some(EntryRef {
        object: kinds.find(|kind| Some(kind.name()) == record.object.as_deref())?,
        id: RecordId::parse(&record.id).ok()?,
    })
}

#[cfg(test)]
mod tests;
