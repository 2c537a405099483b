//! FULL_NAME: each subfield merges on its own.

use serde_json::{Map, Value, json};

use super::merged_text;
use crate::fault::Fault;

pub(super) fn write(
    field: &str,
    current: &Value,
    parts: &Map<String, Value>,
) -> Result<Value, Fault> {
    Ok(json!({
        "firstName": merged_text(field, current, parts, "firstName")?,
        "lastName": merged_text(field, current, parts, "lastName")?,
    }))
}
