//! `POST /api/policies/validate`

use crate::app::App;
use crate::extract::{Auth, Json as Body};
use crate::problem::Problem;
use crate::views::{self, PolicyText};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

/// Checks a text and keeps nothing.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Body(body): Body<PolicyText>,
) -> Result<Json<Value>, Problem> {
    let listed = app.policies.validate(&caller, &body.text).await?;
    Ok(Json(json!({ "policies": views::policy_list(&listed) })))
}
