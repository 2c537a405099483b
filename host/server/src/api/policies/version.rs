//! `GET /api/policies/versions/{version}`

use crate::app::App;
use crate::extract::{Auth, Part, PolicyNumber};
use crate::problem::Problem;
use crate::views;
use axum::Json;
use axum::extract::State;
use serde_json::Value;

/// Shows a version, in force or not.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(PolicyNumber(version)): Part<PolicyNumber>,
) -> Result<Json<Value>, Problem> {
    let policies = app.policies.version(&caller, version).await?;
    Ok(Json(views::policies(&policies)))
}
