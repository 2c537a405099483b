//! Query parameters shared by several verbs.

use serde_json::{Map, Value};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::Incoming;
use crate::crm::{Crm, Generation};
use crate::fault::Fault;
use crate::filter::{self, Filter};
use crate::records;
use crate::schema::{Object, Schema};
use crate::store::Record;
use crate::value::uuid;

/// Rows of a page when nobody asks.
pub(super) const LIMIT_DEFAULT: u32 = 60;
/// Rows of the largest page; a larger wish is silently cut.
pub(super) const LIMIT_MAX: u32 = 200;

/// Reads `limit`. Fractions are cut, negatives and words refused.
pub(super) fn limit(incoming: &Incoming) -> Result<u32, Fault> {
    let Some(text) = incoming.single("limit") else {
        return Ok(LIMIT_DEFAULT);
    };
    if text.is_empty() {
        return Ok(LIMIT_DEFAULT);
    }
    let invalid = || Fault::bad(format!("limit '{text}' is invalid. Should be an integer"));
    let number: f64 = text.parse().map_err(|_| invalid())?;
    if number.is_nan() || number < 0.0 {
        return Err(invalid());
    }
    let rows = (0..LIMIT_MAX)
        .take_while(|rows| f64::from(rows + 1) <= number)
        .count();
    Ok(u32::try_from(rows).unwrap_or(LIMIT_MAX))
}

/// Reads `depth`: whether relations are wanted.
pub(super) fn wants_relations(incoming: &Incoming) -> Result<bool, Fault> {
    match incoming.single("depth") {
        None | Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(other) => Err(Fault::bad(format!(
            "'depth={other}' parameter invalid. Allowed values are 0, 1"
        ))),
    }
}

/// Reads `filter`, if it was sent once.
pub(super) fn filter(
    schema: &Schema,
    object: &Object,
    incoming: &Incoming,
) -> Result<Option<Filter>, Fault> {
    incoming
        .single("filter")
        .map(|text| filter::from_rest(schema, object, text))
        .transpose()
}

/// Reads the id of the path.
pub(super) fn id(text: &str) -> Result<Uuid, Fault> {
    let invalid = || Fault::bad(format!("'{text}' is not a valid UUID"));
    let value = uuid("id", &Value::String(text.to_owned())).map_err(|_| invalid())?;
    value
        .as_str()
        .and_then(|id| Uuid::parse_str(id).ok())
        .ok_or_else(invalid)
}

/// Reads `fields`, which only newer servers honour.
pub(super) fn fields(
    crm: &Crm,
    object: &Object,
    incoming: &Incoming,
) -> Result<Option<Vec<String>>, Fault> {
    if crm.options.generation == Generation::V2_19 {
        return Ok(None);
    }
    let Some(text) = incoming.single("fields") else {
        return Ok(None);
    };
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    for name in &names {
        if object.field(name).is_none() && object.relation_by_key(name).is_none() {
            return Err(Fault::no_field(object.singular, name));
        }
    }
    Ok(Some(names))
}

/// How much of a record to show.
#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) relations: bool,
    pub(super) fields: Option<Vec<String>>,
}

impl View {
    /// Reads `depth` and `fields`.
    pub(super) fn read(crm: &Crm, object: &Object, incoming: &Incoming) -> Result<Self, Fault> {
        Ok(Self {
            relations: wants_relations(incoming)?,
            fields: fields(crm, object, incoming)?,
        })
    }

    /// Shows a record.
    pub(super) async fn show(
        &self,
        conn: &mut SqliteConnection,
        schema: &Schema,
        object: &Object,
        record: &Record,
    ) -> Result<Value, Fault> {
        let mut shown: Map<String, Value> = if self.relations {
            records::with_relations(conn, schema, object, record).await?
        } else {
            records::shown(object, record)
        };
        if let Some(fields) = &self.fields {
            shown.retain(|name, _| fields.contains(name));
        }
        Ok(Value::Object(shown))
    }

    /// Shows several records.
    pub(super) async fn show_all(
        &self,
        conn: &mut SqliteConnection,
        schema: &Schema,
        object: &Object,
        records: &[Record],
    ) -> Result<Value, Fault> {
        let mut shown = Vec::with_capacity(records.len());
        for record in records {
            shown.push(self.show(conn, schema, object, record).await?);
        }
        Ok(Value::Array(shown))
    }
}
