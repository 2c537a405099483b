//! Reading and changing one person.

use crate::search::ContactSummary;
use crate::values::{self, Named, PhoneNumber, dialled, full_name};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillgate_sdk::crm::{self, Contact, Draft, Entry, RecordId};
use skillgate_sdk::{ToolError, ToolResult};

/// Which person: by id or by e-mail address.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetContact {
    /// The person's id.
    id: Option<RecordId>,
    /// The person's primary e-mail address, when the id is not known.
    #[schemars(length(min = 3, max = 254))]
    email: Option<String>,
}

/// A person.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ContactDetails {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    additional_emails: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    linkedin_url: Option<String>,
    /// Where the person works.
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
}

/// Look up one person in the CRM by id or e-mail address: telephone number, job, company and other details.
#[skillgate_sdk::tool(title = "Get a contact", reads_only)]
pub(crate) fn get_contact(input: GetContact) -> ToolResult<ContactDetails> {
    let entry = match (input.id, input.email) {
        (Some(id), None) => crm::contacts().get(id)?,
        (None, Some(email)) => by_email(&email)?
            .ok_or_else(|| ToolError::not_found("No contact has this e-mail address."))?,
        _ => return Err(ToolError::invalid_input("Give either id or email.")),
    };
    Ok(ContactDetails {
        name: full_name(&entry.fields),
        id: entry.id,
        email: entry.fields.email,
        additional_emails: entry.fields.additional_emails.unwrap_or_default(),
        phone: entry.fields.phone.map(dialled),
        job_title: entry.fields.job_title,
        linkedin_url: entry.fields.linkedin_url,
        company: entry.fields.company_id.map(values::company).transpose()?,
        updated_at: entry.updated_at,
    })
}

/// Finds the person with a primary e-mail address.
pub(crate) fn by_email(email: &str) -> ToolResult<Option<Entry<Contact>>> {
    let email = email.trim().to_lowercase();
    let page = crm::contacts()
        .filter(crm::field("email").equals(email))
        .limit(1)
        .fetch()?;
    Ok(page.into_iter().next())
}

/// A field of a contact that can be emptied.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ContactField {
    FirstName,
    LastName,
    Phone,
    JobTitle,
    LinkedinUrl,
    CompanyId,
}

impl ContactField {
    const fn name(self) -> &'static str {
        match self {
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Phone => "phone",
            Self::JobTitle => "job_title",
            Self::LinkedinUrl => "linkedin_url",
            Self::CompanyId => "company_id",
        }
    }
}

/// What to change. Absent fields stay as they are.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateContact {
    /// The person's id.
    id: RecordId,
    #[schemars(length(min = 1, max = 100))]
    first_name: Option<String>,
    #[schemars(length(min = 1, max = 100))]
    last_name: Option<String>,
    /// The new primary e-mail address.
    #[schemars(length(min = 3, max = 254))]
    email: Option<String>,
    phone: Option<PhoneNumber>,
    #[schemars(length(min = 1, max = 200))]
    job_title: Option<String>,
    #[schemars(length(min = 1, max = 500))]
    linkedin_url: Option<String>,
    /// The id of the company where the person works.
    company_id: Option<RecordId>,
    /// Fields to empty.
    #[serde(default)]
    #[schemars(length(max = 6))]
    clear: Vec<ContactField>,
}

/// Change a person in the CRM: a new e-mail address, job, telephone number or company, or a corrected name.
#[skillgate_sdk::tool(title = "Update a contact")]
pub(crate) fn update_contact(input: UpdateContact) -> ToolResult<ContactSummary> {
    let fields = Contact {
        first_name: input.first_name,
        last_name: input.last_name,
        email: input.email,
        additional_emails: None,
        phone: input.phone.map(Into::into),
        job_title: input.job_title,
        linkedin_url: input.linkedin_url,
        company_id: input.company_id.map(Into::into),
    };
    if fields == Contact::default() && input.clear.is_empty() {
        return Err(values::nothing_to_change());
    }
    let clear = input.clear.into_iter().map(ContactField::name);
    let draft = clear.fold(Draft::from(fields), Draft::clear);
    Ok(crm::contacts().update(input.id.as_str(), draft)?.into())
}
