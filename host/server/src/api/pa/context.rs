//! `GET /api/pa/context`

use crate::api::crm::Data;
use crate::app::App;
use crate::extract::Auth;
use crate::openapi::{AUTHENTICATED, mypa_refusals};
use crate::problem::{Kind, Problem};
use crate::views::RoleName;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// For whom an assistant works, and what it can count on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PaContext {
    user: PaUser,
    integrations: PaIntegrations,
}

/// For whom.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PaUser {
    id: String,
    team_id: String,
    role: RoleName,
}

/// What it can count on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PaIntegrations {
    openclaw_configured: bool,
    twenty_configured: bool,
    notifications_enabled: bool,
}

mypa_refusals!(AUTHENTICATED, &[Kind::Forbidden]);

/// Tells an assistant for whom it works, and what it can count on.
#[utoipa::path(
    get,
    path = "/api/pa/context",
    operation_id = "pa_context",
    tag = "settings",
    responses((status = 200, description = "The context", body = Data<PaContext>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
) -> Result<Json<Data<PaContext>>, Problem> {
    let all = &app.integrations;
    all.permit(&caller).await?;
    Ok(Json(Data {
        data: PaContext {
            user: PaUser {
                id: caller.user.to_string(),
                team_id: caller.community.to_string(),
                role: RoleName(caller.role),
            },
            integrations: PaIntegrations {
                openclaw_configured: all.planner_address().is_some(),
                twenty_configured: true,
                notifications_enabled: false,
            },
        },
    }))
}
