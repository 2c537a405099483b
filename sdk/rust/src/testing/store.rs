use super::fields;
use super::record::Record;
use crate::crm::{EntryRef, FieldValue, ObjectKind};

/// The records of the fake CRM, and what is attached to what.
#[derive(Debug, Default)]
pub(super) struct Store {
    records: Vec<Record>,
    links: Vec<(EntryRef, EntryRef)>,
}

impl Store {
    pub(super) fn of_kind(&self, object: ObjectKind) -> impl Iterator<Item = &Record> {
        self.records
            .iter()
            .filter(move |record| record.object == object)
    }

    pub(super) fn get(&self, object: ObjectKind, id: &str) -> Option<&Record> {
        self.of_kind(object).find(|record| record.id == id)
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// Replaces the record of the same id, or adds it.
    pub(super) fn put(&mut self, record: Record) {
        match self.records.iter_mut().find(|old| old.id == record.id) {
            Some(old) => *old = record,
            None => self.records.push(record),
        }
    }

    /// Returns another record that has the same unique value.
    pub(super) fn rival(&self, record: &Record) -> Option<&Record> {
        let field = fields::unique_field(record.object)?;
        let value = record.values.get(field)?;
        self.holder(record.object, field, value)
            .filter(|holder| holder.id != record.id)
    }

    /// Returns the record that has a value.
    pub(super) fn holder(
        &self,
        object: ObjectKind,
        field: &str,
        value: &FieldValue,
    ) -> Option<&Record> {
        self.of_kind(object)
            .find(|record| record.values.get(field) == Some(value))
    }

    pub(super) fn links(&self) -> &[(EntryRef, EntryRef)] {
        &self.links
    }

    pub(super) fn link(&mut self, source: EntryRef, target: EntryRef) {
        if !self.is_linked(&source, &target) {
            self.links.push((source, target));
        }
    }

    pub(super) fn is_linked(&self, source: &EntryRef, target: &EntryRef) -> bool {
        self.links
            .iter()
            .any(|(from, to)| from == source && to == target)
    }
}
