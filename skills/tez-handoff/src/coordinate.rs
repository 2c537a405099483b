//! One call: a record, what shall come of it, and everything that is made of both.

use crate::record::{self, Summary};
use crate::request::{Coordinate, EntityType, PlannerWish, WorkspaceWish};
use crate::tez_draft::{self, ContextItem, ContextLayer, TezDraft};
use schemars::JsonSchema;
use serde::Serialize;
use skillgate_sdk::ToolResult;

/// What was coordinated.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Coordinated {
    entity_type: EntityType,
    entity_id: String,
    /// The record, as the caller may see it.
    summary: Summary,
    /// Context as cards take it.
    context_layers: Vec<ContextLayer>,
    /// Context as relays take it.
    relay_context: Vec<ContextItem>,
    /// The hand-off.
    tez_draft: TezDraft,
    /// What the agent that thinks about it came to.
    openclaw: Planned,
    /// What happens in mailbox and calendar.
    google_workspace: Workspace,
}

/// What the agent that thinks about it came to.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Planned {
    /// Whether there is one.
    available: bool,
    /// Whether it came to something.
    generated: bool,
    /// How it went, in words.
    message: String,
    /// The model that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// What it came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
}

/// What happens in mailbox and calendar.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Workspace {
    enabled: bool,
    /// Whether there is a workspace.
    configured: bool,
    dry_run: bool,
    /// Why nothing happens there.
    reason: Option<String>,
    email_draft: EmailDraft,
    calendar_action: CalendarAction,
}

/// The e-mail.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EmailDraft {
    pa_email: Option<String>,
    to: Option<String>,
    subject: String,
    body: String,
}

/// The calendar entry.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CalendarAction {
    pa_email: Option<String>,
    summary: String,
    duration_ms: u64,
}

/// Hand a CRM record over: "hand the Acme renewal to Carol, move it to the next stage", "get Taylor and the team
/// aligned". Reads the record, drafts a Tez for its recipients, and drafts a follow-up e-mail and calendar entry.
#[skillgate_sdk::tool(title = "Coordinate a hand-off")]
pub(crate) fn coordinate(input: Coordinate) -> ToolResult<Coordinated> {
    let record = record::read(input.entity_type, input.entity_id.as_str())?;
    let planned = plan(&input.openclaw);
    let words = (input.objective.as_str(), planned.summary.as_deref());
    let google_workspace = workspace(&record, words, input.google_workspace);
    let relay_context = tez_draft::context(&record, &input.tez);
    let tez_draft = tez_draft::draft((input.entity_type, &record), words, input.tez);
    Ok(Coordinated {
        entity_type: input.entity_type,
        entity_id: input.entity_id.into(),
        context_layers: tez_draft::layers(&record),
        relay_context,
        tez_draft,
        google_workspace,
        openclaw: planned,
        summary: record.summary,
    })
}

fn plan(wish: &PlannerWish) -> Planned {
    let message = if wish.enabled {
        "No planner is configured"
    } else {
        "Planning was not asked for"
    };
    Planned {
        available: false,
        generated: false,
        message: message.to_owned(),
        model: None,
        summary: None,
    }
}

/// Drafts e-mail and calendar entry. Only what may be passed on of the record stands in them.
fn workspace(
    record: &record::HandedOver,
    (objective, plan): (&str, Option<&str>),
    wish: WorkspaceWish,
) -> Workspace {
    let name = &record.name;
    let text = |given: Option<String>, otherwise: &dyn Fn() -> String| {
        let given = given.filter(|text| !text.trim().is_empty());
        given.unwrap_or_else(otherwise)
    };
    let body = || {
        let plan = plan.map_or(String::new(), |plan| format!("\n\nPlan: {plan}"));
        format!("Objective: {objective}\n\n{}{plan}", record.content)
    };
    let reason = wish
        .enabled
        .then(|| "No workspace is configured".to_owned());
    Workspace {
        enabled: wish.enabled,
        configured: false,
        dry_run: wish.dry_run,
        reason,
        email_draft: EmailDraft {
            pa_email: wish.pa_email.clone(),
            to: wish.email_to,
            subject: text(wish.email_subject, &|| format!("Follow-up: {name}")),
            body: text(wish.email_body, &body),
        },
        calendar_action: CalendarAction {
            pa_email: wish.pa_email,
            summary: text(wish.calendar_summary, &|| format!("CRM follow-up: {name}")),
            duration_ms: wish.duration_ms,
        },
    }
}
