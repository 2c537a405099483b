//! Reading one record, and searching.

use super::call::Call;
use super::client::Failure;
use super::document::{self, Listing};
use super::object::names;
use super::refusal::Refusal;
use super::schema::{ObjectSchema, Schema};
use super::{Inner, Twenty, decode, filter, object_of};
use serde_json::{Value, json};
use skillgate_app::ports::{CrmError, UnavailableCause};
use skillgate_domain::crm::{EntryRef, FieldKey, ObjectKind, Page, Query, Selection};
use skillgate_domain::ids::{CommunityId, RecordId};
use skillgate_domain::right::Unredacted;
use std::sync::Arc;

impl Twenty {
    pub(super) async fn read_one(
        &self,
        community: &CommunityId,
        target: EntryRef,
        want: &Selection,
    ) -> Result<Unredacted, CrmError> {
        let schema = self
            .inner
            .schema_for(community, target.object, want)
            .await?;
        // Joins nothing in flight: whoever asks may have been told of a change since that left.
        let call = Call::Get(target.object, target.id);
        let answer = self.inner.client.read(community, &call).await?;
        let record = single(target.object, target.id, &answer)?;
        opened(target.object, &schema, want, record)
    }

    pub(super) async fn find(
        &self,
        community: &CommunityId,
        query: &Query,
        want: &Selection,
    ) -> Result<Page<Unredacted>, CrmError> {
        self.inner.schema_for(community, query.object, want).await?;
        let prepare = |schema: &ObjectSchema| {
            let conditions = filter::conditions(schema, query, want)?;
            let order = filter::order(schema, query.sort.as_ref())?;
            Ok(conditions.map(|conditions| (conditions, order)))
        };
        let (prepared, schema) = self
            .inner
            .with_schema(community, query.object, prepare)
            .await?;
        let Some((mut conditions, order)) = prepared else {
            return Ok(nothing());
        };
        if let Some(among) = &query.among {
            let ids: Vec<String> = among.iter().map(RecordId::to_string).collect();
            if ids.is_empty() {
                return Ok(nothing());
            }
            conditions.push(json!({"id": {"in": ids}}));
        }
        if let Some(target) = query.linked_to {
            let linked = self.linked(community, query.object, target).await?;
            if linked.is_empty() {
                return Ok(nothing());
            }
            conditions.push(json!({"id": {"in": linked}}));
        }
        let listing = Listing {
            conditions,
            order,
            first: query.limit,
            after: query.cursor.clone(),
        };
        let selected = filter::selected(object_of(&schema, query.object)?, want);
        let listing = document::list(names(query.object), &selected, &listing);
        let answer = self.read(community, Call::GraphQl(listing)).await?;
        page(query.object, &schema, want, &answer)
    }
}

impl Inner {
    /// Returns the schema, read again if it lacks a wanted field and that was not done a moment ago.
    pub(super) async fn schema_for(
        &self,
        community: &CommunityId,
        object: ObjectKind,
        want: &Selection,
    ) -> Result<Arc<Schema>, CrmError> {
        let schema = self.metadata.schema(&self.client, community).await?;
        let lacks = |key: FieldKey| {
            schema
                .object(object)
                .is_none_or(|object| super::field::place(object, &key).is_err())
        };
        if decode::keys(want).any(lacks) {
            return self.metadata.refreshed(&self.client, community).await;
        }
        Ok(schema)
    }

    /// Reads one record for a write: never from a read that began before. Nothing when there is none.
    pub(super) async fn current(
        &self,
        community: &CommunityId,
        object: ObjectKind,
        id: RecordId,
    ) -> Result<Option<Value>, CrmError> {
        let call = Call::Get(object, id);
        match self.client.read(community, &call).await {
            Ok(answer) => match single(object, id, &answer) {
                Ok(record) => Ok(Some(record.clone())),
                Err(CrmError::NotFound) => Ok(None),
                Err(error) => Err(error),
            },
            Err(Failure::Refused(Refusal::NotFound)) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Tells whether the CRM answers and accepts the credential. A role that may not search is accepted.
    pub(super) async fn check(&self) -> Result<(), CrmError> {
        let host = host()?;
        let probe = Call::GraphQl(document::probe());
        match self.client.read(&host, &probe).await {
            Ok(_) | Err(Failure::Refused(Refusal::Permission)) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }
}

/// In whose name the host asks for itself.
pub(super) fn host() -> Result<CommunityId, CrmError> {
    CommunityId::parse("host").map_err(|_| unreadable())
}

pub(super) fn unreadable() -> CrmError {
    CrmError::Unavailable(UnavailableCause::Unreadable)
}

/// Finds the record in `{data: {person: {..}}}`.
pub(super) fn single(object: ObjectKind, id: RecordId, answer: &Value) -> Result<&Value, CrmError> {
    let record = &answer["data"][names(object).singular];
    if decode::id(record) != Some(id) {
        return Err(unreadable());
    }
    if decode::is_deleted(record) {
        return Err(CrmError::NotFound);
    }
    Ok(record)
}

/// Reads and seals a record.
pub(super) fn opened(
    object: ObjectKind,
    schema: &Schema,
    want: &Selection,
    record: &Value,
) -> Result<Unredacted, CrmError> {
    decode::record(object, object_of(schema, object)?, want, record)
        .map(Unredacted::seal)
        .ok_or_else(unreadable)
}

/// Reads `{people: {totalCount, pageInfo, edges}}`.
pub(super) fn page(
    object: ObjectKind,
    schema: &Schema,
    want: &Selection,
    data: &Value,
) -> Result<Page<Unredacted>, CrmError> {
    let connection = &data[names(object).plural];
    let edges = connection["edges"].as_array().ok_or_else(unreadable)?;
    let items = edges
        .iter()
        .map(|edge| opened(object, schema, want, &edge["node"]))
        .collect::<Result<Vec<_>, _>>()?;
    let total = connection["totalCount"].as_u64().unwrap_or(0);
    Ok(Page {
        items,
        next_cursor: next_cursor(connection),
        total: u32::try_from(total).unwrap_or(u32::MAX),
    })
}

/// Returns where a page ended, if there is more.
pub(super) fn next_cursor(connection: &Value) -> Option<String> {
    let info = &connection["pageInfo"];
    let more = info["hasNextPage"].as_bool().unwrap_or(false);
    let end = info["endCursor"].as_str().filter(|_| more)?;
    Some(end.to_owned())
}

fn nothing() -> Page<Unredacted> {
    Page {
        items: Vec::new(),
        next_cursor: None,
        total: 0,
    }
}
