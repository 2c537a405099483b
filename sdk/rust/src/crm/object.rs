use super::{Company, Contact, EntryRef, Note, ObjectKind, Opportunity, Task};
use crate::wit::skillgate::skill::crm::Fields;

/// A kind of record with typed fields.
///
/// Implemented by [`Contact`], [`Company`], [`Opportunity`], [`Task`] and [`Note`]; no other type can be one.
///
/// ```
/// use skillgate_sdk::crm::{Object, ObjectKind, Task};
/// assert_eq!(Task::KIND, ObjectKind::Task);
/// ```
pub trait Object: sealed::Object + Default + Clone {
    /// Which kind it is.
    const KIND: ObjectKind;
}

/// A kind of record with a unique field: a contact's e-mail address, a company's domain.
///
/// ```
/// fn key<T: skillgate_sdk::crm::Unique>() -> &'static str { T::UNIQUE_FIELD }
/// assert_eq!(key::<skillgate_sdk::crm::Contact>(), "email");
/// assert_eq!(key::<skillgate_sdk::crm::Company>(), "domain");
/// ```
pub trait Unique: Object {
    /// The field whose value no two records share.
    const UNIQUE_FIELD: &'static str;
}

/// A kind of record that is attached to others: tasks and notes.
///
/// ```
/// fn attachable<T: skillgate_sdk::crm::Attachable>() {}
/// attachable::<skillgate_sdk::crm::Task>();
/// attachable::<skillgate_sdk::crm::Note>();
/// ```
pub trait Attachable: Object {}

pub(crate) mod sealed {
    use crate::wit::skillgate::skill::crm::Fields;

    pub trait Object: Sized {
        fn from_fields(fields: Fields) -> Option<Self>;
        fn into_fields(self) -> Fields;
    }
}

macro_rules! objects {
    ($($kind:ident),*) => {$(
        impl Object for $kind {
            const KIND: ObjectKind = ObjectKind::$kind;
        }

        impl sealed::Object for $kind {
            fn from_fields(fields: Fields) -> Option<Self> {
                match fields {
                    Fields::$kind(fields) => Some(fields),
                    _ => None,
                }
            }

            fn into_fields(self) -> Fields {
                Fields::$kind(self)
            }
        }
    )*};
}

objects!(Contact, Company, Opportunity, Task, Note);

impl Unique for Contact {
    const UNIQUE_FIELD: &'static str = "email";
}

impl Unique for Company {
    const UNIQUE_FIELD: &'static str = "domain";
}

impl Attachable for Task {}
impl Attachable for Note {}

/// ```
/// use skillgate_sdk::crm::{EntryRef, ObjectKind};
///
/// let ada = EntryRef::new(ObjectKind::Contact, "0190f5fe-7c00-7a00-8000-000000000001");
/// assert_eq!(ada.object.name(), "contact");
/// ```
impl EntryRef {
    /// Names a record by its kind and id.
    pub fn new(object: ObjectKind, id: impl Into<String>) -> Self {
        Self {
            object,
            id: id.into(),
        }
    }
}

/// ```
/// assert_eq!(skillgate_sdk::crm::ObjectKind::Opportunity.name(), "opportunity");
/// ```
impl ObjectKind {
    /// Returns the name used in manifests and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Company => "company",
            Self::Opportunity => "opportunity",
            Self::Task => "task",
            Self::Note => "note",
        }
    }
}
