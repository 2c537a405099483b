//! `POST /api/skills/{skill}/unfreeze`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, StandingView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::SkillName;

refusals!(
    AUTHENTICATED,
    KEYED,
    &[
        Kind::InvalidPath,
        Kind::Forbidden,
        Kind::OwnModule,
        Kind::SkillNotFound
    ]
);

/// Lets a stopped skill be called again.
#[utoipa::path(
    post,
    path = "/api/skills/{skill}/unfreeze",
    operation_id = "unfreeze_skill",
    tag = "skills",
    params(("skill" = String, Path, description = "A skill's name"), IdempotencyKey),
    responses((status = 200, description = "May be called again", body = StandingView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(skill): Part<SkillName>,
) -> Result<Json<StandingView>, Problem> {
    let standing = app.modules.unfreeze(&caller, &skill).await?;
    Ok(Json(views::standing(&skill, &standing)))
}
