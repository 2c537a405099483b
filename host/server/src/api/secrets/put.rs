//! `POST /api/secrets`

use crate::app::App;
use crate::extract::{Auth, Confidential};
use crate::openapi::{AUTHENTICATED, JSON_BODY, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, NewSecret, SecretView};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use skillgate_app::secrets::Giving;

refusals!(
    AUTHENTICATED,
    JSON_BODY,
    &[
        Kind::Forbidden,
        Kind::SecretInvalid,
        Kind::SecretPresent,
        Kind::SecretChanged,
        Kind::SecretsFull
    ]
);

/// Gives a skill a secret that it uses and never sees. It holds from the skill's next request on.
#[utoipa::path(
    post,
    path = "/api/secrets",
    operation_id = "put_secret",
    tag = "secrets",
    request_body = NewSecret,
    responses((status = 201, description = "The secret, never what it is", body = SecretView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Confidential(new): Confidential<NewSecret>,
) -> Result<(StatusCode, Json<SecretView>), Problem> {
    let (skill, name, text) = new.decode()?;
    let put = app.secrets.put(&caller, (&skill, &name), text, Giving::New);
    Ok((StatusCode::CREATED, Json(views::secret(&put.await?))))
}
