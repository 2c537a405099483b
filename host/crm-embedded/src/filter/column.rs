//! A path of names, resolved to something SQL can read.

use crate::fault::Fault;
use crate::schema::{FieldKind, FieldType, Object, Relation, Schema};

/// How values of a column compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    Text,
    Uuid,
    Number,
    Boolean,
    DateTime,
    Date,
    Select,
    /// A list or an object, compared as its JSON text.
    Json,
}

/// A column of a record, or of the record a many-to-one relation leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// The foreign key and the target object, when the path goes through a relation.
    pub(crate) via: Option<(String, &'static str)>,
    /// Field name, then subfield name.
    pub(crate) path: Vec<String>,
    pub(crate) kind: ColumnKind,
    /// The options of a SELECT, for the message about a bad one.
    pub(crate) options: Vec<String>,
    /// The object the column belongs to.
    pub(crate) object: &'static str,
}

/// What a path may leave open.
enum Found<'a> {
    Plain(Column),
    Composite(FieldType, &'a str),
    Related(String, &'static str),
}

impl Column {
    /// Resolves `path` on `object`. `op` is only for the message about a missing subfield.
    pub(crate) fn resolve(
        schema: &Schema,
        object: &Object,
        path: &[&str],
        op: &str,
    ) -> Result<Self, Fault> {
        let (first, rest) = path
            .split_first()
            .ok_or_else(|| Fault::no_field(object.singular, ""))?;
        match find(object, first)? {
            Found::Plain(column) if rest.is_empty() => Ok(column),
            Found::Plain(_) => Err(Fault::no_field(object.singular, &path.join("."))),
            Found::Composite(kind, name) => {
                subfield(object, kind, name, rest.first().copied().unwrap_or(op))
            }
            Found::Related(key, target) => {
                let object = schema
                    .singular(target)
                    .ok_or(Fault::Corrupt("relation target"))?;
                let column = Self::resolve(schema, object, rest, op)?;
                if column.via.is_some() {
                    return Err(Fault::bad(
                        "Filtering through more than one relation is not supported",
                    ));
                }
                Ok(Self {
                    via: Some((key, target)),
                    ..column
                })
            }
        }
    }
}

fn find<'a>(object: &Object, name: &'a str) -> Result<Found<'a>, Fault> {
    let plain = |kind, options| {
        Found::Plain(Column {
            via: None,
            path: vec![name.to_owned()],
            kind,
            options,
            object: object.singular,
        })
    };
    let Some(field) = object.field(name) else {
        return match object.relation_by_key(name) {
            Some(_) => Ok(plain(ColumnKind::Uuid, Vec::new())),
            None => Err(Fault::no_field(object.singular, name)),
        };
    };
    Ok(match field.kind {
        FieldKind::Relation(Relation::ManyToOne { target, .. }) => {
            Found::Related(format!("{name}Id"), target)
        }
        FieldKind::Relation(Relation::OneToMany { .. }) => {
            return Err(Fault::bad(format!(
                "Filtering by one-to-many relation \"{name}\" is not supported"
            )));
        }
        FieldKind::Value(kind) if kind.is_composite() => Found::Composite(kind, name),
        FieldKind::Value(kind) => plain(
            plain_kind(kind),
            field
                .options
                .iter()
                .map(|option| option.value.clone())
                .collect(),
        ),
    })
}

fn plain_kind(kind: FieldType) -> ColumnKind {
    match kind {
        FieldType::Uuid => ColumnKind::Uuid,
        FieldType::Number | FieldType::Position => ColumnKind::Number,
        FieldType::Boolean => ColumnKind::Boolean,
        FieldType::DateTime => ColumnKind::DateTime,
        FieldType::Date => ColumnKind::Date,
        FieldType::Select => ColumnKind::Select,
        FieldType::MultiSelect | FieldType::Files => ColumnKind::Json,
        _ => ColumnKind::Text,
    }
}

fn subfield(object: &Object, kind: FieldType, field: &str, name: &str) -> Result<Column, Fault> {
    if !kind.subfields().contains(&name) {
        let kind = kind.name();
        return Err(Fault::bad(format!(
            "Sub field \"{name}\" not found for composite type: {kind}"
        )));
    }
    let kind = match name {
        "amountMicros" | "addressLat" | "addressLng" => ColumnKind::Number,
        "workspaceMemberId" => ColumnKind::Uuid,
        "additionalEmails" | "additionalPhones" | "secondaryLinks" | "context" => ColumnKind::Json,
        _ => ColumnKind::Text,
    };
    Ok(Column {
        via: None,
        path: vec![field.to_owned(), name.to_owned()],
        kind,
        options: Vec::new(),
        object: object.singular,
    })
}
