//! `GET /api/settings/team`

use crate::api::crm::Data;
use crate::app::App;
use crate::extract::Auth;
use crate::openapi::{AUTHENTICATED, mypa_refusals};
use crate::problem::{Kind, Problem};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use skillgate_app::integrations::CrmPlace;
use utoipa::ToSchema;

/// The caller's community and what it is connected to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamSettings {
    id: String,
    twenty_configured: bool,
    /// Where the CRM is; nothing where it is embedded.
    #[schema(required)]
    twenty_api_url: Option<String>,
    openclaw_configured: bool,
    #[schema(required)]
    openclaw_url: Option<String>,
}

mypa_refusals!(AUTHENTICATED, &[Kind::Forbidden]);

/// Shows what the caller's community is connected to.
#[utoipa::path(
    get,
    path = "/api/settings/team",
    operation_id = "team_settings",
    tag = "settings",
    responses((status = 200, description = "The settings", body = Data<TeamSettings>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
) -> Result<Json<Data<TeamSettings>>, Problem> {
    let all = &app.integrations;
    all.permit(&caller).await?;
    let planner = all.planner_address();
    Ok(Json(Data {
        data: TeamSettings {
            id: caller.community.to_string(),
            twenty_configured: true,
            twenty_api_url: match all.crm_place() {
                CrmPlace::Embedded => None,
                CrmPlace::Remote(address) => Some(address.clone()),
            },
            openclaw_configured: planner.is_some(),
            openclaw_url: planner.map(str::to_owned),
        },
    }))
}
