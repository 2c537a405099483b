//! Root fields, by name.

use serde_json::{Value, json};

use super::document::Selected;
use crate::schema::{Object, Schema};

/// What a mutation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Update,
    /// Soft.
    Delete,
    /// For good.
    Destroy,
    Restore,
}

const VERBS: &[(&str, Verb)] = &[
    ("create", Verb::Create),
    ("update", Verb::Update),
    ("delete", Verb::Delete),
    ("destroy", Verb::Destroy),
    ("restore", Verb::Restore),
];

/// A root field.
#[derive(Debug)]
pub(super) enum Root<'a> {
    Many(&'a Object),
    One(&'a Object),
    /// The switch tells `updatePeople` from `updatePerson`.
    Change(Verb, &'a Object, bool),
    Search,
    Schema,
    Type,
    TypeName,
}

/// Finds a root field.
pub(super) fn find<'a>(schema: &'a Schema, is_mutation: bool, name: &str) -> Option<Root<'a>> {
    match name {
        "__typename" => return Some(Root::TypeName),
        "__schema" => return Some(Root::Schema),
        "__type" => return Some(Root::Type),
        "search" if !is_mutation => return Some(Root::Search),
        _ => {}
    }
    if !is_mutation {
        let one = || schema.singular(name).map(Root::One);
        return schema.plural(name).map(Root::Many).or_else(one);
    }
    VERBS.iter().find_map(|(prefix, verb)| {
        let rest = name.strip_prefix(prefix)?;
        schema.objects.iter().find_map(|object| {
            if object.capital_singular() == rest {
                Some(Root::Change(*verb, object, false))
            } else if object.capital_plural() == rest {
                Some(Root::Change(*verb, object, true))
            } else {
                None
            }
        })
    })
}

/// Returns the error about a root field nobody knows.
pub(super) fn unknown(is_mutation: bool, field: &Selected) -> Value {
    let kind = if is_mutation { "Mutation" } else { "Query" };
    json!({
        "message": format!("Cannot query field \"{}\" on type \"{kind}\".", field.name),
        "locations": [{"line": field.at.0, "column": field.at.1}],
    })
}
