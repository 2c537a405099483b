//! `POST /api/policies/explain`

use crate::app::App;
use crate::extract::{Auth, Json as Body};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, ExplanationView, PolicyQuestion};
use axum::Json;
use axum::extract::State;

refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    &[Kind::Forbidden, Kind::PolicyQuestionInvalid]
);

/// Tells how the policies in force decide, and why.
#[utoipa::path(
    post,
    path = "/api/policies/explain",
    operation_id = "explain_policies",
    tag = "policies",
    params(IdempotencyKey),
    request_body = PolicyQuestion,
    responses((status = 200, description = "The answer, and what it rests on", body = ExplanationView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Body(question): Body<PolicyQuestion>,
) -> Result<Json<ExplanationView>, Problem> {
    let (subject, action, resource) = question.decode(&caller.community)?;
    let explanation = app
        .policies
        .explain(&caller, &subject, action, &resource)
        .await?;
    Ok(Json(views::explanation(&explanation)))
}
