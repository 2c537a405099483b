//! `GET /api/modules`

use crate::app::App;
use crate::extract::Auth;
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, ModuleList};
use axum::Json;
use axum::extract::State;

refusals!(AUTHENTICATED, &[Kind::Forbidden, Kind::ManifestInvalid]);

/// Lists what was handed in, newest first.
#[utoipa::path(
    get,
    path = "/api/modules",
    operation_id = "list_modules",
    tag = "modules",
    responses((status = 200, description = "Modules, newest first", body = ModuleList), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
) -> Result<Json<ModuleList>, Problem> {
    let modules = app.modules.list(&caller).await?;
    Ok(Json(views::modules(&modules)))
}
