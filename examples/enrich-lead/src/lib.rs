//! An example for partners: a tool that asks a service outside, with a credential that it never sees.

use skillgate_sdk::crm::{self, Contact, Entry};
use skillgate_sdk::http::{self, Response};
use skillgate_sdk::{ErrorCode, Retry, ToolError, ToolResult, config, log};
use std::fmt::Write;

/// Whose gaps to fill.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrichLead {
    /// The contact's id.
    #[schemars(length(equal = 36))]
    id: String,
}

/// What came of it.
#[derive(Debug, PartialEq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The fields named were filled in.
    Enriched,
    /// The directory knows nothing that the CRM does not.
    NothingNew,
    /// The directory does not know the person.
    Unknown,
}

/// What was filled in.
#[derive(Debug, PartialEq, serde::Serialize, schemars::JsonSchema)]
pub struct Enriched {
    outcome: Outcome,
    fields: Vec<&'static str>,
}

/// What the directory answers of a person, as far as it is of use.
#[derive(serde::Deserialize)]
struct Person {
    job_title: Option<String>,
    linkedin_url: Option<String>,
}

/// Fills in what the CRM does not know of a person, from a directory of people. What is there already stays.
#[skillgate_sdk::tool(title = "Enrich a lead")]
pub fn enrich_lead(input: EnrichLead) -> ToolResult<Enriched> {
    let contact = crm::contacts().get(&input.id)?;
    let Some(email) = &contact.fields.email else {
        let message = "The contact has no e-mail address to look up. Add one first.";
        return Err(ToolError::invalid_input(message));
    };
    let Some(person) = look_up(email)? else {
        return Ok(done(Outcome::Unknown, Vec::new()));
    };
    fill_in(&contact, person)
}

fn look_up(email: &str) -> ToolResult<Option<Person>> {
    let directory = config::get("directory").unwrap_or_default();
    let answer: Response = http::get(format!("{directory}/{}", segment(email))).fetch()?;
    if answer.status == 404 {
        return Ok(None);
    }
    if !answer.is_success() {
        log::warn(&format!("the directory answered {}", answer.status));
        let message = "The directory of people does not answer as it should. Try again later.";
        return Err(ToolError {
            retry: Retry::Safe,
            ..ToolError::new(ErrorCode::Unavailable, message)
        });
    }
    Ok(Some(answer.json()?))
}

fn fill_in(contact: &Entry<Contact>, person: Person) -> ToolResult<Enriched> {
    let known = &contact.fields;
    let job_title = person.job_title.filter(|_| known.job_title.is_none());
    let linkedin_url = person.linkedin_url.filter(|_| known.linkedin_url.is_none());
    let named = [
        ("job_title", job_title.is_some()),
        ("linkedin_url", linkedin_url.is_some()),
    ];
    let fields: Vec<_> = named
        .into_iter()
        .filter(|(_, new)| *new)
        .map(|(name, _)| name)
        .collect();
    if fields.is_empty() {
        return Ok(done(Outcome::NothingNew, fields));
    }
    let news = Contact {
        job_title,
        linkedin_url,
        ..Contact::default()
    };
    crm::contacts().update(&contact.id, news)?;
    Ok(done(Outcome::Enriched, fields))
}

const fn done(outcome: Outcome, fields: Vec<&'static str>) -> Enriched {
    Enriched { outcome, fields }
}

/// Writes a text as one segment of a path (RFC 3986, section 2.3).
fn segment(text: &str) -> String {
    text.bytes().fold(String::new(), |mut segment, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            write!(segment, "%{byte:02X}").expect("a string takes everything");
        }
        segment
    })
}

skillgate_sdk::skill![enrich_lead];
