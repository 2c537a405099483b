//! `GET /api/modules`

use crate::app::App;
use crate::extract::Auth;
use crate::problem::Problem;
use crate::views;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

/// Lists what was handed in, newest first.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
) -> Result<Json<Value>, Problem> {
    let modules = app.modules.list(&caller).await?;
    let modules: Value = modules.iter().map(views::module_summary).collect();
    Ok(Json(json!({ "modules": modules })))
}
