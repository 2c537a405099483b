//! `POST /tez/{tez}/expansions`

use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{IdempotencyKey, JSON_BODY, KEYED, relay_refusals};
use crate::problem::{Kind, Problem};
use crate::views::tez::{self, AskRequest, Data, ExpansionView};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use skillgate_domain::ids::TezId;

/// What may refuse a question.
const ASK: &[Kind] = &[
    Kind::InvalidPath,
    Kind::TezForbidden,
    Kind::TezNotFound,
    Kind::TezInvalid,
    Kind::ContextNotFound,
    Kind::ContextRedacted,
    Kind::RelayFull,
];

relay_refusals!(KEYED, JSON_BODY, ASK);

/// Asks the sender of a Tez for more of a record that it speaks of. The same question again, while it
/// waits, is the same question.
#[utoipa::path(
    post,
    path = "/tez/{tez}/expansions",
    operation_id = "ask_expansion",
    tag = "tez",
    params(("tez" = String, Path, format = "uuid"), IdempotencyKey),
    request_body = AskRequest,
    responses((status = 201, description = "The question", body = Data<ExpansionView>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<TezId>,
    Body(request): Body<AskRequest>,
) -> Result<(StatusCode, Json<Data<ExpansionView>>), Problem> {
    let standing = app.expansions.ask(&caller, id, request.decode()?).await?;
    Ok((StatusCode::CREATED, Json(tez::expansion(&standing))))
}
