//! Writing tasks.

use crate::values::{is_same_name, nothing_to_change, targets};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillgate_sdk::crm::{self, Entry, EntryRef, LIMIT_MAX, RecordId, Task};
use skillgate_sdk::{Timestamp, ToolError, ToolResult};

/// Status of a new task.
const OPEN: &str = "TODO";
/// Status of a task with nothing left to do. Every other status is open.
pub(crate) const DONE: &str = "DONE";
/// Most open tasks looked at that have a title in theirs.
const CANDIDATES_MAX: usize = 300;

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
    let known = match input.id {
        Some(id) => Some(String::from(id)),
        None => same_open_task(&fields, about.first())?.map(|entry| entry.id),
    };
    let (outcome, entry) = match known {
        Some(_) if fields == Task::default() && about.is_empty() => {
            return Err(nothing_to_change());
        }
        // Links alone may be what changes.
        Some(id) if fields == Task::default() => (TaskOutcome::Updated, crm::tasks().get(id)?),
        Some(id) => (TaskOutcome::Updated, crm::tasks().update(id, fields)?),
        None => (
            TaskOutcome::Created,
            crm::tasks().create(with_status(fields))?,
        ),
    };
    link_all(&entry.reference(), &about)?;
    Ok(UpsertedTask {
        outcome,
        task: entry.into(),
    })
}

fn with_status(fields: Task) -> Task {
    Task {
        status: fields.status.or_else(|| Some(OPEN.to_owned())),
        ..fields
    }
}

/// Finds the open task of the same title that is about a record. Without a record, the due date must agree too,
/// for a title alone ("Call back") does not tell tasks apart.
fn same_open_task(fields: &Task, about: Option<&EntryRef>) -> ToolResult<Option<Entry<Task>>> {
    let title = fields.title.as_deref().filter(|title| !title.is_empty());
    let title = title.ok_or_else(|| ToolError::invalid_input("Give a title, or the task's id."))?;
    let mut search = crm::tasks()
        .filter(crm::field("title").contains(title))
        .filter(crm::field("status").not_equals(DONE));
    if let Some(target) = about {
        search = search.linked_to(target.clone());
    }
    let candidates = search.limit(LIMIT_MAX).fetch_up_to(CANDIDATES_MAX)?;
    Ok(candidates.into_iter().find(|entry| {
        is_same_name(entry.fields.title.as_deref().unwrap_or_default(), title)
            && (about.is_some()
                || is_same_time(entry.fields.due_at.as_ref(), fields.due_at.as_ref()))
    }))
}

fn is_same_time(a: Option<&String>, b: Option<&String>) -> bool {
    let moment = |text: Option<&String>| text.and_then(|text| Timestamp::parse(text));
    moment(a) == moment(b)
}

/// Attaches a new task or note to records. A failure names what was made, so that it is not made twice.
pub(crate) fn link_all(source: &EntryRef, about: &[EntryRef]) -> ToolResult<()> {
    for target in about {
        crm::link_refs(source, target).map_err(|error| {
            let cause = error.message.clone();
            let (made, id, other) = (source.object.name(), &source.id, target.object.name());
            ToolError::from(error).with_message(format!(
                "The {made} {id} is saved, but was not linked to the {other}: {cause}"
            ))
        })?;
    }
    Ok(())
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
