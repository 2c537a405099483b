//! Whether a guest's request makes sense, before anything is decided or spent.

use super::BrokerError;
use skillgate_domain::crm::{
    Changes, Comparison, Field, FieldKey, FieldType, FieldValue, Filter, FilterKey, LIMIT_MAX,
    Link, Query, Selection,
};
use skillgate_domain::limits::{
    CURSOR_BYTES_MAX, FIELD_TEXT_BYTES_MAX, FILTERS_MAX, LIST_ITEMS_MAX, SEARCH_TEXT_BYTES_MAX,
};

/// Twenty keeps numbers as doubles: integers of 2^53 and above are rounded.
const AMOUNT_MICROS_MAX: u64 = (1 << 53) - 1;

type Checked = Result<(), BrokerError>;

fn invalid<T>(message: impl Into<String>) -> Result<T, BrokerError> {
    Err(BrokerError::Invalid(message.into()))
}

/// Checks the sizes and types of a query.
pub(super) fn query(query: &Query) -> Checked {
    if !(1..=LIMIT_MAX).contains(&query.limit) {
        return invalid(format!("limit must be 1 to {LIMIT_MAX}"));
    }
    if let Some(text) = &query.text
        && (text.trim().is_empty() || text.len() > SEARCH_TEXT_BYTES_MAX)
    {
        return invalid(format!("text must have 1 to {SEARCH_TEXT_BYTES_MAX} bytes"));
    }
    if query.filters.len() > FILTERS_MAX {
        return invalid(format!("at most {FILTERS_MAX} filters are accepted"));
    }
    if query
        .cursor
        .as_ref()
        .is_some_and(|cursor| cursor.len() > CURSOR_BYTES_MAX)
    {
        return invalid("this is not a cursor of an earlier page");
    }
    if let Some(target) = query.linked_to
        && (!query.object.links() || target.object.links())
    {
        return invalid(
            "only tasks and notes are linked, and only to contacts, companies and opportunities",
        );
    }
    query.filters.iter().try_for_each(filter)
}

fn filter(filter: &Filter) -> Checked {
    let value = match &filter.comparison {
        Comparison::Equals(v)
        | Comparison::NotEquals(v)
        | Comparison::AtMost(v)
        | Comparison::AtLeast(v) => v,
        Comparison::OneOf(options) => {
            if options.is_empty() || options.len() > LIST_ITEMS_MAX {
                return invalid(format!("one-of takes 1 to {LIST_ITEMS_MAX} values"));
            }
            return options.iter().try_for_each(|option| text(option));
        }
        Comparison::Contains(part) | Comparison::StartsWith(part) => return text(part),
        Comparison::IsEmpty | Comparison::IsSet => return Ok(()),
    };
    match &filter.key {
        FilterKey::Field(FieldKey::Standard(field)) => typed(*field, value),
        FilterKey::Field(FieldKey::Custom(_)) => sized(value),
        FilterKey::UpdatedAt if matches!(value, FieldValue::DateTime(_)) => sized(value),
        FilterKey::UpdatedAt => invalid("updated_at is compared with a date-time"),
    }
}

/// Returns every field that a query compares: a field that may not be read may not be probed through
/// filters or order either. (Words are looked for only in fields that may be read: see `ports::Crm`.)
pub(super) fn compared(query: &Query) -> Selection {
    let filters = query.filters.iter().map(|filter| &filter.key);
    let sort = query.sort.iter().map(|sort| &sort.key);
    let keys = filters.chain(sort).filter_map(|key| match key {
        FilterKey::Field(key) => Some(key.clone()),
        FilterKey::UpdatedAt => None,
    });
    keys.collect()
}

/// Checks sizes and types of what a guest wants to write.
pub(super) fn changes(changes: &Changes) -> Checked {
    if let Some(both) = changes
        .clear
        .iter()
        .find(|key| changes.set.contains_key(*key))
    {
        return invalid(format!("{} is both set and cleared", both.name()));
    }
    changes.set.iter().try_for_each(|(key, value)| match key {
        FieldKey::Standard(field) => typed(*field, value),
        FieldKey::Custom(_) => sized(value),
    })
}

/// Checks that a link goes from a task or note to something else.
pub(super) fn link(link: &Link) -> Checked {
    if link.source.object.links() && !link.target.object.links() {
        return Ok(());
    }
    invalid("only tasks and notes are linked, and only to contacts, companies and opportunities")
}

/// The value by which a record is found again.
#[derive(Debug)]
pub(super) struct UniqueValue {
    pub(super) field: Field,
    pub(super) value: FieldValue,
}

impl UniqueValue {
    pub(super) fn compared(&self) -> Selection {
        std::iter::once(FieldKey::Standard(self.field)).collect()
    }
}

/// Returns the unique value that `changes` sets.
pub(super) fn unique_value(changes: &Changes) -> Result<UniqueValue, BrokerError> {
    let object = changes.object.name();
    let Some(field) = changes.object.unique_field() else {
        return invalid(format!("a {object} has no unique field to upsert by"));
    };
    match changes.set.get(&FieldKey::Standard(field)) {
        Some(value) => Ok(UniqueValue {
            field,
            value: value.clone(),
        }),
        None => invalid(format!("an upsert of a {object} needs {}", field.name())),
    }
}

fn typed(field: Field, value: &FieldValue) -> Checked {
    use FieldType as T;
    use FieldValue as V;
    match (field.kind(), value) {
        (T::Text | T::Email | T::Link | T::Select | T::Markdown, V::Text(_))
        | (T::Texts, V::Texts(_))
        | (T::Phone, V::Phone(_))
        | (T::Money, V::Money(_))
        | (T::DateTime, V::DateTime(_))
        | (T::Reference, V::Reference(_)) => sized(value),
        _ => invalid(format!(
            "{} of a {} has another type",
            field.name(),
            field.object().name()
        )),
    }
}

fn sized(value: &FieldValue) -> Checked {
    match value {
        FieldValue::Text(value) | FieldValue::DateTime(value) => text(value),
        FieldValue::Texts(list) if list.len() > LIST_ITEMS_MAX => {
            invalid(format!("a list has at most {LIST_ITEMS_MAX} items"))
        }
        FieldValue::Texts(list) => list.iter().try_for_each(|item| text(item)),
        FieldValue::Number(number) if !number.is_finite() => invalid("a number must be finite"),
        FieldValue::Money(money) if money.amount_micros.unsigned_abs() > AMOUNT_MICROS_MAX => {
            invalid("an amount must stay below 2^53 micros")
        }
        FieldValue::Money(money) => text(&money.currency),
        FieldValue::Phone(phone) => [&phone.number, &phone.country, &phone.calling_code]
            .into_iter()
            .try_for_each(|part| text(part)),
        FieldValue::Number(_) | FieldValue::Boolean(_) | FieldValue::Reference(_) => Ok(()),
    }
}

fn text(value: &str) -> Checked {
    if value.len() > FIELD_TEXT_BYTES_MAX {
        return invalid(format!("a text has at most {FIELD_TEXT_BYTES_MAX} bytes"));
    }
    if value.contains('\0') {
        return invalid("a text has no NUL");
    }
    Ok(())
}
