//! Single records: read, write, destroy.

use serde_json::{Map, Value, json};
use sqlx::{QueryBuilder, SqliteConnection};
use uuid::Uuid;

use crate::fault::Fault;

/// One stored record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record {
    pub(crate) id: Uuid,
    /// Every field in its stored form, `id` and `deletedAt` included.
    pub(crate) doc: Map<String, Value>,
}

impl Record {
    /// Reads a stored document.
    pub(super) fn parse(doc: &str) -> Result<Self, Fault> {
        let doc: Map<String, Value> =
            serde_json::from_str(doc).map_err(|_| Fault::Corrupt("record document"))?;
        let id = doc
            .get("id")
            .and_then(Value::as_str)
            .and_then(|id| Uuid::parse_str(id).ok());
        Ok(Self {
            id: id.ok_or(Fault::Corrupt("record id"))?,
            doc,
        })
    }

    /// Returns a field as a uuid.
    pub(crate) fn key(&self, name: &str) -> Option<Uuid> {
        self.doc
            .get(name)
            .and_then(Value::as_str)
            .and_then(|id| Uuid::parse_str(id).ok())
    }
}

/// Finds one record; soft-deleted ones only when asked for.
pub(crate) async fn by_id(
    conn: &mut SqliteConnection,
    object: &str,
    id: Uuid,
    with_deleted: bool,
) -> Result<Option<Record>, Fault> {
    let doc: Option<String> = sqlx::query_scalar(
        "SELECT doc FROM record WHERE object = $1 AND id = $2 AND ($3 OR deleted_at IS NULL)",
    )
    .bind(object)
    .bind(id.to_string())
    .bind(with_deleted)
    .fetch_optional(conn)
    .await?;
    doc.as_deref().map(Record::parse).transpose()
}

/// Returns whether the record exists, soft-deleted or not.
pub(crate) async fn exists(
    conn: &mut SqliteConnection,
    object: &str,
    id: Uuid,
) -> Result<bool, Fault> {
    let found: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM record WHERE object = $1 AND id = $2)")
            .bind(object)
            .bind(id.to_string())
            .fetch_one(conn)
            .await?;
    Ok(found)
}

/// Inserts or replaces a record. `search` holds its words.
pub(crate) async fn save(
    conn: &mut SqliteConnection,
    object: &str,
    record: &Record,
    search: &str,
) -> Result<(), Fault> {
    let text = |name: &str| record.doc.get(name).and_then(Value::as_str);
    let position = record
        .doc
        .get("position")
        .and_then(Value::as_f64)
        .unwrap_or_default();
    sqlx::query(
        "INSERT INTO record (object, id, deleted_at, position, search, doc) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (object, id) DO UPDATE SET \
         deleted_at = excluded.deleted_at, position = excluded.position, \
         search = excluded.search, doc = excluded.doc",
    )
    .bind(object)
    .bind(record.id.to_string())
    .bind(text("deletedAt"))
    .bind(position)
    .bind(search)
    .bind(Value::Object(record.doc.clone()).to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a record and its unique values.
pub(crate) async fn destroy(
    conn: &mut SqliteConnection,
    object: &str,
    id: Uuid,
) -> Result<(), Fault> {
    sqlx::query("DELETE FROM record WHERE object = $1 AND id = $2")
        .bind(object)
        .bind(id.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Returns the position before the first record, or after the last; 0 when there is none.
pub(crate) async fn edge_position(
    conn: &mut SqliteConnection,
    object: &str,
    first: bool,
) -> Result<Value, Fault> {
    let query = if first {
        sqlx::query_scalar("SELECT MIN(position) - 1 FROM record WHERE object = $1")
    } else {
        sqlx::query_scalar("SELECT MAX(position) + 1 FROM record WHERE object = $1")
    };
    let edge: Option<f64> = query.bind(object).fetch_one(conn).await?;
    let whole = format!("{:.0}", edge.unwrap_or_default())
        .parse::<i64>()
        .unwrap_or_default();
    Ok(json!(whole))
}

/// Lists the ids of the records whose foreign key `key` (a schema name) is `target`.
pub(crate) async fn holding(
    conn: &mut SqliteConnection,
    object: &str,
    key: &str,
    target: Uuid,
) -> Result<Vec<Uuid>, Fault> {
    let mut sql = QueryBuilder::new("SELECT id FROM record WHERE object = ");
    sql.push_bind(object);
    sql.push(format_args!(" AND json_extract(doc, '$.{key}') = "));
    sql.push_bind(target.to_string());
    let ids: Vec<String> = sql.build_query_scalar().fetch_all(conn).await?;
    ids.iter()
        .map(|id| Uuid::parse_str(id).map_err(|_| Fault::Corrupt("record id")))
        .collect()
}

/// Sets the foreign key `key` (a schema name) to null wherever it is `target`.
pub(crate) async fn clear_key(
    conn: &mut SqliteConnection,
    object: &str,
    key: &str,
    target: Uuid,
) -> Result<(), Fault> {
    let mut sql = QueryBuilder::new("UPDATE record SET doc = ");
    sql.push(format_args!(
        "json_set(doc, '$.{key}', NULL) WHERE object = "
    ));
    sql.push_bind(object);
    sql.push(format_args!(" AND json_extract(doc, '$.{key}') = "));
    sql.push_bind(target.to_string());
    sql.build().execute(conn).await?;
    Ok(())
}

/// Finds records by words: most words first, then by id. Words are lower-cased, without blanks.
///
/// Returns `(object, words found, record)`.
pub(crate) async fn search_hits(
    conn: &mut SqliteConnection,
    objects: &[&str],
    words: &[String],
    limit: i64,
) -> Result<Vec<(String, i64, Record)>, Fault> {
    let mut sql = QueryBuilder::new("SELECT object, 0");
    for word in words {
        sql.push(" + (instr(search, ")
            .push_bind(format!(" {word}"))
            .push(") > 0)");
    }
    sql.push(" AS found, doc FROM record WHERE deleted_at IS NULL AND object IN (");
    for (index, object) in objects.iter().enumerate() {
        sql.push(if index > 0 { ", " } else { "" });
        sql.push_bind((*object).to_owned());
    }
    sql.push(") AND (found > 0 OR ").push_bind(words.is_empty());
    sql.push(") ORDER BY found DESC, object = 'person' DESC, object, id LIMIT ")
        .push_bind(limit);
    let rows: Vec<(String, i64, String)> = sql.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|(object, found, doc)| Ok((object, found, Record::parse(&doc)?)))
        .collect()
}
