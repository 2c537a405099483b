//! `GET /readyz`

use crate::app::App;
use crate::problem::{Kind, Problem};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

/// Tells whether the host can work, and which part cannot.
pub(crate) async fn handler(State(app): State<App>) -> Result<Json<Value>, Problem> {
    let report = app.readiness.report().await;
    let word = |part: Result<(), &'static str>| part.err().unwrap_or("ready");
    let parts = json!({ "storage": word(report.storage), "crm": word(report.crm) });
    if report.is_ready() {
        Ok(Json(json!({ "ready": true, "parts": parts })))
    } else {
        Err(Problem::new(Kind::NotReady).member("parts", parts))
    }
}
