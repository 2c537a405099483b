//! `DELETE /api/modules/{module}/offer`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, ModuleView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::SubmissionId;

refusals!(
    AUTHENTICATED,
    KEYED,
    &[
        Kind::InvalidPath,
        Kind::Forbidden,
        Kind::ModuleNotFound,
        Kind::ManifestInvalid,
        Kind::ModuleOfPartner
    ]
);

/// Lets no more partners take it over. Those that did keep it.
#[utoipa::path(
    delete,
    path = "/api/modules/{module}/offer",
    operation_id = "withdraw_module",
    tag = "modules",
    params(("module" = String, Path, format = "uuid"), IdempotencyKey),
    responses((status = 200, description = "The module, offered no more", body = ModuleView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<SubmissionId>,
) -> Result<Json<ModuleView>, Problem> {
    let module = app.modules.withdraw(&caller, id).await?;
    Ok(Json(views::module(&module)))
}
