//! Finding records.

use crate::values::{dialled, full_name};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillgate_sdk::crm::{self, Contact, Entry, Object, ObjectKind, Page, Records, Search};
use skillgate_sdk::{Timestamp, ToolError, ToolResult};

/// Results of a search that does not say how many.
const LIMIT_DEFAULT: u32 = 10;

/// Whom to look for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchContacts {
    /// A name, an e-mail address, or parts of them. All words must match.
    #[schemars(length(min = 1, max = 200))]
    text: String,
    /// How many to answer. 10 when absent.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    /// The `next_cursor` of the page before, with the same text.
    #[schemars(length(min = 1, max = 2048))]
    cursor: Option<String>,
}

/// People who match.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FoundContacts {
    /// The people on this page.
    contacts: Vec<ContactSummary>,
    /// How many match in all.
    total: u32,
    /// Present when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A person in short.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ContactSummary {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company_id: Option<String>,
}

impl From<Entry<Contact>> for ContactSummary {
    fn from(entry: Entry<Contact>) -> Self {
        Self {
            name: full_name(&entry.fields),
            id: entry.id,
            email: entry.fields.email,
            phone: entry.fields.phone.map(dialled),
            job_title: entry.fields.job_title,
            company_id: entry.fields.company_id,
        }
    }
}

/// Find someone in the CRM by name or e-mail address: "who is Ada Lovelace", "do we know ada@example.org".
/// Answers a short list with ids for the other tools.
#[skillgate_sdk::tool(title = "Find a contact", reads_only)]
pub(crate) fn search_contacts(input: SearchContacts) -> ToolResult<FoundContacts> {
    let search = crm::contacts().text(input.text);
    let page = paged(search, input.limit, input.cursor)?;
    Ok(FoundContacts {
        total: page.total,
        next_cursor: page.next_cursor.clone(),
        contacts: page.into_iter().map(ContactSummary::from).collect(),
    })
}

/// A kind of record.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A person.
    Contact,
    /// An organisation.
    Company,
    /// A possible deal.
    Opportunity,
    /// Something to do.
    Task,
    /// A remembered activity.
    Note,
}

/// What to look for. All parts must hold.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchRecords {
    /// The kind of record.
    object: Kind,
    /// Words that must all occur in the name, e-mail address, domain or title.
    #[schemars(length(min = 1, max = 200))]
    text: Option<String>,
    /// The stage of an opportunity, for example NEW, or the status of a task, for example TODO.
    #[schemars(length(min = 1, max = 60))]
    status: Option<String>,
    /// Only records that changed since then.
    updated_since: Option<Timestamp>,
    /// How many to answer. 10 when absent.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    /// The `next_cursor` of the page before, with the same search.
    #[schemars(length(min = 1, max = 2048))]
    cursor: Option<String>,
}

/// Records that match, the last changed first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FoundRecords {
    /// The records on this page.
    records: Vec<RecordSummary>,
    /// How many match in all.
    total: u32,
    /// Present when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A record in short.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RecordSummary {
    id: String,
    /// Its name or title.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What tells it apart: an e-mail address, a domain, a stage, or a status.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
}

/// Find companies, opportunities (deals), tasks, notes or contacts in the CRM: "open deals in stage PROPOSAL",
/// "what changed since Monday", "the company example.org". For people by name, `search_contacts` answers more.
#[skillgate_sdk::tool(title = "Find records", reads_only)]
pub(crate) fn search_records(input: SearchRecords) -> ToolResult<FoundRecords> {
    match input.object {
        Kind::Contact => summaries(crm::contacts(), input, |it| (full_name(&it), it.email)),
        Kind::Company => summaries(crm::companies(), input, |it| (it.name, it.domain)),
        Kind::Opportunity => summaries(crm::opportunities(), input, |it| (it.name, it.stage)),
        Kind::Task => summaries(crm::tasks(), input, |it| (it.title, it.status)),
        Kind::Note => summaries(crm::notes(), input, |it| (it.title, None)),
    }
}

fn summaries<T: Object>(
    records: Records<T>,
    input: SearchRecords,
    name_and_detail: impl Fn(T) -> (Option<String>, Option<String>),
) -> ToolResult<FoundRecords> {
    let mut search = records.search().sort_by_descending("updated_at");
    if let Some(text) = input.text {
        search = search.text(text);
    }
    if let Some(status) = input.status {
        search = search.filter(crm::field(status_field(T::KIND)?).equals(status));
    }
    if let Some(since) = input.updated_since {
        search = search.filter(crm::field("updated_at").at_least(since));
    }
    let page = paged(search, input.limit, input.cursor)?;
    let (total, next_cursor) = (page.total, page.next_cursor.clone());
    let records = page.into_iter().map(|entry| {
        let (name, detail) = name_and_detail(entry.fields);
        RecordSummary {
            id: entry.id,
            name,
            detail,
            updated_at: entry.updated_at,
        }
    });
    Ok(FoundRecords {
        records: records.collect(),
        total,
        next_cursor,
    })
}

fn status_field(object: ObjectKind) -> ToolResult<&'static str> {
    match object {
        ObjectKind::Opportunity => Ok("stage"),
        ObjectKind::Task => Ok("status"),
        ObjectKind::Contact | ObjectKind::Company | ObjectKind::Note => Err(
            ToolError::invalid_input("Only opportunities and tasks have a status: leave it out."),
        ),
    }
}

fn paged<T: Object>(
    search: Search<T>,
    limit: Option<u32>,
    cursor: Option<String>,
) -> ToolResult<Page<T>> {
    let search = search.limit(limit.unwrap_or(LIMIT_DEFAULT));
    let search = match cursor {
        Some(cursor) => search.after(cursor),
        None => search,
    };
    Ok(search.fetch()?)
}
