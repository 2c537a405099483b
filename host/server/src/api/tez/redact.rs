//! `POST /tez/{tez}/context/{context}/redact`

use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{IdempotencyKey, JSON_BODY, KEYED, relay_refusals};
use crate::problem::{Kind, Problem};
use crate::views::tez::{self, ContextView, Data, RedactRequest};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::{ContextId, TezId};

/// What may refuse to take something out.
const REDACT: &[Kind] = &[
    Kind::InvalidPath,
    Kind::TezForbidden,
    Kind::TezNotFound,
    Kind::TezInvalid,
    Kind::ContextNotFound,
];

relay_refusals!(KEYED, JSON_BODY, REDACT);

/// Takes an item of context out of a Tez, for good: its sender does, or an admin.
#[utoipa::path(
    post,
    path = "/tez/{tez}/context/{context}/redact",
    operation_id = "redact_tez",
    tag = "tez",
    params(
        ("tez" = String, Path, format = "uuid"),
        ("context" = String, Path, format = "uuid"),
        IdempotencyKey
    ),
    request_body = RedactRequest,
    responses((status = 200, description = "What is left of the item", body = Data<ContextView>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<TezId>,
    Part(context): Part<ContextId>,
    Body(request): Body<RedactRequest>,
) -> Result<Json<Data<ContextView>>, Problem> {
    let kept = app
        .relay
        .redact(&caller, id, context, &request.reason)
        .await?;
    Ok(Json(tez::tez_item(id, &kept)))
}
