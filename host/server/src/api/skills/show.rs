//! `GET /api/skills/{skill}`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, SkillView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::SkillName;

refusals!(
    AUTHENTICATED,
    &[
        Kind::InvalidPath,
        Kind::Forbidden,
        Kind::SkillOutOfScope,
        Kind::SkillNotFound,
        Kind::SkillFrozen,
        Kind::PartnershipInactive
    ]
);

/// Describes one skill: its tools and their schemas.
#[utoipa::path(
    get,
    path = "/api/skills/{skill}",
    operation_id = "show_skill",
    tag = "skills",
    params(("skill" = String, Path, description = "A skill's name")),
    responses((status = 200, description = "The skill", body = SkillView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(skill): Part<SkillName>,
) -> Result<Json<SkillView>, Problem> {
    let skill = app.invocations.skill(&caller, &skill).await?;
    Ok(Json(views::skill(&skill)))
}
