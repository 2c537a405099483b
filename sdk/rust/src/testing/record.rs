use super::fields;
use crate::crm::{CustomField, FieldValue, ObjectKind};
use crate::wit::skillgate::skill::crm as wit;
use std::collections::BTreeMap;

/// A record as the fake CRM keeps it: typed and custom fields by name, empty ones absent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    pub(super) object: ObjectKind,
    pub(super) id: String,
    pub(super) updated_at: String,
    pub(super) values: BTreeMap<String, FieldValue>,
}

impl Record {
    /// Returns a value, or the time of the last change.
    pub(super) fn value(&self, name: &str) -> Option<FieldValue> {
        if name == "updated_at" {
            return Some(FieldValue::DateTime(self.updated_at.clone()));
        }
        self.values.get(name).cloned()
    }

    /// Sets or empties a field.
    pub(super) fn set(&mut self, name: &str, value: Option<FieldValue>) {
        match value {
            Some(value) => self.values.insert(name.to_owned(), value),
            None => self.values.remove(name),
        };
    }

    /// Shows the fields that may be seen.
    pub(super) fn to_wit(&self, visible: impl Fn(&str) -> bool) -> wit::Entry {
        let shown = |name: &str| self.values.get(name).filter(|_| visible(name)).cloned();
        let custom = self
            .values
            .keys()
            .filter(|name| fields::rule(self.object, name).is_none() && visible(name))
            .map(|name| CustomField {
                name: name.clone(),
                value: shown(name),
            });
        wit::Entry {
            id: self.id.clone(),
            updated_at: Some(self.updated_at.clone()),
            fields: fields::put_together(self.object, shown),
            custom: custom.collect(),
        }
    }
}
