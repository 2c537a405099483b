//! `GET /api/policies/history`

use crate::app::App;
use crate::extract::{Auth, Query};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, PolicyHistory};
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
    path = "/api/policies/history",
    operation_id = "list_policy_versions",
    tag = "policies",
    params(Page),
    responses((status = 200, description = "Versions, newest first", body = PolicyHistory), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Query(page): Query<Page>,
) -> Result<Json<PolicyHistory>, Problem> {
    let history = app.policies.history(&caller, page.before).await?;
    Ok(Json(views::policy_history(&history)))
}
