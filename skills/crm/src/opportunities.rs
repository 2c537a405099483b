//! Reading and changing one possible deal.

use crate::values::{self, Amount, Named};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillgate_sdk::crm::{self, Draft, Entry, Opportunity, RecordId};
use skillgate_sdk::{Timestamp, ToolResult};

/// Which opportunity.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetOpportunity {
    /// The opportunity's id.
    id: RecordId,
}

/// An opportunity.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OpportunityDetails {
    #[serde(flatten)]
    summary: OpportunitySummary,
    /// With whom the deal would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<Named>,
    /// Whom to talk to.
    #[serde(skip_serializing_if = "Option::is_none")]
    point_of_contact: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
}

/// An opportunity in short.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OpportunitySummary {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// One of the stages of this CRM, for example NEW.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    close_date: Option<String>,
}

impl From<Entry<Opportunity>> for OpportunitySummary {
    fn from(entry: Entry<Opportunity>) -> Self {
        Self {
            id: entry.id,
            name: entry.fields.name,
            stage: entry.fields.stage,
            amount: entry.fields.amount.map(Into::into),
            close_date: entry.fields.close_date,
        }
    }
}

/// Look up one opportunity (deal) in the CRM by id: stage, amount, expected close, company and point of contact.
#[skillgate_sdk::tool(title = "Get an opportunity", reads_only)]
pub(crate) fn get_opportunity(input: GetOpportunity) -> ToolResult<OpportunityDetails> {
    let mut entry = crm::opportunities().get(input.id)?;
    let (company, contact) = (
        entry.fields.company_id.take(),
        entry.fields.point_of_contact_id.take(),
    );
    Ok(OpportunityDetails {
        company: company.map(values::company).transpose()?,
        point_of_contact: contact.map(values::contact).transpose()?,
        owner_id: entry.fields.owner_id.take(),
        updated_at: entry.updated_at.take(),
        summary: entry.into(),
    })
}

/// A field of an opportunity that can be emptied.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OpportunityField {
    Amount,
    CloseDate,
    CompanyId,
    PointOfContactId,
    OwnerId,
}

impl OpportunityField {
    const fn name(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::CloseDate => "close_date",
            Self::CompanyId => "company_id",
            Self::PointOfContactId => "point_of_contact_id",
            Self::OwnerId => "owner_id",
        }
    }
}

/// What to change. Absent fields stay as they are.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateOpportunity {
    /// The opportunity's id.
    id: RecordId,
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// One of the stages of this CRM: NEW, SCREENING, MEETING, PROPOSAL, CUSTOMER unless it was changed.
    #[schemars(length(min = 1, max = 60))]
    stage: Option<String>,
    amount: Option<Amount>,
    /// When the deal is expected to close.
    close_date: Option<Timestamp>,
    /// The id of the company.
    company_id: Option<RecordId>,
    /// The id of the contact to talk to.
    point_of_contact_id: Option<RecordId>,
    /// The id of the workspace member who owns it.
    owner_id: Option<RecordId>,
    /// Fields to empty.
    #[serde(default)]
    #[schemars(length(max = 5))]
    clear: Vec<OpportunityField>,
}

/// Change an opportunity (deal) in the CRM: move it to another stage, set its amount, close date, company, contact
/// or owner.
#[skillgate_sdk::tool(title = "Update an opportunity")]
pub(crate) fn update_opportunity(input: UpdateOpportunity) -> ToolResult<OpportunitySummary> {
    let fields = Opportunity {
        name: input.name,
        stage: input.stage,
        amount: input.amount.map(Into::into),
        close_date: input.close_date.map(Into::into),
        company_id: input.company_id.map(Into::into),
        point_of_contact_id: input.point_of_contact_id.map(Into::into),
        owner_id: input.owner_id.map(Into::into),
    };
    if fields == Opportunity::default() && input.clear.is_empty() {
        return Err(values::nothing_to_change());
    }
    let clear = input.clear.into_iter().map(OpportunityField::name);
    let draft = clear.fold(Draft::from(fields), Draft::clear);
    Ok(crm::opportunities()
        .update(input.id.as_str(), draft)?
        .into())
}
