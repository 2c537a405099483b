//! `POST /teams`

use crate::app::App;
use crate::extract::{Auth, Json as Body};
use crate::openapi::{IdempotencyKey, JSON_BODY, KEYED, relay_refusals};
use crate::problem::{Kind, Problem};
use crate::views::tez::{self, Data, TeamRequest, TeamView};
use axum::Json;
use axum::extract::State;
use http::StatusCode;

relay_refusals!(KEYED, JSON_BODY, &[Kind::TezInvalid, Kind::RelayFull]);

/// Makes a team, with the caller as its owner.
#[utoipa::path(
    post,
    path = "/teams",
    operation_id = "create_team",
    tag = "tez",
    params(IdempotencyKey),
    request_body = TeamRequest,
    responses((status = 201, description = "The team", body = Data<TeamView>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Body(request): Body<TeamRequest>,
) -> Result<(StatusCode, Json<Data<TeamView>>), Problem> {
    let team = app.relay.create_team(&caller, &request.name).await?;
    Ok((StatusCode::CREATED, Json(tez::team(&team))))
}
