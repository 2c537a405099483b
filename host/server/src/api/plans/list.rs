//! `GET /api/plans`

use crate::app::App;
use crate::extract::Auth;
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::Problem;
use crate::views::{self, PlanList};
use axum::Json;
use axum::extract::State;

refusals!(AUTHENTICATED);

/// Lists the plans of the caller, and of the agents that act for it, that can be applied.
#[utoipa::path(
    get,
    path = "/api/plans",
    operation_id = "list_plans",
    tag = "plans",
    responses((status = 200, description = "Plans, the newest first; at most 100", body = PlanList), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
) -> Result<Json<PlanList>, Problem> {
    let open = app.plans.open(&caller).await?;
    Ok(Json(views::plans(&open)))
}
