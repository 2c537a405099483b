//! `GET /tez/{tez}/expansions`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::relay_refusals;
use crate::problem::{Kind, Problem};
use crate::views::tez::{self, Data, ExpansionView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::TezId;

relay_refusals!(&[Kind::InvalidPath, Kind::TezForbidden, Kind::TezNotFound]);

/// Lists the questions about a Tez, newest first: all to its sender, to others their own.
#[utoipa::path(
    get,
    path = "/tez/{tez}/expansions",
    operation_id = "list_expansions",
    tag = "tez",
    params(("tez" = String, Path, format = "uuid")),
    responses((status = 200, description = "Questions, newest first", body = Data<Vec<ExpansionView>>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<TezId>,
) -> Result<Json<Data<Vec<ExpansionView>>>, Problem> {
    let standings = app.expansions.of_tez(&caller, id).await?;
    Ok(Json(tez::expansions(&standings)))
}
