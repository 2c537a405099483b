//! `POST /api/egress/explain`

use crate::app::App;
use crate::extract::{Auth, Json as Body};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, ExplainedRequest, RequestQuestion};
use axum::Json;
use axum::extract::State;

refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    &[Kind::Forbidden, Kind::ModuleNotFound]
);

/// Tells which rule of a skill's grant allows a request, or what stops it. Nothing is sent to the address; its name
/// is looked up.
#[utoipa::path(
    post,
    path = "/api/egress/explain",
    operation_id = "explain_request",
    tag = "requests of skills",
    params(IdempotencyKey),
    request_body = RequestQuestion,
    responses((status = 200, description = "What each rule says, and the address", body = ExplainedRequest), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Body(question): Body<RequestQuestion>,
) -> Result<Json<ExplainedRequest>, Problem> {
    let (skill, method, target) = question.decode()?;
    let asked = (method, &target);
    let explanation = app.ways_out.explain(&caller, &skill, asked).await?;
    Ok(Json(views::explained_request(asked, &explanation)))
}
