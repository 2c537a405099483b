//! `POST /api/modules/{module}/grants`

use crate::app::App;
use crate::extract::{Auth, Json as Body, Part};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, GrantView, Terms};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use skillgate_domain::ids::SubmissionId;

refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    &[
        Kind::InvalidPath,
        Kind::Forbidden,
        Kind::OwnModule,
        Kind::PartnershipInactive,
        Kind::ModuleNotFound,
        Kind::ManifestInvalid,
        Kind::GrantTooWide,
        Kind::SettingRefused,
        Kind::GrantToolUnknown,
        Kind::CarryOverAlone,
        Kind::NothingToCarryOver,
        Kind::GrantChanged
    ]
);

/// Grants a module, perhaps less than it asks for.
#[utoipa::path(
    post,
    path = "/api/modules/{module}/grants",
    operation_id = "grant_module",
    tag = "modules",
    params(("module" = String, Path, format = "uuid"), IdempotencyKey),
    request_body = Terms,
    responses((status = 201, description = "The grant", body = GrantView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<SubmissionId>,
    Body(terms): Body<Terms>,
) -> Result<(StatusCode, Json<GrantView>), Problem> {
    let grant = app.modules.grant(&caller, id, terms.decode()?).await?;
    Ok((StatusCode::CREATED, Json(views::grant(&grant))))
}
