//! Tools that answer with each kind of content, and tools whose schema is the point.

use super::catalogue::{Call, plain, said, taking, unknown};
use rmcp::ErrorData;
use rmcp::model::{
    CallToolResponse, CallToolResult, ContentBlock, JsonObject, ResourceContents, Tool,
};
use serde_json::{Value, json};

/// One red pixel.
pub(super) const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/// A header, and no samples.
const WAV: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";

/// Returns the tools of this family.
pub(super) fn tools() -> Vec<Tool> {
    vec![
        plain("test_simple_text", "Answers with text"),
        plain("test_image_content", "Answers with an image"),
        plain("test_audio_content", "Answers with a sound"),
        plain("test_embedded_resource", "Answers with a resource"),
        plain(
            "test_multiple_content_types",
            "Answers with text, an image and a resource",
        ),
        plain("test_error_handling", "Always fails"),
        taking(
            "test_header_parameter",
            "Takes a parameter that is in a header, too",
            &json!({ "region": { "type": "string", "x-mcp-header": "Region" } }),
            &[],
        ),
        Tool::new(
            "json_schema_2020_12_tool",
            "Tool with JSON Schema 2020-12 features",
            contact_schema(),
        ),
    ]
}

/// Answers a call of this family.
pub(super) fn call(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    let content = match &*call.request.name {
        "test_simple_text" => {
            return Ok(said("This is a simple text response for testing."));
        }
        "test_image_content" => vec![image()],
        "test_audio_content" => vec![ContentBlock::audio(WAV, "audio/wav")],
        "test_embedded_resource" => vec![ContentBlock::embedded_text(
            "test://embedded-resource",
            "This is an embedded resource content.",
        )],
        "test_multiple_content_types" => vec![
            ContentBlock::text("Multiple content types test:"),
            image(),
            mixed_resource(),
        ],
        "test_error_handling" => {
            let reason = "This tool intentionally returns an error for testing";
            return Ok(CallToolResult::error(vec![ContentBlock::text(reason)]).into());
        }
        "test_header_parameter" | "json_schema_2020_12_tool" => {
            let arguments = call.request.arguments.clone().unwrap_or_default();
            return Ok(said(Value::Object(arguments).to_string()));
        }
        name => return Err(unknown(name)),
    };
    Ok(CallToolResult::success(content).into())
}

fn image() -> ContentBlock {
    ContentBlock::image(PNG, "image/png")
}

fn mixed_resource() -> ContentBlock {
    let text = json!({ "test": "data", "value": 123 }).to_string();
    let contents = ResourceContents::text(text, "test://mixed-content-resource");
    ContentBlock::resource(contents.with_mime_type("application/json"))
}

fn contact_schema() -> JsonObject {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": { "street": { "type": "string" }, "city": { "type": "string" } }
            }
        },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" }
        },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
        "if": {
            "properties": { "contactMethod": { "const": "phone" } },
            "required": ["contactMethod"]
        },
        "then": { "required": ["phone"] },
        "else": { "required": ["email"] },
        "additionalProperties": false
    });
    match schema {
        Value::Object(schema) => schema,
        _ => JsonObject::new(),
    }
}
