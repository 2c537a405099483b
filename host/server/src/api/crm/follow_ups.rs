//! `GET /api/crm/follow-ups`

use super::DataWith;
use super::show::SHOW;
use crate::app::App;
use crate::extract::{Auth, Query, entity_id, invalid_query};
use crate::openapi::{AUTHENTICATED, mypa_refusals};
use crate::problem::Problem;
use crate::views::crm::{EntityType, Summary, summary};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use skillgate_app::records::{DAYS_MAX, FollowUpsQuery};
use skillgate_app::schema::Violation;
use skillgate_app::time::rfc3339;
use skillgate_domain::crm::{EntryRef, LIMIT_MAX};
use utoipa::{IntoParams, ToSchema};

/// Days looked ahead when nothing is said.
const DAYS_DEFAULT: u32 = 7;
/// Follow-ups listed when nothing is said.
const LIMIT_DEFAULT: u32 = 20;

/// Which follow-ups.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// How many days ahead, 0 to 90; 7 when absent.
    #[param(minimum = 0, maximum = 90)]
    days: Option<u32>,
    /// Only those about a record of this kind: a person or an opportunity. Together with `entityId`.
    #[param(inline)]
    entity_type: Option<EntityType>,
    /// Only those about this record.
    #[param(min_length = 1, max_length = 200)]
    entity_id: Option<String>,
    /// Only those of this member of the CRM's workspace.
    #[param(min_length = 1, max_length = 200)]
    assignee_id: Option<String>,
    /// How many, 1 to 100; 20 when absent.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// An open task with a due date.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CrmFollowUp)]
struct FollowUp {
    summary: Summary,
    /// Whether it should have been done by now.
    overdue: bool,
}

/// Open tasks with a due date, the earliest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CrmFollowUps)]
pub(crate) struct FollowUps {
    items: Vec<FollowUp>,
}

/// Which part of all follow-ups this is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CrmFollowUpsMeta)]
pub(crate) struct Meta {
    /// Follow-ups listed.
    count: usize,
    /// Follow-ups in all.
    total: u32,
    limit: u32,
    /// The last moment looked at.
    #[schema(format = "date-time")]
    until: String,
}

mypa_refusals!(AUTHENTICATED, SHOW);

/// Lists open tasks that are due soon or should have been done, the earliest first.
#[utoipa::path(
    get,
    path = "/api/crm/follow-ups",
    operation_id = "list_crm_follow_ups",
    tag = "crm",
    params(Asked),
    responses((status = 200, description = "What is due", body = DataWith<FollowUps, Meta>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Query(asked): Query<Asked>,
) -> Result<Json<DataWith<FollowUps, Meta>>, Problem> {
    let query = asked.checked()?;
    let due = app.records.follow_ups(&caller, query).await?;
    let items: Vec<_> = due
        .items
        .into_iter()
        .map(|due| FollowUp {
            summary: summary(&due.task, None),
            overdue: due.overdue,
        })
        .collect();
    Ok(Json(DataWith {
        meta: Meta {
            count: items.len(),
            total: due.total,
            limit: query.limit,
            until: rfc3339(due.until).unwrap_or_default(),
        },
        data: FollowUps { items },
    }))
}

impl Asked {
    fn checked(self) -> Result<FollowUpsQuery, Problem> {
        let (days, limit) = (
            self.days.unwrap_or(DAYS_DEFAULT),
            self.limit.unwrap_or(LIMIT_DEFAULT),
        );
        let fault = |path: &str, problem: String| Violation {
            path: path.to_owned(),
            problem,
        };
        let mut found = Vec::new();
        if days > DAYS_MAX {
            found.push(fault("/days", format!("from 0 to {DAYS_MAX}")));
        }
        if !(1..=LIMIT_MAX).contains(&limit) {
            found.push(fault("/limit", format!("from 1 to {LIMIT_MAX}")));
        }
        match (self.entity_type, &self.entity_id) {
            (Some(EntityType::Task), _) => {
                let rule = "person or opportunity: a task is about one of them";
                found.push(fault("/entityType", rule.to_owned()));
            }
            (Some(_), None) => found.push(fault("/entityId", "goes with entityType".to_owned())),
            (None, Some(_)) => found.push(fault("/entityType", "goes with entityId".to_owned())),
            (Some(_), Some(_)) | (None, None) => {}
        }
        if !found.is_empty() {
            return Err(invalid_query(&found));
        }
        let about = self.entity_type.zip(self.entity_id);
        let about = about.map(|(kind, id)| {
            let object = kind.object();
            entity_id(&id).map(|id| EntryRef { object, id })
        });
        let assignee = self.assignee_id.as_deref().map(entity_id);
        Ok(FollowUpsQuery {
            days,
            about: about.transpose()?,
            assignee: assignee.transpose()?,
            limit,
        })
    }
}
