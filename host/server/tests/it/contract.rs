//! What the door answers, held against what its OpenAPI document says.

use crate::world::Answer;
use http::Method;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(skillgate_server::openapi);

/// A compiled schema for each operation, status and media type that was answered.
static SCHEMAS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Every operation: path, method, description.
pub(crate) fn operations() -> impl Iterator<Item = (&'static str, Method, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| {
                let method = method.to_ascii_uppercase().parse().unwrap();
                (path.as_str(), method, operation)
            })
    })
}

/// Asserts that the document describes `answer`. Returns the operation, if there is one.
#[track_caller]
pub(crate) fn check(method: &Method, path: &str, answer: &Answer) -> Option<&'static str> {
    let template = template(path)?;
    let item = &DOCUMENT["paths"][template];
    let operation = item.get(method.as_str().to_ascii_lowercase())?;
    let status = answer.status.as_str();
    let place = format!("{method} {template} {status}");
    let response = operation["responses"].get(status);
    let response = response.unwrap_or_else(|| panic!("{place} is not described: {}", answer.text));
    let media_type = answer
        .header("content-type")
        .map(|text| text.split(';').next().unwrap());
    match (response["content"].as_object(), media_type) {
        (None, None) => assert_eq!(answer.text, "", "{place}"),
        (Some(content), Some(media_type)) => {
            let described = content.get(media_type);
            let described = described.unwrap_or_else(|| panic!("{place} is not {media_type}"));
            let body = if media_type.ends_with("json") {
                answer.body.clone()
            } else {
                json!(answer.text)
            };
            let schema = schema(&format!("{place} {media_type}"), &described["schema"]);
            let errors: Vec<_> = schema
                .iter_errors(&body)
                .map(|error| error.to_string())
                .collect();
            assert!(errors.is_empty(), "{place}: {errors:?} in {body}");
        }
        (described, sent) => panic!("{place}: described {described:?}, sent {sent:?}"),
    }
    if media_type == Some("application/problem+json") {
        let described = &DOCUMENT["components"]["schemas"]["Problem"]["properties"];
        for member in answer.body.as_object().unwrap().keys() {
            assert!(described.get(member).is_some(), "{place}: {member}");
        }
    }
    operation["operationId"].as_str()
}

/// Finds the path of the document that a request's path belongs to.
fn template(path: &str) -> Option<&'static str> {
    let path = path.split('?').next().unwrap_or_default();
    let fits = |template: &&str| {
        let (theirs, ours) = (template.split('/'), path.split('/'));
        theirs.clone().count() == ours.clone().count()
            && theirs
                .zip(ours)
                .all(|(t, o)| t == o || (t.starts_with('{') && !o.is_empty()))
    };
    // As the router does: a name counts more than a place for any.
    let places = |template: &&str| template.matches('{').count();
    operations()
        .map(|(path, ..)| path)
        .filter(fits)
        .min_by_key(places)
}

fn schema(place: &str, schema: &Value) -> Arc<Validator> {
    let compile = || {
        let whole = json!({"components": DOCUMENT["components"], "allOf": [schema]});
        let options = jsonschema::draft202012::options().should_validate_formats(true);
        Arc::new(options.build(&whole).unwrap())
    };
    let mut schemas = SCHEMAS.lock().unwrap();
    Arc::clone(schemas.entry(place.to_owned()).or_insert_with(compile))
}
