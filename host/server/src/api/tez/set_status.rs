//! `PATCH /tez/{tez}`

use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{IdempotencyKey, JSON_BODY, KEYED, relay_refusals};
use crate::problem::{Kind, Problem};
use crate::views::tez::{self, Data, StatusRequest, TezStatusView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::TezId;

relay_refusals!(
    KEYED,
    JSON_BODY,
    &[Kind::InvalidPath, Kind::TezForbidden, Kind::TezNotFound]
);

/// Puts a Tez aside, takes it back, or shows it again. Only its sender does.
#[utoipa::path(
    patch,
    path = "/tez/{tez}",
    operation_id = "set_tez_status",
    tag = "tez",
    params(("tez" = String, Path, format = "uuid"), IdempotencyKey),
    request_body = StatusRequest,
    responses((status = 200, description = "The new status", body = Data<TezStatusView>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<TezId>,
    Body(request): Body<StatusRequest>,
) -> Result<Json<Data<TezStatusView>>, Problem> {
    let head = app.relay.set_status(&caller, id, request.status.0).await?;
    Ok(Json(tez::tez_status(&head)))
}
