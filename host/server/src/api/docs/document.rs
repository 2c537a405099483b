//! `GET /api/openapi.json`

use super::Docs;
use crate::openapi::refusals;
use crate::problem::Kind;
use axum::Extension;
use axum::response::IntoResponse;
use http::header;

refusals!(&[Kind::Internal]);

/// Describes every route, for programs.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    operation_id = "openapi",
    tag = "docs",
    security(()),
    responses((status = 200, description = "An OpenAPI 3.1 document", body = Object), Refusals)
)]
pub(crate) async fn handler(Extension(docs): Extension<Docs>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], docs.document)
}
