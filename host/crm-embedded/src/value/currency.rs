//! CURRENCY: subfields merge. The code is not checked; amounts pass through a double.

use serde_json::{Map, Value, json};

use super::{inspect, merged_text};
use crate::fault::Fault;

pub(super) fn write(
    field: &str,
    current: &Value,
    parts: &Map<String, Value>,
) -> Result<Value, Fault> {
    let amount = match parts.get("amountMicros") {
        Some(input) => amount(&format!("{field}.amountMicros"), input)?,
        None => current["amountMicros"].clone(),
    };
    let code = merged_text(field, current, parts, "currencyCode")?;
    Ok(json!({"amountMicros": amount, "currencyCode": code}))
}

/// Accepts a number or numeric text. Above 2^53 the amount is rounded, as recorded.
fn amount(field: &str, input: &Value) -> Result<Value, Fault> {
    let number = match input {
        Value::Null => return Ok(Value::Null),
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number
        .filter(|number| number.is_finite())
        .map(whole)
        .ok_or_else(|| {
            Fault::bad(format!(
                "Invalid number value {} for field \"{field}\"",
                inspect(input)
            ))
        })
}

/// Shows a whole number without a fraction.
fn whole(number: f64) -> Value {
    let text = format!("{number:.0}");
    match text.parse::<i64>() {
        Ok(integer) if number.fract() == 0.0 => json!(integer),
        _ => json!(number),
    }
}
