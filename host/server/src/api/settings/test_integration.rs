//! `POST /api/settings/team/test-integration`

use crate::api::crm::Data;
use crate::app::App;
use crate::extract::{Auth, Checked, published};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, mypa_refusals};
use crate::problem::{Kind, Problem};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use skillgate_app::integrations::{Integration, Standing};
use utoipa::ToSchema;

/// What to look at.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct TestRequest {
    /// `twenty`, `openclaw` or `paWorkspace`.
    #[schema(min_length = 1, max_length = 64)]
    integration: String,
}

published!(TestRequest);

/// Whether it answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tested {
    success: bool,
    message: String,
}

mypa_refusals!(
    AUTHENTICATED,
    KEYED,
    JSON_BODY,
    &[Kind::Forbidden, Kind::IntegrationUnknown]
);

/// Looks whether something the host is connected to answers.
#[utoipa::path(
    post,
    path = "/api/settings/team/test-integration",
    operation_id = "test_integration",
    tag = "settings",
    params(IdempotencyKey),
    request_body = TestRequest,
    responses((status = 200, description = "Whether it answers", body = Data<Tested>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    sent: Checked<TestRequest>,
) -> Result<Json<Data<Tested>>, Problem> {
    let integration = Integration::from_name(&sent.body.integration);
    let integration = integration.ok_or(Problem::new(Kind::IntegrationUnknown))?;
    app.integrations.permit(&caller).await?;
    let (success, message) = match app.integrations.check(integration).await {
        Standing::Reachable => (true, "It answers.".to_owned()),
        Standing::NotConfigured => (false, "It is not configured.".to_owned()),
        Standing::Unreachable(code) => (false, format!("It does not answer: {code}.")),
    };
    Ok(Json(Data {
        data: Tested { success, message },
    }))
}
