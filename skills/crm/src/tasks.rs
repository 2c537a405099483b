//! Writing tasks.

use crate::values::targets;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillgate_sdk::crm::{self, Entry, RecordId, Task, Upserted};
use skillgate_sdk::{Timestamp, ToolError, ToolResult};

/// Status of a task with nothing left to do. Every other status is open.
const DONE: &str = "DONE";

/// A task to make or to change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpsertTask {
    /// The task's id, to change a known task.
    id: Option<RecordId>,
    /// What to do, in a few words. Needed without an id.
    #[schemars(length(min = 1, max = 200))]
    title: Option<String>,
    /// More about it, in Markdown.
    #[schemars(length(min = 1, max = 20_000))]
    body: Option<String>,
    /// When it is due.
    due_at: Option<Timestamp>,
    /// One of the statuses of this CRM: TODO, IN_PROGRESS, DONE unless it was changed.
    #[schemars(length(min = 1, max = 60))]
    status: Option<String>,
    /// The id of the workspace member who shall do it.
    assignee_id: Option<RecordId>,
    /// The id of a contact that the task is about.
    contact_id: Option<RecordId>,
    /// The id of a company that the task is about.
    company_id: Option<RecordId>,
    /// The id of an opportunity that the task is about.
    opportunity_id: Option<RecordId>,
}

/// What happened to the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaskOutcome {
    /// It is new.
    Created,
    /// It was there before and was changed.
    Updated,
}

/// A task that was made or changed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UpsertedTask {
    outcome: TaskOutcome,
    task: TaskSummary,
}

/// A task in short.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TaskSummary {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
}

impl From<Entry<Task>> for TaskSummary {
    fn from(entry: Entry<Task>) -> Self {
        Self {
            id: entry.id,
            title: entry.fields.title,
            status: entry.fields.status,
            due_at: entry.fields.due_at,
        }
    }
}

/// Add a task or follow-up to the CRM, or change one: "remind me to call Ada on Friday", "move the demo to Monday".
/// Without an id, an open task of the same title about the same record is changed instead of made twice.
#[skillgate_sdk::tool(title = "Add or change a task")]
pub(crate) fn upsert_task(input: UpsertTask) -> ToolResult<UpsertedTask> {
    let about = targets(
        input.contact_id.as_ref(),
        input.company_id.as_ref(),
        input.opportunity_id.as_ref(),
    );
    let fields = Task {
        title: input.title.map(|title| title.trim().to_owned()),
        body: input.body,
        status: input.status,
        due_at: input.due_at.map(Into::into),
        assignee_id: input.assignee_id.map(Into::into),
    };
    let id = input.id.as_ref().map(RecordId::as_str);
    let made = crm::upsert_task(id, fields, &about)?;
    if let Some((target, error)) = made.unlinked {
        let (id, other, cause) = (made.task.id, target.object.name(), error.message.clone());
        return Err(ToolError::from(error).with_message(format!(
            "The task {id} is saved, but was not linked to the {other}: {cause}"
        )));
    }
    Ok(UpsertedTask {
        outcome: match made.upserted {
            Upserted::Created => TaskOutcome::Created,
            Upserted::Updated => TaskOutcome::Updated,
        },
        task: made.task.into(),
    })
}

/// Which task is done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompleteTask {
    /// The task's id.
    id: RecordId,
}

/// Tick off a task in the CRM: "I called Ada", "mark the follow-up as done". Doing it twice is the same as once.
#[skillgate_sdk::tool(title = "Complete a task")]
pub(crate) fn complete_task(input: CompleteTask) -> ToolResult<TaskSummary> {
    let done = Task {
        status: Some(DONE.to_owned()),
        ..Default::default()
    };
    Ok(crm::tasks().update(input.id.as_str(), done)?.into())
}
