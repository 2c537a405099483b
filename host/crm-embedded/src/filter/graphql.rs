//! GraphQL filter objects: `{name: {lastName: {eq: "x"}}}`, `and`, `or`, `not`.

use serde_json::{Map, Value};

use super::{Column, FILTER_DEPTH_MAX, Filter, Op, Test, too_deep};
use crate::fault::Fault;
use crate::schema::{Object, Schema};

/// Reads a filter object. `null` passes every record.
pub(crate) fn from_graphql(
    schema: &Schema,
    object: &Object,
    input: &Value,
) -> Result<Filter, Fault> {
    let reader = Reader { schema, object };
    match input {
        Value::Null => Ok(Filter::everything()),
        Value::Object(entries) => reader.all(entries, 0)?.within_limits(),
        _ => Err(Fault::bad("'filter' invalid. An object is expected")),
    }
}

struct Reader<'a> {
    schema: &'a Schema,
    object: &'a Object,
}

impl Reader<'_> {
    fn all(&self, entries: &Map<String, Value>, depth: usize) -> Result<Filter, Fault> {
        if depth > FILTER_DEPTH_MAX {
            return Err(too_deep());
        }
        let mut parts = Vec::new();
        for (key, value) in entries {
            match (key.as_str(), value) {
                (_, Value::Null) => {}
                ("and", _) => parts.push(Filter::All(self.list(value, depth)?)),
                ("or", _) => parts.push(Filter::Any(self.list(value, depth)?)),
                ("not", Value::Object(inner)) => {
                    parts.push(Filter::Not(Box::new(self.all(inner, depth + 1)?)));
                }
                (_, Value::Object(inner)) => self.tests(&mut vec![key], inner, &mut parts)?,
                _ => return Err(Fault::bad(format!("'filter' invalid for '{key}'"))),
            }
        }
        Ok(Filter::All(parts))
    }

    fn list(&self, value: &Value, depth: usize) -> Result<Vec<Filter>, Fault> {
        let items = match value {
            Value::Array(items) => items.iter().collect(),
            other => vec![other],
        };
        items
            .into_iter()
            .map(|item| match item {
                Value::Object(entries) => self.all(entries, depth + 1),
                _ => Err(Fault::bad("'filter' invalid. 'and' and 'or' take objects")),
            })
            .collect()
    }

    /// Follows names until the keys are comparisons.
    fn tests<'n>(
        &self,
        path: &mut Vec<&'n str>,
        entries: &'n Map<String, Value>,
        parts: &mut Vec<Filter>,
    ) -> Result<(), Fault> {
        for (key, value) in entries {
            if let Some(op) = Op::parse(key) {
                let column = Column::resolve(self.schema, self.object, path, key)?;
                parts.push(Filter::Test(Test::new(column, op, value)?));
            } else if let (Value::Object(inner), true) = (value, path.len() < 3) {
                path.push(key);
                self.tests(path, inner, parts)?;
                path.pop();
            } else {
                return Err(Fault::bad(format!(
                    "Field \"{key}\" is not defined by filter of \"{}\".",
                    path.join(".")
                )));
            }
        }
        Ok(())
    }
}
