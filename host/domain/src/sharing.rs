//! What of a record may be let out of the community's own circle: into a Tez, an e-mail, a planner's prompt.

use crate::crm::{Field, FieldKey, FieldSet, ObjectKind, Selection};

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

#[cfg(test)]
mod tests {
    use super::*;

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
