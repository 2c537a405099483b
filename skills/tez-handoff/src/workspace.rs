//! What happens in mailbox and calendar.

use crate::record::HandedOver;
use crate::request::WorkspaceWish;
use schemars::JsonSchema;
use serde::Serialize;
use skillgate_sdk::tez::{Failure, FailureCode, Outcome};
use skillgate_sdk::workspace::{self, Action, Email};
use skillgate_sdk::{ToolError, ToolResult};

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
    /// What came of the e-mail, where that is known already.
    #[serde(skip_serializing_if = "Option::is_none")]
    email_result: Option<ActionResult>,
    /// What came of the calendar entry, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    calendar_result: Option<ActionResult>,
}

/// The e-mail.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct EmailDraft {
    pa_email: Option<String>,
    to: Option<String>,
    subject: String,
    body: String,
}

/// The calendar entry.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CalendarAction {
    pa_email: Option<String>,
    summary: String,
    duration_ms: u64,
}

/// What came of something in mailbox or calendar.
#[derive(Debug, Serialize, JsonSchema)]
struct ActionResult {
    attempted: bool,
    success: bool,
    message: String,
}

/// Drafts e-mail and calendar entry, and asks for those that are wanted. Only what may be passed on of the
/// record stands in them.
pub(crate) fn arrange(
    record: &HandedOver,
    (objective, plan): (&str, Option<&str>),
    wish: WorkspaceWish,
) -> ToolResult<Workspace> {
    let name = &record.name;
    let body = || {
        let plan = plan.map_or(String::new(), |plan| format!("\n\nPlan: {plan}"));
        format!("Objective: {objective}\n\n{}{plan}", record.content)
    };
    let configured = workspace::is_configured();
    let (wanted, dry_run) = (wish.enabled && configured, wish.dry_run);
    let email = EmailDraft {
        pa_email: wish.pa_email.clone(),
        to: wish.email_to,
        subject: given(wish.email_subject, || format!("Follow-up: {name}")),
        body: given(wish.email_body, body),
    };
    let calendar = CalendarAction {
        pa_email: wish.pa_email,
        summary: given(wish.calendar_summary, || format!("CRM follow-up: {name}")),
        duration_ms: wish.duration_ms,
    };
    let email_result = (wanted && wish.send_email).then(|| send(&email, dry_run));
    let calendar_result = (wanted && wish.log_calendar).then(|| log(&calendar, dry_run));
    let reason = (wish.enabled && !configured).then(|| "No workspace is configured".to_owned());
    Ok(Workspace {
        enabled: wish.enabled,
        configured,
        dry_run,
        reason,
        email_result: email_result.transpose()?.flatten(),
        calendar_result: calendar_result.transpose()?.flatten(),
        email_draft: email,
        calendar_action: calendar,
    })
}

fn send(draft: &EmailDraft, dry_run: bool) -> ToolResult<Option<ActionResult>> {
    let (Some(sender), Some(to)) = (&draft.pa_email, &draft.to) else {
        return Ok(missing(
            "paEmail and emailTo are needed to send an e-mail",
            dry_run,
        ));
    };
    let outcome = workspace::send_email(&Email {
        sender: sender.clone(),
        to: to.clone(),
        subject: first(&draft.subject, 300),
        body: first(&draft.body, 10_000),
    });
    told(outcome)
}

fn log(action: &CalendarAction, dry_run: bool) -> ToolResult<Option<ActionResult>> {
    let Some(assistant) = &action.pa_email else {
        return Ok(missing("paEmail is needed for a calendar entry", dry_run));
    };
    let outcome = workspace::log_action(&Action {
        assistant: assistant.clone(),
        summary: first(&action.summary, 300),
        duration_ms: u32::try_from(action.duration_ms).unwrap_or(u32::MAX),
    });
    told(outcome)
}

/// What is only drafted needs nothing yet.
fn missing(message: &str, dry_run: bool) -> Option<ActionResult> {
    (!dry_run).then(|| ActionResult {
        attempted: false,
        success: false,
        message: message.to_owned(),
    })
}

/// What is planned has no result yet. What cannot be sent is told in its place; only what the call as a
/// whole may not do ends it.
fn told(outcome: Result<Outcome, Failure>) -> ToolResult<Option<ActionResult>> {
    match outcome {
        Ok(outcome) if outcome.planned => Ok(None),
        Ok(_) => Ok(Some(ActionResult {
            attempted: true,
            success: true,
            message: "Done".to_owned(),
        })),
        Err(failure) if failure.code == FailureCode::BudgetExhausted => {
            Err(ToolError::from(failure))
        }
        Err(failure) => Ok(Some(ActionResult {
            attempted: failure.code == FailureCode::OutcomeUnknown,
            success: false,
            message: failure.message,
        })),
    }
}

fn given(text: Option<String>, otherwise: impl FnOnce() -> String) -> String {
    let given = text.filter(|text| !text.trim().is_empty());
    given.unwrap_or_else(otherwise)
}

fn first(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}
