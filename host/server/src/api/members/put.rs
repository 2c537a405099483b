//! `PUT /api/communities/{community}/members/{user}`

use super::OF_ONE;
use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, MemberRequest, MemberView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::{CommunityId, UserId};

refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    OF_ONE,
    &[
        Kind::CommunityNotRegistered,
        Kind::MemberInvalid,
        Kind::LastAdmin,
        Kind::TooManyMembers
    ]
);

/// Lists somebody in the caller's community, or changes what is said of them. Whether they want mail stays theirs.
#[utoipa::path(
    put,
    path = "/api/communities/{community}/members/{user}",
    operation_id = "put_member",
    tag = "communities",
    params(("community" = String, Path), ("user" = String, Path), IdempotencyKey),
    request_body = MemberRequest,
    responses((status = 200, description = "The person from now on", body = MemberView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Part(user): Part<UserId>,
    Body(request): Body<MemberRequest>,
) -> Result<Json<MemberView>, Problem> {
    let of = (&community, &user);
    let member = app.members.put(&caller, of, request.said()).await?;
    Ok(Json(views::member(&member)))
}
