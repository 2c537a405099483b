//! `GET /api/audit`

use crate::app::App;
use crate::extract::{Auth, Query};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, AuditPage, AuditQuery};
use axum::Json;
use axum::extract::State;

refusals!(AUTHENTICATED, &[Kind::QueryInvalid, Kind::Forbidden]);

/// Lists what happened in the caller's community, newest first.
#[utoipa::path(
    get,
    path = "/api/audit",
    operation_id = "list_audit",
    tag = "audit",
    params(AuditQuery),
    responses((status = 200, description = "Records, newest first", body = AuditPage), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Query(query): Query<AuditQuery>,
) -> Result<Json<AuditPage>, Problem> {
    let (filter, limit) = query.decode()?;
    let page = app.audit.list(&caller, &filter, limit).await?;
    Ok(Json(views::audit_page(&page, limit)))
}
