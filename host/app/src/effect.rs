//! A write as data: what it would change, in one JSON form.
//!
//! Digests of what is written are taken over this form, so that equal writes have equal digests
//! whatever the order in which a guest names fields.

use crate::digest::sha256;
use serde_json::{Map, Value, json};
use skillgate_domain::crm::{Changes, FieldKey, FieldValue, Record};
use skillgate_domain::digest::Digest;
use std::collections::{BTreeMap, BTreeSet};

/// Digests what `changes` would leave in the fields that it touches.
pub fn digest(changes: &Changes) -> Digest {
    of(&changes.set, &changes.clear)
}

/// Digests what is in the fields that a write touched. Equal to the write's own digest where the
/// record holds what was written.
pub fn digest_of_record(record: &Record, touched: &BTreeSet<FieldKey>) -> Digest {
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
        .map(|(key, value)| (key.name().to_owned(), value_to_json(value)))
        .collect();
    let clear: BTreeSet<_> = clear.iter().map(FieldKey::name).collect();
    let all = json!({ "set": set, "clear": clear });
    let text = serde_json_canonicalizer::to_string(&all)
        .expect("a value without NaN has a canonical form");
    sha256(text.as_bytes())
}

/// Writes a field's value. The kind stands beside it, since a text may look like anything.
pub fn value_to_json(value: &FieldValue) -> Value {
    match value {
        FieldValue::Text(text) => json!({ "text": text }),
        FieldValue::Texts(texts) => json!({ "texts": texts }),
        FieldValue::Number(number) => json!({ "number": number }),
        FieldValue::Boolean(flag) => json!({ "boolean": flag }),
        FieldValue::DateTime(at) => json!({ "date_time": at }),
        FieldValue::Money(money) => json!({
            "money": { "amount_micros": money.amount_micros.to_string(), "currency": money.currency },
        }),
        FieldValue::Phone(phone) => json!({
            "phone": {
                "number": phone.number,
                "country": phone.country,
                "calling_code": phone.calling_code,
            },
        }),
        FieldValue::Reference(id) => json!({ "reference": id.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillgate_domain::crm::{Field, ObjectKind};
    use skillgate_domain::ids::RecordId;
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
