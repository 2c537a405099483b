//! The schema as data: what the metadata API shows, and fields added through it.

mod add;
mod show;

pub(crate) use add::add_field;
pub(crate) use show::{field_list, object as show_object};

use serde_json::Value;
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::fault::Fault;
use crate::schema::{Field, FieldKind, FieldType, Schema, SelectOption};
use crate::store;

/// Adds the stored custom fields to a standard schema.
pub(crate) async fn load(conn: &mut SqliteConnection, schema: &mut Schema) -> Result<(), Fault> {
    for (object, doc) in store::load_fields(conn).await? {
        let field = from_doc(&doc).ok_or(Fault::Corrupt("custom field"))?;
        let object = schema
            .objects
            .iter_mut()
            .find(|known| known.singular == object);
        object
            .ok_or(Fault::Corrupt("custom field object"))?
            .fields
            .push(field);
    }
    Ok(())
}

/// Reads a field from the document the metadata API shows.
fn from_doc(doc: &Value) -> Option<Field> {
    let text = |name: &str| doc[name].as_str().map(str::to_owned);
    let kind = FieldType::custom(doc["type"].as_str()?)?;
    let options = match &doc["options"] {
        Value::Array(items) => items.iter().map(option_from_doc).collect::<Option<_>>()?,
        _ => Vec::new(),
    };
    Some(Field {
        id: Uuid::parse_str(doc["id"].as_str()?).ok()?,
        name: text("name")?,
        label: text("label")?,
        description: text("description"),
        icon: text("icon"),
        kind: FieldKind::Value(kind),
        options,
        default: default_from_doc(&doc["defaultValue"]),
        is_nullable: doc["isNullable"].as_bool().unwrap_or(true),
        is_unique: doc["isUnique"].as_bool().unwrap_or(false),
        is_system: false,
    })
}

fn option_from_doc(doc: &Value) -> Option<SelectOption> {
    Some(SelectOption {
        id: Uuid::parse_str(doc["id"].as_str()?).ok()?,
        value: doc["value"].as_str()?.to_owned(),
        label: doc["label"].as_str()?.to_owned(),
        color: doc["color"].as_str().unwrap_or("gray").to_owned(),
        position: u32::try_from(doc["position"].as_u64()?).ok()?,
    })
}

/// Text defaults carry a second pair of quotes.
fn default_from_doc(doc: &Value) -> Value {
    match doc
        .as_str()
        .and_then(|text| text.strip_prefix('\'')?.strip_suffix('\''))
    {
        Some(text) => Value::from(text),
        None => doc.clone(),
    }
}
