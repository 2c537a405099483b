//! `PUT /api/secrets/{skill}/{secret}`

use crate::app::App;
use crate::extract::{Auth, Confidential, Part};
use crate::openapi::{AUTHENTICATED, JSON_BODY, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, SecretText, SecretView};
use axum::Json;
use axum::extract::State;
use skillgate_app::secrets::Giving;
use skillgate_domain::ids::{CredentialName, SkillName};

refusals!(
    AUTHENTICATED,
    JSON_BODY,
    &[
        Kind::InvalidPath,
        Kind::Forbidden,
        Kind::SkillNotFound,
        Kind::SecretInvalid,
        Kind::SecretNotFound,
        Kind::SecretChanged,
        Kind::SecretsFull
    ]
);

/// Puts another secret in the place of one. It holds from the skill's next request on.
#[utoipa::path(
    put,
    path = "/api/secrets/{skill}/{secret}",
    operation_id = "rotate_secret",
    tag = "secrets",
    params(("skill" = String, Path), ("secret" = String, Path)),
    request_body = SecretText,
    responses((status = 200, description = "The secret, never what it is", body = SecretView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(skill): Part<SkillName>,
    Part(name): Part<CredentialName>,
    Confidential(next): Confidential<SecretText>,
) -> Result<Json<SecretView>, Problem> {
    let of = (&skill, &name);
    let put = app.secrets.put(&caller, of, next.text, Giving::Rotation);
    Ok(Json(views::secret(&put.await?)))
}
