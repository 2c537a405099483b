//! Shows a value the way the recorded messages do.

use serde_json::Value;

/// Returns `'text'` in single quotes, numbers and booleans bare, lists and objects spaced out.
pub(crate) fn inspect(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{text}'"),
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Array(items) => {
            let shown: Vec<String> = items.iter().map(inspect).collect();
            format!("[ {} ]", shown.join(", "))
        }
        Value::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Object(entries) => {
            let shown: Vec<String> = entries
                .iter()
                .map(|(key, item)| format!("{key}: {}", inspect(item)))
                .collect();
            format!("{{ {} }}", shown.join(", "))
        }
        other => other.to_string(),
    }
}
