//! Update, one record or all that a filter means.

use serde_json::{Map, Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::create::settle_position;
use super::{Call, RECORDS_PER_UPDATE_MAX, body, matching, save};
use crate::fault::Fault;
use crate::filter::Filter;
use crate::store::{self, Record};

/// Changes one record; a soft-deleted one can be changed too.
pub(crate) async fn update(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    id: Uuid,
    input: &Map<String, Value>,
) -> Result<Record, Fault> {
    call.check_writable()?;
    let found = store::by_id(conn, call.object.singular, id, true).await?;
    let mut record = found.ok_or(Fault::NotFound)?;
    change(conn, call, &mut record, input).await?;
    Ok(record)
}

/// Changes every record a filter means, soft-deleted ones included, up to the limit.
pub(crate) async fn update_many(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    filter: &Filter,
    input: &Map<String, Value>,
) -> Result<Vec<Record>, Fault> {
    call.check_writable()?;
    let rows_max = i64::try_from(RECORDS_PER_UPDATE_MAX + 1).unwrap_or(i64::MAX);
    let mut records = matching(conn, call.object, filter, rows_max).await?;
    if records.len() > RECORDS_PER_UPDATE_MAX {
        let message = format!("Cannot update more than {RECORDS_PER_UPDATE_MAX} records at once");
        return Err(Fault::coded(message, "TOO_MANY_RECORDS_TO_UPDATE"));
    }
    for record in &mut records {
        change(conn, call, record, input).await?;
    }
    Ok(records)
}

async fn change(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    record: &mut Record,
    input: &Map<String, Value>,
) -> Result<(), Fault> {
    body::apply(conn, call, &mut record.doc, input).await?;
    // The id of a record never changes, whatever the body says.
    record.doc.insert("id".to_owned(), json!(record.id));
    settle_position(conn, call, record).await?;
    save(conn, call, record).await
}
