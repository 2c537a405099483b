use super::{Comparison, FieldValue, Filter, Money, Phone};
use crate::Timestamp;

/// Starts a condition on a field: a typed field's name with underscores, a custom field's name, or `updated_at`.
///
/// ```
/// use skillgate_sdk::crm::{Comparison, field};
///
/// let filter = field("status").one_of(["TODO", "IN_PROGRESS"]);
/// assert_eq!(filter.field, "status");
/// assert!(matches!(filter.comparison, Comparison::OneOf(statuses) if statuses.len() == 2));
/// ```
pub fn field(name: impl Into<String>) -> FilterField {
    FilterField { name: name.into() }
}

/// A field to be compared; see [`field`].
///
/// ```
/// use skillgate_sdk::crm::{Comparison, FilterField, field};
///
/// let due: FilterField = field("due_at");
/// assert_eq!(due.clone().is_set().comparison, Comparison::IsSet);
/// assert_eq!(due.is_empty().comparison, Comparison::IsEmpty);
/// ```
#[derive(Debug, Clone)]
pub struct FilterField {
    name: String,
}

impl FilterField {
    /// The same value. Text is compared with case, except e-mail addresses.
    pub fn equals(self, value: impl Into<FieldValue>) -> Filter {
        self.compare(Comparison::Equals(value.into()))
    }

    /// Another value, or none.
    pub fn not_equals(self, value: impl Into<FieldValue>) -> Filter {
        self.compare(Comparison::NotEquals(value.into()))
    }

    /// One of these texts or options.
    pub fn one_of<T: Into<String>>(self, values: impl IntoIterator<Item = T>) -> Filter {
        self.compare(Comparison::OneOf(
            values.into_iter().map(Into::into).collect(),
        ))
    }

    /// Text that has this in it, without regard to case.
    pub fn contains(self, text: impl Into<String>) -> Filter {
        self.compare(Comparison::Contains(text.into()))
    }

    /// Text that begins so, without regard to case.
    pub fn starts_with(self, text: impl Into<String>) -> Filter {
        self.compare(Comparison::StartsWith(text.into()))
    }

    /// Less than or equal.
    pub fn at_most(self, value: impl Into<FieldValue>) -> Filter {
        self.compare(Comparison::AtMost(value.into()))
    }

    /// Greater than or equal.
    pub fn at_least(self, value: impl Into<FieldValue>) -> Filter {
        self.compare(Comparison::AtLeast(value.into()))
    }

    /// No value.
    pub fn is_empty(self) -> Filter {
        self.compare(Comparison::IsEmpty)
    }

    /// Some value.
    pub fn is_set(self) -> Filter {
        self.compare(Comparison::IsSet)
    }

    fn compare(self, comparison: Comparison) -> Filter {
        Filter {
            field: self.name,
            comparison,
        }
    }
}

macro_rules! values {
    ($($from:ty => $variant:ident,)*) => {$(
        impl From<$from> for FieldValue {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

values! {
    &str => Text,
    String => Text,
    Vec<String> => Texts,
    f64 => Number,
    bool => Boolean,
    Timestamp => DateTime,
    Money => Money,
    Phone => Phone,
    super::RecordId => Reference,
}
