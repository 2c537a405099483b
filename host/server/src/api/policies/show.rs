//! `GET /api/policies`

use crate::app::App;
use crate::extract::Auth;
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, PoliciesView};
use axum::Json;
use axum::extract::State;

refusals!(AUTHENTICATED, &[Kind::Forbidden]);

/// Shows the policies in force.
#[utoipa::path(
    get,
    path = "/api/policies",
    operation_id = "show_policies",
    tag = "policies",
    responses((status = 200, description = "The policies in force", body = PoliciesView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
) -> Result<Json<PoliciesView>, Problem> {
    let policies = app.policies.current(&caller).await?;
    Ok(Json(views::policies(&policies)))
}
