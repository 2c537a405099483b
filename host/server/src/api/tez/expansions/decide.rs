//! `POST /tez/{tez}/expansions/{expansion}/decide`

use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{IdempotencyKey, JSON_BODY, KEYED, relay_refusals};
use crate::problem::{Kind, Problem};
use crate::views::tez::{self, Data, DecideRequest, ExpansionView};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::{ExpansionId, TezId};

/// What may refuse a decision.
const DECIDE: &[Kind] = &[
    Kind::InvalidPath,
    Kind::TezForbidden,
    Kind::TezNotFound,
    Kind::TezInvalid,
    Kind::ExpansionNotFound,
    Kind::ExpansionDecided,
    Kind::ExpansionExpired,
    Kind::ContextRedacted,
    Kind::RelayFull,
    Kind::SkillOutOfScope,
    Kind::CrmNotFound,
    Kind::CrmDenied,
    Kind::CrmRateLimited,
    Kind::CrmUnavailable,
];

relay_refusals!(KEYED, JSON_BODY, DECIDE);

/// Says of each field that somebody asked for whether it is let out, once. What is, is read as the caller
/// and answered to whoever asked, in the thread.
#[utoipa::path(
    post,
    path = "/tez/{tez}/expansions/{expansion}/decide",
    operation_id = "decide_expansion",
    tag = "tez",
    params(
        ("tez" = String, Path, format = "uuid"),
        ("expansion" = String, Path, format = "uuid"),
        IdempotencyKey
    ),
    request_body = DecideRequest,
    responses((status = 200, description = "The question, decided", body = Data<ExpansionView>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<TezId>,
    Part(expansion): Part<ExpansionId>,
    Body(request): Body<DecideRequest>,
) -> Result<Json<Data<ExpansionView>>, Problem> {
    let decided = request.decode();
    let standing = app
        .expansions
        .decide(&caller, id, expansion, &decided)
        .await?;
    Ok(Json(tez::expansion(&standing)))
}
