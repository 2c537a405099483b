//! `POST /api/communities`

use crate::app::App;
use crate::extract::{Auth, Json as Body};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, CommunityRequest, CommunityView};
use axum::Json;
use axum::extract::State;
use http::StatusCode;

refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    &[
        Kind::Forbidden,
        Kind::CommunityInvalid,
        Kind::CommunityPresent,
        Kind::ShortIdTaken
    ]
);

/// Registers the caller's own community, so that others can find it and invite it.
#[utoipa::path(
    post,
    path = "/api/communities",
    operation_id = "register_community",
    tag = "communities",
    params(IdempotencyKey),
    request_body = CommunityRequest,
    responses((status = 201, description = "The community", body = CommunityView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Body(request): Body<CommunityRequest>,
) -> Result<(StatusCode, Json<CommunityView>), Problem> {
    let community = app.communities.register(&caller, request.said()).await?;
    Ok((StatusCode::CREATED, Json(views::community(&community))))
}
