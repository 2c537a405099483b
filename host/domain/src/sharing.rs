//! What of a record may be let out of the community's own circle: into a Tez, an e-mail, a planner's prompt.

use crate::crm::{Field, FieldKey, FieldSet, ObjectKind, Selection};
use crate::tez::Provenance;
use std::collections::BTreeMap;

/// Most fields of a community's own in one list.
pub const SHARED_CUSTOM_FIELDS_MAX: usize = 50;

/// Fields that may be let out, by kind of record. What is in neither list stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldAllowlists([FieldAllowlist; ObjectKind::ALL.len()]);

/// Fields of one kind of record that may be let out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldAllowlist {
    /// Let out whenever such a record is passed on.
    pub always: Selection,
    /// Let out beside those, if a recipient asks and the sender agrees, field by field.
    pub on_request: Selection,
}

impl FieldAllowlist {
    /// Returns what a sender may agree to: what is let out on request, and what is let out anyway.
    pub fn within_reach(&self) -> Selection {
        self.always.or(&self.on_request)
    }
}

impl Default for FieldAllowlists {
    /// Without being asked, the least that tells a recipient which record is meant and where it stands; of
    /// the rest, what the sender agrees to, except a community's own fields: nobody but its admins knows
    /// what those hold.
    fn default() -> Self {
        use Field as F;
        Self(ObjectKind::ALL.map(|object| {
            let fields: &[F] = match object {
                ObjectKind::Contact => {
                    &[F::ContactFirstName, F::ContactLastName, F::ContactJobTitle]
                }
                ObjectKind::Company => &[F::CompanyName],
                ObjectKind::Opportunity => &[
                    F::OpportunityName,
                    F::OpportunityStage,
                    F::OpportunityCloseDate,
                ],
                ObjectKind::Task => &[F::TaskTitle, F::TaskStatus, F::TaskDueAt],
                ObjectKind::Note => &[F::NoteTitle],
            };
            let all = FieldSet::of(object).iter();
            let rest = all.filter(|field| !fields.contains(field));
            FieldAllowlist {
                always: fields.iter().copied().map(FieldKey::Standard).collect(),
                on_request: rest.map(FieldKey::Standard).collect(),
            }
        }))
    }
}

impl FieldAllowlists {
    /// Returns what may be let out of records of `object`.
    pub const fn of(&self, object: ObjectKind) -> &FieldAllowlist {
        &self.0[object as usize]
    }

    /// Replaces what may be let out of records of `object`.
    #[must_use]
    pub fn with(mut self, object: ObjectKind, fields: FieldAllowlist) -> Self {
        self.0[object as usize] = fields;
        self
    }
}

/// Fields that were let out, by kind of record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LetOut(BTreeMap<ObjectKind, Selection>);

impl LetOut {
    /// Adds a field.
    pub fn add(&mut self, object: ObjectKind, field: FieldKey) {
        let fields = self.0.entry(object).or_default();
        match field {
            FieldKey::Standard(field) => fields.standard = fields.standard.with(field),
            FieldKey::Custom(name) => {
                fields.custom.insert(name);
            }
        }
    }

    /// Adds the fields that an item of context was made from.
    pub fn add_all(&mut self, from: &Provenance) {
        let fields = from.fields.iter();
        for field in fields.filter_map(|name| FieldKey::from_name(from.object, name)) {
            self.add(from.object, field);
        }
    }

    /// Tells whether nothing was let out.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lists the fields by kind.
    pub fn iter(&self) -> impl Iterator<Item = (ObjectKind, &Selection)> {
        self.0.iter().map(|(object, fields)| (*object, fields))
    }

    /// Returns the first field that `lists` do not always let out.
    pub fn first_outside(&self, lists: &FieldAllowlists) -> Option<(ObjectKind, &str)> {
        self.0.iter().find_map(|(object, fields)| {
            let outside = fields.first_outside(&lists.of(*object).always)?;
            Some((*object, outside))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::RecordId;
    use crate::time::Timestamp;
    use uuid::Uuid;

    #[test]
    fn what_was_let_out_is_held_against_what_is_let_out_now() {
        let mut let_out = LetOut::default();
        let shipped = FieldAllowlists::default();
        assert_eq!(let_out.first_outside(&shipped), None);
        let_out.add_all(&Provenance {
            object: ObjectKind::Opportunity,
            record: RecordId::new(Uuid::nil()),
            updated_at: None,
            fetched_at: Timestamp::from_unix_ms(0),
            fields: ["name", "stage", "dealSource"].map(str::to_owned).into(),
        });
        let outside = let_out.first_outside(&shipped);
        assert_eq!(outside, Some((ObjectKind::Opportunity, "dealSource")));
        let keys = |names: &[&str]| -> Selection {
            let key = |name: &&str| FieldKey::from_name(ObjectKind::Opportunity, name).unwrap();
            names.iter().map(key).collect()
        };
        for (always, on_request, outside) in [
            (keys(&["name", "stage", "dealSource"]), keys(&[]), None),
            (
                keys(&["name", "stage"]),
                keys(&["dealSource"]),
                Some("dealSource"),
            ),
            (keys(&["name", "dealSource"]), keys(&[]), Some("stage")),
        ] {
            let list = FieldAllowlist { always, on_request };
            let lists = shipped.clone().with(ObjectKind::Opportunity, list);
            let found = let_out.first_outside(&lists);
            assert_eq!(found.map(|(_, field)| field), outside);
        }
    }

    #[test]
    fn little_is_let_out_unless_an_admin_says_so() {
        let lists = FieldAllowlists::default();
        let names = |object| lists.of(object).always.names();
        assert_eq!(
            names(ObjectKind::Contact),
            ["first_name", "last_name", "job_title"]
        );
        assert_eq!(
            names(ObjectKind::Opportunity),
            ["name", "stage", "close_date"]
        );
        assert_eq!(names(ObjectKind::Task), ["title", "status", "due_at"]);
        let narrower = lists.with(ObjectKind::Note, FieldAllowlist::default());
        assert!(narrower.of(ObjectKind::Note).always.names().is_empty());
    }

    #[test]
    fn no_field_is_in_both_lists() {
        let lists = FieldAllowlists::default();
        for object in ObjectKind::ALL {
            let list = lists.of(object);
            assert_eq!(list.always.and(&list.on_request), Selection::EMPTY);
            let both = list.always.names().len() + list.on_request.names().len();
            assert_eq!(both, FieldSet::of(object).iter().count(), "{object:?}");
        }
    }
}
