//! Custom fields: kept as the documents the metadata API shows.

use serde_json::Value;
use sqlx::{QueryBuilder, SqliteConnection};
use uuid::Uuid;

use crate::fault::Fault;

/// Lists `(object, document)` in the order the fields were added.
pub(crate) async fn load_fields(
    conn: &mut SqliteConnection,
) -> Result<Vec<(String, Value)>, Fault> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT object, doc FROM custom_field ORDER BY rowid")
            .fetch_all(conn)
            .await?;
    rows.into_iter()
        .map(|(object, doc)| {
            let doc = serde_json::from_str(&doc).map_err(|_| Fault::Corrupt("custom field"))?;
            Ok((object, doc))
        })
        .collect()
}

/// Adds a field.
pub(crate) async fn insert_field(
    conn: &mut SqliteConnection,
    object: &str,
    name: &str,
    id: Uuid,
    doc: &Value,
) -> Result<(), Fault> {
    sqlx::query("INSERT INTO custom_field (id, object, name, doc) VALUES ($1, $2, $3, $4)")
        .bind(id.to_string())
        .bind(object)
        .bind(name)
        .bind(doc.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Gives every record of `object` the default of a new field (a checked name).
pub(crate) async fn fill_field(
    conn: &mut SqliteConnection,
    object: &str,
    name: &str,
    default: &Value,
) -> Result<(), Fault> {
    let mut sql = QueryBuilder::new("UPDATE record SET doc = json_set(doc, ");
    sql.push_bind(format!("$.{name}"))
        .push(", json(")
        .push_bind(default.to_string());
    sql.push(")) WHERE object = ").push_bind(object);
    sql.build().execute(conn).await?;
    Ok(())
}
