//! The typed fields of each kind of record, by name.

use crate::crm::{Company, Contact, FieldValue, Note, ObjectKind, Opportunity, Task};
use crate::wit::skillgate::skill::crm::Fields;

/// What a typed field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    Text,
    /// Compared without case.
    Email,
    /// Compared without case and without a slash at the end.
    Domain,
    Texts,
    /// One of these options.
    Select(&'static [&'static str]),
    Phone,
    Money,
    DateTime,
    /// The id of a record of this kind, or of a member of the workspace, which a skill cannot look up.
    Reference(Option<ObjectKind>),
}

impl Rule {
    /// Tells whether a value is of the field's type.
    pub(super) fn takes(self, value: &FieldValue) -> bool {
        match self {
            Self::Text | Self::Email | Self::Domain | Self::Select(_) => {
                matches!(value, FieldValue::Text(_))
            }
            Self::Texts => matches!(value, FieldValue::Texts(_)),
            Self::Phone => matches!(value, FieldValue::Phone(_)),
            Self::Money => matches!(value, FieldValue::Money(_)),
            Self::DateTime => matches!(value, FieldValue::DateTime(_)),
            Self::Reference(_) => matches!(value, FieldValue::Reference(_)),
        }
    }
}

/// Stages of a CRM as it is installed.
const STAGES: &[&str] = &["NEW", "SCREENING", "MEETING", "PROPOSAL", "CUSTOMER"];
/// Statuses of a CRM as it is installed.
const STATUSES: &[&str] = &["TODO", "IN_PROGRESS", "DONE"];

macro_rules! typed_fields {
    ($($object:ident { $($name:ident: $variant:ident by $rule:expr,)* })*) => {
        const RULES: &[(ObjectKind, &str, Rule)] =
            &[$($((ObjectKind::$object, stringify!($name), $rule),)*)*];

        /// Returns the kind of record and the fields that are set.
        pub(super) fn take_apart(fields: &Fields) -> (ObjectKind, Vec<(&'static str, FieldValue)>) {
            match fields {
                $(Fields::$object(record) => {
                    let values = [$(
                        record
                            .$name
                            .clone()
                            .map(|value| (stringify!($name), FieldValue::$variant(value))),
                    )*];
                    (ObjectKind::$object, values.into_iter().flatten().collect())
                })*
            }
        }

        /// Makes a record of values by name.
        pub(super) fn put_together(
            object: ObjectKind,
            value: impl Fn(&str) -> Option<FieldValue>,
        ) -> Fields {
            match object {
                $(ObjectKind::$object => Fields::$object($object {
                    $($name: match value(stringify!($name)) {
                        Some(FieldValue::$variant(value)) => Some(value),
                        _ => None,
                    },)*
                }),)*
            }
        }
    };
}

typed_fields! {
    Contact {
        first_name: Text by Rule::Text,
        last_name: Text by Rule::Text,
        email: Text by Rule::Email,
        additional_emails: Texts by Rule::Texts,
        phone: Phone by Rule::Phone,
        job_title: Text by Rule::Text,
        linkedin_url: Text by Rule::Text,
        company_id: Reference by Rule::Reference(Some(ObjectKind::Company)),
    }
    Company {
        name: Text by Rule::Text,
        domain: Text by Rule::Domain,
        linkedin_url: Text by Rule::Text,
        city: Text by Rule::Text,
        country: Text by Rule::Text,
        annual_revenue: Money by Rule::Money,
    }
    Opportunity {
        name: Text by Rule::Text,
        stage: Text by Rule::Select(STAGES),
        amount: Money by Rule::Money,
        close_date: DateTime by Rule::DateTime,
        company_id: Reference by Rule::Reference(Some(ObjectKind::Company)),
        point_of_contact_id: Reference by Rule::Reference(Some(ObjectKind::Contact)),
        owner_id: Reference by Rule::Reference(None),
    }
    Task {
        title: Text by Rule::Text,
        body: Text by Rule::Text,
        status: Text by Rule::Select(STATUSES),
        due_at: DateTime by Rule::DateTime,
        assignee_id: Reference by Rule::Reference(None),
    }
    Note {
        title: Text by Rule::Text,
        body: Text by Rule::Text,
    }
}

/// Returns what a typed field holds, if the kind of record has it.
pub(super) fn rule(object: ObjectKind, name: &str) -> Option<Rule> {
    RULES
        .iter()
        .find(|(kind, field, _)| *kind == object && *field == name)
        .map(|(_, _, rule)| *rule)
}

/// Returns the field whose value no two records share.
pub(super) fn unique_field(object: ObjectKind) -> Option<&'static str> {
    match object {
        ObjectKind::Contact => Some("email"),
        ObjectKind::Company => Some("domain"),
        ObjectKind::Opportunity | ObjectKind::Task | ObjectKind::Note => None,
    }
}

/// Returns what a new record holds where nothing was said.
pub(super) fn default_value(object: ObjectKind) -> Option<(&'static str, FieldValue)> {
    match object {
        ObjectKind::Opportunity => Some(("stage", "NEW".into())),
        ObjectKind::Task => Some(("status", "TODO".into())),
        ObjectKind::Contact | ObjectKind::Company | ObjectKind::Note => None,
    }
}

/// Returns the fields that a search by words looks at.
pub(super) fn searched_fields(object: ObjectKind) -> &'static [&'static str] {
    match object {
        ObjectKind::Contact => &["first_name", "last_name", "email"],
        ObjectKind::Company => &["name", "domain"],
        ObjectKind::Opportunity => &["name"],
        ObjectKind::Task | ObjectKind::Note => &["title"],
    }
}
