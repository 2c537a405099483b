//! `GET /api/modules/{module}`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::problem::Problem;
use crate::views;
use axum::Json;
use axum::extract::State;
use serde_json::Value;
use skillgate_domain::ids::SubmissionId;

/// Shows what a module asks for, and what it was given.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<SubmissionId>,
) -> Result<Json<Value>, Problem> {
    let module = app.modules.show(&caller, id).await?;
    Ok(Json(views::module(&module)))
}
