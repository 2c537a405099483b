//! `POST /graphql`: HTTP 200 for nearly everything, errors in the body.
//!
//! A field nobody knows is answered with `null` and without an error, as recorded. `deletePerson`
//! is a soft delete here, `destroyPerson` is for good.

mod document;
mod introspect;
mod mutate;
mod problem;
mod query;
mod root;
mod search;
mod select;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::auth;
use crate::crm::Crm;
use crate::fault::Fault;
use crate::rest::{Incoming, Sent, read_incoming};
use crate::schema::Schema;
use document::{Document, Selected};
use root::Root;

/// Most root fields of one document.
pub(crate) const ROOT_FIELDS_MAX: usize = 20;

/// Answers a GraphQL request.
pub(crate) async fn handler(State(crm): State<Arc<Crm>>, request: Request) -> Response {
    if request.method() == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let access = auth::check(request.headers(), &crm.options.api_key);
    let is_read = request.method() == Method::GET;
    let incoming = match read_incoming(request).await {
        Ok(incoming) => incoming,
        Err(fault) => return refuse(&fault),
    };
    match (access, is_read) {
        (Err(fault @ Fault::TokenInvalid), _) => {
            axum::Json(json!({"errors": [problem::of(&fault)]})).into_response()
        }
        // Without a token, and over GET, there is only a public schema, which has no records.
        (Err(_), _) | (Ok(()), true) => respond(&crm, &incoming, false).await,
        (Ok(()), false) => respond(&crm, &incoming, true).await,
    }
}

fn refuse(fault: &Fault) -> Response {
    let status = StatusCode::from_u16(fault.status());
    (
        status.unwrap_or(StatusCode::BAD_REQUEST),
        axum::Json(fault.body()),
    )
        .into_response()
}

async fn respond(crm: &Crm, incoming: &Incoming, has_key: bool) -> Response {
    let (query, variables) = match &incoming.sent {
        Sent::Json(Value::Array(_)) => {
            let body = json!({"errors": [{"message": "Batching is not supported."}]});
            return (StatusCode::BAD_REQUEST, axum::Json(body)).into_response();
        }
        Sent::Json(body) => (body["query"].as_str(), &body["variables"]),
        _ => (incoming.single("query"), &Value::Null),
    };
    let operation = match &incoming.sent {
        Sent::Json(body) => body["operationName"].as_str(),
        _ => None,
    };
    let Some(query) = query else {
        let body = json!({"errors": [{"message": "Must provide query string."}]});
        return (StatusCode::BAD_REQUEST, axum::Json(body)).into_response();
    };
    axum::Json(match document::parse(query, variables, operation) {
        Ok(document) => execute(crm, &document, has_key).await,
        Err(error) => json!({"errors": [error]}),
    })
    .into_response()
}

async fn execute(crm: &Crm, document: &Document, has_key: bool) -> Value {
    let schema = crm.schema();
    let roots = match roots(&schema, document, has_key) {
        Ok(roots) => roots,
        Err(body) => return body,
    };
    let mut data = Map::new();
    let mut errors = Vec::new();
    for (field, root) in roots {
        let value = match run(crm, &schema, field, &root).await {
            Ok(value) => value,
            Err(fault) => {
                errors.push(problem::of(&fault));
                Value::Null
            }
        };
        data.insert(field.key.clone(), value);
    }
    if errors.is_empty() {
        json!({"data": data})
    } else {
        json!({"data": data, "errors": errors})
    }
}

/// Resolves the root fields, or returns the body that refuses them all.
fn roots<'a>(
    schema: &'a Schema,
    document: &'a Document,
    has_key: bool,
) -> Result<Vec<(&'a Selected, Root<'a>)>, Value> {
    let mut roots = Vec::with_capacity(document.fields.len());
    for field in &document.fields {
        let found = root::find(schema, document.is_mutation, &field.name);
        match found.filter(|root| has_key || matches!(root, Root::TypeName | Root::Schema)) {
            Some(root) => roots.push((field, root)),
            None => return Err(json!({"errors": [root::unknown(document.is_mutation, field)]})),
        }
    }
    let refused = |message: String| {
        Err(json!({"data": {}, "errors": [{
            "message": message, "extensions": {"code": "BAD_USER_INPUT"},
        }]}))
    };
    if roots.len() > ROOT_FIELDS_MAX {
        return refused(format!(
            "Query too complex - Too many root resolvers requested: {} - Maximum allowed root \
             resolvers: {ROOT_FIELDS_MAX}",
            roots.len()
        ));
    }
    for (index, (field, _)) in roots.iter().enumerate() {
        if roots[..index]
            .iter()
            .any(|(earlier, _)| earlier.name == field.name)
        {
            return refused(format!("Duplicate root resolver: \"{}\"", field.name));
        }
    }
    Ok(roots)
}

async fn run(
    crm: &Crm,
    schema: &Schema,
    field: &Selected,
    root: &Root<'_>,
) -> Result<Value, Fault> {
    match root {
        Root::TypeName => Ok(json!("Query")),
        Root::Schema => Ok(introspect::schema(field)),
        Root::Type => Ok(introspect::named(schema, field)),
        // Search has no budget, as recorded.
        Root::Search => search::run(crm, schema, field).await,
        Root::Many(object) => {
            crm.take_token()?;
            query::many(crm, schema, object, field).await
        }
        Root::One(object) => {
            crm.take_token()?;
            query::one(crm, schema, object, field).await
        }
        Root::Change(verb, object, is_bulk) => {
            crm.take_token()?;
            mutate::run(crm, schema, object, *verb, *is_bulk, field).await
        }
    }
}
