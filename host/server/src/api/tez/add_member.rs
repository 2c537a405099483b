//! `POST /teams/{team}/members`

use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{IdempotencyKey, JSON_BODY, KEYED, relay_refusals};
use crate::problem::{Kind, Problem};
use crate::views::tez::{self, Data, MemberRequest, MemberView};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use skillgate_domain::ids::TeamId;

/// What may refuse a member.
const MEMBER: &[Kind] = &[
    Kind::InvalidPath,
    Kind::TezForbidden,
    Kind::TeamNotFound,
    Kind::RelayFull,
];

relay_refusals!(KEYED, JSON_BODY, MEMBER);

/// Puts somebody into a team, or gives a member another role.
#[utoipa::path(
    post,
    path = "/teams/{team}/members",
    operation_id = "add_team_member",
    tag = "tez",
    params(("team" = String, Path, format = "uuid"), IdempotencyKey),
    request_body = MemberRequest,
    responses((status = 201, description = "The member", body = Data<MemberView>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(team): Part<TeamId>,
    Body(request): Body<MemberRequest>,
) -> Result<(StatusCode, Json<Data<MemberView>>), Problem> {
    let (user, role) = request.decode()?;
    app.relay.add_member(&caller, team, &user, role).await?;
    Ok((StatusCode::CREATED, Json(tez::member(team, &user, role))))
}
