//! `GET /api/community-settings/versions`

use crate::app::App;
use crate::extract::{Auth, Query};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, SettingsHistory};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

/// Where a page begins.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// Only versions before this one.
    before: Option<u32>,
}

refusals!(AUTHENTICATED, &[Kind::QueryInvalid, Kind::Forbidden]);

/// Lists what was put, newest first.
#[utoipa::path(
    get,
    path = "/api/community-settings/versions",
    operation_id = "list_community_settings_versions",
    tag = "community settings",
    params(Page),
    responses((status = 200, description = "Versions, newest first", body = SettingsHistory), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Query(page): Query<Page>,
) -> Result<Json<SettingsHistory>, Problem> {
    let history = app.settings.history(&caller, page.before).await?;
    Ok(Json(views::settings_history(&history)))
}
