//! `GET /api/crm/workflows/status`

use super::Data;
use crate::app::App;
use crate::extract::Auth;
use crate::openapi::{AUTHENTICATED, mypa_refusals};
use crate::problem::{Kind, Problem};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use skillgate_app::integrations::{Integration, Standing};
use utoipa::ToSchema;

/// What workflows can count on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkflowStatus {
    twenty: Twenty,
    openclaw: Openclaw,
    pa_workspace: PaWorkspace,
}

/// The CRM.
#[derive(Debug, Serialize, ToSchema)]
struct Twenty {
    configured: bool,
    /// Why it is not.
    #[schema(required)]
    reason: Option<&'static str>,
}

/// The agent that plans.
#[derive(Debug, Serialize, ToSchema)]
struct Openclaw {
    configured: bool,
}

/// Mailbox and calendar.
#[derive(Debug, Serialize, ToSchema)]
struct PaWorkspace {
    configured: bool,
    reachable: bool,
    message: &'static str,
}

mypa_refusals!(AUTHENTICATED, &[Kind::Forbidden]);

/// Tells what workflows can count on.
#[utoipa::path(
    get,
    path = "/api/crm/workflows/status",
    operation_id = "crm_workflow_status",
    tag = "crm",
    responses((status = 200, description = "What is there", body = Data<WorkflowStatus>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
) -> Result<Json<Data<WorkflowStatus>>, Problem> {
    let all = &app.integrations;
    all.permit(&caller).await?;
    let workspace = all.check(Integration::PaWorkspace).await;
    Ok(Json(Data {
        data: WorkflowStatus {
            twenty: Twenty {
                configured: true,
                reason: None,
            },
            openclaw: Openclaw {
                configured: all.planner_address().is_some(),
            },
            pa_workspace: PaWorkspace {
                configured: workspace != Standing::NotConfigured,
                reachable: workspace == Standing::Reachable,
                message: workspace_message(workspace),
            },
        },
    }))
}

/// Says how the workspace stands.
pub(super) const fn workspace_message(standing: Standing) -> &'static str {
    match standing {
        Standing::NotConfigured => "PA Workspace is not configured",
        Standing::Reachable => "PA Workspace answers",
        Standing::Unreachable(_) => "PA Workspace does not answer",
    }
}
