//! `GET /api/skills`

use crate::app::App;
use crate::extract::Auth;
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, SkillList};
use axum::Json;
use axum::extract::State;

refusals!(AUTHENTICATED, &[Kind::Forbidden]);

/// Lists the skills that the caller can invoke.
#[utoipa::path(
    get,
    path = "/api/skills",
    operation_id = "list_skills",
    tag = "skills",
    responses((status = 200, description = "Skills, by name", body = SkillList), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
) -> Result<Json<SkillList>, Problem> {
    let skills = app.invocations.skills(&caller).await?;
    Ok(Json(views::skills(&skills)))
}
