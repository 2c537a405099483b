use super::Place;
use serde_json::{Map, Value, json};
use skillgate_domain::crm::{FieldKey, FieldValue, Record};

/// Writes a record in the CRM's own shape: what the caller may see of it.
pub(crate) fn entity(record: &Record) -> Value {
    let mut members = Map::new();
    members.insert("id".into(), record.id.to_string().into());
    members.insert("updatedAt".into(), record.updated_at.clone().into());
    for (key, value) in &record.fields {
        let field = match key {
            FieldKey::Custom(name) => {
                members.insert(name.as_str().to_owned(), plain(value));
                continue;
            }
            FieldKey::Standard(field) => *field,
        };
        match Place::of(field) {
            Place::Member(member) | Place::Amount(member) | Place::Phone(member) => {
                members.insert(member.to_owned(), plain(value));
            }
            Place::Part(member, part) => {
                let whole = members.entry(member).or_insert_with(|| json!({}));
                whole[part] = plain(value);
            }
        }
    }
    Value::Object(members)
}

fn plain(value: &FieldValue) -> Value {
    match value {
        FieldValue::Text(text) | FieldValue::DateTime(text) => text.as_str().into(),
        FieldValue::Texts(texts) => texts.as_slice().into(),
        FieldValue::Number(number) => (*number).into(),
        FieldValue::Boolean(flag) => (*flag).into(),
        FieldValue::Money(money) => json!({
            "amountMicros": money.amount_micros,
            "currencyCode": money.currency,
        }),
        FieldValue::Phone(phone) => json!({
            "primaryPhoneNumber": phone.number,
            "primaryPhoneCountryCode": phone.country,
            "primaryPhoneCallingCode": phone.calling_code,
        }),
        FieldValue::Reference(id) => id.to_string().into(),
    }
}
