//! `POST /api/crm/tez-context`

use super::DataWith;
use super::show::SHOW;
use crate::app::App;
use crate::extract::{Auth, Checked, entity_id, published};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, mypa_refusals};
use crate::problem::Problem;
use crate::views::crm::{ContextItem, ContextLayer, EntityType, Summary, context, layer, summary};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use skillgate_domain::crm::EntryRef;
use utoipa::ToSchema;

/// What to do with the answer.
const USAGE: &str = "Give contextLayers to cards, or relayContext to a relay's /tez/share.";

/// Which record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContextRequest {
    #[schema(inline)]
    entity_type: EntityType,
    #[schema(min_length = 1, max_length = 200)]
    entity_id: String,
}

published!(ContextRequest);

/// A record, and what of it may be passed on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CrmContext)]
pub(crate) struct Made {
    entity_type: EntityType,
    #[schema(format = "uuid")]
    entity_id: String,
    summary: Summary,
    /// What may be passed on, as cards take it.
    context_layers: Vec<ContextLayer>,
    /// What may be passed on, as relays take it.
    relay_context: Vec<ContextItem>,
}

/// How the answer is used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Usage {
    pub(super) usage: &'static str,
}

mypa_refusals!(AUTHENTICATED, KEYED, JSON_BODY, SHOW);

/// Makes context for a Tez of a record: what may be passed on, and where it comes from.
#[utoipa::path(
    post,
    path = "/api/crm/tez-context",
    operation_id = "crm_tez_context",
    tag = "crm",
    params(IdempotencyKey),
    request_body = ContextRequest,
    responses((status = 200, description = "The context", body = DataWith<Made, Usage>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    sent: Checked<ContextRequest>,
) -> Result<Json<DataWith<Made, Usage>>, Problem> {
    let entity_type = sent.body.entity_type;
    let target = EntryRef {
        object: entity_type.object(),
        id: entity_id(&sent.body.entity_id)?,
    };
    let (snapshot, company) = app.records.snapshot(&caller, target).await?;
    Ok(Json(DataWith {
        data: Made {
            entity_type,
            entity_id: target.id.to_string(),
            context_layers: vec![layer(&snapshot)],
            relay_context: context(&snapshot),
            summary: summary(&snapshot.record, company),
        },
        meta: Usage { usage: USAGE },
    }))
}
