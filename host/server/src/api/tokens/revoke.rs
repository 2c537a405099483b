//! `DELETE /api/tokens/{token}`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, KEYED, refusals};
use crate::problem::{Kind, Problem};
use axum::extract::State;
use http::StatusCode;
use skillgate_app::tokens::Issuer;
use skillgate_domain::ids::TokenId;

refusals!(
    AUTHENTICATED,
    KEYED,
    &[Kind::InvalidPath, Kind::Forbidden, Kind::TokenNotFound]
);

/// Takes a token back.
#[utoipa::path(
    delete,
    path = "/api/tokens/{token}",
    operation_id = "revoke_token",
    tag = "tokens",
    params(("token" = String, Path, format = "uuid"), IdempotencyKey),
    responses((status = 204, description = "Taken back"), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<TokenId>,
) -> Result<StatusCode, Problem> {
    app.tokens
        .revoke(Issuer::Caller(&caller), &caller.community, id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
