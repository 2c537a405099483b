//! `POST /api/skills/{skill}/rollback`

use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, GrantView, RollBack};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use skillgate_domain::ids::SkillName;

refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    &[
        Kind::InvalidPath,
        Kind::Forbidden,
        Kind::OwnModule,
        Kind::SkillNotFound,
        Kind::ManifestInvalid,
        Kind::GrantChanged,
        Kind::PartnershipInactive,
        Kind::RollBackRefused
    ]
);

/// Goes back to the version of a skill that was granted before.
#[utoipa::path(
    post,
    path = "/api/skills/{skill}/rollback",
    operation_id = "roll_back_skill",
    tag = "skills",
    params(("skill" = String, Path, description = "A skill's name"), IdempotencyKey),
    request_body = RollBack,
    responses((status = 201, description = "The grant", body = GrantView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(skill): Part<SkillName>,
    Body(request): Body<RollBack>,
) -> Result<(StatusCode, Json<GrantView>), Problem> {
    let expected = request.expected_generation();
    let grant = app.modules.roll_back(&caller, &skill, expected).await?;
    Ok((StatusCode::CREATED, Json(views::grant(&grant))))
}
