//! RICH_TEXT: `{markdown, blocknote}`. Whichever is sent, the other is derived from it.

use serde_json::{Map, Value, json};

use super::{Ids, block, scalar};
use crate::fault::Fault;

pub(super) fn write(
    field: &str,
    current: &Value,
    parts: &Map<String, Value>,
    ids: Ids<'_>,
) -> Result<Value, Fault> {
    let text = |name: &str| match parts.get(name) {
        Some(input) => scalar::text(&format!("{field}.{name}"), input),
        None => Ok(Value::Null),
    };
    let (markdown, blocknote) = (text("markdown")?, text("blocknote")?);
    if parts.is_empty() {
        return Ok(current.clone());
    }
    Ok(match (markdown.as_str(), blocknote.as_str()) {
        (Some(source), _) => {
            json!({"markdown": source, "blocknote": block::from_markdown(source, ids)})
        }
        (None, Some(blocks)) => json!({"markdown": block::to_text(blocks), "blocknote": blocks}),
        (None, None) => json!({"markdown": null, "blocknote": null}),
    })
}
