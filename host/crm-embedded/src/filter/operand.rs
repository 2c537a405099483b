//! Converts what a caller compares with to what the column holds.

use serde_json::Value;

use super::{Column, ColumnKind, FILTER_VALUES_MAX, Op, Operand, Test};
use crate::fault::Fault;
use crate::value::{date, inspect, uuid};

/// A value bound to a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Bound {
    Text(String),
    Number(f64),
    Boolean(bool),
}

impl Test {
    /// Builds a test, refusing an operand the column cannot hold.
    pub(super) fn new(column: Column, op: Op, raw: &Value) -> Result<Self, Fault> {
        let operand = match (op, raw) {
            (Op::Is, _) => presence(raw)?,
            (Op::In | Op::ContainsAny, Value::Array(items)) => many(&column, op, items)?,
            (Op::In | Op::ContainsAny, other) => {
                return Err(Fault::bad(format!(
                    "Invalid filter value {} for field \"{}\". Expected an array",
                    inspect(other),
                    column.name()
                )));
            }
            (Op::StartsWith | Op::EndsWith | Op::Like | Op::Ilike, _) => {
                Operand::One(Bound::Text(plain_text(raw)))
            }
            // Empty text is null in the database.
            (Op::Eq, Value::Null) => Operand::Null,
            (Op::Neq, Value::Null) => Operand::NotNull,
            (Op::Eq, Value::String(text)) if text.is_empty() && column.holds_text() => {
                Operand::Null
            }
            (Op::Neq, Value::String(text)) if text.is_empty() && column.holds_text() => {
                Operand::NotNull
            }
            _ => Operand::One(one(&column, raw)?),
        };
        Ok(Self {
            column,
            op,
            operand,
        })
    }
}

impl Column {
    /// Returns the name the messages use: the field, without its subfield.
    fn name(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    fn holds_text(&self) -> bool {
        self.kind == ColumnKind::Text
    }
}

fn presence(raw: &Value) -> Result<Operand, Fault> {
    match raw.as_str() {
        Some("NULL") => Ok(Operand::Null),
        Some("NOT_NULL") => Ok(Operand::NotNull),
        _ => Err(Fault::bad(
            "Invalid filter value for \"is\" operator. Expected \"NULL\" or \"NOT_NULL\"",
        )),
    }
}

fn many(column: &Column, op: Op, items: &[Value]) -> Result<Operand, Fault> {
    if items.len() > FILTER_VALUES_MAX {
        return Err(Fault::bad(format!(
            "'filter' invalid. More than {FILTER_VALUES_MAX} values"
        )));
    }
    let convert = |item: &Value| match op {
        Op::ContainsAny => Ok(Bound::Text(plain_text(item))),
        _ => one(column, item),
    };
    Ok(Operand::Many(
        items.iter().map(convert).collect::<Result<_, _>>()?,
    ))
}

fn plain_text(raw: &Value) -> String {
    raw.as_str().map_or_else(|| raw.to_string(), str::to_owned)
}

fn one(column: &Column, raw: &Value) -> Result<Bound, Fault> {
    let name = column.name();
    let text = |value: Value| Bound::Text(plain_text(&value));
    match column.kind {
        ColumnKind::Text | ColumnKind::Json => Ok(text(raw.clone())),
        ColumnKind::Uuid => Ok(text(uuid(name, raw)?)),
        ColumnKind::DateTime => Ok(text(date::date_time(name, raw)?)),
        ColumnKind::Date => Ok(text(date::date(name, raw)?)),
        ColumnKind::Number => number(name, raw),
        ColumnKind::Boolean => match raw {
            Value::Bool(value) => Ok(Bound::Boolean(*value)),
            _ => Ok(Bound::Boolean(plain_text(raw).eq_ignore_ascii_case("true"))),
        },
        ColumnKind::Select => option(column, raw),
    }
}

fn number(name: &str, raw: &Value) -> Result<Bound, Fault> {
    let number = match raw {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.map(Bound::Number).ok_or_else(|| {
        Fault::bad(format!(
            "Invalid number value {} for field \"{name}\"",
            inspect(raw)
        ))
    })
}

/// A bad option reaches the real database, whose message names its schema.
fn option(column: &Column, raw: &Value) -> Result<Bound, Fault> {
    let value = plain_text(raw);
    if column.options.contains(&value) {
        return Ok(Bound::Text(value));
    }
    Err(Fault::bad(format!(
        "invalid input value for enum workspace_embedded.\"{}_{}_enum\": \"{value}\"",
        column.object,
        column.name()
    )))
}
