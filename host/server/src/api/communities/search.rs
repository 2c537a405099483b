//! `GET /api/communities/search`

use crate::app::App;
use crate::extract::{Auth, Query};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, CommunitySearch, FoundList};
use axum::Json;
use axum::extract::State;

refusals!(
    AUTHENTICATED,
    &[Kind::QueryInvalid, Kind::Forbidden, Kind::CommunityInvalid]
);

/// Finds communities to invite, by what is typed of their names. For admins.
#[utoipa::path(
    get,
    path = "/api/communities/search",
    operation_id = "search_communities",
    tag = "communities",
    params(CommunitySearch),
    responses((status = 200, description = "Communities, the best first; at most 20", body = FoundList), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Query(query): Query<CommunitySearch>,
) -> Result<Json<FoundList>, Problem> {
    let page = app.communities.search(&caller, query.read()?).await?;
    Ok(Json(views::found(&page)))
}
