//! `GET /api/skills`

use crate::app::App;
use crate::extract::Auth;
use crate::problem::Problem;
use crate::views;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

/// Lists the skills that the caller can invoke.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
) -> Result<Json<Value>, Problem> {
    let skills = app.invocations.skills(&caller).await?;
    let skills: Value = skills.iter().map(views::skill_summary).collect();
    Ok(Json(json!({ "skills": skills })))
}
