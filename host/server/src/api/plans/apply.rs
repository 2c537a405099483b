//! `POST /api/plans/{plan}/apply`

use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, PlanSeen, PlanView};
use axum::Json;
use axum::extract::State;
use skillgate_app::plans::PlanStanding;
use skillgate_domain::ids::PlanId;
use skillgate_domain::principal::Principal;

/// What may refuse to apply a plan.
pub(crate) const APPLY: &[Kind] = &[
    Kind::InvalidPath,
    Kind::Forbidden,
    Kind::SkillOutOfScope,
    Kind::PlanNotFound,
    Kind::PlanDigestDiffers,
    Kind::PlanExpired,
    Kind::PlanGrantChanged,
    Kind::PlanDenied,
    Kind::PlanSharingNarrowed,
    Kind::PlanRecordChanged,
    Kind::RequiresConfirmation,
    Kind::PlanDeclined,
    Kind::PlanBeingApplied,
    Kind::PlanUnreadable,
];

refusals!(AUTHENTICATED, KEYED, JSON_BODY, APPLY);

/// Lets happen what a plan says. It goes on when its caller leaves: half a plan is nobody's wish.
#[utoipa::path(
    post,
    path = "/api/plans/{plan}/apply",
    operation_id = "apply_plan",
    tag = "plans",
    params(("plan" = String, Path, format = "uuid"), IdempotencyKey),
    request_body = PlanSeen,
    responses((status = 200, description = "The plan, and what came of its effects", body = PlanView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(plan): Part<PlanId>,
    Body(approval): Body<PlanSeen>,
) -> Result<Json<PlanView>, Problem> {
    let standing = apply(&app, caller, plan, &approval).await?;
    Ok(Json(views::plan(&standing)))
}

/// Applies what was approved, to its end.
pub(crate) async fn apply(
    app: &App,
    caller: Principal,
    plan: PlanId,
    approval: &PlanSeen,
) -> Result<PlanStanding, Problem> {
    let (plans, digest) = (app.plans.clone(), approval.digest()?);
    let work = async move { plans.apply(&caller, plan, &digest).await };
    Ok(app.to_its_end(work).await??)
}
