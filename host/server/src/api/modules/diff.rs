//! `GET /api/modules/{module}/diff`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::problem::Problem;
use crate::views;
use axum::Json;
use axum::extract::State;
use serde_json::Value;
use skillgate_domain::ids::SubmissionId;

/// Shows what granting a module as it asks would change.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<SubmissionId>,
) -> Result<Json<Value>, Problem> {
    let diff = app.modules.diff(&caller, id).await?;
    Ok(Json(views::diff(&diff)))
}
