//! How a problem looks, for the OpenAPI document.

use super::{Kind, Problem};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// What every problem has.
const ALWAYS: [&str; 6] = ["type", "title", "status", "detail", "code", "request_id"];

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        let codes = Kind::ALL.iter().map(|kind| kind.code());
        let retry = text("A tool's advice.").enum_values(Some(["never", "safe", "check-first"]));
        let status = ObjectBuilder::new().schema_type(Type::Integer);
        let schema = ObjectBuilder::new()
            .description(Some("A refusal (RFC 9457)."))
            .property("type", uri("Leads to what the code means."))
            .property("title", text("A few words for people."))
            .property("status", status)
            .property("detail", text("What happened, for people."))
            .property("code", text("For programs.").enum_values(Some(codes)))
            .property("request_id", text("The `x-request-id` of the response."))
            .property("violations", list(&["path", "problem", "excess"]))
            .property("findings", list(&["path", "problem", "fix"]))
            .property("limit", text("The limit that stopped a skill."))
            .property("reason", text("Why a component cannot run."))
            .property("basis", text("What the answer of the policies rests on."))
            .property("policies", names("The policies that forbid it."))
            .property(
                "generation",
                number("The generation of the skill at present."),
            )
            .property("version", number("The version of the policies in force."))
            .property("retry", retry)
            .property("parts", texts(&["storage", "crm"]));
        ALWAYS
            .iter()
            .fold(schema, |schema, name| schema.required(*name))
            .into()
    }
}

impl ToSchema for Problem {}

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
}

fn uri(description: &str) -> ObjectBuilder {
    text(description).format(Some(SchemaFormat::Custom("uri-reference".to_owned())))
}

fn number(description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some(description))
}

fn names(description: &str) -> ArrayBuilder {
    ArrayBuilder::new()
        .items(ObjectBuilder::new().schema_type(Type::String))
        .description(Some(description))
}

fn list(members: &[&str]) -> ArrayBuilder {
    ArrayBuilder::new().items(texts(members))
}

fn texts(members: &[&str]) -> Object {
    let member = |object: ObjectBuilder, name: &&str| {
        object.property(*name, ObjectBuilder::new().schema_type(Type::String))
    };
    members.iter().fold(ObjectBuilder::new(), member).build()
}
