//! `GET /api/policies`

use crate::app::App;
use crate::extract::Auth;
use crate::problem::Problem;
use crate::views;
use axum::Json;
use axum::extract::State;
use serde_json::Value;

/// Shows the policies in force.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
) -> Result<Json<Value>, Problem> {
    let policies = app.policies.current(&caller).await?;
    Ok(Json(views::policies(&policies)))
}
