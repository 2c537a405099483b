use crate::limits::UPLOAD_READ_MAX;
use crate::problem::{Kind, Problem};
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use bytes::Bytes;
use http::StatusCode;
use utoipa::ToSchema;

/// A module as handed in. Its use case checks both parts.
pub(crate) struct ModuleForm {
    pub(crate) manifest: String,
    pub(crate) component: Bytes,
}

/// How the form looks on the wire.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the form is read as a stream; this only describes it"
)]
pub(crate) struct FormParts {
    /// The manifest: JSON.
    manifest: String,
    /// The component: WASM.
    #[schema(value_type = String, format = Binary)]
    component: Bytes,
}

/// Reads the form within [`UPLOAD_READ_MAX`].
pub(crate) async fn module_form(
    form: Result<Multipart, MultipartRejection>,
) -> Result<ModuleForm, Problem> {
    let form = form.map_err(|_| Problem::new(Kind::UnsupportedMediaType))?;
    tokio::time::timeout(UPLOAD_READ_MAX, read(form))
        .await
        .unwrap_or_else(|_| Err(Problem::new(Kind::RequestTimeout)))
}

async fn read(mut form: Multipart) -> Result<ModuleForm, Problem> {
    let (mut manifest, mut component) = (None, None);
    while let Some(field) = form.next_field().await.map_err(refusal)? {
        let slot = match field.name() {
            Some("manifest") => &mut manifest,
            Some("component") => &mut component,
            _ => return Err(invalid("a part is neither `manifest` nor `component`")),
        };
        if slot
            .replace(field.bytes().await.map_err(refusal)?)
            .is_some()
        {
            return Err(invalid("a part is there twice"));
        }
    }
    let manifest = manifest.ok_or_else(|| invalid("the part `manifest` is missing"))?;
    let component = component.ok_or_else(|| invalid("the part `component` is missing"))?;
    let manifest = String::from_utf8(manifest.into())
        .map_err(|_| invalid("the part `manifest` is not UTF-8"))?;
    Ok(ModuleForm {
        manifest,
        component,
    })
}

fn invalid(why: &str) -> Problem {
    Problem::with_detail(Kind::FormInvalid, why)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape `map_err` takes")]
fn refusal(error: MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Kind::BodyTooLarge),
        _ => invalid("the form is broken or broke off"),
    }
}
