//! `POST /api/modules`

use crate::app::App;
use crate::extract::{Auth, module_form};
use crate::problem::Problem;
use crate::views;
use axum::Json;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartRejection};
use http::StatusCode;
use serde_json::Value;

/// Takes a component with its manifest.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    form: Result<Multipart, MultipartRejection>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let form = module_form(form).await?;
    let component = form.component.as_ref().into();
    let module = app
        .modules
        .submit(&caller, form.manifest, component)
        .await?;
    Ok((StatusCode::CREATED, Json(views::module(&module))))
}
