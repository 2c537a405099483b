//! Writing notes.

use crate::find::Outcome;
use crate::values::targets;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillgate_sdk::crm::{self, Entry, EntryRef, LIMIT_MAX, Note, RecordId};
use skillgate_sdk::{ToolError, ToolResult};

/// Most notes looked at that have the same title and record.
const CANDIDATES_MAX: usize = 100;

/// A note about at least one record.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddNote {
    /// What it is about, in a few words.
    #[schemars(length(min = 1, max = 200))]
    title: String,
    /// The note itself, in Markdown.
    #[schemars(length(min = 1, max = 20_000))]
    body: Option<String>,
    /// The id of a contact that the note is about.
    contact_id: Option<RecordId>,
    /// The id of a company that the note is about.
    company_id: Option<RecordId>,
    /// The id of an opportunity that the note is about.
    opportunity_id: Option<RecordId>,
}

/// The note that was written.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AddedNote {
    id: String,
    /// Whether it is new, or the same note was there before.
    outcome: Outcome,
}

/// Write down in the CRM what happened: notes of a call or meeting with a contact, company or opportunity. The very
/// same note is not written twice.
#[skillgate_sdk::tool(title = "Add a note")]
pub(crate) fn add_note(input: AddNote) -> ToolResult<AddedNote> {
    let about = targets(
        input.contact_id.as_ref(),
        input.company_id.as_ref(),
        input.opportunity_id.as_ref(),
    );
    let Some(first) = about.first() else {
        let message = "Give at least one of contact_id, company_id and opportunity_id.";
        return Err(ToolError::invalid_input(message));
    };
    let note = Note {
        title: Some(input.title.trim().to_owned()),
        body: input.body,
    };
    let (outcome, entry) = match same_note(&note, first)? {
        Some(entry) => (Outcome::Found, entry),
        None => (Outcome::Created, crm::notes().create(note)?),
    };
    link_all(&entry.reference(), &about)?;
    Ok(AddedNote {
        id: entry.id,
        outcome,
    })
}

fn same_note(note: &Note, about: &EntryRef) -> ToolResult<Option<Entry<Note>>> {
    let title = note.title.clone().unwrap_or_default();
    let candidates = crm::notes()
        .filter(crm::field("title").equals(title))
        .linked_to(about.clone())
        .limit(LIMIT_MAX)
        .fetch_up_to(CANDIDATES_MAX)?;
    let body = |note: &Note| note.body.as_deref().unwrap_or_default().trim().to_owned();
    let wanted = body(note);
    Ok(candidates
        .into_iter()
        .find(|entry| body(&entry.fields) == wanted))
}

/// Attaches a note to records. A failure names what was made, so that it is not made twice.
fn link_all(source: &EntryRef, about: &[EntryRef]) -> ToolResult<()> {
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
