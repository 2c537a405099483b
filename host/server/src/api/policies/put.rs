//! `PUT /api/policies`

use crate::app::App;
use crate::extract::{Auth, Json as Body};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, NewPolicies, PoliciesView};
use axum::Json;
use axum::extract::State;

refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    &[
        Kind::Forbidden,
        Kind::PoliciesInvalid,
        Kind::PoliciesLockOutAdmins,
        Kind::PoliciesChanged
    ]
);

/// Replaces the policies, if the version the caller looked at is still in force.
#[utoipa::path(
    put,
    path = "/api/policies",
    operation_id = "put_policies",
    tag = "policies",
    params(IdempotencyKey),
    request_body = NewPolicies,
    responses((status = 200, description = "The policies in force from now on", body = PoliciesView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Body(new): Body<NewPolicies>,
) -> Result<Json<PoliciesView>, Problem> {
    let put = app
        .policies
        .put(&caller, new.text, new.expected_version)
        .await?;
    Ok(Json(views::policies(&put)))
}
