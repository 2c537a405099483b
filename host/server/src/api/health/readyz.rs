//! `GET /readyz`

use crate::app::App;
use crate::openapi::refusals;
use crate::problem::{Kind, Problem};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// That the host can work.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ready {
    parts: Parts,
    ready: bool,
}

/// Each part: `ready`.
#[derive(Serialize, ToSchema)]
struct Parts {
    crm: &'static str,
    storage: &'static str,
}

refusals!(&[Kind::NotReady, Kind::Internal]);

/// Tells whether the host can work, and which part cannot.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "readyz",
    tag = "health",
    security(()),
    responses((status = 200, description = "Everything works", body = Ready), Refusals)
)]
pub(crate) async fn handler(State(app): State<App>) -> Result<Json<Ready>, Problem> {
    let report = app.readiness.report().await;
    let word = |part: Result<(), &'static str>| part.err().unwrap_or("ready");
    let (crm, storage) = (word(report.crm), word(report.storage));
    if report.is_ready() {
        let parts = Parts { crm, storage };
        Ok(Json(Ready { parts, ready: true }))
    } else {
        let parts = json!({ "crm": crm, "storage": storage });
        Err(Problem::new(Kind::NotReady).member("parts", parts))
    }
}
