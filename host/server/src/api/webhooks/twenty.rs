//! `POST /webhooks/twenty`

use crate::app::App;
use crate::extract::Delivery;
use crate::openapi::refusals;
use crate::problem::{Kind, Problem};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use skillgate_app::ports::{Notice, NoticeRefusal};
use utoipa::ToSchema;

/// That the delivery came.
#[derive(Serialize, ToSchema)]
pub(crate) struct Received {
    received: bool,
}

refusals!(&[
    Kind::HostBusy,
    Kind::RouteNotFound,
    Kind::WebhookNotValid,
    Kind::BodyTooLarge,
    Kind::BodyUnreadable,
    Kind::BodyInvalid,
    Kind::RequestTimeout,
    Kind::Internal,
]);

/// Takes what a Twenty workspace tells of a record that changed: it is read anew. Where no secret is configured, there
/// is no such route.
#[utoipa::path(
    post,
    path = "/webhooks/twenty",
    operation_id = "twenty_webhook",
    tag = "webhooks",
    security(("webhook" = [])),
    params(("X-Twenty-Webhook-Timestamp" = String, Header, description = "When it was sent, in milliseconds since 1970; at most five minutes from now")),
    request_body(content = Object, description = "The event, as Twenty sends it; only kind and id of the record count"),
    responses((status = 200, description = "It came, now or before", body = Received), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    delivery: Delivery,
) -> Result<Json<Received>, Problem> {
    let notices = app.notices.as_ref();
    let notices = notices.ok_or(Problem::new(Kind::RouteNotFound))?;
    let notice = Notice {
        timestamp: &delivery.timestamp,
        signature: &delivery.signature,
        body: &delivery.body,
    };
    notices.take(&notice).map_err(|refusal| match refusal {
        NoticeRefusal::Body => Problem::new(Kind::BodyInvalid),
        // Which of them it was is nobody's business but the operator's.
        NoticeRefusal::Form
        | NoticeRefusal::Window
        | NoticeRefusal::Signature
        | NoticeRefusal::Workspace => Problem::new(Kind::WebhookNotValid),
    })?;
    Ok(Json(Received { received: true }))
}
