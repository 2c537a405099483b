//! `PUT /api/communities/{community}/members/{user}/mail`

use super::OF_ONE;
use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, MailRequest, MemberView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::{CommunityId, UserId};

refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    OF_ONE,
    &[Kind::CommunityNotRegistered]
);

/// Has mail of the community's partnerships come to the caller, or no more.
#[utoipa::path(
    put,
    path = "/api/communities/{community}/members/{user}/mail",
    operation_id = "choose_mail",
    tag = "communities",
    params(("community" = String, Path), ("user" = String, Path), IdempotencyKey),
    request_body = MailRequest,
    responses((status = 200, description = "The caller from now on", body = MemberView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Part(user): Part<UserId>,
    Body(request): Body<MailRequest>,
) -> Result<Json<MemberView>, Problem> {
    let of = (&community, &user);
    let chosen = app.members.choose_mail(&caller, of, request.wanted).await?;
    Ok(Json(views::member(&chosen)))
}
