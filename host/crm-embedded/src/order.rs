//! `order_by`: how a page is sorted. The id is always the last key.

use serde_json::Value;

use crate::fault::Fault;
use crate::filter::Column;
use crate::schema::{FieldKind, Object, Relation, Schema};

/// Direction and place of nulls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    AscNullsFirst,
    AscNullsLast,
    DescNullsFirst,
    DescNullsLast,
}

impl Direction {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "AscNullsFirst" => Self::AscNullsFirst,
            "AscNullsLast" => Self::AscNullsLast,
            "DescNullsFirst" => Self::DescNullsFirst,
            "DescNullsLast" => Self::DescNullsLast,
            _ => return None,
        })
    }

    /// Returns the same order read backwards.
    pub(crate) fn reversed(self) -> Self {
        match self {
            Self::AscNullsFirst => Self::DescNullsLast,
            Self::AscNullsLast => Self::DescNullsFirst,
            Self::DescNullsFirst => Self::AscNullsLast,
            Self::DescNullsLast => Self::AscNullsFirst,
        }
    }

    /// Returns whether values go up.
    pub(crate) fn ascends(self) -> bool {
        matches!(self, Self::AscNullsFirst | Self::AscNullsLast)
    }

    /// Returns whether nulls come before values.
    pub(crate) fn nulls_first(self) -> bool {
        matches!(self, Self::AscNullsFirst | Self::DescNullsFirst)
    }

    /// Returns the SQL after the column.
    pub(crate) fn sql(self) -> &'static str {
        match self {
            Self::AscNullsFirst => " ASC NULLS FIRST",
            Self::AscNullsLast => " ASC NULLS LAST",
            Self::DescNullsFirst => " DESC NULLS FIRST",
            Self::DescNullsLast => " DESC NULLS LAST",
        }
    }
}

/// One sort key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    pub(crate) column: Column,
    pub(crate) direction: Direction,
}

/// Reads the `order_by` parameter: `a.b[DescNullsLast],c`.
pub(crate) fn from_rest(schema: &Schema, object: &Object, query: &str) -> Result<Vec<Key>, Fault> {
    query
        .split(',')
        .filter(|item| !item.is_empty())
        .map(|item| {
            let (path, direction) =
                match item.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
                    Some((path, name)) => (path, direction(name)?),
                    None => (item, Direction::AscNullsFirst),
                };
            let names: Vec<&str> = path.split('.').collect();
            key(schema, object, &names, direction)
        })
        .collect()
}

/// Reads a GraphQL `orderBy`: one object or a list of them.
pub(crate) fn from_graphql(
    schema: &Schema,
    object: &Object,
    input: &Value,
) -> Result<Vec<Key>, Fault> {
    let mut keys = Vec::new();
    let items = match input {
        Value::Null => return Ok(keys),
        Value::Array(items) => items.iter().collect(),
        other => vec![other],
    };
    for item in items {
        collect(schema, object, &mut Vec::new(), item, &mut keys)?;
    }
    Ok(keys)
}

fn collect<'n>(
    schema: &Schema,
    object: &Object,
    path: &mut Vec<&'n str>,
    input: &'n Value,
    keys: &mut Vec<Key>,
) -> Result<(), Fault> {
    match input {
        Value::Object(entries) if path.len() < 3 => {
            for (name, inner) in entries {
                path.push(name);
                collect(schema, object, path, inner, keys)?;
                path.pop();
            }
            Ok(())
        }
        Value::String(name) => {
            keys.push(key(schema, object, path, direction(name)?)?);
            Ok(())
        }
        _ => Err(Fault::coded("Invalid orderBy", "INVALID_QUERY_INPUT")),
    }
}

fn direction(name: &str) -> Result<Direction, Fault> {
    Direction::parse(name).ok_or_else(|| {
        Fault::bad(format!(
            "'order_by' direction '{name}' invalid. Allowed values are 'AscNullsFirst', \
             'AscNullsLast', 'DescNullsFirst', 'DescNullsLast'. eg: \
             ?order_by=field_1[AscNullsFirst],field_2[DescNullsLast],field_3"
        ))
    })
}

fn key(
    schema: &Schema,
    object: &Object,
    names: &[&str],
    direction: Direction,
) -> Result<Key, Fault> {
    let first = names.first().copied().unwrap_or_default();
    let unknown = || {
        let message = format!("Field \"{first}\" does not exist or is not sortable");
        Fault::coded(message, "FIELD_NOT_FOUND")
    };
    match object.field(first).map(|field| field.kind) {
        None if object.relation_by_key(first).is_none() => return Err(unknown()),
        Some(FieldKind::Relation(Relation::OneToMany { .. })) => return Err(unknown()),
        Some(FieldKind::Value(kind)) if kind.is_composite() && names.len() == 1 => {
            return Err(Fault::coded(
                format!(
                    "Composite field \"{first}\" requires subfield ordering (e.g., {{ {first}: {{ \
                     subFieldName: 'AscNullsFirst' }} }})"
                ),
                "INVALID_QUERY_INPUT",
            ));
        }
        _ => {}
    }
    Ok(Key {
        column: Column::resolve(schema, object, names, "")?,
        direction,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_and_refusals() {
        let schema = Schema::standard();
        let person = schema.singular("person").unwrap();
        let keys = from_rest(&schema, person, "name.lastName[DescNullsLast],createdAt").unwrap();
        assert_eq!(keys[0].direction, Direction::DescNullsLast);
        assert_eq!(keys[1].direction, Direction::AscNullsFirst);
        let cases = [
            ("createdAt[desc]", "'order_by' direction 'desc' invalid."),
            ("nope", "Field \"nope\" does not exist or is not sortable"),
            (
                "name",
                "Composite field \"name\" requires subfield ordering (e.g., { name: {",
            ),
            ("taskTargets", "Field \"taskTargets\" does not exist"),
        ];
        for (query, message) in cases {
            let fault = from_rest(&schema, person, query).unwrap_err();
            assert!(fault.to_string().starts_with(message), "{query}: {fault}");
        }
    }

    #[test]
    fn reversing_twice_is_nothing() {
        for name in [
            "AscNullsFirst",
            "AscNullsLast",
            "DescNullsFirst",
            "DescNullsLast",
        ] {
            let direction = Direction::parse(name).unwrap();
            assert_eq!(direction.reversed().reversed(), direction);
            assert_ne!(direction.reversed().nulls_first(), direction.nulls_first());
        }
    }
}
