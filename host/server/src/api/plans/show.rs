//! `GET /api/plans/{plan}`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, PlanView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::PlanId;

refusals!(
    AUTHENTICATED,
    &[
        Kind::InvalidPath,
        Kind::Forbidden,
        Kind::SkillOutOfScope,
        Kind::PlanNotFound
    ]
);

/// Shows a plan and what became of it.
#[utoipa::path(
    get,
    path = "/api/plans/{plan}",
    operation_id = "show_plan",
    tag = "plans",
    params(("plan" = String, Path, format = "uuid")),
    responses((status = 200, description = "The plan", body = PlanView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(plan): Part<PlanId>,
) -> Result<Json<PlanView>, Problem> {
    let standing = app.plans.show(&caller, plan).await?;
    Ok(Json(views::plan(&standing)))
}
