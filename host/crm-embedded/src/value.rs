//! What a field value may be, how it is stored, and how it is shown.
//!
//! Stored: empty text is `null`, as in the real database. Shown: text `null` is `""`, lists are `[]`.
//! `write` takes what is stored now, because composites merge, each in its own way.

mod actor;
mod address;
mod block;
mod currency;
pub(crate) mod date;
mod emails;
mod full_name;
mod inspect;
mod links;
mod phone_plan;
mod phones;
mod rich_text;
mod scalar;
mod select;

pub(crate) use actor::stamp;
pub(crate) use inspect::inspect;
pub(crate) use scalar::uuid;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::fault::Fault;
use crate::schema::{Field, FieldType};

/// Makes fresh ids; a parameter, so that tests can seed them.
pub(crate) type Ids<'a> = &'a (dyn Fn() -> Uuid + Send + Sync);

/// Returns the stored form of `input`, given the stored `current` (`Null` when there is none).
pub(crate) fn write(
    field: &Field,
    kind: FieldType,
    current: &Value,
    input: &Value,
    ids: Ids<'_>,
) -> Result<Value, Fault> {
    if kind.is_composite() {
        return composite(field, kind, current, input, ids);
    }
    let name = field.name.as_str();
    match kind {
        FieldType::Uuid => scalar::uuid(name, input),
        FieldType::Number => scalar::number(name, input),
        FieldType::Boolean => scalar::boolean(name, input),
        FieldType::DateTime => date::date_time(name, input),
        FieldType::Date => date::date(name, input),
        FieldType::Select => select::one(field, input),
        FieldType::MultiSelect => select::many(field, input),
        FieldType::Position => scalar::position(name, input),
        FieldType::Files => scalar::files(name, input),
        _ => scalar::text(name, input),
    }
}

/// `null` changes nothing; anything but an object is refused; then each kind has its own rule.
fn composite(
    field: &Field,
    kind: FieldType,
    current: &Value,
    input: &Value,
    ids: Ids<'_>,
) -> Result<Value, Fault> {
    let name = field.name.as_str();
    let parts = match input {
        Value::Null => return Ok(current.clone()),
        Value::Object(parts) => parts,
        other => {
            let shown = inspect(other);
            return Err(Fault::bad(format!(
                "Invalid object value {shown} for field \"{name}\""
            )));
        }
    };
    if let Some(part) = parts
        .keys()
        .find(|part| !kind.subfields().contains(&part.as_str()))
    {
        let label = label(kind);
        return Err(Fault::bad(format!(
            "Invalid subfield {part} for {label} field \"{name}\""
        )));
    }
    match kind {
        FieldType::FullName => full_name::write(name, current, parts),
        FieldType::Emails => emails::write(name, current, parts),
        FieldType::Phones => phones::write(name, current, parts),
        FieldType::Links => links::write(name, parts),
        FieldType::Currency => currency::write(name, current, parts),
        FieldType::Address => address::write(name, current, parts),
        FieldType::Actor => actor::write(name, current, parts),
        _ => rich_text::write(name, current, parts, ids),
    }
}

/// Returns how a message calls a composite type.
fn label(kind: FieldType) -> &'static str {
    match kind {
        FieldType::FullName => "full name",
        FieldType::Emails => "emails",
        FieldType::Phones => "phones",
        FieldType::Links => "links",
        FieldType::Currency => "currency",
        FieldType::Address => "address",
        FieldType::Actor => "actor",
        _ => "rich text",
    }
}

/// Returns the shown form of a stored value.
pub(crate) fn read(kind: FieldType, stored: &Value) -> Value {
    match kind {
        FieldType::Text | FieldType::TsVector => text_or_empty(stored),
        FieldType::MultiSelect => list_or_empty(stored),
        FieldType::FullName => parts(stored, &["firstName", "lastName"], &[], &[]),
        FieldType::Emails => parts(stored, &["primaryEmail"], &["additionalEmails"], &[]),
        FieldType::Phones => parts(
            stored,
            &[
                "primaryPhoneNumber",
                "primaryPhoneCountryCode",
                "primaryPhoneCallingCode",
            ],
            &["additionalPhones"],
            &[],
        ),
        FieldType::Links => parts(
            stored,
            &["primaryLinkLabel", "primaryLinkUrl"],
            &["secondaryLinks"],
            &[],
        ),
        FieldType::Currency => parts(stored, &[], &[], &["amountMicros", "currencyCode"]),
        FieldType::Address => {
            let (texts, numbers) = kind.subfields().split_at(6);
            parts(stored, texts, &[], numbers)
        }
        FieldType::RichText => parts(stored, &["markdown"], &[], &["blocknote"]),
        FieldType::Actor => {
            let mut shown = parts(
                stored,
                &["source", "name"],
                &[],
                &["workspaceMemberId", "context"],
            );
            if stored.is_null() {
                shown = json!({"source": "MANUAL", "workspaceMemberId": null, "name": "System", "context": null});
            }
            shown
        }
        _ => stored.clone(),
    }
}

/// Builds a shown composite from its text, list and plain subfields.
fn parts(stored: &Value, texts: &[&str], lists: &[&str], plain: &[&str]) -> Value {
    let mut shown = Map::new();
    for name in texts {
        shown.insert((*name).to_owned(), text_or_empty(&stored[*name]));
    }
    for name in lists {
        shown.insert((*name).to_owned(), list_or_empty(&stored[*name]));
    }
    for name in plain {
        shown.insert((*name).to_owned(), stored[*name].clone());
    }
    Value::Object(shown)
}

fn text_or_empty(stored: &Value) -> Value {
    if stored.is_null() {
        json!("")
    } else {
        stored.clone()
    }
}

fn list_or_empty(stored: &Value) -> Value {
    if stored.is_null() {
        json!([])
    } else {
        stored.clone()
    }
}

/// Returns `parts[name]` written as text when it was sent, else what `current` holds.
fn merged_text(
    field: &str,
    current: &Value,
    parts: &Map<String, Value>,
    name: &str,
) -> Result<Value, Fault> {
    match parts.get(name) {
        Some(input) => scalar::text(&format!("{field}.{name}"), input),
        None => Ok(current[name].clone()),
    }
}

/// Returns whether any text in `value` holds a NUL byte, which the real database refuses.
pub(crate) fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(entries) => entries
            .iter()
            .any(|(key, item)| key.contains('\0') || has_nul(item)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
