use crate::find::{Outcome, find_or_create};
use crate::values::is_same_name;
use skillgate_sdk::crm::{self, Entry, FieldValue, LIMIT_MAX, Opportunity};
use skillgate_sdk::{ToolResult, config};

/// Setting: the stage of a new opportunity.
const FIRST_STAGE_KEY: &str = "lead_stage";
const FIRST_STAGE: &str = "NEW";
/// Setting: the stages in which nothing is left to do, parted by commas.
const CLOSED_STAGES_KEY: &str = "closed_stages";
const CLOSED_STAGES: &str = "CUSTOMER,WON,LOST";
/// Most opportunities looked at that have a name in theirs.
const CANDIDATES_MAX: usize = 300;

pub(super) fn first_stage() -> String {
    config::get(FIRST_STAGE_KEY).unwrap_or_else(|| FIRST_STAGE.to_owned())
}

/// Finds the open opportunity of the same name with the same person, else with the same company, or creates it.
pub(super) fn find_or_create_opportunity(
    fields: &Opportunity,
) -> ToolResult<(Outcome, Entry<Opportunity>)> {
    let find = || {
        let name = fields.name.as_deref().unwrap_or_default();
        let with_person = open_of(
            name,
            "point_of_contact_id",
            fields.point_of_contact_id.as_ref(),
        )?;
        match with_person {
            Some(entry) => Ok(Some(entry)),
            None => open_of(name, "company_id", fields.company_id.as_ref()),
        }
    };
    find_or_create(crm::opportunities(), find, fields.clone())
}

fn open_of(
    name: &str,
    relation: &str,
    id: Option<&String>,
) -> ToolResult<Option<Entry<Opportunity>>> {
    let Some(id) = id else {
        return Ok(None);
    };
    let closed = config::get(CLOSED_STAGES_KEY).unwrap_or_else(|| CLOSED_STAGES.to_owned());
    let candidates = crm::opportunities()
        .filter(crm::field("name").contains(name))
        .filter(crm::field(relation).equals(FieldValue::Reference(id.clone())))
        .limit(LIMIT_MAX)
        .fetch_up_to(CANDIDATES_MAX)?;
    Ok(candidates.into_iter().find(|entry| {
        let stage = entry.fields.stage.as_deref().unwrap_or_default();
        let is_closed = closed.split(',').any(|name| name.trim() == stage);
        !is_closed && is_same_name(entry.fields.name.as_deref().unwrap_or_default(), name)
    }))
}
