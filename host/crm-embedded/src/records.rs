//! What can be done with records, whatever the dialect: list, read, create, update, delete, restore.
//!
//! Nothing here knows HTTP or GraphQL. Every function takes the connection it works on, so that a
//! request is one transaction.

mod body;
mod create;
mod delete;
mod list;
mod related;
mod update;

pub(crate) use create::create;
pub(crate) use delete::{
    destroy, destroy_many, restore, restore_many, soft_delete, soft_delete_many,
};
pub(crate) use list::{List, Page, list, one};
pub(crate) use related::{RELATED_RECORDS_MAX, related_many, related_one, with_relations};
pub(crate) use update::{update, update_many};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::fault::Fault;
use crate::filter::Filter;
use crate::schema::{FieldKind, Object, Relation, Schema};
use crate::search_text;
use crate::store::{self, PageQuery, Record};
use crate::value::{self, Ids};

/// Most records one PATCH by filter may touch.
pub(crate) const RECORDS_PER_UPDATE_MAX: usize = 200;

/// Everything a use case needs besides its connection and its input.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) object: &'a Object,
    pub(crate) now: DateTime<Utc>,
    pub(crate) ids: Ids<'a>,
    /// Name of the API key; it becomes `createdBy.name`.
    pub(crate) key_name: &'a str,
}

impl Call<'_> {
    /// Refuses to write objects a key may only read.
    fn check_writable(&self) -> Result<(), Fault> {
        if self.object.is_read_only {
            let message = "Entity performing the request does not have permission";
            return Err(Fault::coded(message, "PERMISSION_DENIED"));
        }
        Ok(())
    }
}

/// Shows a record without its relations (depth 0).
pub(crate) fn shown(object: &Object, record: &Record) -> Map<String, Value> {
    let mut shown = Map::new();
    for field in &object.fields {
        let (name, value) = match field.kind {
            FieldKind::Value(kind) => {
                let stored = record.doc.get(&field.name).unwrap_or(&Value::Null);
                (field.name.clone(), value::read(kind, stored))
            }
            FieldKind::Relation(Relation::ManyToOne { .. }) => {
                let key = format!("{}Id", field.name);
                let stored = record.doc.get(&key).cloned().unwrap_or(Value::Null);
                (key, stored)
            }
            FieldKind::Relation(Relation::OneToMany { .. }) => continue,
        };
        shown.insert(name, value);
    }
    shown
}

/// Writes a record back with its search words, its time of change and its unique values.
async fn save(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    record: &mut Record,
) -> Result<(), Fault> {
    let object = call.object.singular;
    record
        .doc
        .insert("updatedAt".to_owned(), json!(value::date::show(call.now)));
    record
        .doc
        .insert("updatedBy".to_owned(), value::stamp(call.key_name));
    let words = search_text::of(call.object, &record.doc);
    record.doc.insert(
        "searchVector".to_owned(),
        json!(search_text::vector(&words)),
    );
    let unique = unique_values(call.object, &record.doc);
    for (field, value) in &unique {
        let holder = store::find_unique(conn, object, field, value).await?;
        if let Some(holder) = holder.filter(|holder| *holder != record.id) {
            return Err(duplicate(call.object, field, holder));
        }
    }
    store::save(conn, object, record, &search_text::column(&words)).await?;
    store::rewrite_unique(conn, object, record.id, &unique).await
}

/// Lists `(field or field.subfield, value)` of the unique fields that hold something.
fn unique_values(object: &Object, doc: &Map<String, Value>) -> Vec<(String, String)> {
    let mut values = Vec::new();
    for field in object.fields.iter().filter(|field| field.is_unique) {
        let stored = doc.get(&field.name).unwrap_or(&Value::Null);
        let (name, stored) = match field.unique_subfield() {
            Some(part) => (format!("{}.{part}", field.name), &stored[part]),
            None => (field.name.clone(), stored),
        };
        match stored {
            Value::Null => {}
            Value::String(text) => values.push((name, text.clone())),
            other => values.push((name, other.to_string())),
        }
    }
    values
}

fn duplicate(object: &Object, field: &str, record: Uuid) -> Fault {
    let name = field.split('.').next().unwrap_or(field);
    let label = object
        .field(name)
        .map_or_else(|| name.to_owned(), |field| field.label.clone());
    Fault::Duplicate {
        object: object.singular.to_owned(),
        field: label,
        record: Some(record),
    }
}

/// Lists what a bulk change means, soft-deleted records included.
async fn matching(
    conn: &mut SqliteConnection,
    object: &Object,
    filter: &Filter,
    rows_max: i64,
) -> Result<Vec<Record>, Fault> {
    let query = PageQuery {
        object: object.singular,
        filter,
        with_deleted: true,
        keys: &[],
        cursor: None,
        backward: false,
        rows_max,
    };
    store::fetch(conn, &query).await
}
