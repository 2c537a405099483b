//! Dates and times: several forms in, one form out.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::inspect;
use crate::fault::Fault;

/// Forms without an offset; they are taken as UTC.
const NAIVE_FORMS: &[&str] = &[
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
];

/// Shows an instant as `2026-11-20T21:36:47.034Z`.
pub(crate) fn show(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Parses an instant: RFC 3339, a date alone, or a local form taken as UTC.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc));
    }
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(day.and_hms_opt(0, 0, 0)?.and_utc());
    }
    NAIVE_FORMS
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|at| at.and_utc())
}

/// Writes a date-time, stored in the shown form, which also sorts by time.
pub(crate) fn date_time(field: &str, input: &Value) -> Result<Value, Fault> {
    match input {
        Value::Null => return Ok(Value::Null),
        Value::String(text) => {
            if let Some(at) = parse(text) {
                return Ok(json!(show(at)));
            }
        }
        _ => {}
    }
    Err(Fault::bad(format!(
        "Invalid value {} for date-time field \"{field}\". Expected format: 'YYYY-MM-DDTHH:mm:ssZ'",
        inspect(input)
    )))
}

/// Writes a calendar day.
pub(crate) fn date(field: &str, input: &Value) -> Result<Value, Fault> {
    match input {
        Value::Null => return Ok(Value::Null),
        Value::String(text) => {
            if let Some(at) = parse(text) {
                return Ok(json!(at.format("%Y-%m-%d").to_string()));
            }
        }
        _ => {}
    }
    Err(Fault::bad(format!(
        "Invalid value {} for date field \"{field}\". Expected format: 'YYYY-MM-DD'",
        inspect(input)
    )))
}
