//! `DELETE` on one record or by filter: for good, unless `soft_delete=true`.

use serde_json::{Value, json};

use super::params::{self, View};
use super::{Incoming, Reply};
use crate::crm::Crm;
use crate::fault::Fault;
use crate::records;
use crate::schema::{Object, Schema};
use crate::store::{self, Record};

/// `DELETE /rest/{objects}/{id}`
pub(super) async fn one(
    crm: &Crm,
    schema: &Schema,
    object: &Object,
    id: &str,
    incoming: &Incoming,
) -> Result<Reply, Fault> {
    let id = params::id(id)?;
    let mut tx = store::begin(&crm.pool).await?;
    let call = crm.call(schema, object);
    let shown = if incoming.switch("soft_delete") {
        let record = records::soft_delete(&mut tx, &call, id).await?;
        View::default()
            .show(&mut tx, schema, object, &record)
            .await?
    } else {
        only_id(&records::destroy(&mut tx, &call, id).await?)
    };
    tx.commit().await?;
    Ok(Reply::data(
        &format!("delete{}", object.capital_singular()),
        &shown,
    ))
}

/// `DELETE /rest/{objects}?filter=`. Here a filter is mandatory.
pub(super) async fn many(
    crm: &Crm,
    schema: &Schema,
    object: &Object,
    incoming: &Incoming,
) -> Result<Reply, Fault> {
    let is_soft = incoming.switch("soft_delete");
    let Some(filter) = params::filter(schema, object, incoming)? else {
        return Err(unfiltered(if is_soft { "delete" } else { "destroy" }));
    };
    let mut tx = store::begin(&crm.pool).await?;
    let call = crm.call(schema, object);
    let shown = if is_soft {
        let deleted = records::soft_delete_many(&mut tx, &call, &filter).await?;
        View::default()
            .show_all(&mut tx, schema, object, &deleted)
            .await?
    } else {
        records::destroy_many(&mut tx, &call, &filter)
            .await?
            .iter()
            .map(only_id)
            .collect()
    };
    tx.commit().await?;
    Ok(Reply::data(
        &format!("delete{}", object.capital_plural()),
        &shown,
    ))
}

fn only_id(record: &Record) -> Value {
    json!({"id": record.id})
}

/// Refuses a bulk change without a filter.
pub(super) fn unfiltered(what: &str) -> Fault {
    Fault::bad(format!(
        "Filters are mandatory for bulk {what} operations. Please provide at least one filter to \
         prevent accidental deletion of all records."
    ))
}
