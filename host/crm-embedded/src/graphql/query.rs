//! `people(filter, orderBy, first, after, before)` and `person(filter)`.

use serde_json::{Map, Value, json};
use sqlx::SqliteConnection;

use super::document::Selected;
use super::select;
use crate::crm::Crm;
use crate::fault::Fault;
use crate::filter;
use crate::order::Key;
use crate::records::{self, List, Page};
use crate::schema::{Object, Schema};
use crate::{cursor, order};

/// Rows of a page when nobody asks. A larger `first` is not cut.
const FIRST_DEFAULT: u32 = 60;

/// Answers a connection.
pub(super) async fn many(
    crm: &Crm,
    schema: &Schema,
    object: &Object,
    field: &Selected,
) -> Result<Value, Fault> {
    for node in field.children.iter().flat_map(|child| &child.children) {
        select::check(schema, object, &node.children)?;
    }
    let filter = filter::from_graphql(schema, object, field.argument("filter"))?;
    let keys = order::from_graphql(schema, object, field.argument("orderBy"))?;
    let mark = |name: &str| {
        field
            .argument(name)
            .as_str()
            .map(|text| cursor::decode(&keys, text))
            .transpose()
    };
    let list = List {
        filter: &filter,
        keys: &keys,
        after: mark("after")?,
        before: mark("before")?,
        rows_max: rows_max(field)?,
    };
    let mut conn = crm.pool.acquire().await?;
    let page = records::list(&mut conn, object, &list).await?;
    let mut shown = Map::new();
    for child in &field.children {
        let value = match child.name.as_str() {
            "totalCount" => json!(page.total),
            "pageInfo" => page_info(&page, child),
            "edges" => edges(&mut conn, schema, object, &page, &keys, child).await?,
            "__typename" => json!(format!("{}Connection", object.capital_singular())),
            _ => Value::Null,
        };
        shown.insert(child.key.clone(), value);
    }
    Ok(Value::Object(shown))
}

fn rows_max(field: &Selected) -> Result<u32, Fault> {
    let Some(first) = field
        .argument("first")
        .as_i64()
        .or_else(|| field.argument("last").as_i64())
    else {
        return Ok(FIRST_DEFAULT);
    };
    if first < 0 {
        return Err(Fault::coded(
            "First argument must be non-negative",
            "INVALID_ARGS_FIRST",
        ));
    }
    Ok(u32::try_from(first).unwrap_or(u32::MAX))
}

fn page_info(page: &Page, field: &Selected) -> Value {
    let pick = |child: &Selected| {
        let value = match child.name.as_str() {
            "startCursor" => json!(page.start),
            "endCursor" => json!(page.end),
            "hasNextPage" => json!(page.has_next),
            "hasPreviousPage" => json!(page.has_previous),
            _ => Value::Null,
        };
        (child.key.clone(), value)
    };
    Value::Object(field.children.iter().map(pick).collect())
}

async fn edges(
    conn: &mut SqliteConnection,
    schema: &Schema,
    object: &Object,
    page: &Page,
    keys: &[Key],
    field: &Selected,
) -> Result<Value, Fault> {
    let mut edges = Vec::with_capacity(page.records.len());
    for record in &page.records {
        let mut edge = Map::new();
        for child in &field.children {
            let value = match child.name.as_str() {
                "cursor" => json!(cursor::encode(keys, record.id, &record.doc)),
                "node" => select::record(conn, schema, object, record, &child.children).await?,
                _ => Value::Null,
            };
            edge.insert(child.key.clone(), value);
        }
        edges.push(Value::Object(edge));
    }
    Ok(Value::Array(edges))
}

/// Answers one record: the first that the filter means.
pub(super) async fn one(
    crm: &Crm,
    schema: &Schema,
    object: &Object,
    field: &Selected,
) -> Result<Value, Fault> {
    select::check(schema, object, &field.children)?;
    let sent = field.argument("filter");
    if sent.as_object().is_none_or(Map::is_empty) {
        return Err(Fault::coded(
            "Missing filter argument",
            "INVALID_QUERY_INPUT",
        ));
    }
    let filter = filter::from_graphql(schema, object, sent)?;
    let list = List {
        filter: &filter,
        keys: &[],
        after: None,
        before: None,
        rows_max: 1,
    };
    let mut conn = crm.pool.acquire().await?;
    let page = records::list(&mut conn, object, &list).await?;
    let record = page.records.first().ok_or(Fault::NotFound)?;
    select::record(&mut conn, schema, object, record, &field.children).await
}
