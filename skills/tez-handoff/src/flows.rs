//! Flows of a day's work: each takes a few records and hands what matters over.

pub(crate) mod blockers;
pub(crate) mod briefing;
pub(crate) mod follow_up;

use crate::request::Urgency;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillgate_sdk::clock::Timestamp;
use skillgate_sdk::crm::{EntryRef, ObjectKind, RecordId};
use skillgate_sdk::tez::{self, ContextItem, Draft, Kind, Visibility};
use skillgate_sdk::{ToolError, ToolResult};

/// Longest text that people read first, in characters. Relays take no more.
const SURFACE_CHARS_MAX: usize = 10_000;

/// To whom a Tez goes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct To {
    /// The team of the relay within which it is handed over.
    team_id: RecordId,
    /// User ids, or addresses at other relays. Without any, it goes to the team.
    #[serde(default)]
    #[schemars(length(max = 100), inner(length(min = 1, max = 254)))]
    recipients: Vec<String>,
    /// What they are asked to do.
    #[schemars(length(min = 1, max = 500))]
    action_requested: Option<String>,
    /// How soon it matters.
    #[serde(default)]
    urgency: Urgency,
}

/// A Tez that was handed over.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct HandedOver {
    /// It is only planned: it is handed over when the plan of this call is applied.
    planned: bool,
    /// Its id at the relay, where it was handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    tez_id: Option<String>,
}

/// Hands a Tez over: words, and what the community lets out of records.
pub(crate) fn hand_over(
    to: To,
    kind: Kind,
    surface_text: &str,
    context: Vec<ContextItem>,
) -> ToolResult<HandedOver> {
    let visibility = if to.recipients.is_empty() {
        Visibility::Team
    } else {
        Visibility::Dm
    };
    let outcome = tez::share(&Draft {
        team_id: to.team_id.into(),
        kind,
        urgency: to.urgency.into(),
        visibility,
        surface_text: surface_text.chars().take(SURFACE_CHARS_MAX).collect(),
        action_requested: to.action_requested,
        recipients: to.recipients,
        context,
    })?;
    let answer: Option<serde_json::Value> = outcome
        .answer
        .and_then(|answer| serde_json::from_str(&answer).ok());
    let tez_id = answer.and_then(|answer| Some(answer["tezId"].as_str()?.to_owned()));
    Ok(HandedOver {
        planned: outcome.planned,
        tez_id,
    })
}

/// Which record a flow is about.
pub(crate) fn about(
    contact: Option<RecordId>,
    opportunity: Option<RecordId>,
) -> ToolResult<EntryRef> {
    match (contact, opportunity) {
        (Some(id), None) => Ok(EntryRef::new(ObjectKind::Contact, id)),
        (None, Some(id)) => Ok(EntryRef::new(ObjectKind::Opportunity, id)),
        _ => {
            let message = "Give either contact_id or opportunity_id.";
            Err(ToolError::invalid_input(message))
        }
    }
}

/// Writes the day of a moment, as far as it is one.
pub(crate) fn day(moment: &str) -> &str {
    moment.split('T').next().unwrap_or(moment)
}

/// Tells whether a moment is over.
pub(crate) fn is_past(moment: Option<&str>, now: Timestamp) -> bool {
    moment.and_then(Timestamp::parse).is_some_and(|at| at < now)
}
