//! `POST /tez/share`

use crate::app::App;
use crate::extract::{Auth, LongJson as Body};
use crate::openapi::{IdempotencyKey, JSON_BODY, KEYED, relay_refusals};
use crate::problem::{Kind, Problem};
use crate::views::tez::{self, Data, ShareRequest, SharedTezView};
use axum::Json;
use axum::extract::State;
use http::StatusCode;

relay_refusals!(
    KEYED,
    JSON_BODY,
    &[Kind::TezForbidden, Kind::TezInvalid, Kind::RelayFull]
);

/// Shares a Tez into a team of the caller's.
#[utoipa::path(
    post,
    path = "/tez/share",
    operation_id = "share_tez",
    tag = "tez",
    params(IdempotencyKey),
    request_body = ShareRequest,
    responses((status = 201, description = "The Tez", body = Data<SharedTezView>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Body(request): Body<ShareRequest>,
) -> Result<(StatusCode, Json<Data<SharedTezView>>), Problem> {
    let head = app.relay.share(&caller, request.decode()?).await?;
    Ok((StatusCode::CREATED, Json(tez::shared_tez(&head))))
}
