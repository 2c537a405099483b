//! A narrower call: only these records.

use crate::crm::{EntryRef, ObjectKind};
use crate::ids::RecordId;
use std::collections::BTreeSet;

/// Most records that a call can be narrowed to.
pub const SCOPED_RECORDS_MAX: usize = 100;

/// More than [`SCOPED_RECORDS_MAX`] records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a call is narrowed to at most {SCOPED_RECORDS_MAX} records")]
pub struct TooManyRecords;

/// The records that a call may see and change. What it creates itself it may see, too.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordScope(BTreeSet<(ObjectKind, RecordId)>);

impl RecordScope {
    /// Narrows to these records; none at all is a scope, too.
    pub fn new(records: impl IntoIterator<Item = EntryRef>) -> Result<Self, TooManyRecords> {
        let mut scope = Self::default();
        for record in records {
            scope.add(record);
            if scope.0.len() > SCOPED_RECORDS_MAX {
                return Err(TooManyRecords);
            }
        }
        Ok(scope)
    }

    /// Adds a record that the call created.
    pub fn add(&mut self, record: EntryRef) {
        self.0.insert((record.object, record.id));
    }

    /// Tells whether a record is within.
    pub fn contains(&self, record: EntryRef) -> bool {
        self.0.contains(&(record.object, record.id))
    }

    /// Returns every record, in a fixed order.
    pub fn records(&self) -> impl Iterator<Item = EntryRef> {
        let all = self.0.iter();
        all.map(|(object, id)| EntryRef {
            object: *object,
            id: *id,
        })
    }

    /// Returns the records of a kind.
    pub fn ids(&self, object: ObjectKind) -> BTreeSet<RecordId> {
        let own = self.0.iter().filter(|(kind, _)| *kind == object);
        own.map(|(_, id)| *id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn record(object: ObjectKind, number: usize) -> EntryRef {
        EntryRef {
            object,
            id: RecordId::new(Uuid::from_u128(number as u128)),
        }
    }

    #[test]
    fn a_record_is_of_its_kind() {
        let mut scope = RecordScope::new([record(ObjectKind::Task, 1)]).unwrap();
        assert!(scope.contains(record(ObjectKind::Task, 1)));
        assert!(!scope.contains(record(ObjectKind::Note, 1)));
        assert!(!scope.contains(record(ObjectKind::Task, 2)));
        scope.add(record(ObjectKind::Note, 3));
        assert_eq!(scope.ids(ObjectKind::Note).len(), 1);
        assert!(scope.ids(ObjectKind::Contact).is_empty());
    }

    #[test]
    fn a_scope_has_a_largest_size() {
        let many = |count| (0..count).map(|number| record(ObjectKind::Task, number));
        assert!(RecordScope::new(many(SCOPED_RECORDS_MAX)).is_ok());
        let refused = RecordScope::new(many(SCOPED_RECORDS_MAX + 1));
        assert_eq!(refused, Err(TooManyRecords));
    }
}
