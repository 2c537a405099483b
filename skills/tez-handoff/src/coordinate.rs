//! One call: a record, what shall come of it, and everything that is made of both.

use crate::planning::{self, Planned};
use crate::record::{self, Summary};
use crate::request::{Coordinate, EntityType};
use crate::tez_draft::{self, ContextItem, ContextLayer, TezDraft};
use crate::workspace::{self, Workspace};
use schemars::JsonSchema;
use serde::Serialize;
use skillgate_sdk::{ToolError, ToolResult, progress};

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

/// Says how many steps are done, and which is next. An agent that thinks takes its time.
fn on(done: u32, next: &str) {
    const STEPS: u32 = 4;
    progress::report(done, Some(STEPS), next);
}

/// Hand a CRM record over: "hand the Acme renewal to Carol, move it to the next stage", "get Taylor and the team
/// aligned". Reads the record, drafts a Tez for its recipients, and drafts a follow-up e-mail and calendar entry.
#[skillgate_sdk::tool(title = "Coordinate a hand-off")]
pub(crate) fn coordinate(input: Coordinate) -> ToolResult<Coordinated> {
    let entity = (input.entity_type, input.entity_id.as_str());
    if input.tez.share && input.tez.team_id.is_none() {
        let message = "Give tez.teamId: a Tez is handed over within a team.";
        return Err(ToolError::invalid_input(message));
    }
    on(0, "Reading the record");
    let record = record::read(entity.0, entity.1)?;
    on(1, "Thinking about what is next");
    let planned = planning::plan(&record, &input.objective, input.openclaw);
    on(2, "Drafting the hand-off");
    let words = (input.objective.as_str(), planned.summary());
    let relay_context = tez_draft::context(&record, &input.tez);
    let share = input.tez.share;
    let tez_draft = tez_draft::draft((input.entity_type, &record), words, input.tez);
    if share {
        tez_draft::share(&tez_draft, entity, &record)?;
    }
    on(3, "Arranging mail and calendar");
    let google_workspace = workspace::arrange(&record, words, input.google_workspace)?;
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
