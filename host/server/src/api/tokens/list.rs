//! `GET /api/tokens`

use crate::app::App;
use crate::extract::Auth;
use crate::problem::Problem;
use crate::views;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use skillgate_app::tokens::Issuer;

/// Lists the community's tokens, newest first.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
) -> Result<Json<Value>, Problem> {
    let tokens = app
        .tokens
        .list(Issuer::Caller(&caller), &caller.community)
        .await?;
    let tokens: Value = tokens.iter().map(views::token).collect();
    Ok(Json(json!({ "tokens": tokens })))
}
