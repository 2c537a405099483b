//! `POST /api/tokens`

use crate::app::App;
use crate::extract::{Auth, Json as Body};
use crate::idempotency::ShownOnce;
use crate::problem::Problem;
use crate::views::{self, TokenRequest};
use axum::extract::State;
use axum::{Extension, Json};
use http::StatusCode;
use secrecy::ExposeSecret;
use serde_json::Value;
use skillgate_app::tokens::Issuer;

/// Makes a token for the caller's community. The answer is the only place that ever shows it.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Body(request): Body<TokenRequest>,
) -> Result<(StatusCode, Extension<ShownOnce>, Json<Value>), Problem> {
    let new = request.decode(caller.community.clone())?;
    let (record, text) = app.tokens.issue(Issuer::Caller(&caller), new).await?;
    let mut view = views::token(&record);
    view["token"] = text.expose_secret().into();
    Ok((StatusCode::CREATED, Extension(ShownOnce), Json(view)))
}
