//! Mutations, each in its own transaction.

use serde_json::{Map, Value};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::document::Selected;
use super::root::Verb;
use super::select;
use crate::crm::Crm;
use crate::fault::Fault;
use crate::filter::{self, Filter};
use crate::records::{self, Call};
use crate::schema::{Object, Schema};
use crate::store::{self, Record};
use crate::value;

/// Runs one mutation and shows what it changed.
pub(super) async fn run(
    crm: &Crm,
    schema: &Schema,
    object: &Object,
    verb: Verb,
    is_bulk: bool,
    field: &Selected,
) -> Result<Value, Fault> {
    if field.arguments.values().any(value::has_nul) {
        return Err(Fault::NulByte);
    }
    select::check(schema, object, &field.children)?;
    let call = crm.call(schema, object);
    let mut tx = store::begin(&crm.pool).await?;
    let changed = if is_bulk {
        many(&mut tx, &call, verb, field).await?
    } else {
        vec![one(&mut tx, &call, verb, field).await?]
    };
    let mut shown = Vec::with_capacity(changed.len());
    for record in &changed {
        shown.push(select::record(&mut tx, schema, object, record, &field.children).await?);
    }
    tx.commit().await?;
    Ok(if is_bulk {
        Value::Array(shown)
    } else {
        shown.pop().unwrap_or(Value::Null)
    })
}

async fn one(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    verb: Verb,
    field: &Selected,
) -> Result<Record, Fault> {
    if verb == Verb::Create {
        let input = entries(field.argument("data"))?;
        let upsert = field.argument("upsert").as_bool().unwrap_or(false);
        let created = records::create(conn, call, &[input], upsert).await?;
        return created.into_iter().next().ok_or(Fault::NotFound);
    }
    let id = id(field)?;
    match verb {
        Verb::Update => records::update(conn, call, id, &entries(field.argument("data"))?).await,
        Verb::Delete => records::soft_delete(conn, call, id).await,
        Verb::Restore => records::restore(conn, call, id).await,
        Verb::Create | Verb::Destroy => records::destroy(conn, call, id).await,
    }
}

async fn many(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    verb: Verb,
    field: &Selected,
) -> Result<Vec<Record>, Fault> {
    if verb == Verb::Create {
        let Value::Array(items) = field.argument("data") else {
            return Err(missing("data", "array"));
        };
        let inputs: Vec<_> = items.iter().map(entries).collect::<Result<_, _>>()?;
        let upsert = field.argument("upsert").as_bool().unwrap_or(false);
        return records::create(conn, call, &inputs, upsert).await;
    }
    let filter = mandatory_filter(call, field)?;
    match verb {
        Verb::Update => {
            records::update_many(conn, call, &filter, &entries(field.argument("data"))?).await
        }
        Verb::Delete => records::soft_delete_many(conn, call, &filter).await,
        Verb::Restore => records::restore_many(conn, call, &filter).await,
        Verb::Create | Verb::Destroy => records::destroy_many(conn, call, &filter).await,
    }
}

fn mandatory_filter(call: &Call<'_>, field: &Selected) -> Result<Filter, Fault> {
    let sent = field.argument("filter");
    if !sent.is_object() {
        return Err(missing("filter", "object"));
    }
    filter::from_graphql(call.schema, call.object, sent)
}

fn missing(name: &str, kind: &str) -> Fault {
    let message = format!("Missing required argument: \"{name}\" ({kind})");
    Fault::coded(message, "INVALID_QUERY_INPUT")
}

fn entries(input: &Value) -> Result<Map<String, Value>, Fault> {
    input
        .as_object()
        .cloned()
        .ok_or_else(|| missing("data", "object"))
}

fn id(field: &Selected) -> Result<Uuid, Fault> {
    let written = value::uuid("id", field.argument("id"))?;
    let id = written.as_str().and_then(|id| Uuid::parse_str(id).ok());
    id.ok_or_else(|| missing("id", "UUID"))
}
