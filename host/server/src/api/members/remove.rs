//! `DELETE /api/communities/{community}/members/{user}`

use super::OF_ONE;
use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, KEYED, refusals};
use crate::problem::{Kind, Problem};
use axum::extract::State;
use http::StatusCode;
use skillgate_domain::ids::{CommunityId, UserId};

refusals!(
    AUTHENTICATED,
    KEYED,
    OF_ONE,
    &[Kind::CommunityNotRegistered, Kind::LastAdmin]
);

/// Takes somebody off the community's list. No token of theirs works in it any more, nor one of an agent that acts for
/// them.
#[utoipa::path(
    delete,
    path = "/api/communities/{community}/members/{user}",
    operation_id = "remove_member",
    tag = "communities",
    params(("community" = String, Path), ("user" = String, Path), IdempotencyKey),
    responses((status = 204, description = "They no longer belong to it"), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Part(user): Part<UserId>,
) -> Result<StatusCode, Problem> {
    app.members.remove(&caller, &community, &user).await?;
    Ok(StatusCode::NO_CONTENT)
}
