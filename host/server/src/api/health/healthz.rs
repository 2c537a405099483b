//! `GET /healthz`

use crate::openapi::refusals;
use crate::problem::Kind;
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// That the process answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    status: &'static str,
}

refusals!(&[Kind::Internal]);

/// Tells that the process answers.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "healthz",
    tag = "health",
    security(()),
    responses((status = 200, description = "The process answers", body = Health), Refusals)
)]
pub(crate) async fn handler() -> Json<Health> {
    Json(Health { status: "ok" })
}
