//! `POST /api/plans/{plan}/apply`

use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::problem::{Kind, Problem};
use crate::views::{self, PlanApproval};
use axum::Json;
use axum::extract::State;
use serde_json::Value;
use skillgate_domain::ids::PlanId;

/// Lets happen what a plan says. It goes on when its caller leaves: half a plan is nobody's wish.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(plan): Part<PlanId>,
    Body(approval): Body<PlanApproval>,
) -> Result<Json<Value>, Problem> {
    let digest = approval.digest()?;
    let plans = app.plans.clone();
    let work = async move { plans.apply(&caller, plan, &digest).await };
    let done = app.tasks.spawn(work).await;
    let standing = done.map_err(|_| Problem::new(Kind::Internal))??;
    Ok(Json(views::plan(&standing)))
}
