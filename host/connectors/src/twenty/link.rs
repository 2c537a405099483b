//! Tasks and notes attached to records.

use super::call::Call;
use super::create::Made;
use super::document::{self, Listing};
use super::object::{JoinNames, join_names, names};
use super::read::{next_cursor, unreadable};
use super::refusal::Refusal;
use super::{Failure, Inner, Twenty};
use serde_json::{Value, json};
use skillgate_app::ports::CrmError;
use skillgate_domain::crm::{EntryRef, Link, ObjectKind};
use skillgate_domain::ids::{CommunityId, RecordId};
use std::collections::BTreeSet;

/// Most tasks or notes of one record that a search looks at: those attached last.
pub const LINKED_MAX: usize = 1_000;
/// Most pages read to find them.
pub const LINKED_PAGES_MAX: usize = 5;

impl Twenty {
    /// Lists the tasks or notes attached to `target`: the last [`LINKED_MAX`], in at most
    /// [`LINKED_PAGES_MAX`] requests. Filters through a to-many relation are refused by Twenty.
    pub(super) async fn linked(
        &self,
        community: &CommunityId,
        source: ObjectKind,
        target: EntryRef,
    ) -> Result<BTreeSet<String>, CrmError> {
        let join = joined(source, target.object)?;
        let mut ids = BTreeSet::new();
        let mut after = None;
        for _ in 0..LINKED_PAGES_MAX {
            let listing = Listing {
                conditions: vec![json!({join.target: {"eq": target.id.to_string()}})],
                order: json!([{"createdAt": "DescNullsLast"}]),
                first: u32::try_from(LINKED_MAX).unwrap_or(u32::MAX),
                after,
            };
            let call = Call::GraphQl(document::joins(join, &listing));
            let answer = self.read(community, call).await?;
            let connection = &answer[join.plural];
            let edges = connection["edges"].as_array().ok_or_else(unreadable)?;
            let sources = edges
                .iter()
                .filter_map(|edge| edge["node"][join.source].as_str());
            ids.extend(sources.map(str::to_owned));
            after = next_cursor(connection);
            if after.is_none() || ids.len() >= LINKED_MAX {
                break;
            }
        }
        Ok(ids)
    }
}

impl Inner {
    /// Attaches, unless that is done already. Three looks in one request come first: Twenty attaches to
    /// soft-deleted records, and attaches twice.
    pub(super) async fn link(
        &self,
        community: &CommunityId,
        id: RecordId,
        link: &Link,
    ) -> Result<(), CrmError> {
        let join = joined(link.source.object, link.target.object)?;
        let (source, target) = (names(link.source.object), names(link.target.object));
        let ends = document::ends(source, target, join, link);
        let answer = self.client.read(community, &Call::GraphQl(ends)).await?;
        if !has_any(&answer, source.plural)? || !has_any(&answer, target.plural)? {
            return Err(CrmError::NotFound);
        }
        if has_any(&answer, join.plural)? {
            return Ok(());
        }
        let data = json!({
            "id": id.to_string(),
            join.source: link.source.id.to_string(),
            join.target: link.target.id.to_string(),
        });
        let create = Call::GraphQl(document::create(join.type_name, "id", &data));
        let look = || self.attached(community, join, link);
        match self.create_once(community, &create, look).await {
            Ok(Made::Answered(_) | Made::Found(_))
            // Only the id can be there twice: our own earlier attempt.
            | Err(Failure::Refused(Refusal::Duplicate(_))) => Ok(()),
            // An end went away in between.
            Err(Failure::Refused(Refusal::MissingReference)) => Err(CrmError::NotFound),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn attached(
        &self,
        community: &CommunityId,
        join: JoinNames,
        link: &Link,
    ) -> Result<Option<Value>, CrmError> {
        let listing = Listing {
            conditions: document::join_conditions(join, link),
            order: json!([]),
            first: 1,
            after: None,
        };
        let call = Call::GraphQl(document::joins(join, &listing));
        let answer = self.client.read(community, &call).await?;
        let edges = answer[join.plural]["edges"].as_array();
        let first = edges.ok_or_else(unreadable)?.first();
        Ok(first.map(|edge| edge["node"].clone()))
    }
}

fn joined(source: ObjectKind, target: ObjectKind) -> Result<JoinNames, CrmError> {
    join_names(source, target).ok_or_else(|| {
        CrmError::Invalid(format!(
            "a {} cannot be attached to a {}",
            source.name(),
            target.name()
        ))
    })
}

fn has_any(answer: &Value, plural: &str) -> Result<bool, CrmError> {
    let edges = answer[plural]["edges"].as_array().ok_or_else(unreadable)?;
    Ok(!edges.is_empty())
}
