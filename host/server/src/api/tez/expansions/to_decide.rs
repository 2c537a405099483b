//! `GET /tez/expansions`

use crate::app::App;
use crate::extract::{Auth, Query};
use crate::openapi::relay_refusals;
use crate::problem::{Kind, Problem};
use crate::views::tez::{self, ExpansionPageView, ExpansionQuery};
use axum::Json;
use axum::extract::State;

relay_refusals!(&[Kind::QueryInvalid, Kind::TezInvalid]);

/// Lists the questions that wait for the caller's decision, newest first.
#[utoipa::path(
    get,
    path = "/tez/expansions",
    operation_id = "list_expansions_to_decide",
    tag = "tez",
    params(ExpansionQuery),
    responses((status = 200, description = "Questions, newest first", body = ExpansionPageView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Query(query): Query<ExpansionQuery>,
) -> Result<Json<ExpansionPageView>, Problem> {
    let (waiting, before, limit) = query.decode()?;
    let page = app
        .expansions
        .to_decide(&caller, waiting, before, limit)
        .await?;
    Ok(Json(tez::expansion_page(&page)))
}
