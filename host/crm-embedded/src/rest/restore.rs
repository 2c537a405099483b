//! Un-deleting: by filter on 2.19, by filter or id on newer servers.

use super::delete::unfiltered;
use super::params::{self, View};
use super::{Incoming, Reply};
use crate::crm::Crm;
use crate::fault::Fault;
use crate::records;
use crate::schema::{Object, Schema};
use crate::store;

/// `PATCH /rest/restore/{objects}?filter=` (2.19), `PATCH /rest/{objects}/restore?filter=` (newer)
pub(super) async fn many(
    crm: &Crm,
    schema: &Schema,
    object: &Object,
    incoming: &Incoming,
) -> Result<Reply, Fault> {
    let filter = params::filter(schema, object, incoming)?.ok_or_else(|| unfiltered("restore"))?;
    let view = View::read(crm, object, incoming)?;
    let mut tx = store::begin(&crm.pool).await?;
    let restored = records::restore_many(&mut tx, &crm.call(schema, object), &filter).await?;
    let shown = view.show_all(&mut tx, schema, object, &restored).await?;
    tx.commit().await?;
    Ok(Reply::data(
        &format!("restore{}", object.capital_plural()),
        &shown,
    ))
}

/// `PATCH /rest/{objects}/{id}/restore` (newer)
pub(super) async fn one(
    crm: &Crm,
    schema: &Schema,
    object: &Object,
    id: &str,
    incoming: &Incoming,
) -> Result<Reply, Fault> {
    let id = params::id(id)?;
    let view = View::read(crm, object, incoming)?;
    let mut tx = store::begin(&crm.pool).await?;
    let restored = records::restore(&mut tx, &crm.call(schema, object), id).await?;
    let shown = view.show(&mut tx, schema, object, &restored).await?;
    tx.commit().await?;
    Ok(Reply::data(
        &format!("restore{}", object.capital_singular()),
        &shown,
    ))
}
