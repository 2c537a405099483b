//! `POST /api/modules/offers/{module}`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, ModuleView};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use skillgate_domain::ids::SubmissionId;

refusals!(
    AUTHENTICATED,
    KEYED,
    &[
        Kind::InvalidPath,
        Kind::Forbidden,
        Kind::ModuleNotFound,
        Kind::ManifestInvalid,
        Kind::AlreadySubmitted
    ]
);

/// Takes over a module that a partner offers, so that it can be granted here. It runs while the two are partners.
#[utoipa::path(
    post,
    path = "/api/modules/offers/{module}",
    operation_id = "adopt_module",
    tag = "modules",
    params(("module" = String, Path, format = "uuid"), IdempotencyKey),
    responses((status = 201, description = "The module as it is here", body = ModuleView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<SubmissionId>,
) -> Result<(StatusCode, Json<ModuleView>), Problem> {
    let module = app.modules.adopt(&caller, id).await?;
    Ok((StatusCode::CREATED, Json(views::module(&module))))
}
