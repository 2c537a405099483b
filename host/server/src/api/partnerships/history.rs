//! `GET /api/communities/{community}/partnerships/{partnership}/history`

use super::OF_ONE;
use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::Problem;
use crate::views::{self, PartnershipHistory};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::{CommunityId, PartnershipId};

refusals!(AUTHENTICATED, OF_ONE);

/// Lists what happened to a partnership of the community, in order, for its admins.
#[utoipa::path(
    get,
    path = "/api/communities/{community}/partnerships/{partnership}/history",
    operation_id = "show_partnership_history",
    tag = "partnerships",
    params(("community" = String, Path), ("partnership" = i64, Path, minimum = 1)),
    responses((status = 200, description = "Each move, the invitation first", body = PartnershipHistory), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Part(id): Part<PartnershipId>,
) -> Result<Json<PartnershipHistory>, Problem> {
    let (seen, offered, moves) = app.partnerships.history(&caller, (&community, id)).await?;
    Ok(Json(views::partnership_history(&seen, &offered, &moves)))
}
