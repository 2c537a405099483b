//! `GET /healthz`

use axum::Json;
use serde_json::{Value, json};

/// Tells that the process answers.
pub(crate) async fn handler() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
