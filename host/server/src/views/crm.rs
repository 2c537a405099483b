//! CRM records as the surface of MyPA's clients has them: short summaries, and whole records in the CRM's
//! own shape.

mod context;
mod coordinate;
mod entity;
mod payload;
mod summary;

pub(crate) use context::{ContextItem, ContextLayer, context, layer};
pub(crate) use coordinate::{CoordinateRequest, Coordinated, CoordinatedPlan};
pub(crate) use entity::entity;
pub(crate) use payload::{Payload, changes};
pub(crate) use summary::{EntityType, Summary, summary};

use skillgate_domain::crm::Field;

/// Where a typed field stands in the CRM's own shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A member of the record.
    Member(&'static str),
    /// A part of a member.
    Part(&'static str, &'static str),
    /// A member with an amount.
    Amount(&'static str),
    /// A member with a telephone number.
    Phone(&'static str),
}

impl Place {
    const fn of(field: Field) -> Self {
        use Field as F;
        match field {
            F::ContactFirstName => Self::Part("name", "firstName"),
            F::ContactLastName => Self::Part("name", "lastName"),
            F::ContactEmail => Self::Part("emails", "primaryEmail"),
            F::ContactAdditionalEmails => Self::Part("emails", "additionalEmails"),
            F::ContactPhone => Self::Phone("phones"),
            F::ContactJobTitle => Self::Member("jobTitle"),
            F::ContactLinkedinUrl | F::CompanyLinkedinUrl => {
                Self::Part("linkedinLink", "primaryLinkUrl")
            }
            F::ContactCompany | F::OpportunityCompany => Self::Member("companyId"),
            F::CompanyName | F::OpportunityName => Self::Member("name"),
            F::CompanyDomain => Self::Part("domainName", "primaryLinkUrl"),
            F::CompanyCity => Self::Part("address", "addressCity"),
            F::CompanyCountry => Self::Part("address", "addressCountry"),
            F::CompanyAnnualRevenue => Self::Amount("annualRevenue"),
            F::OpportunityStage => Self::Member("stage"),
            F::OpportunityAmount => Self::Amount("amount"),
            F::OpportunityCloseDate => Self::Member("closeDate"),
            F::OpportunityPointOfContact => Self::Member("pointOfContactId"),
            F::OpportunityOwner => Self::Member("ownerId"),
            F::TaskTitle | F::NoteTitle => Self::Member("title"),
            F::TaskBody | F::NoteBody => Self::Part("bodyV2", "markdown"),
            F::TaskStatus => Self::Member("status"),
            F::TaskDueAt => Self::Member("dueAt"),
            F::TaskAssignee => Self::Member("assigneeId"),
        }
    }

    const fn member(self) -> &'static str {
        match self {
            Self::Member(member)
            | Self::Part(member, _)
            | Self::Amount(member)
            | Self::Phone(member) => member,
        }
    }
}
