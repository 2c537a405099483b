//! `GET /api/communities/{community}/members/{user}`

use super::OF_ONE;
use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::Problem;
use crate::views::{self, MemberView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::{CommunityId, UserId};

refusals!(AUTHENTICATED, OF_ONE);

/// Shows what the community's list says of the caller; to an admin, of anybody on it.
#[utoipa::path(
    get,
    path = "/api/communities/{community}/members/{user}",
    operation_id = "show_member",
    tag = "communities",
    params(("community" = String, Path), ("user" = String, Path)),
    responses((status = 200, description = "The person", body = MemberView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Part(user): Part<UserId>,
) -> Result<Json<MemberView>, Problem> {
    let member = app.members.show(&caller, &community, &user).await?;
    Ok(Json(views::member(&member)))
}
