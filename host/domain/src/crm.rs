//! CRM records as the host knows them: a closed list of typed fields, and the fields a community added.

mod field;
mod query;
mod record;
mod selection;

pub use field::{Field, FieldKey, FieldSet, FieldType, ObjectKind, is_system_name};
pub use query::{Comparison, Filter, FilterKey, LIMIT_MAX, Page, Query, Sort};
pub use record::{Changes, EntryRef, FieldValue, Link, Money, Phone, Record};
pub use selection::Selection;
