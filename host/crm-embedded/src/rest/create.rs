//! `POST /rest/{objects}`

use serde_json::{Map, Value};

use super::params::View;
use super::{Incoming, Reply};
use crate::crm::Crm;
use crate::fault::Fault;
use crate::records;
use crate::schema::{Object, Schema};
use crate::store;

pub(super) async fn answer(
    crm: &Crm,
    schema: &Schema,
    object: &Object,
    incoming: &Incoming,
) -> Result<Reply, Fault> {
    let view = View::read(crm, object, incoming)?;
    let body = incoming.object("Cannot read properties of undefined (reading 'position')")?;
    let input = entries(object, body)?;
    let mut tx = store::begin(&crm.pool).await?;
    let call = crm.call(schema, object);
    let created = records::create(&mut tx, &call, &[input], incoming.switch("upsert")).await?;
    let mut shown = Vec::new();
    for record in &created {
        shown.push(view.show(&mut tx, schema, object, record).await?);
    }
    tx.commit().await?;
    let name = format!("create{}", object.capital_singular());
    Ok(Reply::created(&name, &shown.pop().unwrap_or(Value::Null)))
}

/// Returns the entries of an object body. A list has entries too: `"0"`, which no object has.
pub(super) fn entries(object: &Object, body: Value) -> Result<Map<String, Value>, Fault> {
    match body {
        Value::Object(entries) => Ok(entries),
        Value::Array(items) if items.is_empty() => Ok(Map::new()),
        _ => Err(Fault::no_field(object.singular, "0")),
    }
}
