//! `GET /tez/{tez}/thread`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::relay_refusals;
use crate::problem::{Kind, Problem};
use crate::views::tez::{self, Data, ThreadView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::TezId;

relay_refusals!(&[Kind::InvalidPath, Kind::TezForbidden, Kind::TezNotFound]);

/// Shows the thread that a Tez is in, as far as the caller may see it.
#[utoipa::path(
    get,
    path = "/tez/{tez}/thread",
    operation_id = "show_tez_thread",
    tag = "tez",
    params(("tez" = String, Path, format = "uuid")),
    responses((status = 200, description = "The thread", body = Data<ThreadView>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<TezId>,
) -> Result<Json<Data<ThreadView>>, Problem> {
    let thread = app.relay.thread(&caller, id).await?;
    Ok(Json(tez::tez_thread(&thread)))
}
