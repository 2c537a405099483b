//! `GET /rest/{objects}`

use serde_json::json;

use super::params::{self, View};
use super::{Incoming, Reply};
use crate::crm::Crm;
use crate::fault::Fault;
use crate::filter::Filter;
use crate::records::{self, List};
use crate::schema::{Object, Schema};
use crate::{cursor, order};

pub(super) async fn answer(
    crm: &Crm,
    schema: &Schema,
    object: &Object,
    incoming: &Incoming,
) -> Result<Reply, Fault> {
    let view = View::read(crm, object, incoming)?;
    let filter = params::filter(schema, object, incoming)?.unwrap_or_else(Filter::everything);
    let keys = match incoming.single("order_by") {
        Some(text) => order::from_rest(schema, object, text)?,
        None => Vec::new(),
    };
    let mark = |name: &str| {
        incoming
            .single(name)
            .map(|text| cursor::decode(&keys, text))
            .transpose()
    };
    let list = List {
        filter: &filter,
        keys: &keys,
        after: mark("starting_after")?,
        before: mark("ending_before")?,
        rows_max: params::limit(incoming)?,
    };
    let mut conn = crm.pool.acquire().await?;
    let page = records::list(&mut conn, object, &list).await?;
    let shown = view
        .show_all(&mut conn, schema, object, &page.records)
        .await?;
    Ok(Reply::ok(json!({
        "data": {(object.plural): shown},
        "totalCount": page.total,
        "pageInfo": {
            "startCursor": page.start,
            "endCursor": page.end,
            "hasNextPage": page.has_next,
            "hasPreviousPage": page.has_previous,
        },
    })))
}
