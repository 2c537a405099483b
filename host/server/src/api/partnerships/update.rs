//! `PUT /api/communities/{community}/partnerships/{partnership}`

use super::{MOVE, OF_ONE, SAID};
use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::Problem;
use crate::views::{self, MovedView, UpdateRequest};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::{CommunityId, PartnershipId};

refusals!(AUTHENTICATED, KEYED, JSON_BODY, OF_ONE, SAID, MOVE);

/// Suspends a partnership or lets it go on, and says what the partner is sent from now on: all that is asked, or
/// nothing.
#[utoipa::path(
    put,
    path = "/api/communities/{community}/partnerships/{partnership}",
    operation_id = "update_partnership",
    tag = "partnerships",
    params(("community" = String, Path), ("partnership" = i64, Path, minimum = 1), IdempotencyKey),
    request_body = UpdateRequest,
    responses((status = 200, description = "The partnership from now on", body = MovedView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Part(id): Part<PartnershipId>,
    Body(request): Body<UpdateRequest>,
) -> Result<Json<MovedView>, Problem> {
    let commands = request.read()?;
    let of = (&community, id);
    let seen = app.partnerships.command(&caller, of, |_| commands.clone());
    Ok(Json(views::moved(&seen.await?)))
}
