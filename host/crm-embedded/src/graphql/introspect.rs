//! The little introspection clients use: the root types, and the fields of a record or its filter.

use serde_json::{Map, Value, json};

use super::document::Selected;
use crate::schema::{FieldKind, Object, Relation, Schema};

/// Answers `__schema`.
pub(super) fn schema(field: &Selected) -> Value {
    pick(
        &json!({"queryType": {"name": "Query"}, "mutationType": {"name": "Mutation"}}),
        field,
    )
}

/// Answers `__type(name)` for `Person` and `PersonFilterInput`; others are `null`.
pub(super) fn named(schema: &Schema, field: &Selected) -> Value {
    let name = field.argument("name").as_str().unwrap_or_default();
    let of = |name: &str| {
        schema
            .objects
            .iter()
            .find(|object| object.capital_singular() == name)
    };
    let listed =
        |names: Vec<String>| -> Value { names.iter().map(|name| json!({"name": name})).collect() };
    if let Some(object) = name.strip_suffix("FilterInput").and_then(of) {
        let mut names = field_names(object);
        names.extend(["and", "or", "not"].map(str::to_owned));
        return pick(
            &json!({"name": name, "kind": "INPUT_OBJECT", "inputFields": listed(names)}),
            field,
        );
    }
    match of(name) {
        Some(object) => {
            let fields = listed(field_names(object));
            pick(
                &json!({"name": name, "kind": "OBJECT", "fields": fields}),
                field,
            )
        }
        None => Value::Null,
    }
}

fn field_names(object: &Object) -> Vec<String> {
    let mut names = Vec::new();
    for field in &object.fields {
        if matches!(field.kind, FieldKind::Relation(Relation::ManyToOne { .. })) {
            names.push(format!("{}Id", field.name));
        }
        names.push(field.name.clone());
    }
    names
}

/// Keeps what is selected, at every depth.
fn pick(whole: &Value, field: &Selected) -> Value {
    match whole {
        Value::Array(items) => items.iter().map(|item| pick(item, field)).collect(),
        Value::Object(_) if !field.children.is_empty() => {
            let mut shown = Map::new();
            for child in &field.children {
                shown.insert(child.key.clone(), pick(&whole[&child.name], child));
            }
            Value::Object(shown)
        }
        other => other.clone(),
    }
}
