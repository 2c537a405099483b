//! Values without subfields.

use serde_json::{Value, json};
use uuid::Uuid;

use super::inspect;
use crate::fault::Fault;

/// Writes text. Empty text is stored as `null`.
pub(super) fn text(field: &str, input: &Value) -> Result<Value, Fault> {
    match input {
        Value::Null => Ok(Value::Null),
        Value::String(text) if text.is_empty() => Ok(Value::Null),
        Value::String(_) => Ok(input.clone()),
        other => {
            let shown = inspect(other);
            Err(Fault::bad(format!(
                "Invalid string value {shown} for text field \"{field}\""
            )))
        }
    }
}

/// Writes a uuid in lower case.
pub(crate) fn uuid(field: &str, input: &Value) -> Result<Value, Fault> {
    match input {
        Value::Null => Ok(Value::Null),
        Value::String(text) => match hyphenated(text) {
            Some(id) => Ok(json!(id.to_string())),
            None => Err(bad_uuid(field, input)),
        },
        other => Err(bad_uuid(field, other)),
    }
}

/// Parses the 36 character form only, as the real server does.
pub(crate) fn hyphenated(text: &str) -> Option<Uuid> {
    (text.len() == 36)
        .then(|| Uuid::parse_str(text).ok())
        .flatten()
}

fn bad_uuid(field: &str, input: &Value) -> Fault {
    Fault::bad(format!(
        "Invalid UUID value {} for field \"{field}\"",
        inspect(input)
    ))
}

/// Writes a number. Numeric text is refused.
pub(super) fn number(field: &str, input: &Value) -> Result<Value, Fault> {
    match input {
        Value::Null | Value::Number(_) => Ok(input.clone()),
        other => Err(Fault::bad(format!(
            "Invalid number value {} for field \"{field}\"",
            inspect(other)
        ))),
    }
}

/// Writes true or false.
pub(super) fn boolean(field: &str, input: &Value) -> Result<Value, Fault> {
    match input {
        Value::Null | Value::Bool(_) => Ok(input.clone()),
        other => {
            let shown = inspect(other);
            Err(Fault::bad(format!(
                "Invalid boolean value {shown} for field \"{field}\""
            )))
        }
    }
}

/// Writes a position: a number, or `"first"` / `"last"`, which the store resolves.
pub(super) fn position(field: &str, input: &Value) -> Result<Value, Fault> {
    match input {
        Value::String(word) if word == "first" || word == "last" => Ok(input.clone()),
        Value::Number(_) => Ok(input.clone()),
        other => Err(Fault::bad(format!(
            "Invalid position value {} for field \"{field}\"",
            inspect(other)
        ))),
    }
}

/// Writes a list of uploaded files; there is no upload here, so the list is kept as it came.
pub(super) fn files(field: &str, input: &Value) -> Result<Value, Fault> {
    match input {
        Value::Null | Value::Array(_) => Ok(input.clone()),
        other => Err(Fault::bad(format!(
            "Invalid value {} for files field \"{field}\"",
            inspect(other)
        ))),
    }
}
