//! A follow-up in the CRM, and a Tez to whoever does it.

use super::{HandedOver, To, about, day, hand_over};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillgate_sdk::crm::{
    self, Contact, EntryRef, ObjectKind, Opportunity, RecordId, Task, Upserted,
};
use skillgate_sdk::tez::{self, ContextItem, Kind, Layer, Source, Words};
use skillgate_sdk::{Timestamp, ToolError, ToolResult};

/// A follow-up for somebody.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateFollowUp {
    /// The id of the contact that it is about. Not together with an opportunity.
    contact_id: Option<RecordId>,
    /// The id of the opportunity that it is about.
    opportunity_id: Option<RecordId>,
    /// What to do, in a few words.
    #[schemars(length(min = 1, max = 200))]
    title: String,
    /// More about it, in Markdown. It stays in the CRM.
    #[schemars(length(min = 1, max = 20_000))]
    body: Option<String>,
    /// When it is due.
    due_at: Option<Timestamp>,
    /// The id of the workspace member who shall do it.
    assignee_id: Option<RecordId>,
    /// What people read first, in place of words made here.
    #[schemars(length(min = 1, max = 5000))]
    message: Option<String>,
    /// To whom it is handed.
    to: To,
}

/// The follow-up and its Tez.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FollowUpHandedOver {
    task_id: String,
    /// Whether the task is new, or an open one of the same title about the same record was changed.
    created: bool,
    /// What people read first.
    surface_text: String,
    tez: HandedOver,
}

/// Create a follow-up in the CRM and hand it to a colleague: "ask Carol to call Ada on Friday", "Bob should send the
/// quote for the Acme deal". Makes the task (or finds the open one of the same title), attaches it, and sends a Tez with
/// both the record and the task.
#[skillgate_sdk::tool(title = "Create a follow-up and hand it over")]
pub(crate) fn create_follow_up_and_hand_off(
    input: CreateFollowUp,
) -> ToolResult<FollowUpHandedOver> {
    let target = about(input.contact_id, input.opportunity_id)?;
    let (name, question) = named(&target)?;
    let title = input.title.trim().to_owned();
    let due = input.due_at.map(String::from);
    let surface_text = input.message.unwrap_or_else(|| {
        let due = due.as_deref().map(day);
        let due = due.map_or(String::new(), |day| format!(" (due {day})"));
        format!("Follow-up for {name}: {title}{due}")
    });
    let task = Task {
        title: Some(title),
        body: input.body,
        due_at: due,
        assignee_id: input.assignee_id.map(Into::into),
        status: None,
    };
    let made = crm::upsert_task(None, task, std::slice::from_ref(&target))?;
    if let Some((_, error)) = made.unlinked {
        let (id, cause) = (made.task.id, error.message.clone());
        return Err(ToolError::from(error).with_message(format!(
            "The task {id} is saved, but was not attached, and nothing was handed over: {cause}"
        )));
    }
    let context = vec![
        ContextItem::OfRecord(target),
        ContextItem::OfRecord(EntryRef::new(ObjectKind::Task, made.task.id.as_str())),
        ContextItem::OfWords(Words {
            layer: Layer::Hint,
            content: question,
            source: Source::Inferred,
        }),
    ];
    Ok(FollowUpHandedOver {
        task_id: made.task.id,
        created: made.upserted == Upserted::Created,
        tez: hand_over(input.to, Kind::Handoff, &surface_text, context)?,
        surface_text,
    })
}

/// Returns what people call the record, as far as that may be passed on, and what to make of it.
fn named(target: &EntryRef) -> ToolResult<(String, String)> {
    let id = target.id.as_str();
    if target.object == ObjectKind::Contact {
        let seen = tez::snapshot::<Contact>(id)?;
        return Ok((seen.name, seen.question));
    }
    let seen = tez::snapshot::<Opportunity>(id)?;
    Ok((seen.name, seen.question))
}
