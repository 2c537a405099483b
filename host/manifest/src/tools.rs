//! Schemas of tools: valid, complete in themselves, and matched in linear time.

use crate::finding::{finding, pointer, quoted};
use jsonschema::PatternOptions;
use serde_json::Value;
use skillgate_domain::skill::Finding;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// Longest text of an error of the schema compiler, in bytes: it may repeat a piece of the schema.
const CAUSE_BYTES_MAX: usize = 200;
/// Most errors told of one schema.
const ERRORS_MAX: usize = 10;

/// Lists what is wrong with a tool's input schema at `path`.
pub(crate) fn check_input(schema: &Value, path: &str) -> Vec<Finding> {
    let mut findings = check_schema(schema, path);
    if schema["type"] != "object" {
        findings.push(finding(
            path,
            "the input must be an object",
            "Say `\"type\": \"object\"`.",
        ));
    }
    findings
}

/// Lists what is wrong with a schema at `path`.
pub(crate) fn check_schema(schema: &Value, path: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    check_references(schema, path, &mut findings);
    if !findings.is_empty() {
        return findings;
    }
    let broken: Vec<Finding> = jsonschema::draft202012::meta::validator()
        .iter_errors(schema)
        .take(ERRORS_MAX)
        .map(|error| {
            let at = format!("{path}{}", error.instance_path());
            unusable(at, &error.masked().to_string())
        })
        .collect();
    if !broken.is_empty() {
        return broken;
    }
    // What only compiling finds: references to nowhere, and patterns that need backtracking, which a
    // hostile input could make slow.
    let compiled = jsonschema::draft202012::options()
        .with_pattern_options(PatternOptions::regex())
        .build(schema);
    match compiled {
        Ok(_) => Vec::new(),
        Err(error) => {
            let at = format!("{path}{}", error.instance_path());
            vec![unusable(at, &error.masked().to_string())]
        }
    }
}

fn unusable(path: String, cause: &str) -> Finding {
    let cause = &cause[..cause.floor_char_boundary(CAUSE_BYTES_MAX)];
    finding(
        path,
        format!("this is no usable JSON Schema 2020-12: {cause}"),
        "Correct the schema. Patterns have neither look-around nor back-references.",
    )
}

/// Refuses references that leave the schema. Data inside a schema (`const`, `default` …) has none.
fn check_references(schema: &Value, path: &str, findings: &mut Vec<Finding>) {
    match schema {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                check_references(item, &format!("{path}/{index}"), findings);
            }
        }
        Value::Object(keywords) => {
            for (keyword, value) in keywords {
                check_keyword(keyword, value, &pointer(path, keyword), findings);
            }
        }
        _ => {}
    }
}

fn check_keyword(keyword: &str, value: &Value, path: &str, findings: &mut Vec<Finding>) {
    match (keyword, value) {
        ("const" | "enum" | "default" | "examples", _) => {}
        // Their keys are names, not keywords.
        (
            "properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions",
            Value::Object(named),
        ) => {
            for (name, schema) in named {
                check_references(schema, &pointer(path, name), findings);
            }
        }
        ("$ref" | "$dynamicRef", Value::String(target)) if !target.starts_with('#') => {
            findings.push(finding(
                path,
                format!("{} leads out of the schema", quoted(target)),
                "Put what it means under `$defs` and refer to `#/$defs/…`.",
            ));
        }
        ("$schema", Value::String(dialect)) if dialect.trim_end_matches('#') != DIALECT => {
            findings.push(finding(
                path,
                format!("{} is another dialect", quoted(dialect)),
                format!("Write the schema in `{DIALECT}`."),
            ));
        }
        ("$id", _) => findings.push(finding(
            path,
            "a schema with an `$id` of its own",
            "Remove it: references stay within the schema.",
        )),
        _ => check_references(value, path, findings),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(schema: &Value) -> Vec<String> {
        let found = check_input(schema, "/s");
        found
            .into_iter()
            .map(|f| format!("{}: {}", f.path, f.problem))
            .collect()
    }

    #[test]
    fn good_schemas_pass() {
        for schema in [
            json!({"type": "object"}),
            json!({"$schema": DIALECT, "type": "object", "properties": {"a": {"$ref": "#/$defs/a"}},
                   "$defs": {"a": {"type": "string", "pattern": "^[a-z]+$"}}}),
            // Names and data that look like keywords.
            json!({"type": "object", "properties": {"$ref": {"type": "string"}, "$id": true},
                   "default": {"$ref": "https://example.org/"}}),
        ] {
            assert_eq!(problems(&schema), Vec::<String>::new(), "{schema}");
        }
    }

    #[test]
    fn bad_schemas_are_found() {
        for (schema, place) in [
            (json!({}), "/s: the input must be an object"),
            (json!({"type": "string"}), "/s: the input must be an object"),
            (json!({"type": "objekt"}), "/s/type: "),
            (
                json!({"type": "object", "properties": {"a": {"minLength": -1}}}),
                "/s/properties/a/minLength: ",
            ),
            (
                json!({"type": "object", "$ref": "https://example.org/s.json"}),
                "/s/$ref: ",
            ),
            (
                json!({"type": "object", "allOf": [{"$dynamicRef": "other.json"}]}),
                "/s/allOf/0/$dynamicRef: ",
            ),
            (json!({"type": "object", "$ref": "#/$defs/gone"}), "/s: "),
            (
                json!({"type": "object", "patternProperties": {"(": {}}}),
                "/s",
            ),
            (
                json!({"type": "object", "properties": {"a": {"pattern": "(?=a)b"}}}),
                "/s",
            ),
            (
                json!({"type": "object", "properties": {"a": {"pattern": "(a)\\1"}}}),
                "/s",
            ),
            (json!({"type": "object", "$id": "urn:a"}), "/s/$id: "),
            (
                json!({"type": "object", "$schema": "http://json-schema.org/draft-07/schema#"}),
                "/s/$schema: ",
            ),
        ] {
            let found = problems(&schema);
            assert!(
                found.iter().any(|f| f.starts_with(place)),
                "{schema}: {found:?}"
            );
        }
    }
}
