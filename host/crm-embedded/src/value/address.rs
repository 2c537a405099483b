//! ADDRESS: subfields merge; latitude and longitude are numbers.

use serde_json::{Map, Value, json};

use super::{inspect, merged_text};
use crate::fault::Fault;
use crate::schema::FieldType;

pub(super) fn write(
    field: &str,
    current: &Value,
    parts: &Map<String, Value>,
) -> Result<Value, Fault> {
    let mut written = Map::new();
    for name in FieldType::Address.subfields() {
        let value = match (*name, parts.get(*name)) {
            ("addressLat" | "addressLng", Some(input)) => {
                degrees(&format!("{field}.{name}"), input)?
            }
            _ => merged_text(field, current, parts, name)?,
        };
        written.insert((*name).to_owned(), value);
    }
    Ok(Value::Object(written))
}

fn degrees(field: &str, input: &Value) -> Result<Value, Fault> {
    let number: Option<f64> = match input {
        Value::Null => return Ok(Value::Null),
        Value::Number(_) => return Ok(input.clone()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.map(|number| json!(number)).ok_or_else(|| {
        Fault::bad(format!(
            "Invalid number value {} for field \"{field}\"",
            inspect(input)
        ))
    })
}
