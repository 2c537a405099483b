//! `POST /api/modules`

use crate::app::App;
use crate::extract::{Auth, FormParts, module_form};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, ModuleView};
use axum::Json;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartRejection};
use http::StatusCode;

/// What may refuse a module.
const SUBMIT: &[Kind] = &[
    Kind::UnsupportedMediaType,
    Kind::FormInvalid,
    Kind::BodyTooLarge,
    Kind::RequestTimeout,
    Kind::Forbidden,
    Kind::ManifestInvalid,
    Kind::ComponentTooLarge,
    Kind::NotAComponent,
    Kind::CoreModule,
    Kind::UnknownContract,
    Kind::NoGuestExport,
    Kind::UndeclaredImports,
    Kind::TooDemanding,
    Kind::AlreadySubmitted,
];

refusals!(AUTHENTICATED, KEYED, SUBMIT);

/// Takes a component with its manifest.
#[utoipa::path(
    post,
    path = "/api/modules",
    operation_id = "submit_module",
    tag = "modules",
    params(IdempotencyKey),
    request_body(content = FormParts, content_type = "multipart/form-data"),
    responses((status = 201, description = "The module as it was read", body = ModuleView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    form: Result<Multipart, MultipartRejection>,
) -> Result<(StatusCode, Json<ModuleView>), Problem> {
    let form = module_form(form).await?;
    let component = form.component.as_ref().into();
    let module = app
        .modules
        .submit(&caller, form.manifest, component)
        .await?;
    Ok((StatusCode::CREATED, Json(views::module(&module))))
}
