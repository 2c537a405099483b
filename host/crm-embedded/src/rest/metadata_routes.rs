//! `/rest/metadata/…`: objects and fields. Not limited by the request budget.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Incoming, Reply};
use crate::crm::Crm;
use crate::fault::Fault;
use crate::{metadata, store};

/// Entries of a page when nobody asks: everything a workspace has.
const LIMIT_DEFAULT: usize = 1_000;

pub(super) async fn answer(
    crm: &Crm,
    incoming: &Incoming,
    path: &[String],
) -> Result<Reply, Fault> {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    let schema = crm.schema();
    match (incoming.method.as_str(), names.as_slice()) {
        ("GET" | "HEAD", ["objects"]) => {
            let objects = schema.objects.iter().map(metadata::show_object).collect();
            page(incoming, "objects", objects)
        }
        ("GET" | "HEAD", ["fields"]) => page(incoming, "fields", metadata::field_list(&schema)),
        ("GET" | "HEAD", ["objects", id]) => {
            let objects = schema.objects.iter().map(metadata::show_object).collect();
            one("object", objects, id).ok_or(Fault::ObjectMetadataNotFound)
        }
        ("GET" | "HEAD", ["fields", id]) => {
            one("field", metadata::field_list(&schema), id).ok_or(Fault::NotFound)
        }
        ("POST", ["fields"]) => create_field(crm, incoming).await,
        _ => Err(Fault::NotCovered("this part of the metadata API")),
    }
}

async fn create_field(crm: &Crm, incoming: &Incoming) -> Result<Reply, Fault> {
    let input = incoming.object("Cannot read properties of undefined (reading 'type')")?;
    let turn = crm.schema_change.lock().await;
    let mut tx = store::begin(&crm.pool).await?;
    let schema = crm.schema();
    let mut changed = (*schema).clone();
    let person = schema.objects.first().ok_or(Fault::Corrupt("schema"))?;
    let call = crm.call(&schema, person);
    let shown = metadata::add_field(&mut tx, &mut changed, &call, &input).await?;
    tx.commit().await?;
    crm.set_schema(changed);
    drop(turn);
    Ok(Reply {
        status: StatusCode::CREATED,
        body: json!({"data": {"createOneField": shown}}),
    })
}

/// Pages by bare ids, unlike records.
fn page(incoming: &Incoming, name: &str, all: Vec<Value>) -> Result<Reply, Fault> {
    let rows = match incoming.single("limit") {
        None => LIMIT_DEFAULT,
        Some(text) => text
            .parse()
            .map_err(|_| Fault::bad(format!("limit '{text}' is invalid. Should be an integer")))?,
    };
    let total = all.len();
    let after = incoming.single("starting_after");
    let start = match after {
        Some(mark) => all
            .iter()
            .position(|item| item["id"] == mark)
            .map_or(total, |at| at + 1),
        None => 0,
    };
    let shown: Vec<Value> = all.into_iter().skip(start).take(rows).collect();
    let id = |item: Option<&Value>| item.map_or(Value::Null, |item| item["id"].clone());
    Ok(Reply::ok(json!({
        "pageInfo": {
            "startCursor": id(shown.first()),
            "endCursor": id(shown.last()),
            "hasNextPage": start + shown.len() < total,
            "hasPreviousPage": start > 0,
        },
        "totalCount": total,
        "data": {name: shown},
    })))
}

fn one(name: &str, all: Vec<Value>, id: &str) -> Option<Reply> {
    let found = all.into_iter().find(|item| item["id"] == id)?;
    Some(Reply::ok(json!({"data": {name: found}})))
}
