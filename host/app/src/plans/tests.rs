use skillgate_domain::crm::{Changes, Field, FieldKey, FieldValue, ObjectKind};
use skillgate_domain::ids::RecordId;
use skillgate_domain::plan::{Before, Effect};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub(super) fn changes(name: &str) -> Changes {
    let key = FieldKey::Standard(Field::OpportunityName);
    Changes {
        object: ObjectKind::Opportunity,
        set: BTreeMap::from([(key, FieldValue::Text(name.to_owned()))]),
        clear: BTreeSet::new(),
    }
}

pub(super) fn create(number: u128) -> Effect {
    Effect::Create {
        id: RecordId::new(Uuid::from_u128(number)),
        changes: changes("new"),
    }
}

pub(super) fn update(number: u128, name: &str) -> Effect {
    Effect::Update {
        id: RecordId::new(Uuid::from_u128(number)),
        changes: changes(name),
        before: Before::default(),
    }
}
