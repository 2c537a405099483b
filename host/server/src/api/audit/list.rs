//! `GET /api/audit`

use crate::app::App;
use crate::extract::{Auth, Query};
use crate::problem::Problem;
use crate::views::{self, AuditQuery};
use axum::Json;
use axum::extract::State;
use serde_json::Value;

/// Lists what happened in the caller's community, newest first.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Value>, Problem> {
    let (filter, limit) = query.decode()?;
    let page = app.audit.list(&caller, &filter, limit).await?;
    Ok(Json(views::audit_page(&page, limit)))
}
