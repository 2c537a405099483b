//! Unique values: one row per value in use.

use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::fault::Fault;

/// Returns the record that holds `value`, soft-deleted or not.
pub(crate) async fn find(
    conn: &mut SqliteConnection,
    object: &str,
    field: &str,
    value: &str,
) -> Result<Option<Uuid>, Fault> {
    let id: Option<String> = sqlx::query_scalar(
        "SELECT id FROM unique_value WHERE object = $1 AND field = $2 AND value = $3",
    )
    .bind(object)
    .bind(field)
    .bind(value)
    .fetch_optional(conn)
    .await?;
    id.map(|id| Uuid::parse_str(&id).map_err(|_| Fault::Corrupt("unique value")))
        .transpose()
}

/// Gives a record exactly these unique values. The record must be stored already.
pub(crate) async fn rewrite(
    conn: &mut SqliteConnection,
    object: &str,
    id: Uuid,
    values: &[(String, String)],
) -> Result<(), Fault> {
    sqlx::query("DELETE FROM unique_value WHERE object = $1 AND id = $2")
        .bind(object)
        .bind(id.to_string())
        .execute(&mut *conn)
        .await?;
    for (field, value) in values {
        sqlx::query("INSERT INTO unique_value (object, field, value, id) VALUES ($1, $2, $3, $4)")
            .bind(object)
            .bind(field)
            .bind(value)
            .bind(id.to_string())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}
