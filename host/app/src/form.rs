//! Parts of CRM records in JSON: plans and journals are made of them. They read back to the last bit.

mod outward;

pub(crate) use outward::{HttpForm, OutwardForm};

use crate::effect::ValueForm;
use serde::{Deserialize, Serialize};
use skillgate_domain::crm::{EntryRef, FieldKey, FieldValue, ObjectKind, Record};
use skillgate_domain::ids::RecordId;
use std::collections::BTreeMap;

/// Fields by name.
pub(crate) type Fields = BTreeMap<String, ValueForm>;

/// Which record.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryForm {
    object: String,
    id: String,
}

impl EntryForm {
    pub(crate) fn of(entry: EntryRef) -> Self {
        Self {
            object: entry.object.name().to_owned(),
            id: entry.id.to_string(),
        }
    }

    pub(crate) fn read(&self) -> Option<EntryRef> {
        Some(EntryRef {
            object: ObjectKind::from_name(&self.object)?,
            id: RecordId::parse(&self.id).ok()?,
        })
    }
}

/// A whole record.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordForm {
    object: String,
    id: String,
    updated_at: Option<String>,
    fields: Fields,
}

impl RecordForm {
    pub(crate) fn of(record: &Record) -> Self {
        Self {
            object: record.object.name().to_owned(),
            id: record.id.to_string(),
            updated_at: record.updated_at.clone(),
            fields: fields_of(&record.fields),
        }
    }

    pub(crate) fn read(self) -> Option<Record> {
        let object = ObjectKind::from_name(&self.object)?;
        Some(Record {
            object,
            id: RecordId::parse(&self.id).ok()?,
            updated_at: self.updated_at,
            fields: fields(object, self.fields)?,
        })
    }
}

pub(crate) fn fields_of(fields: &BTreeMap<FieldKey, FieldValue>) -> Fields {
    let form = |(key, value): (&FieldKey, _)| (key.name().to_owned(), ValueForm::from(value));
    fields.iter().map(form).collect()
}

pub(crate) fn fields(object: ObjectKind, fields: Fields) -> Option<BTreeMap<FieldKey, FieldValue>> {
    let read = |(name, value): (String, ValueForm)| {
        Some((FieldKey::from_name(object, &name)?, value.read()?))
    };
    fields.into_iter().map(read).collect()
}

pub(crate) fn names_of<'a>(keys: impl IntoIterator<Item = &'a FieldKey>) -> Vec<String> {
    let names = keys.into_iter().map(|key| key.name().to_owned());
    names.collect()
}

pub(crate) fn names<T: FromIterator<FieldKey>>(object: ObjectKind, names: &[String]) -> Option<T> {
    let keys = names.iter().map(|name| FieldKey::from_name(object, name));
    keys.collect()
}
