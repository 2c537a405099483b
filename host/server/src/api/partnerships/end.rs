//! `DELETE /api/communities/{community}/partnerships/{partnership}`

use super::{MOVE, OF_ONE, SAID};
use crate::app::App;
use crate::extract::{Auth, OptionalJson as Body, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::Problem;
use crate::views::{self, EndRequest, MovedView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::{CommunityId, PartnershipId};
use skillgate_domain::partnership::Command;
use skillgate_domain::principal::Action;

refusals!(AUTHENTICATED, KEYED, JSON_BODY, OF_ONE, SAID, MOVE);

/// Ends a partnership for good. It stays in the history.
#[utoipa::path(
    delete,
    path = "/api/communities/{community}/partnerships/{partnership}",
    operation_id = "end_partnership",
    tag = "partnerships",
    params(("community" = String, Path), ("partnership" = i64, Path, minimum = 1), IdempotencyKey),
    request_body = Option<EndRequest>,
    responses((status = 200, description = "The partnership from now on", body = MovedView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Part(id): Part<PartnershipId>,
    Body(request): Body<EndRequest>,
) -> Result<Json<MovedView>, Problem> {
    let reason = request.read()?;
    let of = (&community, id);
    let end = |_| {
        let reason = reason.clone();
        vec![(Action::EndPartnership, Command::End { reason })]
    };
    let seen = app.partnerships.command(&caller, of, end).await?;
    Ok(Json(views::moved(&seen)))
}
