//! Schema errors in the words of somebody who wants to correct a manifest.
//!
//! The advice is the schema's own `description` beside the keyword that failed, so that it is written once.

use crate::finding::{finding, pointer, quoted};
use crate::similar::similar;
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;
use skillgate_domain::skill::Finding;

/// Turns one schema error into findings. `root` is the schema that the error's path leads into.
pub(crate) fn explain(error: &ValidationError<'_>, root: &Value) -> Vec<Finding> {
    let path = error.instance_path().as_str();
    let node = keyword_parent(error.schema_path().as_str(), root);
    let description = || {
        let text = node["description"].as_str();
        text.unwrap_or("See the manifest's schema.").to_owned()
    };
    let one = |problem: String| vec![finding(path, problem, description())];
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| unknown_property(path, name, node))
            .collect(),
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let fix = format!("Add it. {}", describe_property(node, name, root));
            vec![finding(path, format!("{} is missing", quoted(name)), fix)]
        }
        Kind::PropertyNames { error: inner } => {
            let name = inner.instance().as_str().unwrap_or_default();
            let problem = format!("{} has not the form required", quoted(name));
            // The path ends in the keyword of the name's own schema that failed.
            vec![finding(pointer(path, name), problem, description())]
        }
        Kind::Enum { options } => vec![not_an_option(path, error.instance(), options)],
        Kind::Type { .. } => one(format!(
            "this must be of type {}",
            node["type"].as_str().unwrap_or("the schema names")
        )),
        Kind::Maximum { limit } => one(format!(
            "{} is more than {limit}, the most that may be asked for",
            error.instance()
        )),
        Kind::Minimum { limit } => one(format!("{} is less than {limit}", error.instance())),
        Kind::MaxLength { limit } => one(format!("the text is longer than {limit} characters")),
        Kind::MinLength { .. } => one("the text is empty".to_owned()),
        Kind::MaxItems { limit } => one(format!("the list has more than {limit} items")),
        Kind::MinItems { .. } => one("the list is empty".to_owned()),
        Kind::MaxProperties { limit } => one(format!("there are more than {limit} entries")),
        Kind::Pattern { .. } => {
            let text = error.instance().as_str().unwrap_or_default();
            one(format!("{} has not the form required", quoted(text)))
        }
        other => one(format!("this does not satisfy `{}`", other.keyword())),
    }
}

/// Returns the schema that holds the keyword at `schema_path`.
fn keyword_parent<'a>(schema_path: &str, root: &'a Value) -> &'a Value {
    let parent = schema_path
        .rsplit_once('/')
        .map_or("", |(parent, _)| parent);
    root.pointer(parent).unwrap_or(&Value::Null)
}

fn describe_property(node: &Value, name: &str, root: &Value) -> String {
    let property = &node["properties"][name];
    let described = match (property["description"].as_str(), property["$ref"].as_str()) {
        (Some(own), _) => Some(own),
        (None, Some(target)) => root
            .pointer(target.trim_start_matches('#'))
            .and_then(|part| part["description"].as_str()),
        (None, None) => None,
    };
    described.unwrap_or_default().to_owned()
}

fn unknown_property(path: &str, name: &str, node: &Value) -> Finding {
    let at = pointer(path, name);
    if name == "link" && node["properties"].get("read").is_some() {
        return finding(
            at,
            "records of this kind cannot be attached to others",
            "Remove `link`. Only tasks and notes are linked: put it under `task` or `note`.",
        );
    }
    let known = node["properties"].as_object();
    let mut names: Vec<&str> = known
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect();
    names.sort_unstable();
    let fix = match similar(name, names.iter().copied()) {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None => format!("Remove it. Known here: {}.", listed(&names)),
    };
    finding(at, format!("{} is not known here", quoted(name)), fix)
}

fn not_an_option(path: &str, instance: &Value, options: &Value) -> Finding {
    let options: Vec<&str> = options
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let Some(text) = instance.as_str() else {
        let fix = format!("Use one of: {}.", listed(&options));
        return finding(path, "this must be a text", fix);
    };
    let fix = match similar(text, options.iter().copied()) {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None => format!("Use one of: {}.", listed(&options)),
    };
    finding(path, format!("{} is not known", quoted(text)), fix)
}

/// Writes names one after the other.
pub(crate) fn listed(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
