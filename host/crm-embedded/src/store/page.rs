//! Lists of records: filter, sort, cursor.

use serde_json::Value;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::Record;
use crate::cursor::{Cursor, own_keys};
use crate::fault::Fault;
use crate::filter::{self, Column, ColumnKind, Filter};
use crate::order::{Direction, Key};

/// One page to fetch.
pub(crate) struct PageQuery<'a> {
    pub(crate) object: &'a str,
    pub(crate) filter: &'a Filter,
    pub(crate) with_deleted: bool,
    pub(crate) keys: &'a [Key],
    pub(crate) cursor: Option<&'a Cursor>,
    /// Whether the page ends before the cursor; rows then come last first.
    pub(crate) backward: bool,
    pub(crate) rows_max: i64,
}

/// Counts the records a filter means.
pub(crate) async fn count(
    conn: &mut SqliteConnection,
    object: &str,
    filter: &Filter,
    with_deleted: bool,
) -> Result<i64, Fault> {
    let mut sql = QueryBuilder::new("SELECT COUNT(*) FROM record r WHERE ");
    push_where(&mut sql, object, filter, with_deleted);
    Ok(sql.build_query_scalar().fetch_one(conn).await?)
}

/// Fetches a page.
pub(crate) async fn fetch(
    conn: &mut SqliteConnection,
    query: &PageQuery<'_>,
) -> Result<Vec<Record>, Fault> {
    let mut sql = QueryBuilder::new("SELECT r.doc FROM record r WHERE ");
    push_where(&mut sql, query.object, query.filter, query.with_deleted);
    if let Some(cursor) = query.cursor {
        sql.push(" AND ");
        push_cursor(&mut sql, query, cursor);
    }
    push_order(&mut sql, query);
    sql.push(" LIMIT ").push_bind(query.rows_max);
    let docs: Vec<String> = sql.build_query_scalar().fetch_all(conn).await?;
    docs.iter().map(|doc| Record::parse(doc)).collect()
}

fn push_where(sql: &mut QueryBuilder<Sqlite>, object: &str, filter: &Filter, with_deleted: bool) {
    sql.push("r.object = ").push_bind(object.to_owned());
    if !with_deleted {
        sql.push(" AND r.deleted_at IS NULL");
    }
    sql.push(" AND ");
    filter::push(sql, filter, "r");
}

/// Returns the direction a key is read in, and the direction of the closing id.
fn directions(query: &PageQuery<'_>) -> (impl Fn(&Key) -> Direction, Direction) {
    let backward = query.backward;
    let turned = move |direction: Direction| {
        if backward {
            direction.reversed()
        } else {
            direction
        }
    };
    let by_id = query.keys.iter().find(|key| is_id(&key.column));
    let id = turned(by_id.map_or(Direction::AscNullsFirst, |key| key.direction));
    (move |key: &Key| turned(key.direction), id)
}

fn is_id(column: &Column) -> bool {
    column.via.is_none() && column.path == ["id"]
}

fn push_order(sql: &mut QueryBuilder<Sqlite>, query: &PageQuery<'_>) {
    let (direction_of, id_direction) = directions(query);
    sql.push(" ORDER BY ");
    for key in query.keys.iter().filter(|key| !is_id(&key.column)) {
        push_key(sql, &key.column);
        sql.push(direction_of(key).sql()).push(", ");
    }
    // With a filter, the plus keeps the planner from walking every record in id order when an index
    // on the filtered value would find the few that match.
    let is_filtered = *query.filter != Filter::everything();
    sql.push(if is_filtered { "+r.id" } else { "r.id" })
        .push(id_direction.sql());
}

/// Appends the value a key sorts by. Text sorts without regard to ASCII case.
fn push_key(sql: &mut QueryBuilder<Sqlite>, column: &Column) {
    match &column.via {
        None => filter::push_column(sql, column, "r"),
        Some((key, target)) => {
            sql.push("(SELECT ");
            filter::push_column(sql, column, "related");
            sql.push(" FROM record related WHERE related.object = ")
                .push_bind((*target).to_owned());
            sql.push(format_args!(
                " AND related.id = json_extract(r.doc, '$.{key}'))"
            ));
        }
    }
    if column.kind == ColumnKind::Text {
        sql.push(" COLLATE NOCASE");
    }
}

/// Appends "comes after the cursor": the first key that differs decides, the id last.
fn push_cursor(sql: &mut QueryBuilder<Sqlite>, query: &PageQuery<'_>, cursor: &Cursor) {
    let (direction_of, id_direction) = directions(query);
    let keys: Vec<(&Key, &Value)> = own_keys(query.keys)
        .into_iter()
        .zip(&cursor.values)
        .collect();
    sql.push("(");
    for (index, (key, value)) in keys.iter().enumerate() {
        sql.push("(");
        push_equal(sql, &keys[..index]);
        push_beyond(sql, &key.column, value, direction_of(key));
        sql.push(") OR ");
    }
    sql.push("(");
    push_equal(sql, &keys);
    sql.push(if id_direction.ascends() {
        "r.id > "
    } else {
        "r.id < "
    });
    sql.push_bind(cursor.id.to_string());
    sql.push("))");
}

fn push_equal(sql: &mut QueryBuilder<Sqlite>, keys: &[(&Key, &Value)]) {
    for (key, value) in keys {
        push_key(sql, &key.column);
        sql.push(" IS ");
        push_value(sql, value);
        sql.push(" AND ");
    }
}

fn push_beyond(
    sql: &mut QueryBuilder<Sqlite>,
    column: &Column,
    value: &Value,
    direction: Direction,
) {
    if value.is_null() {
        if direction.nulls_first() {
            push_key(sql, column);
            sql.push(" IS NOT NULL");
        } else {
            sql.push("0");
        }
        return;
    }
    sql.push("(");
    push_key(sql, column);
    sql.push(if direction.ascends() { " > " } else { " < " });
    push_value(sql, value);
    if !direction.nulls_first() {
        sql.push(" OR ");
        push_key(sql, column);
        sql.push(" IS NULL");
    }
    sql.push(")");
}

fn push_value(sql: &mut QueryBuilder<Sqlite>, value: &Value) {
    match value {
        Value::Null => sql.push("NULL"),
        Value::Bool(truth) => sql.push_bind(*truth),
        Value::Number(number) => sql.push_bind(number.as_f64()),
        Value::String(text) => sql.push_bind(text.clone()),
        other => sql.push_bind(other.to_string()),
    };
}
