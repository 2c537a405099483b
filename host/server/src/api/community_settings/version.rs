//! `GET /api/community-settings/versions/{version}`

use crate::app::App;
use crate::extract::{Auth, Part, SettingsNumber};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, SettingsView};
use axum::Json;
use axum::extract::State;

refusals!(
    AUTHENTICATED,
    &[Kind::InvalidPath, Kind::Forbidden, Kind::SettingsNotFound]
);

/// Shows a version of the community's settings, in force or not.
#[utoipa::path(
    get,
    path = "/api/community-settings/versions/{version}",
    operation_id = "show_community_settings_version",
    tag = "community settings",
    params(("version" = u32, Path, description = "A version's number; 0 is what is shipped")),
    responses((status = 200, description = "The settings of that version", body = SettingsView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(SettingsNumber(version)): Part<SettingsNumber>,
) -> Result<Json<SettingsView>, Problem> {
    let settings = app.settings.version(&caller, version).await?;
    Ok(Json(views::community_settings(&settings)))
}
