//! `GET /api/secrets`

use crate::app::App;
use crate::extract::{Auth, Query};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, SecretQuery, SecretsView};
use axum::Json;
use axum::extract::State;

refusals!(AUTHENTICATED, &[Kind::QueryInvalid, Kind::Forbidden]);

/// Lists the community's secrets by skill and name, never what they are.
#[utoipa::path(
    get,
    path = "/api/secrets",
    operation_id = "list_secrets",
    tag = "secrets",
    params(SecretQuery),
    responses((status = 200, description = "Secrets, by skill and name", body = SecretsView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Query(query): Query<SecretQuery>,
) -> Result<Json<SecretsView>, Problem> {
    let (skill, after) = query.decode()?;
    let after = after.as_ref().map(|(skill, name)| (skill, name));
    let lines = app.secrets.list(&caller, skill.as_ref(), after).await?;
    Ok(Json(views::secrets_page(&lines)))
}
