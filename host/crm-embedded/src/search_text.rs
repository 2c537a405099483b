//! The words of a record: what `search` matches, and the `searchVector` that is shown.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value};

use crate::schema::{FieldType, Object};

/// Text fields that are not for people to search.
const UNSEARCHED: &[&str] = &[
    "avatarUrl",
    "colorScheme",
    "locale",
    "timeZone",
    "headerMessageId",
];

/// Most words of one search; the rest is ignored.
const QUERY_WORDS_MAX: usize = 32;

/// Returns the lower-cased words of `text`: whole words, then their parts.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let trimmed = word
            .trim_matches(|c: char| !c.is_alphanumeric() && c != '+')
            .to_lowercase();
        let parts: Vec<&str> = trimmed
            .split(|c: char| !c.is_alphanumeric())
            .filter(|part| !part.is_empty())
            .collect();
        if parts.len() > 1 {
            words.push(trimmed.clone());
        }
        words.extend(parts.into_iter().map(str::to_owned));
    }
    words
}

/// Returns the lower-cased words somebody looks for, each whole.
pub(crate) fn query_words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .map(|word| {
            word.trim_matches(|c: char| !c.is_alphanumeric() && c != '+')
                .to_lowercase()
        })
        .filter(|word| !word.is_empty())
        .take(QUERY_WORDS_MAX)
        .collect()
}

/// Returns the words of a document in field order; its id when it has no text at all.
pub(crate) fn of(object: &Object, doc: &Map<String, Value>) -> Vec<String> {
    let mut all = Vec::new();
    for field in &object.fields {
        let value = doc.get(&field.name).unwrap_or(&Value::Null);
        let parts: &[&str] = match field.value_type() {
            Some(FieldType::Text) if !UNSEARCHED.contains(&field.name.as_str()) => &[],
            Some(FieldType::FullName) => &["firstName", "lastName"],
            Some(FieldType::Emails) => &["primaryEmail", "additionalEmails"],
            Some(FieldType::Phones) => &["primaryPhoneNumber", "primaryPhoneCallingCode"],
            Some(FieldType::Links) if field.is_unique => &["primaryLinkUrl"],
            Some(FieldType::RichText) => &["markdown"],
            _ => continue,
        };
        if parts.is_empty() {
            collect(value, &mut all);
        }
        for part in parts {
            collect(&value[*part], &mut all);
        }
    }
    if all.is_empty() {
        collect(doc.get("id").unwrap_or(&Value::Null), &mut all);
    }
    all
}

fn collect(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) => all.extend(words(text)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, all)),
        _ => {}
    }
}

/// Returns the words as the `search` column holds them: each after one space.
pub(crate) fn column(words: &[String]) -> String {
    words.iter().fold(String::new(), |mut text, word| {
        text.push(' ');
        text.push_str(word);
        text
    })
}

/// Returns the words with their places, as in `'ada':1 'lovelace':2`.
pub(crate) fn vector(words: &[String]) -> String {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (index, word) in words.iter().enumerate() {
        places
            .entry(word)
            .or_default()
            .push((index + 1).to_string());
    }
    let mut text = String::new();
    for (word, at) in places {
        let gap = if text.is_empty() { "" } else { " " };
        write!(text, "{gap}'{word}':{}", at.join(",")).expect("writing to a string cannot fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole_and_in_parts() {
        assert_eq!(words("Ada O'Brien"), ["ada", "o'brien", "o", "brien"]);
        assert_eq!(
            words("x@example.test,"),
            ["x@example.test", "x", "example", "test"]
        );
        assert_eq!(words("'; -- & | ( )"), Vec::<String>::new());
        assert_eq!(vector(&words("b a b")), "'a':2 'b':1,3");
        assert_eq!(column(&words("b a")), " b a");
    }
}
