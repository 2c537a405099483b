//! `DELETE /api/modules/{module}/grants/{grant}`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, KEYED, refusals};
use crate::problem::{Kind, Problem};
use axum::extract::State;
use http::StatusCode;
use skillgate_domain::ids::{GrantId, SubmissionId};

refusals!(
    AUTHENTICATED,
    KEYED,
    &[Kind::InvalidPath, Kind::Forbidden, Kind::ModuleNotFound]
);

/// Takes a grant back.
#[utoipa::path(
    delete,
    path = "/api/modules/{module}/grants/{grant}",
    operation_id = "revoke_grant",
    tag = "modules",
    params(("module" = String, Path, format = "uuid"), ("grant" = String, Path, format = "uuid"), IdempotencyKey),
    responses((status = 204, description = "Taken back"), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(module): Part<SubmissionId>,
    Part(grant): Part<GrantId>,
) -> Result<StatusCode, Problem> {
    app.modules.revoke(&caller, module, grant).await?;
    Ok(StatusCode::NO_CONTENT)
}
