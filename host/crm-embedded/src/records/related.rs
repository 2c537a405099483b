//! Records that hang together.

use serde_json::{Map, Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::shown;
use crate::fault::Fault;
use crate::filter::{Filter, key_filter};
use crate::schema::{FieldKind, Object, Relation, Schema};
use crate::store::{self, PageQuery, Record};

/// Most records of one to-many relation.
pub(crate) const RELATED_RECORDS_MAX: i64 = 60;

/// Returns the record a foreign key leads to, unless it is soft-deleted.
pub(crate) async fn related_one(
    conn: &mut SqliteConnection,
    target: &Object,
    key: Option<Uuid>,
) -> Result<Option<Record>, Fault> {
    match key {
        Some(id) => store::by_id(conn, target.singular, id, false).await,
        None => Ok(None),
    }
}

/// Lists the records of `target` whose foreign key is `id` and that pass `filter`.
pub(crate) async fn related_many(
    conn: &mut SqliteConnection,
    target: &Object,
    key: &str,
    id: Uuid,
    filter: Filter,
    rows_max: i64,
) -> Result<Vec<Record>, Fault> {
    let filter = Filter::All(vec![key_filter(target, key, id), filter]);
    let query = PageQuery {
        object: target.singular,
        filter: &filter,
        with_deleted: false,
        keys: &[],
        cursor: None,
        backward: false,
        rows_max,
    };
    store::fetch(conn, &query).await
}

/// Shows a record with its relations (depth 1).
pub(crate) async fn with_relations(
    conn: &mut SqliteConnection,
    schema: &Schema,
    object: &Object,
    record: &Record,
) -> Result<Map<String, Value>, Fault> {
    let mut whole = shown(object, record);
    for field in &object.fields {
        let FieldKind::Relation(relation) = field.kind else {
            continue;
        };
        let (Relation::ManyToOne { target, .. } | Relation::OneToMany { target, .. }) = relation;
        let target = schema
            .singular(target)
            .ok_or(Fault::Corrupt("relation target"))?;
        let value = match relation {
            Relation::ManyToOne { .. } => {
                let key = record.key(&format!("{}Id", field.name));
                let found = related_one(conn, target, key).await?;
                found.map_or(Value::Null, |found| Value::Object(shown(target, &found)))
            }
            Relation::OneToMany { key, .. } => {
                let everything = Filter::everything();
                let found = related_many(
                    conn,
                    target,
                    key,
                    record.id,
                    everything,
                    RELATED_RECORDS_MAX,
                )
                .await?;
                found
                    .iter()
                    .map(|found| Value::Object(shown(target, found)))
                    .collect()
            }
        };
        whole.insert(field.name.clone(), value);
    }
    for name in object.absent_relations {
        whole.insert((*name).to_owned(), json!([]));
    }
    Ok(whole)
}
