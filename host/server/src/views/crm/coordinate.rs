//! What callers of coordinate send and are answered. What a skill answers is read into the same types, so
//! that a partner's skill in the place of ours keeps to them too.

use super::EntityType;
use crate::extract::published;
use crate::views::plan::{EffectView, effects};
use crate::views::time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use skillgate_app::coordinate::AtOnce;
use skillgate_app::plans::PlanStanding;
use skillgate_app::schema::Violation;
use skillgate_domain::plan::{Effect, Outward, Receipt};
use utoipa::ToSchema;

/// What to coordinate.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CoordinateRequest {
    #[schema(inline)]
    entity_type: EntityType,
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) entity_id: String,
    /// What shall come of it.
    #[schema(min_length = 1, max_length = 1000)]
    objective: String,
    #[schema(inline, value_type = TezWish, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    tez: Option<TezWish>,
    #[schema(inline, value_type = PlannerWish, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    openclaw: Option<PlannerWish>,
    #[schema(inline, value_type = WorkspaceWish, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    google_workspace: Option<WorkspaceWish>,
    /// Whether everything that is planned happens at once.
    #[schema(nullable = false)]
    #[serde(skip_serializing)]
    execute: Option<bool>,
}

published!(CoordinateRequest);

impl CoordinateRequest {
    /// Returns what happens at once; says what does not go together.
    pub(crate) fn at_once(&self) -> Result<AtOnce, Vec<Violation>> {
        let share = self.tez.as_ref().and_then(|tez| tez.share);
        let share = share.unwrap_or(false);
        let workspace = self.google_workspace.as_ref();
        let now = workspace
            .is_some_and(|wish| wish.enabled.unwrap_or(false) && !wish.dry_run.unwrap_or(true));
        let team = self.tez.as_ref().and_then(|tez| tez.team_id.as_ref());
        let mut found = Vec::new();
        let mut fault = |path: &str, problem: &str| {
            let (path, problem) = (path.to_owned(), problem.to_owned());
            found.push(Violation { path, problem });
        };
        if share && team.is_none() {
            fault("/tez/teamId", "is needed to share a Tez");
        }
        let execute = self.execute.unwrap_or(false);
        if share && now && !execute {
            let problem = "goes with tez.share only where everything happens: give execute, or \
                           leave dryRun and apply the plan";
            fault("/googleWorkspace/dryRun", problem);
        }
        if !found.is_empty() {
            return Err(found);
        }
        Ok(match (execute, now) {
            (true, _) => AtOnce::Everything,
            (false, true) => AtOnce::Workspace,
            (false, false) => AtOnce::Nothing,
        })
    }
}

/// How the hand-off looks.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TezWish {
    /// The team of the relay.
    #[schema(
        format = "uuid",
        pattern = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    team_id: Option<String>,
    /// User ids.
    #[schema(max_items = 100, schema_with = recipients)]
    #[serde(skip_serializing_if = "Option::is_none")]
    recipients: Option<Vec<String>>,
    #[serde(rename = "type")]
    #[schema(inline, value_type = WishedType, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<WishedType>,
    #[schema(inline, value_type = Urgency, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    urgency: Option<Urgency>,
    #[schema(inline, value_type = Visibility, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<Visibility>,
    /// What people read first, in place of the words made here.
    #[schema(max_length = 5000, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    surface_text: Option<String>,
    /// Whether it is handed over; else it is only drafted. Needs a team.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<bool>,
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
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct PlannerWish {
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[schema(max_length = 120, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[schema(minimum = 0.0, maximum = 2.0, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
}

/// Whether somebody gets an e-mail and a calendar an entry.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorkspaceWish {
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    /// Whether it is only drafted: it is, unless this is `false`.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    dry_run: Option<bool>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    send_email: Option<bool>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    log_calendar: Option<bool>,
    /// The assistant's own address.
    #[schema(max_length = 320, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pa_email: Option<String>,
    #[schema(max_length = 320, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    email_to: Option<String>,
    #[schema(max_length = 300, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    email_subject: Option<String>,
    #[schema(max_length = 10_000, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    email_body: Option<String>,
    #[schema(max_length = 300, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    calendar_summary: Option<String>,
    #[schema(minimum = 1, maximum = 86_400_000, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
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
    /// What can be applied: everything that would reach somebody, or change something.
    #[serde(default)]
    #[schema(value_type = Option<CoordinatedPlan>, required)]
    plan: Option<Value>,
    /// What was applied, with what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = CoordinatedPlan, required = false)]
    applied: Option<Value>,
}

/// A plan, as this surface shows it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CoordinatedPlan {
    #[schema(format = "uuid")]
    id: String,
    /// What an approval of the plan says.
    digest: String,
    /// `open`, `expired`, `applying`, `interrupted`, `applied` or `stopped`.
    state: &'static str,
    /// In the order in which they happen, with what came of each.
    effects: Vec<EffectView>,
    #[schema(format = DateTime, required)]
    expires_at: Option<String>,
}

impl CoordinatedPlan {
    /// Shows a plan and what became of it.
    pub(crate) fn of(standing: &PlanStanding) -> Self {
        Self {
            id: standing.plan.id.to_string(),
            digest: standing.digest.to_string(),
            state: standing.state.name(),
            effects: effects(standing),
            expires_at: time(standing.plan.expires_at),
        }
    }
}

impl Coordinated {
    /// Adds what can be applied.
    pub(crate) fn with_plan(&mut self, plan: Option<&PlanStanding>) {
        self.plan = plan.map(|plan| json!(CoordinatedPlan::of(plan)));
    }

    /// Adds what was applied, and what came of e-mail and calendar entry in their own places. What the skill
    /// says there is why nothing was tried: what happens is the host's to tell.
    pub(crate) fn with_applied(&mut self, applied: Option<&PlanStanding>) {
        let workspace = &mut self.google_workspace;
        for told in [&mut workspace.email_result, &mut workspace.calendar_result] {
            *told = told.take().map(ActionResult::untried);
        }
        self.applied = applied.map(|applied| json!(CoordinatedPlan::of(applied)));
        let Some(applied) = applied else {
            return;
        };
        for (index, effect) in applied.plan.effects.iter().enumerate() {
            let Effect::Outward { outward, .. } = effect else {
                continue;
            };
            let result = Some(ActionResult::of(applied.receipts.get(index)));
            match outward {
                Outward::SendEmail(_) => self.google_workspace.email_result = result,
                Outward::LogAction(_) => self.google_workspace.calendar_result = result,
                Outward::ShareTez(_) | Outward::Request(_) => {}
            }
        }
    }
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

impl ActionResult {
    /// Keeps the words of what a skill says of a result.
    fn untried(self) -> Self {
        Self {
            attempted: false,
            success: false,
            status: None,
            message: self.message,
            payload: None,
        }
    }

    fn of(receipt: Option<&Receipt>) -> Self {
        let (attempted, success, message) = match receipt {
            None => (
                false,
                false,
                "It was not tried, since something before it failed",
            ),
            Some(Receipt::Done | Receipt::Answered(_)) => (true, true, "PA Workspace did it"),
            Some(Receipt::Unknown) => (
                true,
                false,
                "Nobody can tell whether it happened; look first",
            ),
            Some(Receipt::Failed(_)) => (true, false, "PA Workspace did not do it"),
        };
        let answer: Value = match receipt {
            Some(Receipt::Answered(text)) => serde_json::from_str(text).unwrap_or_default(),
            _ => Value::Null,
        };
        let status = answer["status"].as_u64();
        Self {
            attempted,
            success,
            status: status.and_then(|status| u16::try_from(status).ok()),
            message: match receipt {
                Some(Receipt::Failed(code)) => format!("{message}: {code}"),
                _ => message.to_owned(),
            },
            payload: answer.get("payload").filter(|it| !it.is_null()).cloned(),
        }
    }
}
