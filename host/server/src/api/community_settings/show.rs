//! `GET /api/community-settings`

use crate::app::App;
use crate::extract::Auth;
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, SettingsView};
use axum::Json;
use axum::extract::State;

refusals!(AUTHENTICATED, &[Kind::Forbidden]);

/// Shows the community's settings in force.
#[utoipa::path(
    get,
    path = "/api/community-settings",
    operation_id = "show_community_settings",
    tag = "community settings",
    responses((status = 200, description = "The settings in force", body = SettingsView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
) -> Result<Json<SettingsView>, Problem> {
    let settings = app.settings.current(&caller).await?;
    Ok(Json(views::community_settings(&settings)))
}
