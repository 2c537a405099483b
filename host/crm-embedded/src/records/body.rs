//! Applies what a caller sent to a stored document.

use serde_json::{Map, Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::Call;
use crate::fault::Fault;
use crate::schema::{FieldKind, FieldType, Object, Relation};
use crate::store;
use crate::value;

/// Writes every entry of `input` into `doc`.
pub(super) async fn apply(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    doc: &mut Map<String, Value>,
    input: &Map<String, Value>,
) -> Result<(), Fault> {
    let mut keys: Vec<(String, &'static str, Value)> = Vec::new();
    for (name, sent) in input {
        let Some(field) = call.object.field(name) else {
            let (_, target) = call
                .object
                .relation_by_key(name)
                .ok_or_else(|| Fault::no_field(call.object.singular, name))?;
            keys.push((name.clone(), target, value::uuid(name, sent)?));
            continue;
        };
        match field.kind {
            FieldKind::Value(FieldType::TsVector) => {
                return Err(Fault::no_field(call.object.singular, name));
            }
            FieldKind::Value(kind) => {
                let current = doc.get(name).unwrap_or(&Value::Null);
                let written = value::write(field, kind, current, sent, call.ids)?;
                doc.insert(name.clone(), written);
            }
            FieldKind::Relation(Relation::OneToMany { .. }) => {
                return Err(Fault::bad(format!(
                    "One-to-many relation {name} field does not support write operations."
                )));
            }
            FieldKind::Relation(Relation::ManyToOne { target, .. }) => {
                let linked = link(conn, call, name, target, sent).await?;
                keys.push((format!("{name}Id"), target, linked));
            }
        }
    }
    // Foreign keys are checked last: in the real server the database does it.
    for (name, target, key) in keys {
        check_key(conn, call.object, &name, target, &key).await?;
        doc.insert(name, key);
    }
    Ok(())
}

async fn check_key(
    conn: &mut SqliteConnection,
    object: &Object,
    name: &str,
    target: &str,
    key: &Value,
) -> Result<(), Fault> {
    let Some(id) = key.as_str().and_then(|id| Uuid::parse_str(id).ok()) else {
        return Ok(());
    };
    if store::exists(conn, target, id).await? {
        return Ok(());
    }
    Err(Fault::bad(format!(
        "insert or update on table \"{}\" violates foreign key constraint \"FK_{name}\"",
        object.singular
    )))
}

/// Reads `{"connect": {"where": {…}}}` or `{"disconnect": true}`.
async fn link(
    conn: &mut SqliteConnection,
    call: &Call<'_>,
    name: &str,
    target: &str,
    sent: &Value,
) -> Result<Value, Fault> {
    if sent["disconnect"] == json!(true) {
        return Ok(Value::Null);
    }
    let Some(unique) = sent["connect"]["where"].as_object() else {
        return Err(Fault::bad(format!(
            "Relation \"{name}\" requires connect or disconnect operation"
        )));
    };
    let object = call
        .schema
        .singular(target)
        .ok_or(Fault::Corrupt("relation target"))?;
    let (shown, found) = match unique_of(object, unique) {
        Some((field, shown, value)) if field == "id" => {
            let id = Uuid::parse_str(&value).map_err(|_| {
                Fault::bad(format!("Invalid UUID value '{value}' for field \"id\""))
            })?;
            let exists = store::exists(conn, target, id).await?;
            (format!("{shown} = {value}"), exists.then_some(id))
        }
        Some((field, shown, value)) => {
            let found = store::find_unique(conn, target, &field, &value).await?;
            (format!("{shown} = {value}"), found)
        }
        None => {
            return Err(Fault::bad(format!(
                "Missing required fields: at least one unique constraint have to be fully \
                 populated for '{name}'."
            )));
        }
    };
    found.map(|id| json!(id)).ok_or_else(|| {
        Fault::bad(format!(
            "Expected 1 record to connect to {name}, but found 0 for {shown}"
        ))
    })
}

/// Returns `(stored name, shown name, value)` of the first unique field in `unique`.
fn unique_of(object: &Object, unique: &Map<String, Value>) -> Option<(String, String, String)> {
    for (name, value) in unique {
        if name == "id" {
            return Some((name.clone(), name.clone(), value.as_str()?.to_owned()));
        }
        let Some(field) = object.field(name).filter(|field| field.is_unique) else {
            continue;
        };
        return match field.unique_subfield() {
            Some(part) => {
                let value = value[part].as_str()?.to_owned();
                let shown = format!("{name}{}", crate::schema::capitalize(part));
                Some((format!("{name}.{part}"), shown, value))
            }
            None => Some((name.clone(), name.clone(), value.as_str()?.to_owned())),
        };
    }
    None
}
