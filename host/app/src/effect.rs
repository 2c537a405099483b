//! A write as data: what it would change, in one JSON form.
//!
//! Digests of what is written are taken over this form, so that equal writes have equal digests
//! whatever the order in which a guest names fields.

use crate::digest::sha256;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use skillgate_domain::capability::{Capabilities, ObjectCapability};
use skillgate_domain::crm::{
    Changes, FieldKey, FieldValue, Money, ObjectKind, Phone, Record, Selection,
};
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::RecordId;
use skillgate_domain::principal::TokenScope;
use skillgate_domain::right::{CrmAction, Decision, PolicyRight, Right, Unredacted};
use std::collections::{BTreeMap, BTreeSet};

/// Digests what `changes` would leave in the fields that it touches.
pub fn digest(changes: &Changes) -> Digest {
    of(&changes.set, &changes.clear)
}

/// Digests what is in the fields that a write touched. Equal to the write's own digest where the
/// record holds what was written.
fn digest_of_record(record: &Record, touched: &BTreeSet<FieldKey>) -> Digest {
    let set: BTreeMap<_, _> = touched
        .iter()
        .filter_map(|key| Some((key.clone(), record.fields.get(key)?.clone())))
        .collect();
    let clear = touched
        .iter()
        .filter(|key| !record.fields.contains_key(*key))
        .cloned()
        .collect();
    of(&set, &clear)
}

fn of(set: &BTreeMap<FieldKey, FieldValue>, clear: &BTreeSet<FieldKey>) -> Digest {
    let set: Map<_, _> = set
        .iter()
        .map(|(key, value)| (key.name().to_owned(), json!(ValueForm::from(value))))
        .collect();
    let clear: BTreeSet<_> = clear.iter().map(FieldKey::name).collect();
    let all = json!({ "set": set, "clear": clear });
    let text = serde_json_canonicalizer::to_string(&all)
        .expect("a value without NaN has a canonical form");
    sha256(text.as_bytes())
}

/// A field's value in JSON. The kind stands beside it, since a text may look like anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the kinds of FieldValue")]
pub enum ValueForm {
    Text(String),
    Texts(Vec<String>),
    Number(f64),
    Boolean(bool),
    DateTime(String),
    /// Micros as text: JSON's numbers end at 2^53.
    Money {
        amount_micros: String,
        currency: String,
    },
    Phone {
        number: String,
        country: String,
        calling_code: String,
    },
    Reference(String),
}

impl From<&FieldValue> for ValueForm {
    fn from(value: &FieldValue) -> Self {
        match value.clone() {
            FieldValue::Text(text) => Self::Text(text),
            FieldValue::Texts(texts) => Self::Texts(texts),
            FieldValue::Number(number) => Self::Number(number),
            FieldValue::Boolean(flag) => Self::Boolean(flag),
            FieldValue::DateTime(at) => Self::DateTime(at),
            FieldValue::Money(money) => Self::Money {
                amount_micros: money.amount_micros.to_string(),
                currency: money.currency,
            },
            FieldValue::Phone(phone) => Self::Phone {
                number: phone.number,
                country: phone.country,
                calling_code: phone.calling_code,
            },
            FieldValue::Reference(id) => Self::Reference(id.to_string()),
        }
    }
}

impl ValueForm {
    /// Reads a value back; nothing where a part has not its form.
    pub fn read(self) -> Option<FieldValue> {
        Some(match self {
            Self::Text(text) => FieldValue::Text(text),
            Self::Texts(texts) => FieldValue::Texts(texts),
            Self::Number(number) => FieldValue::Number(number),
            Self::Boolean(flag) => FieldValue::Boolean(flag),
            Self::DateTime(at) => FieldValue::DateTime(at),
            Self::Money {
                amount_micros,
                currency,
            } => FieldValue::Money(Money {
                amount_micros: amount_micros.parse().ok()?,
                currency,
            }),
            Self::Phone {
                number,
                country,
                calling_code,
            } => FieldValue::Phone(Phone {
                number,
                country,
                calling_code,
            }),
            Self::Reference(id) => FieldValue::Reference(RecordId::parse(&id).ok()?),
        })
    }
}

/// Tells whether a record holds what a write was to leave in the fields it touched. The host reads
/// these fields for itself, and no others.
pub fn is_written(
    record: Unredacted,
    object: ObjectKind,
    touched: &BTreeSet<FieldKey>,
    written: Digest,
) -> bool {
    let mut own = Capabilities::default();
    let read = Some(touched.iter().cloned().collect());
    own.set_object(
        object,
        ObjectCapability {
            read,
            ..ObjectCapability::default()
        },
    );
    let right = Right::compile(own, PolicyRight::of(|_, _| true), &TokenScope::FULL);
    let read = CrmAction::Read(object, &Selection::EMPTY);
    let Decision::Allow(pass) = right.decide(&read) else {
        return false;
    };
    digest_of_record(&pass.redact(record), touched) == written
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillgate_domain::crm::Field;
    use uuid::Uuid;

    fn changes(stage: &str) -> Changes {
        let text = |text: &str| FieldValue::Text(text.to_owned());
        Changes {
            object: ObjectKind::Opportunity,
            set: BTreeMap::from([
                (FieldKey::Standard(Field::OpportunityName), text("Engine")),
                (FieldKey::Standard(Field::OpportunityStage), text(stage)),
            ]),
            clear: BTreeSet::from([FieldKey::Standard(Field::OpportunityCloseDate)]),
        }
    }

    #[test]
    fn a_record_that_holds_what_was_written_has_its_digest() {
        let written = changes("NEW");
        let mut record = Record {
            object: ObjectKind::Opportunity,
            id: RecordId::new(Uuid::nil()),
            updated_at: None,
            fields: written.set.clone(),
        };
        let amount = FieldKey::Standard(Field::OpportunityAmount);
        record.fields.insert(amount, FieldValue::Number(1.5)); // Not touched by the write.
        let touched = written.set.keys().chain(&written.clear).cloned().collect();
        assert_eq!(digest_of_record(&record, &touched), digest(&written));
        assert_ne!(digest_of_record(&record, &touched), digest(&changes("WON")));
        let close = FieldKey::Standard(Field::OpportunityCloseDate);
        record
            .fields
            .insert(close, FieldValue::Text("2026".to_owned()));
        assert_ne!(digest_of_record(&record, &touched), digest(&written));
    }
}
