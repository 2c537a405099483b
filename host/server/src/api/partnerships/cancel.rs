//! `POST /api/communities/{community}/partnerships/{partnership}/cancel`

use super::{MOVE, OF_ONE};
use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, KEYED, refusals};
use crate::problem::Problem;
use crate::views::{self, MovedView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::{CommunityId, PartnershipId};
use skillgate_domain::partnership::Command;
use skillgate_domain::principal::Action;

refusals!(AUTHENTICATED, KEYED, OF_ONE, MOVE);

/// Takes an invitation back.
#[utoipa::path(
    post,
    path = "/api/communities/{community}/partnerships/{partnership}/cancel",
    operation_id = "cancel_invitation",
    tag = "partnerships",
    params(("community" = String, Path), ("partnership" = i64, Path, minimum = 1), IdempotencyKey),
    responses((status = 200, description = "The partnership from now on", body = MovedView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Part(id): Part<PartnershipId>,
) -> Result<Json<MovedView>, Problem> {
    let of = (&community, id);
    let seen = app
        .partnerships
        .command(&caller, of, |_| {
            vec![(Action::CancelInvitation, Command::Cancel)]
        })
        .await?;
    Ok(Json(views::moved(&seen)))
}
