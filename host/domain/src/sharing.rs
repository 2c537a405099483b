//! What of a record may be let out of the community's own circle: into a Tez, an e-mail, a planner's prompt.

use crate::crm::{Field, FieldKey, ObjectKind, Selection};

/// Fields that may be let out, by kind of record. What is not listed stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldAllowlists([Selection; ObjectKind::ALL.len()]);

impl Default for FieldAllowlists {
    /// The least that tells a recipient which record is meant and where it stands.
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
            fields.iter().copied().map(FieldKey::Standard).collect()
        }))
    }
}

impl FieldAllowlists {
    /// Returns what may be let out of records of `object`.
    pub const fn of(&self, object: ObjectKind) -> &Selection {
        &self.0[object as usize]
    }

    /// Replaces what may be let out of records of `object`.
    #[must_use]
    pub fn with(mut self, object: ObjectKind, fields: Selection) -> Self {
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
        let names = |object| lists.of(object).names();
        assert_eq!(
            names(ObjectKind::Contact),
            ["first_name", "last_name", "job_title"]
        );
        assert_eq!(
            names(ObjectKind::Opportunity),
            ["name", "stage", "close_date"]
        );
        assert_eq!(names(ObjectKind::Task), ["title", "status", "due_at"]);
        let wider = lists.with(ObjectKind::Note, Selection::EMPTY);
        assert!(wider.of(ObjectKind::Note).names().is_empty());
    }
}
