//! What callers want written, in the CRM's own shape, as changes.

use super::Place;
use crate::extract::published;
use serde::Deserialize;
use serde_json::{Map, Value};
use skillgate_app::schema::Violation;
use skillgate_domain::crm::{
    Changes, Field, FieldKey, FieldSet, FieldType, FieldValue, Money, ObjectKind, Phone,
    is_system_name,
};
use skillgate_domain::ids::RecordId;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;
use utoipa::openapi::schema::{AdditionalProperties, Object, ObjectBuilder};

/// Most fields of one payload.
pub(crate) const PAYLOAD_FIELDS_MAX: usize = 64;

/// A record to write.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CrmPayload)]
pub(crate) struct Payload {
    #[schema(schema_with = fields)]
    pub(crate) payload: Map<String, Value>,
}

fn fields() -> Object {
    ObjectBuilder::new()
        .description(Some(
            "Fields by the CRM's own names: `name`, `emails`, `jobTitle`, `amount` … What is null is emptied.",
        ))
        .min_properties(Some(1))
        .max_properties(Some(PAYLOAD_FIELDS_MAX))
        .additional_properties(Some(AdditionalProperties::FreeForm(true)))
        .build()
}

published!(Payload);

/// What is wrong with a payload.
type Faults = Vec<Violation>;

/// Reads a payload; says everything that is wrong with it.
pub(crate) fn changes(object: ObjectKind, payload: &Map<String, Value>) -> Result<Changes, Faults> {
    let mut to = Written {
        changes: Changes {
            object,
            set: BTreeMap::new(),
            clear: BTreeSet::new(),
        },
        faults: Vec::new(),
    };
    if payload.is_empty() {
        to.fault("", "give at least one field");
    }
    if payload.len() > PAYLOAD_FIELDS_MAX {
        let rule = format!("at most {PAYLOAD_FIELDS_MAX} fields are accepted");
        to.fault("", &rule);
        return Err(to.faults);
    }
    for (name, value) in payload {
        to.member(name, value);
    }
    if to.faults.is_empty() {
        Ok(to.changes)
    } else {
        Err(to.faults)
    }
}

struct Written {
    changes: Changes,
    faults: Faults,
}

impl Written {
    fn fault(&mut self, path: &str, problem: &str) {
        let path = match path {
            "" => "/payload".to_owned(),
            path => format!("/payload/{path}"),
        };
        self.faults.push(Violation {
            path,
            problem: problem.to_owned(),
        });
    }

    fn keep(&mut self, key: FieldKey, value: Option<FieldValue>) {
        match value {
            Some(value) => {
                self.changes.set.insert(key, value);
            }
            None => {
                self.changes.clear.insert(key);
            }
        }
    }

    fn member(&mut self, name: &str, value: &Value) {
        let object = self.changes.object;
        let fields: Vec<_> = FieldSet::of(object)
            .iter()
            .filter(|field| Place::of(*field).member() == name)
            .collect();
        match fields.as_slice() {
            [] => self.own(name, value),
            [field] if !matches!(Place::of(*field), Place::Part(..)) => {
                self.typed(name, *field, value);
            }
            parts => self.parts(name, parts, value),
        }
    }

    /// A member with parts: those that are given are written, the others stay.
    fn parts(&mut self, name: &str, fields: &[Field], value: &Value) {
        let Some(given) = value.as_object() else {
            return self.fault(name, "must be an object with parts");
        };
        for (part, value) in given {
            let field = fields
                .iter()
                .find(|field| matches!(Place::of(**field), Place::Part(_, known) if known == part));
            let path = format!("{name}/{part}");
            match field {
                Some(field) => self.typed(&path, *field, value),
                None => self.fault(&path, "no such part can be written here"),
            }
        }
    }

    fn typed(&mut self, path: &str, field: Field, value: &Value) {
        let key = FieldKey::Standard(field);
        if value.is_null() {
            return self.keep(key, None);
        }
        match typed(field.kind(), value) {
            Ok(value) => self.keep(key, Some(value)),
            Err(rule) => self.fault(path, rule),
        }
    }

    /// A field that the community added.
    fn own(&mut self, name: &str, value: &Value) {
        if is_system_name(name) {
            return self.fault(name, "is the CRM's own and cannot be written");
        }
        let Some(key @ FieldKey::Custom(_)) = FieldKey::from_name(self.changes.object, name) else {
            return self.fault(name, "no such field can be written here");
        };
        let value = match value {
            Value::Null => None,
            Value::String(text) => Some(FieldValue::Text(text.clone())),
            Value::Bool(flag) => Some(FieldValue::Boolean(*flag)),
            Value::Number(number) => number.as_f64().map(FieldValue::Number),
            Value::Array(_) => match texts(value) {
                Ok(texts) => Some(texts),
                Err(rule) => return self.fault(name, rule),
            },
            Value::Object(_) => {
                return self.fault(name, "must be a text, a number, a flag or a list of texts");
            }
        };
        self.keep(key, value);
    }
}

fn typed(kind: FieldType, value: &Value) -> Result<FieldValue, &'static str> {
    let text = || value.as_str().map(str::to_owned).ok_or("must be a text");
    match kind {
        FieldType::Text
        | FieldType::Email
        | FieldType::Link
        | FieldType::Select
        | FieldType::Markdown => text().map(FieldValue::Text),
        FieldType::DateTime => text().map(FieldValue::DateTime),
        FieldType::Texts => texts(value),
        FieldType::Reference => {
            let id = value.as_str().and_then(|id| RecordId::parse(id).ok());
            id.map(FieldValue::Reference)
                .ok_or("must be the id of a record")
        }
        FieldType::Money => {
            let micros = &value["amountMicros"];
            let micros = micros.as_i64().or_else(|| micros.as_str()?.parse().ok());
            let currency = value["currencyCode"].as_str();
            match (micros, currency) {
                (Some(amount_micros), Some(currency)) => Ok(FieldValue::Money(Money {
                    amount_micros,
                    currency: currency.to_owned(),
                })),
                _ => Err("must be an object with amountMicros and currencyCode"),
            }
        }
        FieldType::Phone => {
            let part = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
            let known = |name: &String| name.starts_with("primaryPhone");
            match value.as_object() {
                Some(parts) if parts.keys().all(known) => Ok(FieldValue::Phone(Phone {
                    number: part("primaryPhoneNumber"),
                    country: part("primaryPhoneCountryCode"),
                    calling_code: part("primaryPhoneCallingCode"),
                })),
                _ => Err("must be an object with primaryPhoneNumber and its country"),
            }
        }
    }
}

fn texts(value: &Value) -> Result<FieldValue, &'static str> {
    let items = value.as_array().ok_or("must be a list of texts")?.iter();
    let texts: Option<Vec<_>> = items.map(|item| item.as_str().map(str::to_owned)).collect();
    texts
        .map(FieldValue::Texts)
        .ok_or("must be a list of texts")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::crm::entity;
    use serde_json::json;
    use skillgate_domain::crm::Record;
    use uuid::Uuid;

    fn read(object: ObjectKind, payload: &Value) -> Result<Changes, Vec<String>> {
        let faults = |faults: Faults| faults.into_iter().map(|it| it.path).collect();
        changes(object, payload.as_object().unwrap()).map_err(faults)
    }

    #[test]
    fn what_is_written_is_read_back_in_the_same_shape() {
        let cases = [
            (
                ObjectKind::Contact,
                json!({
                    "name": { "firstName": "Ada", "lastName": "Lovelace" },
                    "emails": { "primaryEmail": "ada@example.org", "additionalEmails": ["a@b.example"] },
                    "phones": {
                        "primaryPhoneNumber": "612345678",
                        "primaryPhoneCountryCode": "FR",
                        "primaryPhoneCallingCode": "+33",
                    },
                    "linkedinLink": { "primaryLinkUrl": "https://l.example/ada" },
                    "companyId": "00000000-0000-4000-8000-000000000001",
                    "leadSource": "fair",
                    "score": 1.5,
                    "vip": true,
                }),
            ),
            (
                ObjectKind::Opportunity,
                json!({
                    "name": "Engine",
                    "stage": "NEW",
                    "amount": { "amountMicros": 1_500_000, "currencyCode": "EUR" },
                    "closeDate": "2026-12-01T00:00:00.000Z",
                }),
            ),
            (
                ObjectKind::Task,
                json!({ "title": "Call", "status": "TODO", "bodyV2": { "markdown": "*now*" } }),
            ),
        ];
        for (object, payload) in cases {
            let changes = read(object, &payload).unwrap();
            let mut record = Record {
                object,
                id: RecordId::new(Uuid::nil()),
                updated_at: None,
                fields: BTreeMap::new(),
            };
            changes.apply_to(&mut record);
            let mut shown = entity(&record);
            let members = shown.as_object_mut().unwrap();
            members.remove("id");
            members.remove("updatedAt");
            assert_eq!(shown, payload);
        }
    }

    #[test]
    fn null_empties() {
        let payload = json!({ "jobTitle": null, "name": { "lastName": null }, "leadSource": null });
        let changes = read(ObjectKind::Contact, &payload).unwrap();
        let names: Vec<_> = changes.clear.iter().map(FieldKey::name).collect();
        assert_eq!((names.len(), changes.set.len()), (3, 0));
    }

    #[test]
    fn what_cannot_be_written_is_told() {
        let many: Map<String, Value> = (0..=PAYLOAD_FIELDS_MAX)
            .map(|n| (format!("own{n}"), json!(1)))
            .collect();
        let mut most = many.clone();
        most.remove("own0");
        assert!(changes(ObjectKind::Contact, &most).is_ok());
        let cases = [
            (json!({}), vec!["/payload"]),
            (Value::Object(many), vec!["/payload"]),
            (
                json!({ "createdAt": "2026-01-01" }),
                vec!["/payload/createdAt"],
            ),
            (
                json!({ "createdBy": { "source": "EMAIL" } }),
                vec!["/payload/createdBy"],
            ),
            (json!({ "deletedAt": null }), vec!["/payload/deletedAt"]),
            (json!({ "id": "x" }), vec!["/payload/id"]),
            (json!({ "email": "a@b.example" }), vec!["/payload/email"]),
            (json!({ "name": "Ada" }), vec!["/payload/name"]),
            (
                json!({ "name": { "middle": "A" } }),
                vec!["/payload/name/middle"],
            ),
            (json!({ "jobTitle": 1 }), vec!["/payload/jobTitle"]),
            (json!({ "companyId": "../x" }), vec!["/payload/companyId"]),
            (
                json!({ "emails": { "additionalEmails": [1] } }),
                vec!["/payload/emails/additionalEmails"],
            ),
            (
                json!({ "phones": { "additionalPhones": [] } }),
                vec!["/payload/phones"],
            ),
            (json!({ "leadSource": {} }), vec!["/payload/leadSource"]),
            (
                json!({ "no such": 1, "jobTitle": [] }),
                vec!["/payload/no such", "/payload/jobTitle"],
            ),
        ];
        for (payload, paths) in cases {
            assert_eq!(
                read(ObjectKind::Contact, &payload).unwrap_err(),
                paths,
                "{payload}"
            );
        }
    }
}
