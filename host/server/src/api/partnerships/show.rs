//! `GET /api/communities/{community}/partnerships/{partnership}`

use super::OF_ONE;
use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::Problem;
use crate::views::{self, PartnershipView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::{CommunityId, PartnershipId};

refusals!(AUTHENTICATED, OF_ONE);

/// Shows a partnership of the community, for its admins.
#[utoipa::path(
    get,
    path = "/api/communities/{community}/partnerships/{partnership}",
    operation_id = "show_partnership",
    tag = "partnerships",
    params(("community" = String, Path), ("partnership" = i64, Path, minimum = 1)),
    responses((status = 200, description = "The partnership", body = PartnershipView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Part(id): Part<PartnershipId>,
) -> Result<Json<PartnershipView>, Problem> {
    let seen = app.partnerships.show(&caller, (&community, id)).await?;
    Ok(Json(views::partnership(&seen)))
}
