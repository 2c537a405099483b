//! `POST /api/crm/workflows/plans/{plan}/apply`

use super::Data;
use crate::api::plans::apply::{APPLY, apply};
use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, mypa_refusals};
use crate::problem::Problem;
use crate::views::PlanSeen;
use crate::views::crm::CoordinatedPlan;
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::PlanId;

mypa_refusals!(AUTHENTICATED, KEYED, JSON_BODY, APPLY);

/// Lets happen what a plan says, once. It goes on when its caller leaves.
#[utoipa::path(
    post,
    path = "/api/crm/workflows/plans/{plan}/apply",
    operation_id = "crm_apply_plan",
    tag = "crm",
    params(("plan" = String, Path, format = "uuid"), IdempotencyKey),
    request_body = PlanSeen,
    responses((status = 200, description = "The plan, and what came of its effects", body = Data<CoordinatedPlan>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(plan): Part<PlanId>,
    Body(approval): Body<PlanSeen>,
) -> Result<Json<Data<CoordinatedPlan>>, Problem> {
    let standing = apply(&app, caller, plan, &approval).await?;
    let data = CoordinatedPlan::of(&standing);
    Ok(Json(Data { data }))
}
