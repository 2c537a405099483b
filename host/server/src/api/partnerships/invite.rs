//! `POST /api/communities/{community}/partnerships/invites`

use super::{OF_ONE, SAID};
use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, InviteRequest, InvitedView};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use skillgate_domain::ids::CommunityId;

refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    OF_ONE,
    SAID,
    &[
        Kind::PartnershipWithItself,
        Kind::CommunityNotFound,
        Kind::CommunityNotRegistered,
        Kind::PartnershipPresent,
        Kind::TooManyInvitations
    ]
);

/// Invites another community. It has 30 days to answer.
#[utoipa::path(
    post,
    path = "/api/communities/{community}/partnerships/invites",
    operation_id = "invite_partner",
    tag = "partnerships",
    params(("community" = String, Path), IdempotencyKey),
    request_body = InviteRequest,
    responses((status = 201, description = "The invitation", body = InvitedView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Body(request): Body<InviteRequest>,
) -> Result<(StatusCode, Json<InvitedView>), Problem> {
    let offer = request.read()?;
    let invited = app.partnerships.invite(&caller, &community, offer).await?;
    Ok((StatusCode::CREATED, Json(views::invited(&invited))))
}
