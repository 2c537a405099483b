//! What callers of coordinate send and are answered. What a skill answers is read into the same types, so
//! that a partner's skill in the place of ours keeps to them too.

use super::EntityType;
use crate::extract::published;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What to coordinate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CoordinateRequest {
    #[schema(inline)]
    #[expect(dead_code, reason = "for the skill; here it is only checked")]
    entity_type: EntityType,
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) entity_id: String,
    /// What shall come of it.
    #[schema(min_length = 1, max_length = 1000)]
    #[expect(dead_code, reason = "for the skill; here it is only checked")]
    objective: String,
    #[schema(inline, value_type = TezWish, required = false)]
    #[expect(dead_code, reason = "for the skill; here it is only checked")]
    tez: Option<TezWish>,
    #[schema(inline, value_type = PlannerWish, required = false)]
    #[expect(dead_code, reason = "for the skill; here it is only checked")]
    openclaw: Option<PlannerWish>,
    #[schema(inline, value_type = WorkspaceWish, required = false)]
    #[expect(dead_code, reason = "for the skill; here it is only checked")]
    google_workspace: Option<WorkspaceWish>,
}

published!(CoordinateRequest);

/// How the hand-off looks.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "for the skill; here it is only checked")]
struct TezWish {
    /// The team of the relay.
    #[schema(
        format = "uuid",
        pattern = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
    )]
    team_id: Option<String>,
    /// User ids.
    #[schema(max_items = 100, schema_with = recipients)]
    recipients: Option<Vec<String>>,
    #[serde(rename = "type")]
    #[schema(inline, value_type = WishedType, required = false)]
    kind: Option<WishedType>,
    #[schema(inline, value_type = Urgency, required = false)]
    urgency: Option<Urgency>,
    #[schema(inline, value_type = Visibility, required = false)]
    visibility: Option<Visibility>,
    /// What people read first, in place of the words made here.
    #[schema(max_length = 5000, nullable = false)]
    surface_text: Option<String>,
}

fn recipients() -> utoipa::openapi::schema::Array {
    use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaFormat, Type};
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("uuid".to_owned())))
        .pattern(Some("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"));
    ArrayBuilder::new()
        .items(id)
        .max_items(Some(skillgate_domain::tez::RECIPIENTS_MAX))
        .build()
}

/// What a hand-off is for. An `escalation` becomes a `handoff` with a word that it is one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum WishedType {
    Note,
    Decision,
    Handoff,
    Question,
    Update,
    Escalation,
}

/// How soon it matters.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Urgency {
    Critical,
    High,
    Normal,
    Low,
    Fyi,
}

/// Who sees it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Visibility {
    Team,
    Dm,
    Private,
}

/// Whether an agent thinks about it first: it does, unless told not to.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "for the skill; here it is only checked")]
struct PlannerWish {
    #[schema(nullable = false)]
    enabled: Option<bool>,
    #[schema(max_length = 120, nullable = false)]
    model: Option<String>,
    #[schema(minimum = 0.0, maximum = 2.0, nullable = false)]
    temperature: Option<f64>,
}

/// Whether somebody gets an e-mail and a calendar an entry.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "for the skill; here it is only checked")]
struct WorkspaceWish {
    #[schema(nullable = false)]
    enabled: Option<bool>,
    /// Whether it is only drafted: it is, unless this is `false`.
    #[schema(nullable = false)]
    dry_run: Option<bool>,
    #[schema(nullable = false)]
    send_email: Option<bool>,
    #[schema(nullable = false)]
    log_calendar: Option<bool>,
    /// The assistant's own address.
    #[schema(max_length = 320, nullable = false)]
    pa_email: Option<String>,
    #[schema(max_length = 320, nullable = false)]
    email_to: Option<String>,
    #[schema(max_length = 300, nullable = false)]
    email_subject: Option<String>,
    #[schema(max_length = 10_000, nullable = false)]
    email_body: Option<String>,
    #[schema(max_length = 300, nullable = false)]
    calendar_summary: Option<String>,
    #[schema(minimum = 1, maximum = 86_400_000, nullable = false)]
    duration_ms: Option<u64>,
}

/// What was coordinated.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CrmCoordinated)]
pub(crate) struct Coordinated {
    entity_type: EntityType,
    entity_id: String,
    /// The record in short, as its caller may see it.
    summary: Value,
    context_layers: Vec<Layer>,
    relay_context: Vec<Item>,
    tez_draft: Draft,
    openclaw: Planned,
    google_workspace: Workspace,
}

/// An item of context, as cards take it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = CoordinatedLayer)]
struct Layer {
    #[serde(rename = "type")]
    kind: String,
    content: String,
    query: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<Origin>,
}

/// An item of context, as relays take it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = CoordinatedItem)]
struct Item {
    layer: String,
    content: String,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<Origin>,
}

/// Which record it was made from, when, and of which fields.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CoordinatedOrigin)]
struct Origin {
    #[serde(rename = "type")]
    attachment: String,
    object: String,
    record_id: String,
    #[schema(required)]
    updated_at: Option<String>,
    fetched_at: String,
    fields: Vec<String>,
}

/// What a relay would be sent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CoordinatedTez)]
struct Draft {
    #[schema(required)]
    team_id: Option<String>,
    recipients: Vec<String>,
    #[serde(rename = "type")]
    kind: WishedType,
    urgency: Urgency,
    visibility: Visibility,
    surface_text: String,
    context: Vec<Item>,
}

/// What the agent that thinks about it came to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = CoordinatedPlanning)]
struct Planned {
    /// Whether there is such an agent.
    available: bool,
    generated: bool,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
}

/// What happens in mailbox and calendar.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CoordinatedWorkspace)]
struct Workspace {
    enabled: bool,
    configured: bool,
    dry_run: bool,
    /// Why nothing happens there.
    #[schema(required)]
    reason: Option<String>,
    email_draft: EmailDraft,
    calendar_action: CalendarAction,
    /// What came of the e-mail, where it was sent.
    #[serde(default)]
    #[schema(required)]
    email_result: Option<ActionResult>,
    /// What came of the calendar entry, where it was made.
    #[serde(default)]
    #[schema(required)]
    calendar_result: Option<ActionResult>,
}

/// An e-mail.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CoordinatedEmail)]
struct EmailDraft {
    #[schema(required)]
    pa_email: Option<String>,
    #[schema(required)]
    to: Option<String>,
    subject: String,
    body: String,
}

/// A calendar entry.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CoordinatedCalendar)]
struct CalendarAction {
    #[schema(required)]
    pa_email: Option<String>,
    summary: String,
    duration_ms: u64,
}

/// What came of something in mailbox or calendar.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = CoordinatedResult)]
struct ActionResult {
    attempted: bool,
    success: bool,
    /// The status of the workspace's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    message: String,
    /// The workspace's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Value>,
}
