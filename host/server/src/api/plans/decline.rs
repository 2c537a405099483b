//! `POST /api/plans/{plan}/decline`

use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, PlanSeen, PlanView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::PlanId;

refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    &[
        Kind::InvalidPath,
        Kind::Forbidden,
        Kind::SkillOutOfScope,
        Kind::PlanNotFound,
        Kind::PlanDigestDiffers,
        Kind::PlanExpired,
        Kind::PlanBegun,
    ]
);

/// Says no to a plan, for good. A call that waits for it is refused.
#[utoipa::path(
    post,
    path = "/api/plans/{plan}/decline",
    operation_id = "decline_plan",
    tag = "plans",
    params(("plan" = String, Path, format = "uuid"), IdempotencyKey),
    request_body = PlanSeen,
    responses((status = 200, description = "The plan, of which nothing happens", body = PlanView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(plan): Part<PlanId>,
    Body(seen): Body<PlanSeen>,
) -> Result<Json<PlanView>, Problem> {
    let standing = app.plans.decline(&caller, plan, &seen.digest()?).await?;
    Ok(Json(views::plan(&standing)))
}
