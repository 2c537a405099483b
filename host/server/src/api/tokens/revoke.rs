//! `DELETE /api/tokens/{token}`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::problem::Problem;
use axum::extract::State;
use http::StatusCode;
use skillgate_app::tokens::Issuer;
use skillgate_domain::ids::TokenId;

/// Takes a token back.
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
