//! `POST /api/skills/{skill}/rollback`

use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::problem::Problem;
use crate::views::{self, RollBack};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde_json::Value;
use skillgate_domain::ids::SkillName;

/// Goes back to the version of a skill that was granted before.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(skill): Part<SkillName>,
    Body(request): Body<RollBack>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let expected = request.expected_generation();
    let grant = app.modules.roll_back(&caller, &skill, expected).await?;
    Ok((StatusCode::CREATED, Json(views::grant(&grant))))
}
