//! `PUT /api/community-settings`

use crate::app::App;
use crate::extract::{Auth, Json as Body};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, NewSettings, SettingsView};
use axum::Json;
use axum::extract::State;

refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    &[
        Kind::Forbidden,
        Kind::SettingsInvalid,
        Kind::CoordinatorNotGranted,
        Kind::SettingsChanged
    ]
);

/// Replaces the community's settings, if the version the caller looked at is still in force. They hold from
/// the next call on.
#[utoipa::path(
    put,
    path = "/api/community-settings",
    operation_id = "put_community_settings",
    tag = "community settings",
    params(IdempotencyKey),
    request_body = NewSettings,
    responses((status = 200, description = "The settings in force from now on", body = SettingsView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Body(new): Body<NewSettings>,
) -> Result<Json<SettingsView>, Problem> {
    let settings = app.settings.put(&caller, new.read(), new.expected_version);
    Ok(Json(views::community_settings(&settings.await?)))
}
