//! `POST /api/communities/{community}/partnerships/{partnership}/respond`

use super::{MOVE, OF_ONE, SAID};
use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::Problem;
use crate::views::{self, MovedView, RespondRequest};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::{CommunityId, PartnershipId};
use skillgate_domain::principal::Action;

refusals!(AUTHENTICATED, KEYED, JSON_BODY, OF_ONE, SAID, MOVE);

/// Accepts an invitation or a counter-offer, or says no. A yes with other permissions is a counter-offer.
#[utoipa::path(
    post,
    path = "/api/communities/{community}/partnerships/{partnership}/respond",
    operation_id = "answer_invitation",
    tag = "partnerships",
    params(("community" = String, Path), ("partnership" = i64, Path, minimum = 1), IdempotencyKey),
    request_body = RespondRequest,
    responses((status = 200, description = "The partnership from now on", body = MovedView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Part(id): Part<PartnershipId>,
    Body(request): Body<RespondRequest>,
) -> Result<Json<MovedView>, Problem> {
    let command = request.read()?;
    let of = (&community, id);
    let seen = app
        .partnerships
        .command(&caller, of, |side| {
            vec![(Action::AnswerInvitation, command(side))]
        })
        .await?;
    Ok(Json(views::moved(&seen)))
}
