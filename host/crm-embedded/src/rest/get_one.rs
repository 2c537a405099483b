//! `GET /rest/{objects}/{id}`

use super::params::{self, View};
use super::{Incoming, Reply};
use crate::crm::Crm;
use crate::fault::Fault;
use crate::records;
use crate::schema::{Object, Schema};

pub(super) async fn answer(
    crm: &Crm,
    schema: &Schema,
    object: &Object,
    id: &str,
    incoming: &Incoming,
) -> Result<Reply, Fault> {
    let id = params::id(id)?;
    let view = View::read(crm, object, incoming)?;
    let mut conn = crm.pool.acquire().await?;
    let record = records::one(&mut conn, object, id).await?;
    Ok(Reply::data(
        object.singular,
        &view.show(&mut conn, schema, object, &record).await?,
    ))
}
