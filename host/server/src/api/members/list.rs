//! `GET /api/communities/{community}/members`

use crate::app::App;
use crate::extract::{Auth, Part, Query};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, MemberList, MembersQuery};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::CommunityId;

refusals!(
    AUTHENTICATED,
    &[
        Kind::InvalidPath,
        Kind::QueryInvalid,
        Kind::Forbidden,
        Kind::CommunityNotFound
    ]
);

/// Lists who belongs to the caller's community. For admins.
#[utoipa::path(
    get,
    path = "/api/communities/{community}/members",
    operation_id = "list_members",
    tag = "communities",
    params(("community" = String, Path), MembersQuery),
    responses((status = 200, description = "People in the order of their ids; at most 200", body = MemberList), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Query(query): Query<MembersQuery>,
) -> Result<Json<MemberList>, Problem> {
    let after = query.read()?;
    let page = app
        .members
        .list(&caller, &community, after.as_ref())
        .await?;
    Ok(Json(views::members(&page)))
}
