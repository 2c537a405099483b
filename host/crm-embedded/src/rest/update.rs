//! `PATCH` and `PUT` on one record or on a whole collection.

use super::create::entries;
use super::params::{self, View};
use super::{Incoming, Reply};
use crate::crm::Crm;
use crate::fault::Fault;
use crate::filter::Filter;
use crate::records;
use crate::schema::{Object, Schema};
use crate::store;

/// What the real server says when there is nothing to read the changes from.
const NO_BODY: &str = "Cannot convert undefined or null to object";

/// `PATCH /rest/{objects}/{id}`
pub(super) async fn one(
    crm: &Crm,
    schema: &Schema,
    object: &Object,
    id: &str,
    incoming: &Incoming,
) -> Result<Reply, Fault> {
    let id = params::id(id)?;
    let view = View::read(crm, object, incoming)?;
    let input = entries(object, incoming.object(NO_BODY)?)?;
    let mut tx = store::begin(&crm.pool).await?;
    let record = records::update(&mut tx, &crm.call(schema, object), id, &input).await?;
    let shown = view.show(&mut tx, schema, object, &record).await?;
    tx.commit().await?;
    Ok(Reply::data(
        &format!("update{}", object.capital_singular()),
        &shown,
    ))
}

/// `PATCH /rest/{objects}?filter=`. Without a filter, or with an empty id, it changes every record.
pub(super) async fn many(
    crm: &Crm,
    schema: &Schema,
    object: &Object,
    incoming: &Incoming,
) -> Result<Reply, Fault> {
    let view = View::read(crm, object, incoming)?;
    let filter = params::filter(schema, object, incoming)?.unwrap_or_else(Filter::everything);
    let input = entries(object, incoming.object(NO_BODY)?)?;
    let mut tx = store::begin(&crm.pool).await?;
    let changed = records::update_many(&mut tx, &crm.call(schema, object), &filter, &input).await?;
    let shown = view.show_all(&mut tx, schema, object, &changed).await?;
    tx.commit().await?;
    Ok(Reply::data(
        &format!("update{}", object.capital_plural()),
        &shown,
    ))
}
