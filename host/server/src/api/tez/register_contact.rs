//! `POST /contacts/register`

use crate::app::App;
use crate::extract::{Auth, Json as Body};
use crate::openapi::{IdempotencyKey, JSON_BODY, KEYED, relay_refusals};
use crate::problem::{Kind, Problem};
use crate::views::tez::{self, ContactRequest, ContactView, Data};
use axum::Json;
use axum::extract::State;
use http::StatusCode;

relay_refusals!(KEYED, JSON_BODY, &[Kind::TezInvalid]);

/// Keeps how the caller is called.
#[utoipa::path(
    post,
    path = "/contacts/register",
    operation_id = "register_contact",
    tag = "tez",
    params(IdempotencyKey),
    request_body = ContactRequest,
    responses((status = 201, description = "What is kept", body = Data<ContactView>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Body(request): Body<ContactRequest>,
) -> Result<(StatusCode, Json<Data<ContactView>>), Problem> {
    let (name, email) = (&request.display_name, request.email.as_deref());
    let contact = app.relay.register_contact(&caller, name, email).await?;
    Ok((StatusCode::CREATED, Json(tez::contact(&contact))))
}
