//! SELECT and MULTI_SELECT.

use serde_json::Value;

use super::inspect;
use crate::fault::Fault;
use crate::schema::Field;

/// Writes one of the options.
pub(super) fn one(field: &Field, input: &Value) -> Result<Value, Fault> {
    match input {
        Value::Null if field.is_nullable => Ok(Value::Null),
        Value::String(text) if field.options.iter().any(|option| option.value == *text) => {
            Ok(input.clone())
        }
        other => Err(bad_option(field, other)),
    }
}

/// Writes a list of options; the empty list is stored as `null`.
pub(super) fn many(field: &Field, input: &Value) -> Result<Value, Fault> {
    match input {
        Value::Null => Ok(Value::Null),
        Value::Array(items) if items.is_empty() => Ok(Value::Null),
        Value::Array(items) => {
            for item in items {
                let known = item
                    .as_str()
                    .is_some_and(|text| field.options.iter().any(|option| option.value == text));
                if !known {
                    return Err(bad_option(field, item));
                }
            }
            Ok(input.clone())
        }
        other => Err(Fault::bad(format!(
            "Invalid value {} for multi-select field \"{}\" - Array values need to be string",
            inspect(other),
            field.name
        ))),
    }
}

fn bad_option(field: &Field, input: &Value) -> Fault {
    let shown = input
        .as_str()
        .map_or_else(|| inspect(input), |text| format!("\"{text}\""));
    let (name, options) = (&field.name, field.option_list());
    Fault::bad(format!(
        "Invalid value {shown} for field \"{name}\". Valid values are: {options}"
    ))
}
