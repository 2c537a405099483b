//! Opaque page marks: base64 of the JSON of the sort values and the id.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::fault::Fault;
use crate::order::Key;

/// Where a page starts or ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cursor {
    /// One value per sort key that is not reached through a relation.
    pub(crate) values: Vec<Value>,
    pub(crate) id: Uuid,
}

/// Returns the sort keys that take part in a cursor. Relation keys do not, as recorded.
pub(crate) fn own_keys(keys: &[Key]) -> Vec<&Key> {
    keys.iter()
        .filter(|key| key.column.via.is_none() && key.column.path != ["id"])
        .collect()
}

/// Returns the mark of the record `doc`.
pub(crate) fn encode(keys: &[Key], id: Uuid, doc: &Map<String, Value>) -> String {
    let mut mark = json!({});
    for key in own_keys(keys) {
        match key.column.path.as_slice() {
            [field] => mark[field] = doc.get(field).cloned().unwrap_or(Value::Null),
            [field, part] => {
                mark[field][part] = doc
                    .get(field)
                    .map_or(Value::Null, |value| value[part].clone());
            }
            _ => {}
        }
    }
    mark["id"] = json!(id);
    STANDARD.encode(mark.to_string())
}

/// Reads a mark made for the same sort keys.
pub(crate) fn decode(keys: &[Key], text: &str) -> Result<Cursor, Fault> {
    let unreadable = || Fault::bad(format!("Invalid cursor: {text}"));
    let bytes = STANDARD.decode(text).map_err(|_| unreadable())?;
    let mark: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
    let foreign = || Fault::coded("Invalid cursor", "INVALID_CURSOR");
    let keys = own_keys(keys);
    let known = |name: &String| name == "id" || keys.iter().any(|key| key.column.path[0] == *name);
    if !mark.keys().all(known) {
        return Err(foreign());
    }
    let mut values = Vec::with_capacity(keys.len());
    for key in keys {
        let field = mark.get(&key.column.path[0]).ok_or_else(foreign)?;
        let value = match key.column.path.get(1) {
            Some(part) => field.get(part).ok_or_else(foreign)?,
            None => field,
        };
        if value.is_object() || value.is_array() {
            return Err(foreign());
        }
        values.push(value.clone());
    }
    let id = mark
        .get("id")
        .and_then(Value::as_str)
        .and_then(|id| Uuid::parse_str(id).ok());
    Ok(Cursor {
        values,
        id: id.ok_or_else(foreign)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order;
    use crate::schema::Schema;

    fn keys(query: &str) -> Vec<Key> {
        let schema = Schema::standard();
        order::from_rest(&schema, schema.singular("person").unwrap(), query).unwrap()
    }

    #[test]
    fn a_mark_is_read_back_for_the_same_order_only() {
        let doc = json!({"name": {"lastName": "Acevedo"}, "createdAt": "2026-01-01T00:00:00.000Z"});
        let doc = doc.as_object().unwrap();
        let id = Uuid::from_u128(7);
        let by_name = keys("name.lastName,company.name");
        let mark = encode(&by_name, id, doc);
        let cursor = decode(&by_name, &mark).unwrap();
        assert_eq!(
            cursor,
            Cursor {
                values: vec![json!("Acevedo")],
                id
            }
        );
        for other in ["createdAt", "", "name.firstName"] {
            let fault = decode(&keys(other), &mark).unwrap_err();
            assert_eq!(fault.to_string(), "Invalid cursor", "{other}");
        }
    }

    #[test]
    fn text_that_is_no_mark_is_named_in_the_message() {
        for text in ["zzzz", "20202020-b000-4485-94de-70c2a98daef2", ""] {
            let fault = decode(&[], text).unwrap_err();
            assert_eq!(fault.to_string(), format!("Invalid cursor: {text}"));
        }
    }
}
