//! Listing what is due.

use crate::values::targets;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillgate_sdk::crm::{self, RecordId};
use skillgate_sdk::{Timestamp, ToolError, ToolResult, clock};

/// Days looked ahead when the caller does not say.
const DAYS_DEFAULT: u32 = 7;
/// Follow-ups listed when the caller does not say.
const LIMIT_DEFAULT: u32 = 20;

/// Which follow-ups.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListUpcomingFollowUps {
    /// How many days ahead. 7 when absent.
    #[schemars(range(min = 0, max = 90))]
    days: Option<u32>,
    /// Only those about this contact.
    contact_id: Option<RecordId>,
    /// Only those about this opportunity. Not together with a contact.
    opportunity_id: Option<RecordId>,
    /// Only those of this workspace member.
    assignee_id: Option<RecordId>,
    /// How many to list. 20 when absent.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
}

/// Open tasks with a due date, the earliest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DueTasks {
    follow_ups: Vec<FollowUp>,
    /// How many there are in all, listed or not.
    total: u32,
    /// The last moment looked at.
    until: Timestamp,
}

/// An open task.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FollowUp {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    /// Whether it should have been done by now.
    overdue: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee_id: Option<String>,
}

/// List the follow-ups that are due soon or overdue: "what do I have to do this week", "anything open with Ada".
#[skillgate_sdk::tool(title = "List upcoming follow-ups", reads_only)]
pub(crate) fn list_upcoming_follow_ups(input: ListUpcomingFollowUps) -> ToolResult<DueTasks> {
    let about = targets(
        input.contact_id.as_ref(),
        None,
        input.opportunity_id.as_ref(),
    );
    if about.len() > 1 {
        let message = "Give contact_id or opportunity_id, not both.";
        return Err(ToolError::invalid_input(message));
    }
    let now = clock::now();
    let until = now.plus_days(input.days.unwrap_or(DAYS_DEFAULT));
    let limit = input.limit.unwrap_or(LIMIT_DEFAULT);
    let page = crm::due_tasks(&crm::DueTasksQuery {
        until: until.to_string(),
        about: about.into_iter().next(),
        assignee_id: input.assignee_id.map(Into::into),
        limit,
    })?;
    let total = page.total;
    let follow_ups = page.into_iter().map(|entry| FollowUp {
        id: entry.id,
        title: entry.fields.title,
        overdue: is_before(entry.fields.due_at.as_deref(), now),
        due_at: entry.fields.due_at,
        status: entry.fields.status,
        assignee_id: entry.fields.assignee_id,
    });
    Ok(DueTasks {
        follow_ups: follow_ups.collect(),
        total,
        until,
    })
}

fn is_before(due_at: Option<&str>, now: Timestamp) -> bool {
    due_at
        .and_then(Timestamp::parse)
        .is_some_and(|due| due < now)
}
