use serde::{Deserialize, Serialize};
use skillgate_domain::crm::{Field, FieldKey, FieldValue, ObjectKind, Record};
use utoipa::ToSchema;

/// Millionths in one unit of a currency.
const MICROS: f64 = 1_000_000.0;

/// The kinds of record of this surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EntityType {
    Person,
    Opportunity,
    Task,
}

impl EntityType {
    /// Finds the kind that a word means.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "person" => Some(Self::Person),
            "opportunity" => Some(Self::Opportunity),
            "task" => Some(Self::Task),
            _ => None,
        }
    }

    /// Returns the kind of record that it is.
    pub(crate) const fn object(self) -> ObjectKind {
        match self {
            Self::Person => ObjectKind::Contact,
            Self::Opportunity => ObjectKind::Opportunity,
            Self::Task => ObjectKind::Task,
        }
    }
}

/// A record in short. What is empty, or may not be seen, is null.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = CrmSummary)]
pub(crate) enum Summary {
    Person(PersonSummary),
    Opportunity(OpportunitySummary),
    Task(TaskSummary),
}

/// Somebody.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonSummary {
    #[schema(format = "uuid")]
    id: String,
    #[schema(required)]
    name: Option<String>,
    #[schema(required)]
    email: Option<String>,
    #[schema(required)]
    phone: Option<String>,
    /// The company's name.
    #[schema(required)]
    company: Option<String>,
    #[schema(required)]
    city: Option<String>,
    #[schema(required)]
    job_title: Option<String>,
    /// Always null: the CRM has no such field of people.
    #[schema(required)]
    status: Option<String>,
    #[schema(required)]
    updated_at: Option<String>,
}

/// A possible deal.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpportunitySummary {
    #[schema(format = "uuid")]
    id: String,
    #[schema(required)]
    title: Option<String>,
    #[schema(required)]
    stage: Option<String>,
    /// In units of the currency.
    #[schema(required)]
    amount: Option<f64>,
    /// ISO 4217.
    #[schema(required)]
    currency: Option<String>,
    #[schema(required)]
    close_date: Option<String>,
    #[schema(required)]
    updated_at: Option<String>,
}

/// Something to do.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskSummary {
    #[schema(format = "uuid")]
    id: String,
    #[schema(required)]
    title: Option<String>,
    #[schema(required)]
    status: Option<String>,
    #[schema(required)]
    due_date: Option<String>,
    /// The id of the workspace member who has it.
    #[schema(required)]
    assignee: Option<String>,
    #[schema(required)]
    updated_at: Option<String>,
}

/// Shortens a record of one of the surface's kinds; others are shown as tasks are, by title alone.
pub(crate) fn summary(record: &Record, company: Option<String>) -> Summary {
    let text = |field| text(record, &FieldKey::Standard(field));
    let (id, updated_at) = (record.id.to_string(), record.updated_at.clone());
    match record.object {
        ObjectKind::Contact => Summary::Person(PersonSummary {
            name: full_name(text(Field::ContactFirstName), text(Field::ContactLastName)),
            email: text(Field::ContactEmail),
            phone: text(Field::ContactPhone),
            city: own(record, "city"),
            job_title: text(Field::ContactJobTitle),
            status: None,
            company,
            id,
            updated_at,
        }),
        ObjectKind::Opportunity => Summary::Opportunity(OpportunitySummary {
            title: text(Field::OpportunityName),
            stage: text(Field::OpportunityStage),
            amount: money(record).map(|(amount, _)| amount),
            currency: money(record).map(|(_, currency)| currency),
            close_date: text(Field::OpportunityCloseDate),
            id,
            updated_at,
        }),
        ObjectKind::Task | ObjectKind::Company | ObjectKind::Note => Summary::Task(TaskSummary {
            title: text(Field::TaskTitle),
            status: text(Field::TaskStatus),
            due_date: text(Field::TaskDueAt),
            assignee: text(Field::TaskAssignee),
            id,
            updated_at,
        }),
    }
}

fn text(record: &Record, key: &FieldKey) -> Option<String> {
    match record.fields.get(key)? {
        FieldValue::Text(text) | FieldValue::DateTime(text) => Some(text.clone()),
        FieldValue::Phone(phone) => {
            let dialled = format!("{} {}", phone.calling_code, phone.number);
            Some(dialled.trim().to_owned())
        }
        FieldValue::Reference(id) => Some(id.to_string()),
        _ => None,
    }
}

fn own(record: &Record, name: &str) -> Option<String> {
    text(record, &FieldKey::from_name(record.object, name)?)
}

fn full_name(first: Option<String>, last: Option<String>) -> Option<String> {
    let names: Vec<_> = first.into_iter().chain(last).collect();
    (!names.is_empty()).then(|| names.join(" "))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the contract keeps amounts below 2^53"
)]
fn money(record: &Record) -> Option<(f64, String)> {
    let key = FieldKey::Standard(Field::OpportunityAmount);
    match record.fields.get(&key)? {
        FieldValue::Money(money) => {
            let units = money.amount_micros as f64 / MICROS;
            Some((units, money.currency.clone()))
        }
        _ => None,
    }
}
