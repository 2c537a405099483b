//! From a record as Twenty tells it, over REST or GraphQL, to one of ours.

use super::field::{Form, Place, place};
use super::schema::ObjectSchema;
use serde_json::Value;
use skillgate_domain::crm::{FieldKey, FieldValue, Money, ObjectKind, Phone, Record, Selection};
use skillgate_domain::ids::RecordId;
use std::collections::BTreeMap;

/// Reads the fields of `want` from a record. Returns nothing when the record has no id.
///
/// A wanted field that the workspace does not have is absent, like an empty one.
pub(super) fn record(
    object: ObjectKind,
    schema: &ObjectSchema,
    want: &Selection,
    value: &Value,
) -> Option<Record> {
    let fields: BTreeMap<FieldKey, FieldValue> = keys(want)
        .filter_map(|key| {
            let read = field(place(schema, &key).ok()?, value)?;
            Some((key, read))
        })
        .collect();
    Some(Record {
        object,
        id: id(value)?,
        updated_at: value["updatedAt"].as_str().map(str::to_owned),
        fields,
    })
}

/// Reads a record's id.
pub(super) fn id(value: &Value) -> Option<RecordId> {
    RecordId::parse(value["id"].as_str()?).ok()
}

/// Tells whether a record is soft-deleted.
pub(super) fn is_deleted(value: &Value) -> bool {
    value.get("deletedAt").is_some_and(|at| !at.is_null())
}

/// Lists the keys of a selection.
pub(super) fn keys(selection: &Selection) -> impl Iterator<Item = FieldKey> {
    let standard = selection.standard.iter().map(FieldKey::Standard);
    let custom = selection.custom.iter().cloned().map(FieldKey::Custom);
    standard.chain(custom)
}

/// Reads one field of a record; empty values are none.
pub(super) fn field(place: Place<'_>, record: &Value) -> Option<FieldValue> {
    let value = record.get(place.root)?;
    match place.form {
        Form::Text => text(place.part.map_or(Some(value), |part| value.get(part))?),
        Form::Email => text(value.get("primaryEmail")?),
        Form::MoreEmails => texts(value.get("additionalEmails")?),
        Form::Link => text(value.get("primaryLinkUrl")?),
        Form::Domain => domain(value.get("primaryLinkUrl")?),
        Form::Phone => phone(value),
        Form::Money => money(value),
        Form::DateTime => value.as_str().map(|at| FieldValue::DateTime(at.to_owned())),
        Form::Date => value
            .as_str()
            .map(|day| FieldValue::DateTime(midnight(day))),
        Form::Select | Form::Uuid => text(value),
        Form::MultiSelect => texts(value),
        Form::Markdown => text(value.get("markdown")?),
        Form::Reference => reference(value),
        Form::Number => number(value).map(FieldValue::Number),
        Form::Boolean => value.as_bool().map(FieldValue::Boolean),
    }
}

fn text(value: &Value) -> Option<FieldValue> {
    let text = value.as_str().filter(|text| !text.is_empty())?;
    Some(FieldValue::Text(text.to_owned()))
}

fn texts(value: &Value) -> Option<FieldValue> {
    let items: Vec<String> = value
        .as_array()?
        .iter()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect();
    (!items.is_empty()).then_some(FieldValue::Texts(items))
}

fn domain(value: &Value) -> Option<FieldValue> {
    let url = value.as_str().filter(|url| !url.is_empty())?;
    Some(FieldValue::Text(super::domain_name::bare(url)))
}

fn phone(value: &Value) -> Option<FieldValue> {
    let part = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    // A number-less phone may still carry the workspace's default country.
    let number = part("primaryPhoneNumber");
    (!number.is_empty()).then(|| {
        FieldValue::Phone(Phone {
            number,
            country: part("primaryPhoneCountryCode"),
            calling_code: part("primaryPhoneCallingCode"),
        })
    })
}

fn money(value: &Value) -> Option<FieldValue> {
    let micros = value.get("amountMicros")?;
    Some(FieldValue::Money(Money {
        amount_micros: whole(micros)?,
        currency: value["currencyCode"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    }))
}

/// Reads a whole number that REST gives as a number and GraphQL may give as a string.
fn whole(value: &Value) -> Option<i64> {
    if let Some(whole) = value.as_i64() {
        return Some(whole);
    }
    if let Some(digits) = value.as_str().and_then(|text| text.parse().ok()) {
        return Some(digits);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "Twenty keeps amounts as doubles; `as` saturates"
    )]
    number(value).map(|double| double as i64)
}

fn number(value: &Value) -> Option<f64> {
    let parsed = || value.as_str()?.parse().ok();
    value.as_f64().or_else(parsed).filter(|n| n.is_finite())
}

fn reference(value: &Value) -> Option<FieldValue> {
    RecordId::parse(value.as_str()?)
        .ok()
        .map(FieldValue::Reference)
}

/// Gives a day the form of a point in time.
fn midnight(day: &str) -> String {
    if day.len() == "2026-01-31".len() {
        format!("{day}T00:00:00.000Z")
    } else {
        day.to_owned()
    }
}
