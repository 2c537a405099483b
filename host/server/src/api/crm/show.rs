//! `GET /api/crm/{entityType}/{entityId}`

use super::Data;
use crate::app::App;
use crate::extract::{Auth, Entity, EntityId};
use crate::openapi::{AUTHENTICATED, mypa_refusals};
use crate::problem::{Kind, Problem};
use crate::views::crm::{ContextItem, ContextLayer, EntityType, Summary, context, layer, summary};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use skillgate_domain::crm::EntryRef;
use utoipa::ToSchema;

/// A record, and what of it may be passed on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CrmEntity)]
pub(crate) struct Shown {
    entity_type: EntityType,
    #[schema(format = "uuid")]
    entity_id: String,
    summary: Summary,
    /// What may be passed on, as cards take it.
    tez_context_layer: ContextLayer,
    /// What may be passed on, as relays take it.
    relay_context: Vec<ContextItem>,
}

/// What may refuse to show a record.
pub(super) const SHOW: &[Kind] = &[
    Kind::InvalidPath,
    Kind::QueryInvalid,
    Kind::Forbidden,
    Kind::SkillOutOfScope,
    Kind::CrmDenied,
    Kind::CrmNotFound,
    Kind::CrmInvalid,
    Kind::CrmRateLimited,
    Kind::CrmUnavailable,
];

mypa_refusals!(AUTHENTICATED, SHOW);

/// Shows a record, and what of it may be passed on.
#[utoipa::path(
    get,
    path = "/api/crm/{entityType}/{entityId}",
    operation_id = "show_crm_entity",
    tag = "crm",
    params(
        ("entityType" = EntityType, Path),
        ("entityId" = String, Path, min_length = 1, max_length = 200),
    ),
    responses((status = 200, description = "The record", body = Data<Shown>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Entity(entity_type): Entity,
    EntityId(id): EntityId,
) -> Result<Json<Data<Shown>>, Problem> {
    let target = EntryRef {
        object: entity_type.object(),
        id: id?,
    };
    let (snapshot, company) = app.records.snapshot(&caller, target).await?;
    Ok(Json(Data {
        data: Shown {
            entity_type,
            entity_id: target.id.to_string(),
            tez_context_layer: layer(&snapshot),
            relay_context: context(&snapshot),
            summary: summary(&snapshot.record, company),
        },
    }))
}
