//! From changes to what Twenty is sent.

use super::domain_name;
use super::field::{Form, Place, place};
use super::schema::ObjectSchema;
use serde_json::{Map, Value, json};
use skillgate_app::ports::CrmError;
use skillgate_domain::crm::{Changes, FieldKey, FieldValue, Money, Phone};

/// Twenty keeps amounts as doubles: from here on they are rounded.
pub(super) const AMOUNT_MICROS_END: u64 = 1 << 53;

/// What a write sends. Holds no `id`, `createdAt`, `createdBy` or `deletedAt`: no field maps to them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Payload {
    roots: Map<String, Value>,
    /// Composites that Twenty replaces whole when a part of them is sent (`EMAILS`, `LINKS`).
    replaced_whole: Vec<(String, Whole)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    Emails,
    Links,
}

impl Payload {
    /// Fills the missing parts of composites that are replaced whole from the record as it is.
    pub(super) fn merge(&mut self, current: &Value) {
        for (root, whole) in &self.replaced_whole {
            let Some(Value::Object(sent)) = self.roots.get_mut(root) else {
                continue;
            };
            for (part, empty) in whole.empty() {
                let kept = match &current[root.as_str()][part.as_str()] {
                    Value::Null => empty,
                    there => there.clone(),
                };
                sent.entry(part).or_insert(kept);
            }
        }
    }

    /// Returns the body.
    pub(super) fn into_body(self) -> Map<String, Value> {
        self.roots
    }

    fn put(&mut self, place: Place<'_>, value: Value) {
        let whole = match place.form {
            Form::Email | Form::MoreEmails => Some(Whole::Emails),
            Form::Link | Form::Domain => Some(Whole::Links),
            _ => None,
        };
        if let Some(whole) = whole
            && !self
                .replaced_whole
                .iter()
                .any(|(root, _)| root == place.root)
        {
            self.replaced_whole.push((place.root.to_owned(), whole));
        }
        match (self.roots.get_mut(place.root), value) {
            (Some(Value::Object(there)), Value::Object(more)) => there.extend(more),
            (_, value) => {
                self.roots.insert(place.root.to_owned(), value);
            }
        }
    }
}

impl Whole {
    /// Returns the parts of an empty one.
    fn empty(self) -> Map<String, Value> {
        let empty = match self {
            Self::Emails => json!({"primaryEmail": "", "additionalEmails": []}),
            Self::Links => json!({
                "primaryLinkUrl": "",
                "primaryLinkLabel": "",
                "secondaryLinks": [],
            }),
        };
        match empty {
            Value::Object(parts) => parts,
            _ => Map::new(),
        }
    }
}

/// Turns changes into a payload. On creation there is nothing to empty.
pub(super) fn payload(schema: &ObjectSchema, changes: &Changes) -> Result<Payload, CrmError> {
    let mut payload = Payload::default();
    for (key, value) in &changes.set {
        let place = place(schema, key)?;
        payload.put(place, encoded(schema, place, key, value)?);
    }
    for key in &changes.clear {
        let place = place(schema, key)?;
        payload.put(place, emptied(place));
    }
    Ok(payload)
}

fn encoded(
    schema: &ObjectSchema,
    place: Place<'_>,
    key: &FieldKey,
    value: &FieldValue,
) -> Result<Value, CrmError> {
    use FieldValue as V;
    Ok(match (place.form, value) {
        (Form::Text, V::Text(text)) => match place.part {
            Some(part) => json!({ part: text }),
            None => json!(text),
        },
        (Form::Email, V::Text(email)) => json!({"primaryEmail": email.to_lowercase()}),
        (Form::MoreEmails, V::Texts(emails)) => {
            let emails: Vec<String> = emails.iter().map(|email| email.to_lowercase()).collect();
            json!({"additionalEmails": emails})
        }
        (Form::Link, V::Text(url)) => json!({"primaryLinkUrl": url}),
        (Form::Domain, V::Text(domain)) => json!({"primaryLinkUrl": domain_name::written(domain)}),
        (Form::Phone, V::Phone(phone)) => encoded_phone(phone),
        (Form::Money, V::Money(money)) => encoded_money(key, money)?,
        (Form::DateTime, V::DateTime(at)) | (Form::Uuid, V::Text(at)) => json!(at),
        (Form::Date, V::DateTime(day) | V::Text(day)) => json!(day_of(day)),
        (Form::Select, V::Text(option)) => json!(option_of(schema, place, key, option)?),
        (Form::MultiSelect, V::Texts(options)) => options
            .iter()
            .map(|option| option_of(schema, place, key, option))
            .collect::<Result<_, _>>()?,
        (Form::Markdown, V::Text(markdown)) => json!({"markdown": markdown}),
        (Form::Reference | Form::Uuid, V::Reference(id)) => json!(id.to_string()),
        (Form::Number, V::Number(number)) => encoded_number(*number),
        (Form::Boolean, V::Boolean(truth)) => json!(truth),
        _ => return Err(other_type(key)),
    })
}

/// Says that a value has another type than its field.
pub(super) fn other_type(key: &FieldKey) -> CrmError {
    CrmError::Invalid(format!("{} has another type", key.name()))
}

fn encoded_phone(phone: &Phone) -> Value {
    let parts = [
        ("primaryPhoneNumber", &phone.number),
        ("primaryPhoneCountryCode", &phone.country),
        ("primaryPhoneCallingCode", &phone.calling_code),
    ];
    let known = parts.into_iter().filter(|(_, text)| !text.is_empty());
    known
        .map(|(name, text)| (name.to_owned(), json!(text)))
        .collect::<Map<_, _>>()
        .into()
}

fn encoded_money(key: &FieldKey, money: &Money) -> Result<Value, CrmError> {
    if money.amount_micros.unsigned_abs() >= AMOUNT_MICROS_END {
        return Err(CrmError::Invalid(format!(
            "{} must stay below 2^53 micros",
            key.name()
        )));
    }
    Ok(json!({"amountMicros": money.amount_micros, "currencyCode": money.currency}))
}

/// Writes whole numbers without a fraction, which Twenty's integer fields refuse.
pub(super) fn encoded_number(number: f64) -> Value {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "compared with the original right after"
    )]
    let whole = number as i64;
    #[expect(
        clippy::cast_precision_loss,
        clippy::float_cmp,
        reason = "exactly the whole numbers are meant"
    )]
    let is_whole = whole as f64 == number;
    if is_whole {
        json!(whole)
    } else {
        json!(number)
    }
}

/// Cuts a point in time to its day.
pub(super) fn day_of(text: &str) -> &str {
    text.split_once('T').map_or(text, |(day, _)| day)
}

/// Checks an option against the workspace's own, where they are known.
fn option_of<'o>(
    schema: &ObjectSchema,
    place: Place<'_>,
    key: &FieldKey,
    option: &'o str,
) -> Result<&'o str, CrmError> {
    let options = schema.options(place.root);
    if options.is_empty() || options.iter().any(|known| known == option) {
        return Ok(option);
    }
    Err(CrmError::Invalid(format!(
        "{} must be one of {}",
        key.name(),
        options.join(", ")
    )))
}

fn emptied(place: Place<'_>) -> Value {
    match place.form {
        Form::Text => match place.part {
            Some(part) => json!({ part: "" }),
            None => Value::Null,
        },
        Form::Email => json!({"primaryEmail": ""}),
        Form::MoreEmails => json!({"additionalEmails": []}),
        Form::Link | Form::Domain => json!({"primaryLinkUrl": "", "primaryLinkLabel": ""}),
        Form::Phone => json!({
            "primaryPhoneNumber": "",
            "primaryPhoneCountryCode": "",
            "primaryPhoneCallingCode": "",
        }),
        Form::Money => json!({"amountMicros": null, "currencyCode": null}),
        Form::Markdown => json!({"markdown": ""}),
        Form::DateTime
        | Form::Date
        | Form::Select
        | Form::MultiSelect
        | Form::Reference
        | Form::Number
        | Form::Boolean
        | Form::Uuid => Value::Null,
    }
}
