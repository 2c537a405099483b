//! Which records a query finds, in which order, and where a page ends.

use super::checks::{self, invalid};
use super::fields;
use super::record::Record;
use crate::crm::{Comparison, Error, FieldValue, Filter, LIMIT_MAX, ObjectKind};
use crate::wit::skillgate::skill::crm as wit;
use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Most conditions of one query.
const FILTERS_MAX: usize = 16;
/// Longest words to search for, in bytes.
const TEXT_BYTES_MAX: usize = 500;

/// Refuses a query that a host would refuse.
pub(super) fn check(query: &wit::Query) -> Result<(), Error> {
    if !(1..=LIMIT_MAX).contains(&query.limit) {
        return Err(invalid(format!("limit is 1 to {LIMIT_MAX}.")));
    }
    if query.filters.len() > FILTERS_MAX {
        return Err(invalid(format!(
            "A search has at most {FILTERS_MAX} filters."
        )));
    }
    if query
        .text
        .as_ref()
        .is_some_and(|text| text.len() > TEXT_BYTES_MAX)
    {
        return Err(invalid(format!("text has at most {TEXT_BYTES_MAX} bytes.")));
    }
    if let Some(target) = &query.linked_to {
        checks::id(&target.id)?;
        if !matches!(query.object, ObjectKind::Task | ObjectKind::Note) {
            return Err(invalid("Only tasks and notes are linked to records."));
        }
    }
    let sorted = query.sort.iter().map(|sort| &sort.field);
    for name in query
        .filters
        .iter()
        .map(|filter| &filter.field)
        .chain(sorted)
    {
        if name != "updated_at" {
            checks::field_name(query.object, name)?;
        }
    }
    query
        .filters
        .iter()
        .try_for_each(|filter| filter_type(query.object, filter))
}

fn filter_type(object: ObjectKind, filter: &Filter) -> Result<(), Error> {
    let rule = fields::rule(object, &filter.field);
    let is_acceptable = match &filter.comparison {
        Comparison::Equals(value)
        | Comparison::NotEquals(value)
        | Comparison::AtMost(value)
        | Comparison::AtLeast(value) => rule.is_none_or(|rule| rule.takes(value)),
        Comparison::OneOf(texts) => texts.len() <= checks::ITEMS_MAX,
        Comparison::Contains(_) | Comparison::StartsWith(_) => {
            rule.is_none_or(|rule| rule.takes(&"".into()) || rule == fields::Rule::Texts)
        }
        Comparison::IsEmpty | Comparison::IsSet => true,
    };
    is_acceptable
        .then_some(())
        .ok_or_else(|| invalid(format!("{} is compared with another type.", filter.field)))
}

/// Tells whether a record has all words and satisfies all conditions.
pub(super) fn matches(query: &wit::Query, record: &Record) -> bool {
    let has_words = query.text.as_ref().is_none_or(|text| {
        let haystack = searched_text(record);
        text.to_lowercase()
            .split_whitespace()
            .all(|word| haystack.contains(word))
    });
    has_words && query.filters.iter().all(|filter| satisfies(filter, record))
}

fn searched_text(record: &Record) -> String {
    let mut text = String::new();
    for name in fields::searched_fields(record.object) {
        if let Some(FieldValue::Text(part)) = record.values.get(*name) {
            text.push_str(&part.to_lowercase());
            text.push('\n');
        }
    }
    text
}

fn satisfies(filter: &Filter, record: &Record) -> bool {
    let rule = fields::rule(record.object, &filter.field);
    let value = record.value(&filter.field);
    let is = |wanted: &FieldValue| value.as_ref() == Some(&checks::normal(rule, wanted.clone()));
    let compares = |wanted: &FieldValue, order: Ordering| {
        value.as_ref().is_some_and(|value| {
            let actual = compare(value, &checks::normal(rule, wanted.clone()));
            actual == Some(order) || actual == Some(Ordering::Equal)
        })
    };
    let any_text = |test: &dyn Fn(&str) -> bool| match &value {
        Some(FieldValue::Text(text)) => test(text),
        Some(FieldValue::Texts(texts)) => texts.iter().any(|text| test(text)),
        _ => false,
    };
    match &filter.comparison {
        Comparison::Equals(wanted) => is(wanted),
        Comparison::NotEquals(unwanted) => !is(unwanted),
        Comparison::OneOf(options) => any_text(&|text| options.iter().any(|option| option == text)),
        Comparison::Contains(part) => any_text(&|text| lower(text).contains(&lower(part))),
        Comparison::StartsWith(part) => any_text(&|text| lower(text).starts_with(&lower(part))),
        Comparison::AtMost(wanted) => compares(wanted, Ordering::Less),
        Comparison::AtLeast(wanted) => compares(wanted, Ordering::Greater),
        Comparison::IsEmpty => value.is_none(),
        Comparison::IsSet => value.is_some(),
    }
}

fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// Orders values of the same type that have an order.
fn compare(a: &FieldValue, b: &FieldValue) -> Option<Ordering> {
    match (a, b) {
        (FieldValue::Text(a), FieldValue::Text(b))
        | (FieldValue::DateTime(a), FieldValue::DateTime(b)) => Some(a.cmp(b)),
        (FieldValue::Number(a), FieldValue::Number(b)) => Some(a.total_cmp(b)),
        (FieldValue::Boolean(a), FieldValue::Boolean(b)) => Some(a.cmp(b)),
        (FieldValue::Money(a), FieldValue::Money(b)) => Some(a.amount_micros.cmp(&b.amount_micros)),
        _ => None,
    }
}

/// Orders what was found: records without the value last, ties by id.
pub(super) fn sort(found: &mut [&Record], sort: Option<&wit::Sort>) {
    found.sort_by(|a, b| {
        let by_value = sort.map_or(Ordering::Equal, |sort| {
            match (a.value(&sort.field), b.value(&sort.field)) {
                (Some(a), Some(b)) => {
                    let order = compare(&a, &b).unwrap_or(Ordering::Equal);
                    if sort.descending {
                        order.reverse()
                    } else {
                        order
                    }
                }
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            }
        });
        by_value.then_with(|| a.id.cmp(&b.id))
    });
}

/// Reads a cursor: how many records the pages before it had.
pub(super) fn offset(query: &wit::Query) -> Result<usize, Error> {
    let Some(cursor) = &query.cursor else {
        return Ok(0);
    };
    cursor
        .strip_suffix(&suffix(query))
        .and_then(|offset| offset.parse().ok())
        .ok_or_else(|| invalid("The cursor is not one of this search."))
}

/// Writes a cursor that is valid for the same query only.
pub(super) fn cursor(query: &wit::Query, offset: usize) -> String {
    format!("{offset}{}", suffix(query))
}

fn suffix(query: &wit::Query) -> String {
    let asked = wit::Query {
        cursor: None,
        limit: 0,
        ..query.clone()
    };
    let mut hasher = DefaultHasher::new();
    format!("{asked:?}").hash(&mut hasher);
    format!(".{:x}", hasher.finish())
}
