//! `POST /rest/batch/{objects}`: all or nothing.

use serde_json::{Map, Value};

use super::create::entries;
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
    let body = incoming.object("Cannot read properties of undefined (reading 'forEach')")?;
    let Value::Array(items) = body else {
        return Err(Fault::TypeError(
            "args.data.forEach is not a function".to_owned(),
        ));
    };
    let inputs: Vec<Map<String, Value>> = items
        .into_iter()
        .map(|item| entries(object, item))
        .collect::<Result<_, _>>()?;
    let mut tx = store::begin(&crm.pool).await?;
    let call = crm.call(schema, object);
    let created = records::create(&mut tx, &call, &inputs, incoming.switch("upsert")).await?;
    let shown = view.show_all(&mut tx, schema, object, &created).await?;
    tx.commit().await?;
    Ok(Reply::created(
        &format!("create{}", object.capital_plural()),
        &shown,
    ))
}
