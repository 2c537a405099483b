use crate::is_valid;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn the_skill_offers_its_tools_in_a_fixed_order() {
    let skill = skillgate_skill_crm::definition();
    let names: Vec<_> = skill
        .tools()
        .iter()
        .map(skillgate_sdk::ToolDefinition::name)
        .collect();
    assert_eq!(
        names,
        [
            "search_contacts",
            "search_records",
            "get_contact",
            "update_contact",
            "create_lead",
            "get_opportunity",
            "update_opportunity",
            "upsert_task",
            "complete_task",
            "add_note",
            "list_upcoming_follow_ups",
        ]
    );
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    let written = serde_json::to_string(&skill).unwrap();
    let again = serde_json::to_string(&skillgate_skill_crm::definition()).unwrap();
    assert_eq!(written, again);
}

#[test]
fn every_schema_is_sound_closed_and_bounded() {
    for tool in skillgate_skill_crm::definition().tools() {
        for schema in [tool.input_schema(), tool.output_schema()] {
            assert!(
                jsonschema::meta::is_valid(schema),
                "{}: {schema}",
                tool.name()
            );
            assert_eq!(schema["type"], "object", "{}", tool.name());
            assert_eq!(
                schema["additionalProperties"],
                false,
                "{}: {schema}",
                tool.name()
            );
        }
        assert_bounded(tool.input_schema(), tool.name());
        assert!(
            tool.description().len() > tool.title().len(),
            "{}",
            tool.name()
        );
    }
}

/// Text and lists that a caller sends have an upper limit.
fn assert_bounded(schema: &Value, at: &str) {
    let is = |kind: &str| match &schema["type"] {
        Value::String(name) => name == kind,
        Value::Array(names) => names.iter().any(|name| name == kind),
        _ => false,
    };
    let is_closed_list = schema.get("enum").is_some() || schema.get("const").is_some();
    if is("string") && !is_closed_list {
        assert!(schema.get("maxLength").is_some(), "{at}: {schema}");
    }
    if is("array") {
        assert!(schema.get("maxItems").is_some(), "{at}: {schema}");
    }
    if is("integer") || is("number") {
        assert!(schema.get("maximum").is_some(), "{at}: {schema}");
    }
    match schema {
        Value::Object(map) => map.iter().for_each(|(key, part)| assert_bounded(part, key)),
        Value::Array(parts) => parts.iter().for_each(|part| assert_bounded(part, at)),
        _ => {}
    }
}

#[test]
fn limits_hold_at_their_edge() {
    let id = crate::NOBODY;
    for (tool, good, bad) in [
        (
            "search_contacts",
            json!({ "text": "a".repeat(200) }),
            json!({ "text": "a".repeat(201) }),
        ),
        (
            "search_contacts",
            json!({ "text": "a", "limit": 50 }),
            json!({ "text": "a", "limit": 51 }),
        ),
        (
            "search_contacts",
            json!({ "text": "a" }),
            json!({ "text": "a", "page": 2 }),
        ),
        (
            "list_upcoming_follow_ups",
            json!({ "days": 90 }),
            json!({ "days": 91 }),
        ),
        (
            "upsert_task",
            json!({ "title": "a".repeat(200) }),
            json!({ "title": "a".repeat(201) }),
        ),
        ("complete_task", json!({ "id": id }), json!({ "id": "1" })),
        (
            "update_contact",
            json!({ "id": id, "clear": ["phone"] }),
            json!({ "id": id, "clear": ["email"] }),
        ),
        (
            "create_lead",
            json!({ "name": "a", "person": { "email": "a@b" } }),
            json!({ "name": "a", "person": { "email": "a b" } }),
        ),
        (
            "create_lead",
            json!({ "name": "a", "person": { "email": "a@b" }, "amount": { "amount": 9e9, "currency": "EUR" } }),
            json!({ "name": "a", "person": { "email": "a@b" }, "amount": { "amount": 9.1e9, "currency": "EUR" } }),
        ),
    ] {
        assert!(is_valid(tool, &good), "{tool} {good}");
        assert!(!is_valid(tool, &bad), "{tool} {bad}");
    }
}
