//! The record that is handed over: what its caller sees of it, and what goes along.

use crate::request::EntityType;
use schemars::JsonSchema;
use serde::Serialize;
use skillgate_sdk::crm::{self, Contact, Entry, Money, ObjectKind, Opportunity, Phone, Task};
use skillgate_sdk::tez::{self, Provenance, Snapshot};
use skillgate_sdk::{ToolError, ToolResult};

/// Millionths in one unit of a currency.
const MICROS: f64 = 1_000_000.0;

/// A record in short, for its caller. What is empty, or may not be seen, is null.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Summary {
    Person(PersonSummary),
    Opportunity(OpportunitySummary),
    Task(TaskSummary),
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonSummary {
    id: String,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    company: Option<String>,
    city: Option<String>,
    job_title: Option<String>,
    /// The CRM has no such field of people.
    status: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpportunitySummary {
    id: String,
    title: Option<String>,
    stage: Option<String>,
    /// In units of the currency.
    amount: Option<f64>,
    /// ISO 4217.
    currency: Option<String>,
    close_date: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskSummary {
    id: String,
    title: Option<String>,
    status: Option<String>,
    due_date: Option<String>,
    /// The id of the workspace member who has it.
    assignee: Option<String>,
    updated_at: Option<String>,
}

/// The record that is handed over.
#[derive(Debug)]
pub(crate) struct HandedOver {
    pub(crate) summary: Summary,
    /// What people call it, as far as that may be passed on.
    pub(crate) name: String,
    /// What may be passed on, in one line.
    pub(crate) content: String,
    /// What its recipient's assistant may make of it.
    pub(crate) question: String,
    /// Where the line comes from.
    pub(crate) provenance: Origin,
}

/// Which record a line was made from, when, and of which fields.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Origin {
    /// What kind of attachment the line is.
    #[serde(rename = "type")]
    attachment: &'static str,
    object: &'static str,
    record_id: String,
    updated_at: Option<String>,
    fetched_at: String,
    fields: Vec<String>,
}

impl From<Provenance> for Origin {
    fn from(from: Provenance) -> Self {
        let (attachment, object) = match from.object {
            ObjectKind::Contact => ("crm.contact", "person"),
            ObjectKind::Opportunity => ("crm.opportunity", "opportunity"),
            ObjectKind::Task => ("crm.task", "task"),
            ObjectKind::Company => ("crm.activity", "company"),
            ObjectKind::Note => ("crm.activity", "note"),
        };
        Self {
            attachment,
            object,
            record_id: from.record_id,
            updated_at: from.updated_at,
            fetched_at: from.fetched_at,
            fields: from.fields,
        }
    }
}

/// Reads the record once, for both.
pub(crate) fn read(entity: EntityType, id: &str) -> ToolResult<HandedOver> {
    match entity {
        EntityType::Person => handed_over(tez::snapshot::<Contact>(id)?, person),
        EntityType::Opportunity => {
            handed_over(tez::snapshot::<Opportunity>(id)?, |it| Ok(opportunity(it)))
        }
        EntityType::Task => handed_over(tez::snapshot::<Task>(id)?, |it| Ok(task(it))),
    }
}

fn handed_over<T>(
    snapshot: Snapshot<T>,
    summary: impl FnOnce(Entry<T>) -> ToolResult<Summary>,
) -> ToolResult<HandedOver> {
    Ok(HandedOver {
        summary: summary(snapshot.entry)?,
        name: snapshot.name,
        content: snapshot.content,
        question: snapshot.question,
        provenance: snapshot.provenance.into(),
    })
}

fn person(entry: Entry<Contact>) -> ToolResult<Summary> {
    let city = match entry.custom("city") {
        Some(crm::FieldValue::Text(city)) => Some(city.clone()),
        _ => None,
    };
    let fields = entry.fields;
    let names = [&fields.first_name, &fields.last_name];
    let name = names.map(|name| name.as_deref().unwrap_or_default());
    let name = name.join(" ").trim().to_owned();
    Ok(Summary::Person(PersonSummary {
        id: entry.id,
        name: (!name.is_empty()).then_some(name),
        email: fields.email,
        phone: fields.phone.as_ref().map(dialled),
        company: fields.company_id.map_or(Ok(None), company)?,
        city,
        job_title: fields.job_title,
        status: None,
        updated_at: entry.updated_at,
    }))
}

/// A company that is gone, or may not be read, has no name here.
fn company(id: String) -> ToolResult<Option<String>> {
    match crm::companies().get(id) {
        Ok(company) => Ok(company.fields.name),
        Err(error)
            if matches!(
                error.code,
                crm::ErrorCode::Denied | crm::ErrorCode::NotFound
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(ToolError::from(error)),
    }
}

fn opportunity(entry: Entry<Opportunity>) -> Summary {
    let fields = entry.fields;
    Summary::Opportunity(OpportunitySummary {
        id: entry.id,
        title: fields.name,
        stage: fields.stage,
        amount: fields.amount.as_ref().map(units),
        currency: fields.amount.map(|amount| amount.currency),
        close_date: fields.close_date,
        updated_at: entry.updated_at,
    })
}

fn task(entry: Entry<Task>) -> Summary {
    let fields = entry.fields;
    Summary::Task(TaskSummary {
        id: entry.id,
        title: fields.title,
        status: fields.status,
        due_date: fields.due_at,
        assignee: fields.assignee_id,
        updated_at: entry.updated_at,
    })
}

fn dialled(phone: &Phone) -> String {
    format!("{} {}", phone.calling_code, phone.number)
        .trim()
        .to_owned()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the contract keeps amounts below 2^53"
)]
fn units(amount: &Money) -> f64 {
    amount.amount_micros as f64 / MICROS
}
