//! Shows what a selection asks of a record. Names nobody knows are `null`.

use std::future::Future;
use std::pin::Pin;

use serde_json::{Map, Value, json};
use sqlx::SqliteConnection;

use super::document::Selected;
use crate::fault::Fault;
use crate::filter::{self, Filter};
use crate::records::{self, RELATED_RECORDS_MAX};
use crate::schema::{FieldKind, Object, Relation, Schema};
use crate::store::Record;
use crate::value;

/// Refuses a to-many relation inside a to-many relation.
pub(super) fn check(schema: &Schema, object: &Object, children: &[Selected]) -> Result<(), Fault> {
    walk(schema, object, children, false)
}

fn walk(
    schema: &Schema,
    object: &Object,
    children: &[Selected],
    inside_many: bool,
) -> Result<(), Fault> {
    for child in children {
        match object.field(&child.name).map(|field| field.kind) {
            Some(FieldKind::Relation(Relation::ManyToOne { target, .. })) => {
                let target = schema
                    .singular(target)
                    .ok_or(Fault::Corrupt("relation target"))?;
                walk(schema, target, &child.children, inside_many)?;
            }
            Some(FieldKind::Relation(Relation::OneToMany { target, .. })) => {
                if inside_many {
                    return Err(Fault::coded(
                        "Query complexity is too high. One-to-Many relation cannot be nested in \
                         another One-to-Many relation.",
                        "TOO_COMPLEX_QUERY",
                    ));
                }
                let target = schema
                    .singular(target)
                    .ok_or(Fault::Corrupt("relation target"))?;
                for node in nodes(child) {
                    walk(schema, target, &node.children, true)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn nodes(connection: &Selected) -> impl Iterator<Item = &Selected> {
    connection
        .children
        .iter()
        .filter(|child| child.name == "edges")
        .flat_map(|edges| edges.children.iter().filter(|child| child.name == "node"))
}

/// Shows `record`. Boxed, because relations lead to further records.
pub(super) fn record<'a>(
    conn: &'a mut SqliteConnection,
    schema: &'a Schema,
    object: &'a Object,
    record: &'a Record,
    children: &'a [Selected],
) -> Pin<Box<dyn Future<Output = Result<Value, Fault>> + Send + 'a>> {
    Box::pin(async move {
        let mut shown = Map::new();
        for child in children {
            let value = field(conn, schema, object, record, child).await?;
            shown.insert(child.key.clone(), value);
        }
        Ok(Value::Object(shown))
    })
}

async fn field(
    conn: &mut SqliteConnection,
    schema: &Schema,
    object: &Object,
    owner: &Record,
    child: &Selected,
) -> Result<Value, Fault> {
    if child.name == "__typename" {
        return Ok(json!(object.capital_singular()));
    }
    if object.absent_relations.contains(&child.name.as_str()) {
        return Ok(json!({"edges": [], "totalCount": 0}));
    }
    let Some(field) = object.field(&child.name) else {
        let key = object.relation_by_key(&child.name).is_some();
        return Ok(if key {
            owner.doc.get(&child.name).cloned().unwrap_or_default()
        } else {
            Value::Null
        });
    };
    match field.kind {
        FieldKind::Value(kind) => {
            let stored = owner.doc.get(&field.name).unwrap_or(&Value::Null);
            Ok(parts(value::read(kind, stored), &child.children))
        }
        FieldKind::Relation(Relation::ManyToOne { target, .. }) => {
            let target = schema
                .singular(target)
                .ok_or(Fault::Corrupt("relation target"))?;
            let key = owner.key(&format!("{}Id", field.name));
            match records::related_one(conn, target, key).await? {
                Some(found) => record(conn, schema, target, &found, &child.children).await,
                None => Ok(Value::Null),
            }
        }
        FieldKind::Relation(Relation::OneToMany { target, key }) => {
            let target = schema
                .singular(target)
                .ok_or(Fault::Corrupt("relation target"))?;
            connection(conn, schema, target, (key, owner), child).await
        }
    }
}

/// Picks the subfields of a composite.
fn parts(whole: Value, children: &[Selected]) -> Value {
    if children.is_empty() || !whole.is_object() {
        return whole;
    }
    let pick = |child: &Selected| (child.key.clone(), whole[&child.name].clone());
    Value::Object(children.iter().map(pick).collect())
}

async fn connection(
    conn: &mut SqliteConnection,
    schema: &Schema,
    target: &Object,
    (key, owner): (&str, &Record),
    child: &Selected,
) -> Result<Value, Fault> {
    let filter: Filter = filter::from_graphql(schema, target, child.argument("filter"))?;
    let rows_max = child
        .argument("first")
        .as_i64()
        .unwrap_or(RELATED_RECORDS_MAX);
    let rows_max = rows_max.clamp(0, RELATED_RECORDS_MAX);
    let found = records::related_many(conn, target, key, owner.id, filter, rows_max).await?;
    let mut shown = Map::new();
    for part in &child.children {
        let value = match part.name.as_str() {
            "totalCount" => json!(found.len()),
            "edges" => {
                let mut edges = Vec::new();
                for related in &found {
                    edges.push(edge(conn, schema, target, related, part).await?);
                }
                Value::Array(edges)
            }
            _ => Value::Null,
        };
        shown.insert(part.key.clone(), value);
    }
    Ok(Value::Object(shown))
}

async fn edge(
    conn: &mut SqliteConnection,
    schema: &Schema,
    target: &Object,
    related: &Record,
    edges: &Selected,
) -> Result<Value, Fault> {
    let mut shown = Map::new();
    for part in &edges.children {
        let value = match part.name.as_str() {
            "node" => record(conn, schema, target, related, &part.children).await?,
            "cursor" => json!(crate::cursor::encode(&[], related.id, &related.doc)),
            _ => Value::Null,
        };
        shown.insert(part.key.clone(), value);
    }
    Ok(Value::Object(shown))
}
