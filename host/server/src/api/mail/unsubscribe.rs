//! `POST /api/mail/unsubscribe`

use super::MailLink;
use crate::app::App;
use crate::extract::Query;
use crate::openapi::refusals;
use crate::problem::{Kind, Problem};
use axum::extract::State;
use axum::response::Html;

refusals!(&[
    Kind::HostBusy,
    Kind::QueryInvalid,
    Kind::MemberNotFound,
    Kind::StorageBusy,
    Kind::StorageFull,
    Kind::StorageUnavailable,
    Kind::Internal,
]);

const PAGE: &str = include_str!("unsubscribed.html");

/// Has no more mail come to whoever the key is of. The button of the page does so, and one click in a reader of mail
/// (RFC 8058); the key is all that is asked for.
#[utoipa::path(
    post,
    path = "/api/mail/unsubscribe",
    operation_id = "unsubscribe",
    tag = "communities",
    security(()),
    params(MailLink),
    responses((status = 200, description = "No more mail comes", body = String, content_type = "text/html"), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Query(link): Query<MailLink>,
) -> Result<Html<&'static str>, Problem> {
    app.members.unsubscribe(&link.read()?).await?;
    Ok(Html(PAGE))
}
