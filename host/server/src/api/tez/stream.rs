//! `GET /tez/stream`

use crate::app::App;
use crate::extract::{Auth, Query};
use crate::openapi::relay_refusals;
use crate::problem::{Kind, Problem};
use crate::views::tez::{self, StreamQuery, StreamView};
use axum::Json;
use axum::extract::State;

relay_refusals!(&[Kind::QueryInvalid, Kind::TezForbidden, Kind::TezInvalid]);

/// Lists a team's active Tez that the caller may see, newest first.
#[utoipa::path(
    get,
    path = "/tez/stream",
    operation_id = "list_tez",
    tag = "tez",
    params(StreamQuery),
    responses((status = 200, description = "Tez, newest first", body = StreamView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Query(query): Query<StreamQuery>,
) -> Result<Json<StreamView>, Problem> {
    let (team, before, limit) = query.decode()?;
    let page = app.relay.stream(&caller, team, before, limit).await?;
    Ok(Json(tez::tez_stream(&page)))
}
