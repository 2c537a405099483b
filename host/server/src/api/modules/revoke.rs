//! `DELETE /api/modules/{module}/grants/{grant}`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::problem::Problem;
use axum::extract::State;
use http::StatusCode;
use skillgate_domain::ids::{GrantId, SubmissionId};

/// Takes a grant back.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(module): Part<SubmissionId>,
    Part(grant): Part<GrantId>,
) -> Result<StatusCode, Problem> {
    app.modules.revoke(&caller, module, grant).await?;
    Ok(StatusCode::NO_CONTENT)
}
