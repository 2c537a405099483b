//! `PATCH /api/communities/{community}`

use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, CommunityPatch, CommunityView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::CommunityId;

refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    &[
        Kind::InvalidPath,
        Kind::Forbidden,
        Kind::CommunityNotFound,
        Kind::CommunityInvalid,
        Kind::CommunityChanged,
        Kind::ShortIdTaken
    ]
);

/// Changes what others see of the caller's own community.
#[utoipa::path(
    patch,
    path = "/api/communities/{community}",
    operation_id = "change_community",
    tag = "communities",
    params(("community" = String, Path), IdempotencyKey),
    request_body = CommunityPatch,
    responses((status = 200, description = "The community from now on", body = CommunityView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<CommunityId>,
    Body(patch): Body<CommunityPatch>,
) -> Result<Json<CommunityView>, Problem> {
    let community = app.communities.change(&caller, &id, patch.said()).await?;
    Ok(Json(views::community(&community)))
}
