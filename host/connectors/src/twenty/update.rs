//! Changing a record: read, merge, write. And taking one away.

use super::call::Call;
use super::client::{Applied, Failure};
use super::create::explained;
use super::object::names;
use super::read::opened;
use super::refusal::Refusal;
use super::schema::ObjectSchema;
use super::{Inner, decode, encode, object_of};
use serde_json::{Map, Value};
use skillgate_app::ports::CrmError;
use skillgate_domain::crm::{Changes, FieldValue, ObjectKind, Selection};
use skillgate_domain::ids::{CommunityId, RecordId};
use skillgate_domain::right::Unredacted;

impl Inner {
    /// Changes the named fields. The record is read first: for the parts of composites that Twenty replaces
    /// whole, and because Twenty would change a soft-deleted record too.
    pub(super) async fn update(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        want: &Selection,
    ) -> Result<Unredacted, CrmError> {
        let object = changes.object;
        let make = |schema: &ObjectSchema| encode::payload(schema, changes);
        let (mut payload, schema) = self.with_schema(community, object, make).await?;
        let _changing = self.changing.lock(id).await;
        let current = self.current(community, object, id).await?;
        let current = current.ok_or(CrmError::NotFound)?;
        if let Some(holder) = self.holder_of_domain(community, id, changes).await? {
            return Err(CrmError::Conflict {
                holder: Some(holder),
            });
        }
        payload.merge(&current);
        let body = payload.into_body();
        if body.is_empty() {
            return opened(object, &schema, want, &current);
        }
        let own = object_of(&schema, object)?;
        let record = match self.patch(community, id, changes, own, body).await {
            Ok(record) => record,
            Err(Failure::Refused(Refusal::Duplicate(_))) => {
                let holder = self.holder(community, id, changes).await?;
                return Err(CrmError::Conflict { holder });
            }
            Err(failure) => return Err(explained(failure, own, changes)),
        };
        if decode::is_deleted(&record) {
            return Err(CrmError::NotFound);
        }
        opened(object, &schema, want, &record)
    }

    /// Sends the change. A lost answer is made up for by looking at the record; a change is sent again only
    /// if it was never sent.
    async fn patch(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        schema: &ObjectSchema,
        body: Map<String, Value>,
    ) -> Result<Value, Failure> {
        let object = changes.object;
        let call = Call::Update(object, id, body);
        let mut answer = self.write(community, &call).await;
        if let Err(Failure::Lost(_, Applied::No)) = answer {
            self.client.pause().await;
            answer = self.write(community, &call).await;
        }
        match answer {
            Ok(mut answer) => {
                let key = format!("update{}", names(object).type_name);
                let record = answer["data"][key.as_str()].take();
                if decode::id(&record) == Some(id) {
                    return Ok(record);
                }
                self.after_lost(community, id, changes, schema).await
            }
            Err(Failure::Lost(_, Applied::Maybe | Applied::Answered)) => {
                self.after_lost(community, id, changes, schema).await
            }
            Err(failure @ Failure::Refused(Refusal::Server)) => {
                // The server said that it failed: what is there now stays.
                let there = self.after_lost(community, id, changes, schema).await;
                there.map_err(|_| failure)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Looks whether a change took effect whose answer was lost.
    async fn after_lost(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        schema: &ObjectSchema,
    ) -> Result<Value, Failure> {
        match self.current(community, changes.object, id).await {
            Ok(Some(record)) if holds(schema, changes, &record) => Ok(record),
            _ => Err(Failure::NotSent(CrmError::OutcomeUnknown)),
        }
    }

    pub(super) async fn soft_delete(
        &self,
        community: &CommunityId,
        object: ObjectKind,
        id: RecordId,
    ) -> Result<(), CrmError> {
        let call = Call::SoftDelete(object, id);
        match self.write(community, &call).await {
            Ok(_) => Ok(()),
            Err(Failure::Lost(_, applied)) if applied != Applied::No => {
                match self.current(community, object, id).await {
                    Ok(None) => Ok(()),
                    _ => Err(CrmError::OutcomeUnknown),
                }
            }
            Err(failure) => Err(failure.into()),
        }
    }
}

/// Tells whether a record has what `changes` set, and nothing where they empty.
fn holds(schema: &ObjectSchema, changes: &Changes, record: &Value) -> bool {
    let there = |key| {
        let place = super::field::place(schema, key).ok()?;
        decode::field(place, record)
    };
    let set = changes.set.iter().all(|(key, wanted)| match there(key) {
        Some(found) => same(wanted, &found),
        None => *wanted == FieldValue::Text(String::new()),
    });
    set && changes.clear.iter().all(|key| there(key).is_none())
}

/// Compares what was sent with what came to be: Twenty lower-cases e-mails and hosts, drops a trailing
/// slash, completes phone numbers and writes times in UTC with milliseconds.
fn same(wanted: &FieldValue, found: &FieldValue) -> bool {
    use FieldValue as V;
    let link = |text: &str| super::domain_name::bare(text);
    match (wanted, found) {
        (V::Text(a), V::Text(b)) => a == b || a.to_lowercase() == *b || link(a) == link(b),
        (V::Texts(a), V::Texts(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|(a, b)| a == b || a.to_lowercase() == *b)
        }
        (V::Phone(a), V::Phone(b)) => a.number.ends_with(&b.number),
        (V::DateTime(a), V::DateTime(b)) => seconds(a) == seconds(b),
        _ => wanted == found,
    }
}

/// Cuts a UTC time to its seconds.
fn seconds(at: &str) -> &str {
    at.get(.."2026-01-31T00:00:00".len()).unwrap_or(at)
}
