//! EMAILS: lower-cased. Sending only `additionalEmails` wipes `primaryEmail`.

use serde_json::{Map, Value, json};

use super::{inspect, scalar};
use crate::fault::Fault;

pub(super) fn write(
    field: &str,
    current: &Value,
    parts: &Map<String, Value>,
) -> Result<Value, Fault> {
    let primary = match parts.get("primaryEmail") {
        Some(input) => address(&format!("{field}.primaryEmail"), input)?,
        None => Value::Null,
    };
    let additional = match parts.get("additionalEmails") {
        Some(input) => list(&format!("{field}.additionalEmails"), input)?,
        None => current["additionalEmails"].clone(),
    };
    Ok(json!({"primaryEmail": primary, "additionalEmails": additional}))
}

fn list(field: &str, input: &Value) -> Result<Value, Fault> {
    match input {
        Value::Null => Ok(Value::Null),
        Value::Array(items) => {
            let written: Result<Vec<Value>, Fault> =
                items.iter().map(|item| address(field, item)).collect();
            Ok(json!(
                written?
                    .into_iter()
                    .filter(|item| !item.is_null())
                    .collect::<Vec<_>>()
            ))
        }
        other => Err(Fault::bad(format!(
            "Invalid array value {} for field \"{field}\"",
            inspect(other)
        ))),
    }
}

fn address(field: &str, input: &Value) -> Result<Value, Fault> {
    let written = scalar::text(field, input)?;
    match written.as_str() {
        None => Ok(Value::Null),
        Some(text) if is_email(text) => Ok(json!(text.to_lowercase())),
        Some(_) => Err(Fault::bad(format!(
            "Invalid string value {} for email field \"{field}\"",
            inspect(input)
        ))),
    }
}

/// One `@`, something before it, a dotted name after it, no space.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let labels: Vec<&str> = domain.split('.').collect();
    !local.is_empty()
        && !text.chars().any(char::is_whitespace)
        && !domain.contains('@')
        && labels.len() > 1
        && labels.iter().all(|label| !label.is_empty())
}
