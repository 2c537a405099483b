//! `GET /api/modules/{module}/diff`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, DiffView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::SubmissionId;

refusals!(
    AUTHENTICATED,
    &[
        Kind::InvalidPath,
        Kind::Forbidden,
        Kind::ModuleNotFound,
        Kind::ManifestInvalid
    ]
);

/// Shows what granting a module as it asks would change.
#[utoipa::path(
    get,
    path = "/api/modules/{module}/diff",
    operation_id = "diff_module",
    tag = "modules",
    params(("module" = String, Path, format = "uuid")),
    responses((status = 200, description = "The differences", body = DiffView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<SubmissionId>,
) -> Result<Json<DiffView>, Problem> {
    let diff = app.modules.diff(&caller, id).await?;
    Ok(Json(views::diff(&diff)))
}
