//! `GET /api/docs`

use super::Docs;
use crate::openapi::{content_security_policy, refusals};
use crate::problem::Kind;
use axum::Extension;
use axum::response::{Html, IntoResponse};
use http::header;

refusals!(&[Kind::Internal]);

/// Describes every route, for people.
#[utoipa::path(
    get,
    path = "/api/docs",
    operation_id = "docs",
    tag = "docs",
    security(()),
    responses((status = 200, description = "A page", body = String, content_type = "text/html"), Refusals)
)]
pub(crate) async fn handler(Extension(docs): Extension<Docs>) -> impl IntoResponse {
    let policy = (header::CONTENT_SECURITY_POLICY, content_security_policy());
    ([policy], Html(docs.page))
}
