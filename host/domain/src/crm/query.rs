use super::{EntryRef, FieldKey, FieldValue, ObjectKind};
use crate::ids::RecordId;
use std::collections::BTreeSet;

/// Most records on one page.
pub const LIMIT_MAX: u32 = 100;

/// What a filter or a sort looks at.
#[derive(Debug, Clone, PartialEq)]
pub enum FilterKey {
    /// A field.
    Field(FieldKey),
    /// When the record last changed.
    UpdatedAt,
}

impl FilterKey {
    /// Reads a name within `object`.
    pub fn from_name(object: ObjectKind, name: &str) -> Option<Self> {
        if name == "updated_at" {
            return Some(Self::UpdatedAt);
        }
        FieldKey::from_name(object, name).map(Self::Field)
    }
}

/// How a field is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Comparison {
    /// The same value.
    Equals(FieldValue),
    /// Another value, or none.
    NotEquals(FieldValue),
    /// One of these options or texts.
    OneOf(Vec<String>),
    /// Text that has this in it, without regard to case.
    Contains(String),
    /// Text that begins so, without regard to case.
    StartsWith(String),
    /// Less than or equal.
    AtMost(FieldValue),
    /// Greater than or equal.
    AtLeast(FieldValue),
    /// No value.
    IsEmpty,
    /// Some value.
    IsSet,
}

/// A condition on one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// What is compared.
    pub key: FilterKey,
    /// With what, and how.
    pub comparison: Comparison,
}

/// An order of results. Ties are broken by id.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// What is compared.
    pub key: FilterKey,
    /// Largest first.
    pub descending: bool,
}

/// What to look for. All parts must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The kind of record.
    pub object: ObjectKind,
    /// Words that must all occur in the record's text.
    pub text: Option<String>,
    /// Conditions.
    pub filters: Vec<Filter>,
    /// Only tasks or notes attached to this record.
    pub linked_to: Option<EntryRef>,
    /// Only these records. Guests cannot say it; the host does, for a call that is narrowed to some.
    pub among: Option<BTreeSet<RecordId>>,
    /// Order; by id when absent.
    pub sort: Option<Sort>,
    /// 1 to [`LIMIT_MAX`].
    pub limit: u32,
    /// Where the last page of the same query ended.
    pub cursor: Option<String>,
}

impl Query {
    /// Looks for everything of a kind, a whole page at a time.
    pub const fn everything(object: ObjectKind) -> Self {
        Self {
            object,
            text: None,
            filters: Vec::new(),
            linked_to: None,
            among: None,
            sort: None,
            limit: LIMIT_MAX,
            cursor: None,
        }
    }
}

/// One page of results.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The results.
    pub items: Vec<T>,
    /// Present when there is more.
    pub next_cursor: Option<String>,
    /// How many match in all.
    pub total: u32,
}
