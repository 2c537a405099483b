//! Paths, read as the real server reads them: every `/rest` in the path is cut out first.

use crate::crm::Generation;
use crate::fault::Fault;
use crate::schema::{Object, Schema};

use super::Incoming;

/// Where a path leads.
#[derive(Debug)]
pub(super) enum Route<'a> {
    Many(&'a Object),
    /// The id is as it was sent.
    One(&'a Object, String),
    Batch(&'a Object),
    Restore(&'a Object),
    RestoreOne(&'a Object, String),
    /// The rest of the path.
    Metadata(Vec<String>),
    NotCovered(&'static str),
}

/// Paths of the real server that have no counterpart here, by their last segment.
const NOT_COVERED: &[(&str, &str)] = &[
    ("duplicates", "duplicates"),
    ("merge", "merge"),
    ("groupBy", "groupBy"),
];

/// Reads a path.
pub(super) fn parse<'a>(
    schema: &'a Schema,
    incoming: &Incoming,
    generation: Generation,
) -> Result<Route<'a>, Fault> {
    let path = incoming.path.as_str();
    if let Some(rest) = path.strip_prefix("/rest/metadata/") {
        return Ok(Route::Metadata(segments(rest).map(str::to_owned).collect()));
    }
    for (prefix, what) in [
        ("/rest/webhooks", "webhooks"),
        ("/rest/open-api", "open-api"),
    ] {
        if path.starts_with(prefix) {
            return Ok(Route::NotCovered(what));
        }
    }
    if generation == Generation::Newer
        && let Some(route) = newer_restore(schema, path)?
    {
        return Ok(route);
    }
    if let (Generation::V2_19, Some(rest)) = (generation, path.strip_prefix("/rest/restore/")) {
        let names: Vec<&str> = segments(rest).collect();
        return match names.as_slice() {
            [name] => Ok(Route::Restore(object(schema, name)?)),
            _ => Err(invalid(path)),
        };
    }
    let cut = path.replace("/rest", "");
    let names: Vec<&str> = segments(&cut).collect();
    match names.as_slice() {
        ["batch", name] => Ok(Route::Batch(object(schema, name)?)),
        [name] => Ok(Route::Many(object(schema, name)?)),
        [name, last] => {
            let object = object(schema, name)?;
            Ok(NOT_COVERED
                .iter()
                .find(|(segment, _)| segment == last)
                .map_or_else(
                    || Route::One(object, (*last).to_owned()),
                    |(_, what)| Route::NotCovered(what),
                ))
        }
        _ => Err(invalid(path)),
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// `/rest/{objects}/restore` and `/rest/{objects}/{id}/restore`.
fn newer_restore<'a>(schema: &'a Schema, path: &str) -> Result<Option<Route<'a>>, Fault> {
    let names: Vec<&str> = segments(path).collect();
    Ok(match names.as_slice() {
        ["rest", name, "restore"] => Some(Route::Restore(object(schema, name)?)),
        ["rest", name, id, "restore"] => {
            Some(Route::RestoreOne(object(schema, name)?, (*id).to_owned()))
        }
        _ => None,
    })
}

fn invalid(path: &str) -> Fault {
    Fault::bad(format!(
        "Query path '{path}' invalid. Valid examples: /rest/companies/id or /rest/companies or \
         /rest/batch/companies"
    ))
}

/// Finds an object by its plural; the singular gets a hint.
fn object<'a>(schema: &'a Schema, name: &str) -> Result<&'a Object, Fault> {
    if let Some(object) = schema.plural(name) {
        return Ok(object);
    }
    Err(Fault::bad(match schema.singular(name) {
        Some(object) => format!(
            "object '{name}' not found. Did you mean '{}'?",
            object.plural
        ),
        None => format!("object '{name}' not found. eg: companies"),
    }))
}
