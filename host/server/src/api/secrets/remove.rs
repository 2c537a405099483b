//! `DELETE /api/secrets/{skill}/{secret}`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use axum::extract::State;
use http::StatusCode;
use skillgate_domain::ids::{CredentialName, SkillName};

refusals!(
    AUTHENTICATED,
    &[
        Kind::InvalidPath,
        Kind::Forbidden,
        Kind::SkillNotFound,
        Kind::SecretNotFound
    ]
);

/// Takes a secret back. Requests of the skill that need it fail from the next one on.
#[utoipa::path(
    delete,
    path = "/api/secrets/{skill}/{secret}",
    operation_id = "remove_secret",
    tag = "secrets",
    params(("skill" = String, Path), ("secret" = String, Path)),
    responses((status = 204, description = "Taken back"), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(skill): Part<SkillName>,
    Part(name): Part<CredentialName>,
) -> Result<StatusCode, Problem> {
    app.secrets.remove(&caller, (&skill, &name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
