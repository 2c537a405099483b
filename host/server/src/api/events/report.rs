//! `POST /api/communities/{community}/events`

use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, EventRequest, ReportedView};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use skillgate_domain::ids::CommunityId;

refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    &[
        Kind::InvalidPath,
        Kind::Forbidden,
        Kind::CommunityNotFound,
        Kind::EventInvalid
    ]
);

/// Reports what happened in the community. Its people hear of it, and those partners that may know.
#[utoipa::path(
    post,
    path = "/api/communities/{community}/events",
    operation_id = "report_event",
    tag = "partnerships",
    params(("community" = String, Path), IdempotencyKey),
    request_body = EventRequest,
    responses((status = 201, description = "Whom it was told, and why nobody else", body = ReportedView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Body(request): Body<EventRequest>,
) -> Result<(StatusCode, Json<ReportedView>), Problem> {
    let told = app
        .events
        .report(&caller, &community, request.read()?)
        .await?;
    Ok((StatusCode::CREATED, Json(views::reported(&told))))
}
