//! `PUT /api/crm/tasks`

use super::Data;
use super::collection::{RECORDS, WRITE};
use crate::app::App;
use crate::extract::{Auth, Checked, entity_id, invalid, published};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, mypa_refusals};
use crate::problem::Problem;
use crate::views::crm::{EntityType, Payload, Summary, changes, entity, summary};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillgate_app::broker::Upserted;
use skillgate_domain::crm::{EntryRef, ObjectKind};
use utoipa::ToSchema;

/// A task to make, or to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CrmTaskUpsert)]
pub(crate) struct TaskUpsert {
    /// The task, to change a known one. Without it, an open task of the same title about the first record is
    /// changed; without a record, the due date must agree too.
    #[schema(min_length = 1, max_length = 200)]
    entity_id: Option<String>,
    #[serde(flatten)]
    #[schema(inline)]
    fields: Payload,
    /// The people and opportunities that it is about.
    #[serde(default)]
    #[schema(max_items = 10, inline)]
    about: Vec<About>,
}

/// A record that a task is about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CrmTaskAbout)]
struct About {
    #[schema(inline)]
    entity_type: EntityType,
    #[schema(min_length = 1, max_length = 200)]
    entity_id: String,
}

published!(TaskUpsert);

/// A task that was made or changed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CrmUpsertedTask)]
pub(crate) struct UpsertedTask {
    entity_type: EntityType,
    #[schema(format = "uuid")]
    entity_id: String,
    /// Whether it is new.
    created: bool,
    summary: Summary,
    /// The task in the CRM's own shape.
    entity: Value,
    /// The first record that it could not be attached to. The task itself is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    unlinked: Option<Unlinked>,
}

/// A record that a task is not attached to, and why.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CrmUnlinked)]
struct Unlinked {
    #[schema(format = "uuid")]
    entity_id: String,
    /// A stable code.
    code: String,
    message: String,
}

mypa_refusals!(AUTHENTICATED, KEYED, JSON_BODY, RECORDS, WRITE);

/// Changes a task, or makes one, and attaches it to people and opportunities.
#[utoipa::path(
    put,
    path = "/api/crm/tasks",
    operation_id = "upsert_task",
    tag = "crm",
    params(IdempotencyKey),
    request_body = TaskUpsert,
    responses(
        (status = 200, description = "The task, changed", body = Data<UpsertedTask>),
        (status = 201, description = "The task, made", body = Data<UpsertedTask>),
        Refusals
    )
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    sent: Checked<TaskUpsert>,
) -> Result<(StatusCode, Json<Data<UpsertedTask>>), Problem> {
    let asked = &sent.body;
    let id = asked.entity_id.as_deref().map(entity_id).transpose()?;
    let changes = changes(ObjectKind::Task, &asked.fields.payload);
    let changes = changes.map_err(|faults| invalid(&faults))?;
    let about = asked.about.iter().map(|about| {
        let object = about.entity_type.object();
        entity_id(&about.entity_id).map(|id| EntryRef { object, id })
    });
    let about: Vec<_> = about.collect::<Result<_, _>>()?;
    let made = app
        .records
        .upsert_task(&caller, id, (&changes, &about), &sent.bytes)
        .await?;
    let created = made.upserted == Upserted::Created;
    let status = if created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let data = UpsertedTask {
        entity_type: EntityType::Task,
        entity_id: made.task.id.to_string(),
        created,
        summary: summary(&made.task, None),
        entity: entity(&made.task),
        unlinked: made.unlinked.map(|(target, cause)| Unlinked {
            entity_id: target.id.to_string(),
            code: cause.code().to_owned(),
            message: cause.told().message,
        }),
    };
    Ok((status, Json(Data { data })))
}
