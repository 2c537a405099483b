//! Recording a lead: a company, a person and an opportunity, none of them twice.

mod company;
mod opportunity;

use crate::contacts::by_email;
use crate::find::{Outcome, find_or_create};
use crate::values::{Amount, PhoneNumber, full_name};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillgate_sdk::crm::{self, Contact, Entry};
use skillgate_sdk::{Timestamp, ToolResult};

/// A possible deal and who it is with.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateLead {
    /// What the deal is about, in a few words: the opportunity's name.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// Whom to talk to.
    person: LeadPerson,
    /// Where the person works.
    company: Option<LeadCompany>,
    /// What the deal may be worth.
    amount: Option<Amount>,
    /// When the deal is expected to close.
    close_date: Option<Timestamp>,
}

/// The person of a lead, found again by e-mail address.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeadPerson {
    #[schemars(length(min = 3, max = 254), regex(pattern = "^[^@\\s]+@[^@\\s]+$"))]
    email: String,
    #[schemars(length(min = 1, max = 100))]
    first_name: Option<String>,
    #[schemars(length(min = 1, max = 100))]
    last_name: Option<String>,
    #[schemars(length(min = 1, max = 200))]
    job_title: Option<String>,
    phone: Option<PhoneNumber>,
}

/// The company of a lead, found again by domain, or by name where a domain is missing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeadCompany {
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// The web domain, for example example.org.
    #[schemars(length(min = 3, max = 253))]
    domain: Option<String>,
}

/// The records of the lead.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Lead {
    opportunity: LeadRecord,
    person: LeadRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<LeadRecord>,
}

/// One record of the lead.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LeadRecord {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Whether it is new, or was there before and was left as it is.
    outcome: Outcome,
}

/// Record a new lead in the CRM: "add a lead", "I met Ada from Engines, she wants a quote". Makes the person, the
/// company and an opportunity in the first stage, or finds those that exist and leaves them as they are. Calling it
/// again with the same input changes nothing.
#[skillgate_sdk::tool(title = "Create a lead")]
pub(crate) fn create_lead(input: CreateLead) -> ToolResult<Lead> {
    let company = input
        .company
        .map(company::find_or_create_company)
        .transpose()?;
    let company_id = company.as_ref().map(|(_, entry)| entry.id.clone());
    let person = find_or_create_person(input.person, company_id.clone())?;
    let opportunity = opportunity::find_or_create_opportunity(&crm::Opportunity {
        name: Some(input.name.trim().to_owned()),
        stage: Some(opportunity::first_stage()),
        amount: input.amount.map(Into::into),
        close_date: input.close_date.map(Into::into),
        company_id,
        point_of_contact_id: Some(person.1.id.clone()),
        owner_id: None,
    })?;
    Ok(Lead {
        opportunity: record(opportunity, |it| it.name),
        person: record(person, |it| full_name(&it).or(it.email)),
        company: company.map(|found| record(found, |it| it.name.or(it.domain))),
    })
}

fn find_or_create_person(
    person: LeadPerson,
    company_id: Option<String>,
) -> ToolResult<(Outcome, Entry<Contact>)> {
    let email = person.email.trim().to_lowercase();
    let fields = Contact {
        first_name: person.first_name,
        last_name: person.last_name,
        email: Some(email.clone()),
        phone: person.phone.map(Into::into),
        job_title: person.job_title,
        company_id,
        ..Default::default()
    };
    find_or_create(crm::contacts(), || by_email(&email), fields)
}

fn record<T>(
    (outcome, entry): (Outcome, Entry<T>),
    name: impl Fn(T) -> Option<String>,
) -> LeadRecord {
    LeadRecord {
        id: entry.id,
        name: name(entry.fields),
        outcome,
    }
}
