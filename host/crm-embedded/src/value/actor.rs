//! ACTOR: who did it. A caller may set the source (an audit trail must not trust it), not the name.

use serde_json::{Map, Value, json};

use super::inspect;
use crate::fault::Fault;

/// The sources the real server knows.
const SOURCES: &[&str] = &[
    "EMAIL",
    "CALENDAR",
    "WORKFLOW",
    "AGENT",
    "API",
    "IMPORT",
    "MANUAL",
    "SYSTEM",
    "WEBHOOK",
    "APPLICATION",
];

/// Returns the actor of a call made with the key called `name`.
pub(crate) fn stamp(name: &str) -> Value {
    json!({"source": "API", "workspaceMemberId": null, "name": name, "context": {}})
}

pub(super) fn write(
    field: &str,
    current: &Value,
    parts: &Map<String, Value>,
) -> Result<Value, Fault> {
    let mut written = current.clone();
    if let Some(source) = parts.get("source") {
        if !source.as_str().is_some_and(|text| SOURCES.contains(&text)) {
            let shown = source
                .as_str()
                .map_or_else(|| inspect(source), |text| format!("\"{text}\""));
            return Err(Fault::bad(format!(
                "Invalid value {shown} for field \"{field}.source\". Valid values are: {}",
                SOURCES.join(", ")
            )));
        }
        written["source"] = source.clone();
    }
    Ok(written)
}
