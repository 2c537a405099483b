//! `GET /api/policies/history`

use crate::app::App;
use crate::extract::{Auth, Query};
use crate::problem::Problem;
use crate::views;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;

/// Where a page begins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// Only versions before this one.
    before: Option<u32>,
}

/// Lists what was put, newest first.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let history = app.policies.history(&caller, page.before).await?;
    Ok(Json(views::policy_history(&history)))
}
