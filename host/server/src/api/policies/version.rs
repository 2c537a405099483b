//! `GET /api/policies/versions/{version}`

use crate::app::App;
use crate::extract::{Auth, Part, PolicyNumber};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, PoliciesView};
use axum::Json;
use axum::extract::State;

refusals!(
    AUTHENTICATED,
    &[Kind::InvalidPath, Kind::Forbidden, Kind::PoliciesNotFound]
);

/// Shows a version, in force or not.
#[utoipa::path(
    get,
    path = "/api/policies/versions/{version}",
    operation_id = "show_policy_version",
    tag = "policies",
    params(("version" = u32, Path, description = "A version's number; 0 is what is shipped")),
    responses((status = 200, description = "The policies of that version", body = PoliciesView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(PolicyNumber(version)): Part<PolicyNumber>,
) -> Result<Json<PoliciesView>, Problem> {
    let policies = app.policies.version(&caller, version).await?;
    Ok(Json(views::policies(&policies)))
}
