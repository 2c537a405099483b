//! `GET /api/skills/{skill}`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::problem::Problem;
use crate::views;
use axum::Json;
use axum::extract::State;
use serde_json::Value;
use skillgate_domain::ids::SkillName;

/// Describes one skill: its tools and their schemas.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(skill): Part<SkillName>,
) -> Result<Json<Value>, Problem> {
    let skill = app.invocations.skill(&caller, &skill).await?;
    Ok(Json(views::skill(&skill)))
}
