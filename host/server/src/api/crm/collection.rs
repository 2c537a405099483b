//! `GET`, `POST` and `PATCH` of `/api/crm/people`, `/api/crm/opportunities` and `/api/crm/tasks`.

use super::{Data, DataWith};
use crate::app::App;
use crate::extract::{Checked, invalid, invalid_query};
use crate::problem::{Kind, Problem};
use crate::views::crm::{EntityType, Payload, Summary, changes, entity, summary};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillgate_app::records::Seen;
use skillgate_app::schema::Violation;
use skillgate_domain::ids::RecordId;
use skillgate_domain::limits::SEARCH_TEXT_BYTES_MAX;
use skillgate_domain::principal::Principal;
use utoipa::{IntoParams, ToSchema};

/// Records on a page that does not say how many.
const LIMIT_DEFAULT: u32 = 20;
/// Most records on a page.
const LIMIT_MAX: u32 = 100;

/// Which records.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Words that must all occur in the name, e-mail address or title.
    #[param(max_length = 500)]
    q: Option<String>,
    /// How many, 1 to 100; 20 when absent.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// How many others come before.
    #[param(minimum = 0)]
    offset: Option<u32>,
}

/// Records in short.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CrmItems)]
pub(crate) struct Items {
    items: Vec<Summary>,
}

/// Which part of all records this is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CrmPage)]
pub(crate) struct PageMeta {
    /// The words.
    #[schema(required)]
    q: Option<String>,
    /// Records on this page.
    count: usize,
    limit: u32,
    offset: u32,
    /// Records that match in all.
    total: u32,
    /// Whether there are more behind this page.
    has_more: bool,
}

/// A record that was made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CrmCreated)]
pub(crate) struct Created {
    entity_type: EntityType,
    summary: Summary,
    /// The record in the CRM's own shape.
    entity: Value,
}

/// A record that was changed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CrmUpdated)]
pub(crate) struct Updated {
    entity_type: EntityType,
    #[schema(format = "uuid")]
    entity_id: String,
    summary: Summary,
    /// The record in the CRM's own shape.
    entity: Value,
}

/// What may refuse any of it, beside what may refuse every caller.
pub(super) const RECORDS: &[Kind] = &[
    Kind::Forbidden,
    Kind::SkillOutOfScope,
    Kind::CrmDenied,
    Kind::CrmInvalid,
    Kind::CrmRateLimited,
    Kind::CrmUnavailable,
];
/// What may refuse a list.
const LIST: &[Kind] = &[Kind::QueryInvalid];
/// What may refuse a write.
pub(super) const WRITE: &[Kind] = &[
    Kind::CrmNotFound,
    Kind::CrmConflict,
    Kind::CrmOutcomeUnknown,
];

async fn list(
    app: &App,
    caller: &Principal,
    entity_type: EntityType,
    query: ListQuery,
) -> Result<DataWith<Items, PageMeta>, Problem> {
    let query = query.checked()?;
    let (limit, offset) = (
        query.limit.unwrap_or(LIMIT_DEFAULT),
        query.offset.unwrap_or(0),
    );
    let words = query.q.as_deref().filter(|words| !words.trim().is_empty());
    let object = entity_type.object();
    let found = app
        .records
        .search(caller, object, words, (limit, offset))
        .await?;
    let items: Vec<_> = found
        .items
        .into_iter()
        .map(|seen| summary(&seen.record, seen.company))
        .collect();
    Ok(DataWith {
        meta: PageMeta {
            count: items.len(),
            limit,
            offset,
            total: found.total,
            has_more: found.more,
            q: query.q,
        },
        data: Items { items },
    })
}

impl ListQuery {
    fn checked(self) -> Result<Self, Problem> {
        let mut found = Vec::new();
        let mut fault = |path: &str, problem: String| {
            let path = path.to_owned();
            found.push(Violation { path, problem });
        };
        if self
            .q
            .as_ref()
            .is_some_and(|q| q.len() > SEARCH_TEXT_BYTES_MAX)
        {
            fault("/q", format!("at most {SEARCH_TEXT_BYTES_MAX} bytes"));
        }
        if self
            .limit
            .is_some_and(|limit| !(1..=LIMIT_MAX).contains(&limit))
        {
            fault("/limit", format!("from 1 to {LIMIT_MAX}"));
        }
        if found.is_empty() {
            return Ok(self);
        }
        Err(invalid_query(&found))
    }
}

async fn create(
    app: &App,
    caller: &Principal,
    entity_type: EntityType,
    sent: &Checked<Payload>,
) -> Result<(StatusCode, Data<Created>), Problem> {
    let changes = changes(entity_type.object(), &sent.body.payload);
    let changes = changes.map_err(|faults| invalid(&faults))?;
    let made = app.records.create(caller, &changes, &sent.bytes).await?;
    let (entity, summary, _) = shown(made);
    let data = Created {
        entity_type,
        summary,
        entity,
    };
    Ok((StatusCode::CREATED, Data { data }))
}

async fn update(
    app: &App,
    caller: &Principal,
    entity_type: EntityType,
    (id, sent): (RecordId, &Checked<Payload>),
) -> Result<Data<Updated>, Problem> {
    let changes = changes(entity_type.object(), &sent.body.payload);
    let changes = changes.map_err(|faults| invalid(&faults))?;
    let seen = app
        .records
        .update(caller, id, &changes, &sent.bytes)
        .await?;
    let (entity, summary, entity_id) = shown(seen);
    Ok(Data {
        data: Updated {
            entity_type,
            entity_id,
            summary,
            entity,
        },
    })
}

fn shown(seen: Seen) -> (Value, Summary, String) {
    let Seen { record, company } = seen;
    let id = record.id.to_string();
    (entity(&record), summary(&record, company), id)
}

/// The routes of one collection.
macro_rules! collection {
    ($name:ident, $kind:ident, $path:literal, $item:literal) => {
        pub(crate) mod $name {
            use super::{
                Created, Data, DataWith, EntityType, Items, LIST, ListQuery, PageMeta, Payload,
                RECORDS, Updated, WRITE,
            };
            use crate::app::App;
            use crate::extract::{Auth, Checked, EntityId, Query};
            use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, mypa_refusals};
            use crate::problem::Problem;
            use axum::Json;
            use axum::extract::State;
            use http::StatusCode;

            mod lists {
                use super::{AUTHENTICATED, LIST, RECORDS, mypa_refusals};
                mypa_refusals!(AUTHENTICATED, RECORDS, LIST);
            }
            mod writes {
                use super::{AUTHENTICATED, JSON_BODY, KEYED, RECORDS, WRITE, mypa_refusals};
                mypa_refusals!(AUTHENTICATED, KEYED, JSON_BODY, RECORDS, WRITE);
            }

            /// Lists records, or finds those with all of some words.
            #[utoipa::path(
                get,
                path = $path,
                operation_id = concat!("list_", stringify!($name)),
                tag = "crm",
                params(ListQuery),
                responses((status = 200, description = "A page", body = DataWith<Items, PageMeta>), lists::Refusals)
            )]
            pub(crate) async fn list(
                State(app): State<App>,
                Auth(caller): Auth,
                Query(query): Query<ListQuery>,
            ) -> Result<Json<DataWith<Items, PageMeta>>, Problem> {
                super::list(&app, &caller, EntityType::$kind, query)
                    .await
                    .map(Json)
            }

            /// Creates a record.
            #[utoipa::path(
                post,
                path = $path,
                operation_id = concat!("create_", stringify!($name)),
                tag = "crm",
                params(IdempotencyKey),
                request_body = Payload,
                responses((status = 201, description = "The record", body = Data<Created>), writes::Refusals)
            )]
            pub(crate) async fn create(
                State(app): State<App>,
                Auth(caller): Auth,
                sent: Checked<Payload>,
            ) -> Result<(StatusCode, Json<Data<Created>>), Problem> {
                let (status, made) =
                    super::create(&app, &caller, EntityType::$kind, &sent).await?;
                Ok((status, Json(made)))
            }

            /// Changes fields of a record and leaves the others.
            #[utoipa::path(
                patch,
                path = $item,
                operation_id = concat!("update_", stringify!($name)),
                tag = "crm",
                params(("entityId" = String, Path, min_length = 1, max_length = 200), IdempotencyKey),
                request_body = Payload,
                responses((status = 200, description = "The record", body = Data<Updated>), writes::Refusals)
            )]
            pub(crate) async fn update(
                State(app): State<App>,
                Auth(caller): Auth,
                EntityId(id): EntityId,
                sent: Checked<Payload>,
            ) -> Result<Json<Data<Updated>>, Problem> {
                super::update(&app, &caller, EntityType::$kind, (id?, &sent))
                    .await
                    .map(Json)
            }
        }
    };
}

collection!(
    people,
    Person,
    "/api/crm/people",
    "/api/crm/people/{entityId}"
);
collection!(
    opportunities,
    Opportunity,
    "/api/crm/opportunities",
    "/api/crm/opportunities/{entityId}"
);
collection!(tasks, Task, "/api/crm/tasks", "/api/crm/tasks/{entityId}");
