//! `POST /api/modules/{module}/grants`

use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::problem::Problem;
use crate::views::{self, Terms};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde_json::Value;
use skillgate_domain::ids::SubmissionId;

/// Grants a module, perhaps less than it asks for.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<SubmissionId>,
    Body(terms): Body<Terms>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let grant = app.modules.grant(&caller, id, terms.decode()?).await?;
    Ok((StatusCode::CREATED, Json(views::grant(&grant))))
}
