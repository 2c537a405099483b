//! `GET /api/modules/{module}`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, ModuleView};
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

/// Shows what a module asks for, and what it was given.
#[utoipa::path(
    get,
    path = "/api/modules/{module}",
    operation_id = "show_module",
    tag = "modules",
    params(("module" = String, Path, format = "uuid")),
    responses((status = 200, description = "The module", body = ModuleView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<SubmissionId>,
) -> Result<Json<ModuleView>, Problem> {
    let module = app.modules.show(&caller, id).await?;
    Ok(Json(views::module(&module)))
}
