//! Values that several tools take or answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillgate_sdk::crm::{self, Contact, EntryRef, ErrorCode, Money, ObjectKind, Phone, RecordId};
use skillgate_sdk::{ToolError, ToolResult};

/// Millionths in one unit of a currency.
const MICROS: f64 = 1_000_000.0;

/// An amount of money.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Amount {
    /// In whole units of the currency, for example 1500.5.
    #[schemars(range(min = 0.0, max = 9e9))]
    amount: f64,
    /// ISO 4217, for example EUR.
    #[schemars(length(equal = 3))]
    currency: String,
}

impl From<Amount> for Money {
    fn from(amount: Amount) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast saturates, and the schema keeps amounts far below"
        )]
        let amount_micros = (amount.amount * MICROS).round() as i64;
        Self {
            amount_micros,
            currency: amount.currency.to_ascii_uppercase(),
        }
    }
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            reason = "the contract keeps amounts below 2^53"
        )]
        let amount = money.amount_micros as f64 / MICROS;
        Self {
            amount,
            currency: money.currency,
        }
    }
}

/// A telephone number.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhoneNumber {
    /// The national number, digits only, for example 612345678.
    #[schemars(length(min = 3, max = 15), regex(pattern = "^[0-9]+$"))]
    number: String,
    /// ISO 3166-1 alpha-2, for example FR.
    #[schemars(length(equal = 2))]
    country: String,
}

impl From<PhoneNumber> for Phone {
    fn from(phone: PhoneNumber) -> Self {
        Self {
            number: phone.number,
            country: phone.country.to_ascii_uppercase(),
            calling_code: String::new(),
        }
    }
}

/// Another record, by id and by what people call it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Named {
    /// Its id.
    pub(crate) id: String,
    /// Its name. Absent when it may not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

/// Returns what people call a person.
pub(crate) fn full_name(contact: &Contact) -> Option<String> {
    let names = [&contact.first_name, &contact.last_name];
    let name = names.map(|name| name.as_deref().unwrap_or_default());
    let name = name.join(" ").trim().to_owned();
    (!name.is_empty()).then_some(name)
}

/// Writes a telephone number as people dial it.
pub(crate) fn dialled(phone: Phone) -> String {
    if phone.calling_code.is_empty() {
        return phone.number;
    }
    format!("{} {}", phone.calling_code, phone.number)
}

/// Names the company of a record. One that is gone, or that may not be read, has an id only.
pub(crate) fn company(id: String) -> ToolResult<Named> {
    let name = readable(crm::companies().get(&id))?.and_then(|entry| entry.fields.name);
    Ok(Named { id, name })
}

/// Names the contact of a record, likewise.
pub(crate) fn contact(id: String) -> ToolResult<Named> {
    let entry = readable(crm::contacts().get(&id))?;
    let name = entry.and_then(|entry| full_name(&entry.fields).or(entry.fields.email));
    Ok(Named { id, name })
}

/// Takes what only adds detail to an answer: what may not be read is left out.
fn readable<T>(read: Result<T, crm::Error>) -> ToolResult<Option<T>> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.code, ErrorCode::Denied | ErrorCode::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Lists the records that a task or note is about.
pub(crate) fn targets(
    contact: Option<&RecordId>,
    company: Option<&RecordId>,
    opportunity: Option<&RecordId>,
) -> Vec<EntryRef> {
    let named = [
        (ObjectKind::Contact, contact),
        (ObjectKind::Company, company),
        (ObjectKind::Opportunity, opportunity),
    ];
    named
        .into_iter()
        .filter_map(|(object, id)| id.map(|id| EntryRef::new(object, id)))
        .collect()
}

/// Refuses a call that would change nothing.
pub(crate) fn nothing_to_change() -> ToolError {
    ToolError::invalid_input("Give at least one field to change.")
}

/// Tells whether two names are the same to people.
pub(crate) fn is_same_name(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}
