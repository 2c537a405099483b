//! Soft delete, restore, and destroy with what hangs on the record.

use serde_json::{Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::{Call, matching, save};
use crate::fault::Fault;
use crate::filter::Filter;
use crate::store::{self, Record};
use crate::value;

/// Marks a record deleted; doing it again moves the mark.
pub(crate) async fn soft_delete(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    id: Uuid,
) -> Result<Record, Fault> {
    mark(conn, call, id, json!(value::date::show(call.now))).await
}

/// Takes the mark away.
pub(crate) async fn restore(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    id: Uuid,
) -> Result<Record, Fault> {
    mark(conn, call, id, Value::Null).await
}

/// Removes a record for good, with its links, and clears the keys that point to it.
pub(crate) async fn destroy(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    id: Uuid,
) -> Result<Record, Fault> {
    call.check_writable()?;
    let found = store::by_id(conn, call.object.singular, id, true).await?;
    let record = found.ok_or(Fault::NotFound)?;
    for (object, field, cascades) in call.schema.keys_to(call.object.singular) {
        let key = format!("{}Id", field.name);
        if cascades {
            for linked in store::holding(conn, object.singular, &key, id).await? {
                store::destroy(conn, object.singular, linked).await?;
            }
        } else {
            store::clear_key(conn, object.singular, &key, id).await?;
        }
    }
    store::destroy(conn, call.object.singular, id).await?;
    Ok(record)
}

/// Soft-deletes what a filter means.
pub(crate) async fn soft_delete_many(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    filter: &Filter,
) -> Result<Vec<Record>, Fault> {
    let mut records = Vec::new();
    for record in all(conn, call, filter).await? {
        records.push(soft_delete(conn, call, record.id).await?);
    }
    Ok(records)
}

/// Restores what a filter means.
pub(crate) async fn restore_many(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    filter: &Filter,
) -> Result<Vec<Record>, Fault> {
    let mut records = Vec::new();
    for record in all(conn, call, filter).await? {
        records.push(restore(conn, call, record.id).await?);
    }
    Ok(records)
}

/// Destroys what a filter means, soft-deleted records included; there is no cap on the rows.
pub(crate) async fn destroy_many(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    filter: &Filter,
) -> Result<Vec<Record>, Fault> {
    let mut records = Vec::new();
    for record in all(conn, call, filter).await? {
        records.push(destroy(conn, call, record.id).await?);
    }
    Ok(records)
}

async fn all(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    filter: &Filter,
) -> Result<Vec<Record>, Fault> {
    call.check_writable()?;
    matching(conn, call.object, filter, i64::MAX).await
}

async fn mark(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    id: Uuid,
    at: Value,
) -> Result<Record, Fault> {
    call.check_writable()?;
    let found = store::by_id(conn, call.object.singular, id, true).await?;
    let mut record = found.ok_or(Fault::NotFound)?;
    record.doc.insert("deletedAt".to_owned(), at);
    save(conn, call, &mut record).await?;
    Ok(record)
}
