//! `GET /api/mail/unsubscribe`

use super::MailLink;
use crate::extract::Query;
use crate::openapi::refusals;
use crate::problem::{Kind, Problem};
use axum::response::{Html, IntoResponse};
use http::header;

refusals!(&[Kind::HostBusy, Kind::QueryInvalid, Kind::Internal]);

/// Nothing is loaded, and the one form leads back here.
const POLICY: &str =
    "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Its form goes to where the page is, key included.
const PAGE: &str = include_str!("ask.html");

/// Asks whether no more mail is wanted: programs follow links of their own accord, and change nothing by that.
#[utoipa::path(
    get,
    path = "/api/mail/unsubscribe",
    operation_id = "ask_unsubscribe",
    tag = "communities",
    security(()),
    params(MailLink),
    responses((status = 200, description = "A page with a button", body = String, content_type = "text/html"), Refusals)
)]
pub(crate) async fn handler(Query(link): Query<MailLink>) -> Result<impl IntoResponse, Problem> {
    link.read()?;
    Ok(([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE)))
}
