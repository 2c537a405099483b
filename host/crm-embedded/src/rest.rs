//! The REST surface: decode, one call into `records`, encode.

mod batch;
mod create;
mod delete;
mod get_one;
mod incoming;
mod list;
mod metadata_routes;
mod params;
mod reply;
mod restore;
mod route;
mod update;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub use incoming::{BODY_BYTES_MAX, HEAD_BYTES_MAX};
pub(crate) use incoming::{Incoming, Sent, read as read_incoming};
pub(crate) use reply::{Reply, log};

use crate::auth;
use crate::crm::Crm;
use crate::fault::Fault;
use route::Route;

/// Answers `GET /healthz`.
pub(crate) async fn health() -> Response {
    axum::Json(json!({"status": "ok", "info": {}, "error": {}, "details": {}})).into_response()
}

/// Answers everything that is not GraphQL.
pub(crate) async fn handler(State(crm): State<Arc<Crm>>, request: Request) -> Response {
    if incoming::head_bytes(&request) > HEAD_BYTES_MAX {
        return StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response();
    }
    if request.method() == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let etag = reply::wanted_etag(&request);
    let bodiless = request.method() == Method::HEAD;
    let answer = answer(&crm, request).await;
    reply::render(answer, crm.options.generation, etag.as_deref(), bodiless)
}

async fn answer(crm: &Crm, request: Request) -> Result<Reply, Fault> {
    let path = request.uri().path();
    if path != "/rest" && !path.starts_with("/rest/") {
        return Err(Fault::NoRoute(format!("{} {path}", request.method())));
    }
    auth::check(request.headers(), &crm.options.api_key)?;
    let incoming = read_incoming(request).await?;
    dispatch(crm, &incoming).await
}

async fn dispatch(crm: &Crm, incoming: &Incoming) -> Result<Reply, Fault> {
    let schema = crm.schema();
    let route = route::parse(&schema, incoming, crm.options.generation)?;
    if !matches!(route, Route::Metadata(_)) {
        crm.take_token()?;
    }
    match (route, incoming.method.as_str()) {
        (Route::Metadata(path), _) => metadata_routes::answer(crm, incoming, &path).await,
        (Route::NotCovered(what), _) => Err(Fault::NotCovered(what)),
        (Route::Restore(object), "PATCH") => restore::many(crm, &schema, object, incoming).await,
        (Route::RestoreOne(object, id), "PATCH") => {
            restore::one(crm, &schema, object, &id, incoming).await
        }
        (Route::Batch(object), "POST") => batch::answer(crm, &schema, object, incoming).await,
        (Route::Many(object), "GET" | "HEAD") => list::answer(crm, &schema, object, incoming).await,
        (Route::Many(object), "POST") => create::answer(crm, &schema, object, incoming).await,
        (Route::Many(object), "PATCH" | "PUT") => {
            update::many(crm, &schema, object, incoming).await
        }
        (Route::Many(object), "DELETE") => delete::many(crm, &schema, object, incoming).await,
        (Route::One(object, id), "GET" | "HEAD") => {
            get_one::answer(crm, &schema, object, &id, incoming).await
        }
        (Route::One(object, id), "PATCH" | "PUT") => {
            update::one(crm, &schema, object, &id, incoming).await
        }
        (Route::One(object, id), "DELETE") => {
            delete::one(crm, &schema, object, &id, incoming).await
        }
        _ => Err(Fault::NoRoute(format!(
            "{} {}",
            incoming.method, incoming.path
        ))),
    }
}
