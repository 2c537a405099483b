//! `GET /api/communities/{community}`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, CommunityView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::CommunityId;

refusals!(
    AUTHENTICATED,
    &[Kind::InvalidPath, Kind::Forbidden, Kind::CommunityNotFound]
);

/// Shows the caller's own community as others see it.
#[utoipa::path(
    get,
    path = "/api/communities/{community}",
    operation_id = "show_community",
    tag = "communities",
    params(("community" = String, Path)),
    responses((status = 200, description = "The community", body = CommunityView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<CommunityId>,
) -> Result<Json<CommunityView>, Problem> {
    let community = app.communities.show(&caller, &id).await?;
    Ok(Json(views::community(&community)))
}
