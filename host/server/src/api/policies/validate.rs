//! `POST /api/policies/validate`

use crate::app::App;
use crate::extract::{Auth, Json as Body};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, PolicyList, PolicyText};
use axum::Json;
use axum::extract::State;

refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    &[Kind::Forbidden, Kind::PoliciesInvalid]
);

/// Checks a text and keeps nothing.
#[utoipa::path(
    post,
    path = "/api/policies/validate",
    operation_id = "validate_policies",
    tag = "policies",
    params(IdempotencyKey),
    request_body = PolicyText,
    responses((status = 200, description = "The policies of the text, in its order", body = PolicyList), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Body(body): Body<PolicyText>,
) -> Result<Json<PolicyList>, Problem> {
    let listed = app.policies.validate(&caller, &body.text).await?;
    Ok(Json(views::policy_list(&listed)))
}
