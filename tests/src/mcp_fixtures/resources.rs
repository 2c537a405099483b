//! Resources, and the template of more.

use super::changes::Changes;
use super::content::PNG;
use rmcp::model::{ReadResourceResult, Resource, ResourceContents, ResourceTemplate};
use serde_json::json;

/// Changes whenever a list does.
pub(super) const WATCHED: &str = "test://watched-resource";
/// Where the data of any id is.
pub(super) const TEMPLATE: &str = "test://template/{id}/data";

const TEXT: &str = "test://static-text";
const BINARY: &str = "test://static-binary";

/// Returns the resources, by address.
pub(super) fn resources() -> [Resource; 3] {
    [
        resource(BINARY, "static-binary", "An image", "image/png"),
        resource(TEXT, "static-text", "A text", "text/plain"),
        resource(
            WATCHED,
            "watched-resource",
            "A text that changes",
            "text/plain",
        ),
    ]
}

/// Returns the template.
pub(super) fn template() -> ResourceTemplate {
    ResourceTemplate::new(TEMPLATE, "template-data")
        .with_description("The data of an id")
        .with_mime_type("application/json")
}

/// Reads a resource of the fixtures; nothing at any other address.
pub(super) fn read(uri: &str, changes: &Changes) -> Option<ReadResourceResult> {
    let contents = match uri {
        TEXT => ResourceContents::text("This is the content of the static text resource.", uri),
        BINARY => ResourceContents::blob(PNG, uri).with_mime_type("image/png"),
        WATCHED => ResourceContents::text(changes.watched_text(), uri),
        _ => data(uri)?,
    };
    Some(ReadResourceResult::new(vec![contents]))
}

fn data(uri: &str) -> Option<ResourceContents> {
    let (before, after) = TEMPLATE.split_once("{id}")?;
    let id = uri.strip_prefix(before)?.strip_suffix(after)?;
    if id.is_empty() || id.contains('/') {
        return None;
    }
    let data = json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") });
    let contents = ResourceContents::text(data.to_string(), uri);
    Some(contents.with_mime_type("application/json"))
}

fn resource(uri: &str, name: &str, description: &str, mime: &str) -> Resource {
    Resource::new(uri, name)
        .with_description(description)
        .with_mime_type(mime)
}
