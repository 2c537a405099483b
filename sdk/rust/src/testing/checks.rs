//! What a host accepts of a guest, and in which form a CRM keeps it.

use super::fields::{self, Rule};
use crate::crm::{Error, ErrorCode, FieldValue, ObjectKind, RecordId};
use crate::{Retry, Timestamp};

/// Longest text of one field, in bytes.
pub(super) const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Most items of a list.
pub(super) const ITEMS_MAX: usize = 100;
/// Amounts stay below it: a CRM keeps them as JSON numbers.
const MICROS_LIMIT: u64 = 1 << 53;

pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidInput, Retry::Never, message)
}

pub(super) fn id(text: &str) -> Result<(), Error> {
    match RecordId::parse(text) {
        Some(id) if id.as_str() == text => Ok(()),
        _ => Err(invalid(
            "An id is a UUID in its hyphenated, lower-case form.",
        )),
    }
}

/// Refuses names that are neither a typed field nor in the form of a custom one.
pub(super) fn field_name(object: ObjectKind, name: &str) -> Result<(), Error> {
    let is_custom = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 63
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_custom || fields::rule(object, name).is_some() {
        return Ok(());
    }
    Err(invalid(format!("A {} has no field {name}.", object.name())))
}

/// Refuses a value that a field does not take; returns it as a CRM keeps it, or `None` for an empty one.
pub(super) fn value(
    object: ObjectKind,
    name: &str,
    value: FieldValue,
) -> Result<Option<FieldValue>, Error> {
    let rule = fields::rule(object, name);
    if rule.is_some_and(|rule| !rule.takes(&value)) {
        return Err(invalid(format!("{name} takes another type of value.")));
    }
    bounds(name, &value)?;
    if let (Some(Rule::Select(options)), FieldValue::Text(option)) = (rule, &value)
        && !options.contains(&option.as_str())
    {
        return Err(invalid(format!("{name} is one of {}.", options.join(", "))));
    }
    let kept = normal(rule, value);
    Ok((!is_empty(&kept)).then_some(kept))
}

fn bounds(name: &str, value: &FieldValue) -> Result<(), Error> {
    let is_acceptable = match value {
        FieldValue::Text(text) => text.len() <= TEXT_BYTES_MAX && !text.contains('\0'),
        FieldValue::Texts(texts) => texts.len() <= ITEMS_MAX,
        FieldValue::Number(number) => number.is_finite(),
        FieldValue::Money(money) => money.amount_micros.unsigned_abs() < MICROS_LIMIT,
        FieldValue::DateTime(time) => Timestamp::parse(time).is_some(),
        FieldValue::Reference(target) => id(target).is_ok(),
        FieldValue::Phone(phone) => {
            phone.number.bytes().all(|byte| byte.is_ascii_digit())
                && (phone.number.is_empty()
                    || !(phone.country.is_empty() && phone.calling_code.is_empty()))
        }
        FieldValue::Boolean(_) => true,
    };
    is_acceptable
        .then_some(())
        .ok_or_else(|| invalid(format!("{name} is not acceptable.")))
}

/// Returns a value as a CRM keeps and compares it.
pub(super) fn normal(rule: Option<Rule>, value: FieldValue) -> FieldValue {
    match (rule, value) {
        (Some(Rule::Email), FieldValue::Text(text)) => FieldValue::Text(text.to_lowercase()),
        (Some(Rule::Domain), FieldValue::Text(text)) => {
            FieldValue::Text(text.to_lowercase().trim_end_matches('/').to_owned())
        }
        (_, FieldValue::DateTime(text)) => match Timestamp::parse(&text) {
            Some(time) => FieldValue::DateTime(time.into()),
            None => FieldValue::DateTime(text),
        },
        (_, value) => value,
    }
}

/// A CRM does not tell empty text from none.
fn is_empty(value: &FieldValue) -> bool {
    match value {
        FieldValue::Text(text) => text.is_empty(),
        FieldValue::Texts(texts) => texts.is_empty(),
        FieldValue::Phone(phone) => phone.number.is_empty(),
        _ => false,
    }
}
