//! `GET /tez/{tez}`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::relay_refusals;
use crate::problem::{Kind, Problem};
use crate::views::tez::{self, Data, TezView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::TezId;

relay_refusals!(&[Kind::InvalidPath, Kind::TezForbidden, Kind::TezNotFound]);

/// Shows a Tez as it was before, and marks it read by the caller.
#[utoipa::path(
    get,
    path = "/tez/{tez}",
    operation_id = "show_tez",
    tag = "tez",
    params(("tez" = String, Path, format = "uuid")),
    responses((status = 200, description = "The Tez", body = Data<TezView>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<TezId>,
) -> Result<Json<Data<TezView>>, Problem> {
    let kept = app.relay.get(&caller, id).await?;
    Ok(Json(tez::tez(&kept)))
}
