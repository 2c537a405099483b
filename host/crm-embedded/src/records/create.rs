//! Create and upsert, one record or a batch.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::{Call, body, duplicate, save, unique_values};
use crate::fault::Fault;
use crate::schema::{FieldKind, FieldType, Relation};
use crate::store::{self, Record};
use crate::value;

/// Most records of one batch.
pub(crate) const RECORDS_PER_BATCH_MAX: usize = 200;

/// Creates records; all or none, when the caller's transaction is.
///
/// With `upsert`, a record that matches by id or unique field is updated, and un-deleted.
pub(crate) async fn create(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    inputs: &[Map<String, Value>],
    upsert: bool,
) -> Result<Vec<Record>, Fault> {
    call.check_writable()?;
    if inputs.len() > RECORDS_PER_BATCH_MAX {
        return Err(Fault::bad(format!(
            "Maximum number of records to upsert is {RECORDS_PER_BATCH_MAX}."
        )));
    }
    let mut matches = Vec::with_capacity(inputs.len());
    for input in inputs {
        matches.push(if upsert {
            matched(conn, call, input).await?
        } else {
            None
        });
    }
    let mut records = Vec::with_capacity(inputs.len());
    for (input, matched) in inputs.iter().zip(matches) {
        let mut record = match matched {
            Some(record) => undeleted(record),
            None => blank(conn, call, input).await?,
        };
        body::apply(conn, call, &mut record.doc, input).await?;
        settle_position(conn, call, &mut record).await?;
        save(conn, call, &mut record).await?;
        records.push(record);
    }
    Ok(records)
}

fn undeleted(mut record: Record) -> Record {
    record.doc.insert("deletedAt".to_owned(), Value::Null);
    record
}

/// Finds the one record an upsert means.
async fn matched(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    input: &Map<String, Value>,
) -> Result<Option<Record>, Fault> {
    let mut probe = Map::new();
    for field in call.object.fields.iter().filter(|field| field.is_unique) {
        if let (Some(sent), Some(kind)) = (input.get(&field.name), field.value_type()) {
            let written = value::write(field, kind, &Value::Null, sent, call.ids)?;
            probe.insert(field.name.clone(), written);
        }
    }
    let mut keys = Vec::new();
    let mut found = BTreeSet::new();
    if let Value::String(id) = value::uuid("id", input.get("id").unwrap_or(&Value::Null))? {
        let id = Uuid::parse_str(&id).map_err(|_| Fault::Corrupt("record id"))?;
        if store::exists(conn, call.object.singular, id).await? {
            found.insert(id);
        }
        keys.push(format!("id: {id}"));
    }
    for (field, value) in unique_values(call.object, &probe) {
        found.extend(store::find_unique(conn, call.object.singular, &field, &value).await?);
        keys.push(format!("{field}: {value}"));
    }
    if found.len() > 1 {
        return Err(Fault::bad(format!(
            "Multiple records found with the same unique field values for {}. Cannot determine \
             which record to update.",
            keys.join(", ")
        )));
    }
    match found.first() {
        Some(id) => store::by_id(conn, call.object.singular, *id, true).await,
        None => Ok(None),
    }
}

/// Builds a record with its defaults, under the caller's id or a fresh one.
async fn blank(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    input: &Map<String, Value>,
) -> Result<Record, Fault> {
    let object = call.object;
    let id = match value::uuid("id", input.get("id").unwrap_or(&Value::Null))? {
        Value::String(id) => Uuid::parse_str(&id).map_err(|_| Fault::Corrupt("record id"))?,
        _ => (call.ids)(),
    };
    if store::exists(conn, object.singular, id).await? {
        return Err(duplicate(object, "id", id));
    }
    let now = json!(value::date::show(call.now));
    let mut doc = Map::new();
    for field in &object.fields {
        let (name, value) = match (field.name.as_str(), field.kind) {
            ("id", _) => ("id".to_owned(), json!(id)),
            ("createdAt" | "updatedAt", _) => (field.name.clone(), now.clone()),
            (_, FieldKind::Value(FieldType::Actor)) => {
                (field.name.clone(), value::stamp(call.key_name))
            }
            (_, FieldKind::Value(FieldType::Position)) => (
                field.name.clone(),
                store::edge_position(conn, object.singular, true).await?,
            ),
            (_, FieldKind::Value(_)) => (field.name.clone(), field.default.clone()),
            (name, FieldKind::Relation(Relation::ManyToOne { .. })) => {
                (format!("{name}Id"), Value::Null)
            }
            (_, FieldKind::Relation(Relation::OneToMany { .. })) => continue,
        };
        doc.insert(name, value);
    }
    Ok(Record { id, doc })
}

/// Turns `"first"` and `"last"` into numbers.
pub(super) async fn settle_position(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    record: &mut Record,
) -> Result<(), Fault> {
    let first = match record.doc.get("position").and_then(Value::as_str) {
        Some(word) => word == "first",
        None => return Ok(()),
    };
    let edge = store::edge_position(conn, call.object.singular, first).await?;
    record.doc.insert("position".to_owned(), edge);
    Ok(())
}
