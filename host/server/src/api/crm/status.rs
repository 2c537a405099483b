//! `GET /api/crm/status`

use super::Data;
use crate::app::App;
use crate::extract::Auth;
use crate::openapi::{AUTHENTICATED, mypa_refusals};
use crate::problem::{Kind, Problem};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use skillgate_app::integrations::{CrmPlace, Integration, Standing};
use utoipa::ToSchema;

/// What the host is connected to, and whether it answers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the answer has them")]
pub(crate) struct CrmStatus {
    /// Whether there is a CRM. There always is: an embedded one where no other is set.
    configured: bool,
    reachable: bool,
    /// Why it is not reachable.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    message: String,
    openclaw_configured: bool,
    pa_workspace_configured: bool,
    pa_workspace_reachable: bool,
    pa_workspace_message: &'static str,
}

mypa_refusals!(AUTHENTICATED, &[Kind::Forbidden]);

/// Tells what the host is connected to, and whether it answers.
#[utoipa::path(
    get,
    path = "/api/crm/status",
    operation_id = "crm_status",
    tag = "crm",
    responses((status = 200, description = "What answers", body = Data<CrmStatus>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
) -> Result<Json<Data<CrmStatus>>, Problem> {
    let all = &app.integrations;
    all.permit(&caller).await?;
    let (report, workspace) =
        tokio::join!(app.readiness.report(), all.check(Integration::PaWorkspace),);
    let place = match all.crm_place() {
        CrmPlace::Embedded => "The embedded CRM",
        CrmPlace::Remote(_) => "Twenty CRM",
    };
    let (reason, word) = match report.crm {
        Ok(()) => (None, "answers"),
        Err(code) => (Some(code), "does not answer"),
    };
    Ok(Json(Data {
        data: CrmStatus {
            configured: true,
            reachable: report.crm.is_ok(),
            reason,
            message: format!("{place} {word}"),
            openclaw_configured: all.planner_address().is_some(),
            pa_workspace_configured: workspace != Standing::NotConfigured,
            pa_workspace_reachable: workspace == Standing::Reachable,
            pa_workspace_message: super::workflow_status::workspace_message(workspace),
        },
    }))
}
