//! Objects and fields in the shape the metadata API answers.

use serde_json::{Map, Value, json};
use uuid::{Uuid, uuid};

use crate::schema::{Field, FieldKind, FieldType, Object, Relation, Schema};

/// The workspace.
const WORKSPACE_ID: Uuid = uuid!("5eed5eed-0000-4000-8000-00ff00000001");
/// The application that owns standard objects.
const APPLICATION_ID: Uuid = uuid!("5eed5eed-0000-4000-8000-00ff00000002");
/// When the standard schema was made, as far as callers can see.
const MADE_AT: &str = "1970-01-01T00:00:00.000Z";

/// Shows an object with its fields.
pub(crate) fn object(object: &Object) -> Value {
    let label = object
        .fields
        .iter()
        .find(|field| field.name == "name" || field.name == "title")
        .or_else(|| object.fields.first());
    json!({
        "id": object.id,
        "universalIdentifier": object.id,
        "applicationId": APPLICATION_ID,
        "nameSingular": object.singular,
        "namePlural": object.plural,
        "labelSingular": object.label_singular,
        "labelPlural": object.label_plural,
        "description": null,
        "icon": null,
        "isRemote": false,
        "isActive": true,
        "isSystem": object.is_system,
        "isUIEditable": !object.is_read_only,
        "isUICreatable": !object.is_read_only,
        "isUIReadOnly": object.is_read_only,
        "isSearchable": object.is_searchable,
        "isLabelSyncedWithName": false,
        "workspaceId": WORKSPACE_ID,
        "labelIdentifierFieldMetadataId": label.map(|field| field.id),
        "createdAt": MADE_AT,
        "updatedAt": MADE_AT,
        "fields": object.fields.iter().map(|known| listed(object, known)).collect::<Vec<_>>(),
    })
}

/// Shows every field of every object.
pub(crate) fn field_list(schema: &Schema) -> Vec<Value> {
    schema
        .objects
        .iter()
        .flat_map(|object| object.fields.iter().map(move |known| listed(object, known)))
        .collect()
}

/// Lists leave out what is null, unlike the answer to a create.
fn listed(object: &Object, known: &Field) -> Value {
    let mut shown = field(object.id, known, MADE_AT);
    shown.retain(|_, value| !value.is_null());
    Value::Object(shown)
}

/// Shows a field, nulls included.
pub(super) fn field(object_id: Uuid, field: &Field, at: &str) -> Map<String, Value> {
    let options: Vec<Value> = field
        .options
        .iter()
        .map(|option| {
            json!({
                "id": option.id,
                "color": option.color,
                "label": option.label,
                "value": option.value,
                "position": option.position,
            })
        })
        .collect();
    let shown = json!({
        "id": field.id,
        "universalIdentifier": field.id,
        "applicationId": APPLICATION_ID,
        "type": type_name(field),
        "name": field.name,
        "label": field.label,
        "description": field.description,
        "icon": field.icon,
        "isActive": true,
        "isSystem": field.is_system,
        "isUIEditable": !field.is_system,
        "isUIReadOnly": field.is_system,
        "isNullable": field.is_nullable,
        "isUnique": field.is_unique,
        "defaultValue": default(field),
        "options": if options.is_empty() { Value::Null } else { json!(options) },
        "settings": settings(field),
        "workspaceId": WORKSPACE_ID,
        "objectMetadataId": object_id,
        "isLabelSyncedWithName": false,
        "createdAt": at,
        "updatedAt": at,
    });
    match shown {
        Value::Object(shown) => shown,
        _ => Map::new(),
    }
}

fn type_name(field: &Field) -> &'static str {
    match field.kind {
        FieldKind::Value(kind) => kind.name(),
        FieldKind::Relation(_) => "RELATION",
    }
}

fn settings(field: &Field) -> Value {
    match field.kind {
        FieldKind::Value(_) => Value::Null,
        FieldKind::Relation(Relation::ManyToOne { cascades, .. }) => json!({
            "relationType": "MANY_TO_ONE",
            "joinColumnName": format!("{}Id", field.name),
            "onDelete": if cascades { "CASCADE" } else { "SET_NULL" },
        }),
        FieldKind::Relation(Relation::OneToMany { .. }) => json!({"relationType": "ONE_TO_MANY"}),
    }
}

/// Text defaults carry a second pair of quotes; `now` and `uuid` of system fields do not.
fn default(field: &Field) -> Value {
    match (&field.default, field.value_type()) {
        (Value::String(text), Some(FieldType::Select | FieldType::Text)) => {
            json!(format!("'{text}'"))
        }
        (other, _) => other.clone(),
    }
}
