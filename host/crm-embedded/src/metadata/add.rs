//! `POST /rest/metadata/fields`: checks a new field and stores it.

use serde_json::{Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::{default_from_doc, show};
use crate::fault::Fault;
use crate::records::Call;
use crate::schema::{ENUM_TYPES, Field, FieldKind, FieldType, Object, Schema, SelectOption};
use crate::store;
use crate::value;

/// Longest field name, in bytes (the identifier limit of the real database).
const NAME_BYTES_MAX: usize = 63;
/// What the answer to a create shows even when it is `null`.
const SHOWN_NULLS: &[&str] = &["defaultValue", "options"];
/// Most options of one field.
const OPTIONS_MAX: usize = 200;

/// Adds a field to `schema` and to the database; returns what the API answers.
pub(crate) async fn add_field(
    conn: &mut SqliteConnection,
    schema: &mut Schema,
    call: &Call<'_>,
    input: &Value,
) -> Result<Value, Fault> {
    let kind = kind(input)?;
    let object_id = input["objectMetadataId"]
        .as_str()
        .and_then(|id| Uuid::parse_str(id).ok());
    let object = object_id
        .and_then(|id| schema.by_id(id))
        .ok_or_else(no_object)?;
    let field = read(call, object, kind, input)?;
    let mut shown = show::field(object.id, &field, &value::date::show(call.now));
    shown.remove("settings");
    shown.retain(|name, value| !value.is_null() || SHOWN_NULLS.contains(&name.as_str()));
    let doc = Value::Object(shown);
    let (object_name, name) = (object.singular, field.name.clone());
    store::insert_field(conn, object_name, &name, field.id, &doc).await?;
    if !field.default.is_null() {
        store::fill_field(conn, object_name, &name, &field.default).await?;
    }
    if let Some(object) = schema
        .objects
        .iter_mut()
        .find(|known| known.singular == object_name)
    {
        object.fields.push(field);
    }
    Ok(doc)
}

fn kind(input: &Value) -> Result<FieldType, Fault> {
    let name = input["type"].as_str().unwrap_or_default();
    if !ENUM_TYPES.split(", ").any(|known| known == name) {
        let message = format!("type must be one of the following values: {ENUM_TYPES}");
        return Err(Fault::Parser(json!([message])));
    }
    FieldType::custom(name).ok_or(Fault::NotCovered("a custom field of this type"))
}

fn read(call: &Call<'_>, object: &Object, kind: FieldType, input: &Value) -> Result<Field, Fault> {
    let name = input["name"].as_str().unwrap_or_default();
    if !is_name(name) {
        return Err(refused(
            "INVALID_FIELD_INPUT",
            name,
            "Name is not valid: it must start with lowercase letter and contain only alphanumeric \
             letters",
        ));
    }
    let taken = object.field(name).is_some() || object.relation_by_key(name).is_some();
    if taken || object.absent_relations.contains(&name) {
        let message =
            format!("Name \"{name}\" is not available as it is already used by another field");
        return Err(refused("NOT_AVAILABLE", name, &message));
    }
    let text = |key: &str| input[key].as_str().map(str::to_owned);
    Ok(Field {
        id: (call.ids)(),
        name: name.to_owned(),
        label: text("label").unwrap_or_else(|| name.to_owned()),
        description: text("description"),
        icon: text("icon"),
        kind: FieldKind::Value(kind),
        options: if kind.has_options() {
            options(call, name, &input["options"])?
        } else {
            Vec::new()
        },
        default: default_from_doc(&input["defaultValue"]),
        is_nullable: input["isNullable"].as_bool().unwrap_or(true),
        is_unique: input["isUnique"].as_bool().unwrap_or(false),
        is_system: false,
    })
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= NAME_BYTES_MAX
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn options(call: &Call<'_>, name: &str, input: &Value) -> Result<Vec<SelectOption>, Fault> {
    let items = input
        .as_array()
        .filter(|items| (1..=OPTIONS_MAX).contains(&items.len()));
    let items = items.ok_or_else(|| {
        refused(
            "INVALID_FIELD_INPUT",
            name,
            "Options are required for enum fields",
        )
    })?;
    let mut options = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let value = item["value"].as_str().unwrap_or_default();
        if !is_option(value) {
            let message = format!("Value must be in UPPER_CASE and follow snake_case \"{value}\"");
            return Err(refused("INVALID_FIELD_INPUT", name, &message));
        }
        let position = item["position"]
            .as_u64()
            .and_then(|at| u32::try_from(at).ok());
        options.push(SelectOption {
            id: (call.ids)(),
            value: value.to_owned(),
            label: item["label"].as_str().unwrap_or(value).to_owned(),
            color: item["color"].as_str().unwrap_or("gray").to_owned(),
            position: position
                .or_else(|| u32::try_from(index).ok())
                .unwrap_or_default(),
        });
    }
    Ok(options)
}

fn is_option(value: &str) -> bool {
    !value.is_empty()
        && value
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// Builds the refusal of one new field.
fn refused(code: &str, name: &str, message: &str) -> Fault {
    let error = json!({
        "code": code, "value": name, "message": message, "userFriendlyMessage": message,
    });
    Fault::Metadata(Box::new(json!({
        "statusCode": 400,
        "error": "METADATA_VALIDATION_ERROR",
        "message": "Multiple validation errors occurred while creating fields",
        "errors": {"fieldMetadata": [{
            "status": "fail",
            "errors": [error],
            "flatEntityMinimalInformation": {"name": name},
            "metadataName": "fieldMetadata",
            "type": "create",
        }]},
        "summary": {"totalErrors": 1, "fieldMetadata": 1},
        "userFriendlyMessage": message,
    })))
}

fn no_object() -> Fault {
    let shown = "Created field metadata, parent object metadata not found";
    Fault::Metadata(Box::new(json!({
        "statusCode": 400,
        "error": "METADATA_VALIDATION_ERROR",
        "message": "Multiple validation errors occurred while creating field",
        "errors": {"fieldMetadata": [{
            "errors": [{
                "code": "OBJECT_METADATA_NOT_FOUND",
                "message": "Provided object metadata id does not exist",
                "userFriendlyMessage": shown,
            }],
            "type": "create",
            "metadataName": "fieldMetadata",
            "flatEntityMinimalInformation": {"id": ""},
        }]},
        "summary": {"totalErrors": 1, "fieldMetadata": 1},
        "userFriendlyMessage": shown,
    })))
}
