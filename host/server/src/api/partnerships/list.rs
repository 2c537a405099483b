//! `GET /api/communities/{community}/partnerships`

use super::OF_ONE;
use crate::app::App;
use crate::extract::{Auth, Part, Query};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, PartnershipList, PartnershipsQuery};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::CommunityId;

refusals!(AUTHENTICATED, OF_ONE, &[Kind::QueryInvalid]);

/// Lists the community's partnerships, for its admins.
#[utoipa::path(
    get,
    path = "/api/communities/{community}/partnerships",
    operation_id = "list_partnerships",
    tag = "partnerships",
    params(("community" = String, Path), PartnershipsQuery),
    responses((status = 200, description = "Partnerships, the newest invitation first; at most 100 in each list", body = PartnershipList), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Query(query): Query<PartnershipsQuery>,
) -> Result<Json<PartnershipList>, Problem> {
    let cursors = query.cursors();
    let overview = app
        .partnerships
        .overview(&caller, &community, cursors)
        .await?;
    Ok(Json(views::partnerships(&overview)))
}
