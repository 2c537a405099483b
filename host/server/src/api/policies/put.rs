//! `PUT /api/policies`

use crate::app::App;
use crate::extract::{Auth, Json as Body};
use crate::problem::Problem;
use crate::views::{self, NewPolicies};
use axum::Json;
use axum::extract::State;
use serde_json::Value;

/// Replaces the policies, if the version the caller looked at is still in force.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Body(new): Body<NewPolicies>,
) -> Result<Json<Value>, Problem> {
    let put = app
        .policies
        .put(&caller, new.text, new.expected_version)
        .await?;
    Ok(Json(views::policies(&put)))
}
