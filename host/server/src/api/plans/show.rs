//! `GET /api/plans/{plan}`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::problem::Problem;
use crate::views;
use axum::Json;
use axum::extract::State;
use serde_json::Value;
use skillgate_domain::ids::PlanId;

/// Shows a plan and what became of it.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(plan): Part<PlanId>,
) -> Result<Json<Value>, Problem> {
    let standing = app.plans.show(&caller, plan).await?;
    Ok(Json(views::plan(&standing)))
}
