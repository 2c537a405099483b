//! `POST /tez/{tez}/reply`

use crate::app::App;
use crate::extract::{Auth, LongJson as Body, Part};
use crate::openapi::{IdempotencyKey, JSON_BODY, KEYED, relay_refusals};
use crate::problem::{Kind, Problem};
use crate::views::tez::{self, Data, ReplyRequest, ReplyView};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use skillgate_domain::ids::TezId;

/// What may refuse an answer.
const REPLY: &[Kind] = &[
    Kind::InvalidPath,
    Kind::TezForbidden,
    Kind::TezNotFound,
    Kind::TezInvalid,
    Kind::RelayFull,
];

relay_refusals!(KEYED, JSON_BODY, REPLY);

/// Answers a Tez, to its sender and its recipients.
#[utoipa::path(
    post,
    path = "/tez/{tez}/reply",
    operation_id = "reply_tez",
    tag = "tez",
    params(("tez" = String, Path, format = "uuid"), IdempotencyKey),
    request_body = ReplyRequest,
    responses((status = 201, description = "The answer", body = Data<ReplyView>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(parent): Part<TezId>,
    Body(request): Body<ReplyRequest>,
) -> Result<(StatusCode, Json<Data<ReplyView>>), Problem> {
    let head = app.relay.reply(&caller, parent, request.decode()).await?;
    Ok((StatusCode::CREATED, Json(tez::tez_reply(&head))))
}
