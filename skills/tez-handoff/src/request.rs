//! What callers of `coordinate` send. Names and limits are those of `POST /api/crm/workflows/coordinate`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillgate_sdk::crm::RecordId;
use skillgate_sdk::tez;

/// What to coordinate.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Coordinate {
    /// The kind of record.
    pub(crate) entity_type: EntityType,
    /// The record.
    pub(crate) entity_id: RecordId,
    /// What shall come of it, in the caller's words.
    #[schemars(length(min = 1, max = 1000))]
    pub(crate) objective: String,
    /// How the hand-off looks.
    #[serde(default)]
    pub(crate) tez: TezWish,
    /// Whether an agent thinks about it first.
    #[serde(default)]
    pub(crate) openclaw: PlannerWish,
    /// Whether somebody gets an e-mail and a calendar an entry.
    #[serde(default)]
    pub(crate) google_workspace: WorkspaceWish,
}

/// A kind of record that can be handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EntityType {
    /// Somebody.
    Person,
    /// A possible deal.
    Opportunity,
    /// Something to do.
    Task,
}

impl EntityType {
    /// Returns its word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Opportunity => "opportunity",
            Self::Task => "task",
        }
    }
}

/// What a hand-off is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WishedType {
    Note,
    Decision,
    Handoff,
    Question,
    Update,
    /// A hand-off with a word to its recipient that it is one.
    Escalation,
}

/// How soon it matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Urgency {
    Critical,
    High,
    #[default]
    Normal,
    Low,
    Fyi,
}

impl From<Urgency> for tez::Urgency {
    fn from(urgency: Urgency) -> Self {
        match urgency {
            Urgency::Critical => Self::Critical,
            Urgency::High => Self::High,
            Urgency::Normal => Self::Normal,
            Urgency::Low => Self::Low,
            Urgency::Fyi => Self::Fyi,
        }
    }
}

/// Who sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Visibility {
    Team,
    Dm,
    Private,
}

/// How the hand-off looks.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TezWish {
    /// Into which team of the relay.
    pub(crate) team_id: Option<RecordId>,
    /// To whom.
    #[schemars(length(max = 100))]
    pub(crate) recipients: Vec<RecordId>,
    /// What it is for: a hand-off unless said.
    #[serde(rename = "type")]
    pub(crate) kind: Option<WishedType>,
    /// How soon it matters.
    pub(crate) urgency: Urgency,
    /// Who sees it: its recipients, or the team where there are none.
    pub(crate) visibility: Option<Visibility>,
    /// What people read first, in place of the words made here.
    #[schemars(length(max = 5000))]
    pub(crate) surface_text: Option<String>,
    /// Whether it is handed over; else it is only drafted. Needs a team.
    pub(crate) share: bool,
}

/// Whether an agent thinks about it first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PlannerWish {
    /// Whether it does.
    pub(crate) enabled: bool,
    /// Which model.
    #[schemars(length(max = 120))]
    pub(crate) model: Option<String>,
    /// How freely it thinks.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub(crate) temperature: Option<f64>,
}

impl Default for PlannerWish {
    fn default() -> Self {
        Self {
            enabled: true,
            model: None,
            temperature: None,
        }
    }
}

/// Milliseconds of a calendar entry that does not say.
const DURATION_MS_DEFAULT: u64 = 300_000;

/// Whether somebody gets an e-mail and a calendar an entry.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "the request has them")]
pub(crate) struct WorkspaceWish {
    /// Whether any of it is wanted.
    pub(crate) enabled: bool,
    /// Whether it is only drafted. The host sees to it that nothing happens before it may.
    pub(crate) dry_run: bool,
    /// Whether an e-mail is sent.
    pub(crate) send_email: bool,
    /// Whether the calendar gets an entry.
    pub(crate) log_calendar: bool,
    /// The assistant's own address.
    #[schemars(length(max = 320))]
    pub(crate) pa_email: Option<String>,
    /// To whom the e-mail goes.
    #[schemars(length(max = 320))]
    pub(crate) email_to: Option<String>,
    /// Its subject.
    #[schemars(length(max = 300))]
    pub(crate) email_subject: Option<String>,
    /// Its body.
    #[schemars(length(max = 10_000))]
    pub(crate) email_body: Option<String>,
    /// What the calendar entry says.
    #[schemars(length(max = 300))]
    pub(crate) calendar_summary: Option<String>,
    /// How long the entry is.
    #[schemars(range(min = 1, max = 86_400_000))]
    pub(crate) duration_ms: u64,
}

impl Default for WorkspaceWish {
    fn default() -> Self {
        Self {
            enabled: false,
            dry_run: true,
            send_email: false,
            log_calendar: false,
            pa_email: None,
            email_to: None,
            email_subject: None,
            email_body: None,
            calendar_summary: None,
            duration_ms: DURATION_MS_DEFAULT,
        }
    }
}
