//! `POST /api/tokens`

use crate::app::App;
use crate::extract::{Auth, Json as Body};
use crate::idempotency::ShownOnce;
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, IssuedToken, TokenRequest};
use axum::extract::State;
use axum::{Extension, Json};
use http::StatusCode;
use skillgate_app::tokens::Issuer;

refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    &[Kind::Forbidden, Kind::TokenRequestInvalid]
);

/// Makes a token for the caller's community. The answer is the only place that ever shows it.
#[utoipa::path(
    post,
    path = "/api/tokens",
    operation_id = "issue_token",
    tag = "tokens",
    params(IdempotencyKey),
    request_body = TokenRequest,
    responses((status = 201, description = "The token, with its secret", body = IssuedToken), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Body(request): Body<TokenRequest>,
) -> Result<(StatusCode, Extension<ShownOnce>, Json<IssuedToken>), Problem> {
    let new = request.decode(caller.community.clone())?;
    let (record, text) = app.tokens.issue(Issuer::Caller(&caller), new).await?;
    let view = views::issued(&record, &text);
    Ok((StatusCode::CREATED, Extension(ShownOnce), Json(view)))
}
