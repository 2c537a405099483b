//! `POST /api/skills/{skill}/unfreeze`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::problem::Problem;
use crate::views;
use axum::Json;
use axum::extract::State;
use serde_json::Value;
use skillgate_domain::ids::SkillName;

/// Lets a stopped skill be called again.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(skill): Part<SkillName>,
) -> Result<Json<Value>, Problem> {
    let standing = app.modules.unfreeze(&caller, &skill).await?;
    Ok(Json(views::standing(&skill, &standing)))
}
