//! `GET /api/communities/{community}/partners`

use super::OF_ONE;
use crate::app::App;
use crate::extract::{Auth, Part, Query};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, PartnerList, PartnersQuery};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::CommunityId;

refusals!(AUTHENTICATED, OF_ONE, &[Kind::QueryInvalid]);

/// Lists with whom the community works together now, for everybody in it.
#[utoipa::path(
    get,
    path = "/api/communities/{community}/partners",
    operation_id = "list_partners",
    tag = "partnerships",
    params(("community" = String, Path), PartnersQuery),
    responses((status = 200, description = "Partners, the newest invitation first; at most 100", body = PartnerList), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Query(query): Query<PartnersQuery>,
) -> Result<Json<PartnerList>, Problem> {
    let before = query.before();
    let page = app.partnerships.partners(&caller, &community, before);
    Ok(Json(views::partners(&page.await?)))
}
