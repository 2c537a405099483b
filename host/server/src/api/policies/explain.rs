//! `POST /api/policies/explain`

use crate::app::App;
use crate::extract::{Auth, Json as Body};
use crate::problem::Problem;
use crate::views::{self, PolicyQuestion};
use axum::Json;
use axum::extract::State;
use serde_json::Value;

/// Tells how the policies in force decide, and why.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Body(question): Body<PolicyQuestion>,
) -> Result<Json<Value>, Problem> {
    let (subject, action, resource) = question.decode(&caller.community)?;
    let explanation = app
        .policies
        .explain(&caller, &subject, action, &resource)
        .await?;
    Ok(Json(views::explanation(&explanation)))
}
