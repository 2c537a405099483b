//! `GET /api/tokens`

use crate::app::App;
use crate::extract::Auth;
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, TokenList};
use axum::Json;
use axum::extract::State;
use skillgate_app::tokens::Issuer;

refusals!(AUTHENTICATED, &[Kind::Forbidden]);

/// Lists the community's tokens, newest first.
#[utoipa::path(
    get,
    path = "/api/tokens",
    operation_id = "list_tokens",
    tag = "tokens",
    responses((status = 200, description = "Tokens, newest first", body = TokenList), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
) -> Result<Json<TokenList>, Problem> {
    let tokens = app
        .tokens
        .list(Issuer::Caller(&caller), &caller.community)
        .await?;
    Ok(Json(views::tokens(&tokens)))
}
