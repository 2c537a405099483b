//! Answers: status, body, ETag, and what newer servers add to a 429.

use std::hash::{DefaultHasher, Hasher};

use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::crm::Generation;
use crate::fault::Fault;

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Reply {
    /// 200 with this body.
    pub(crate) fn ok(body: Value) -> Self {
        Self {
            status: StatusCode::OK,
            body,
        }
    }

    /// 200 with `{"data": {name: value}}`.
    pub(super) fn data(name: &str, value: &Value) -> Self {
        Self::ok(json!({"data": {name: value}}))
    }

    /// 201 with `{"data": {name: value}}`.
    pub(super) fn created(name: &str, value: &Value) -> Self {
        Self {
            status: StatusCode::CREATED,
            body: json!({"data": {name: value}}),
        }
    }
}

/// Returns the `If-None-Match` of a read.
pub(super) fn wanted_etag(request: &Request) -> Option<String> {
    if request.method() != Method::GET {
        return None;
    }
    request
        .headers()
        .get(IF_NONE_MATCH)?
        .to_str()
        .ok()
        .map(str::to_owned)
}

/// Renders an answer. `wanted` is the tag the caller already has.
pub(super) fn render(
    answer: Result<Reply, Fault>,
    generation: Generation,
    wanted: Option<&str>,
    bodiless: bool,
) -> Response {
    let (status, body, fault) = match answer {
        Ok(reply) => (reply.status, reply.body, None),
        Err(fault) => {
            log(&fault);
            let status = StatusCode::from_u16(fault.status());
            (
                status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                fault.body(),
                Some(fault),
            )
        }
    };
    let limited = match &fault {
        Some(Fault::RateLimited {
            tokens,
            window_ms,
            retry_after_seconds,
        }) if generation == Generation::Newer => Some((*tokens, *window_ms, *retry_after_seconds)),
        _ => None,
    };
    let text = match limited {
        Some(limit) => newer_limit_body(&body, limit).to_string(),
        None => body.to_string(),
    };
    let tag = etag(&text);
    if status == StatusCode::OK && wanted == Some(tag.as_str()) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response();
    }
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    let text = if bodiless { String::new() } else { text };
    let mut response = (status, [(CONTENT_TYPE, kind)], text).into_response();
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    if let Some((tokens, _, retry_after_seconds)) = limited {
        headers.insert(RETRY_AFTER, HeaderValue::from(retry_after_seconds));
        headers.insert("x-ratelimit-limit", HeaderValue::from(tokens));
        headers.insert("x-ratelimit-remaining", HeaderValue::from(0));
        headers.insert("x-ratelimit-reset", HeaderValue::from(retry_after_seconds));
    }
    response
}

fn newer_limit_body(
    body: &Value,
    (tokens, window_ms, retry_after_seconds): (u32, u64, u64),
) -> Value {
    json!({
        "statusCode": 429,
        "error": "RATE_LIMITED",
        "messages": body["messages"],
        "limitKind": "RATE",
        "scope": "WORKSPACE",
        "limit": tokens,
        "remaining": 0,
        "periodCount": window_ms / 1_000,
        "periodUnit": "SECOND",
        "retryAfterSeconds": retry_after_seconds,
    })
}

/// A failure of ours is logged once, here, without the caller's data.
pub(crate) fn log(fault: &Fault) {
    match fault {
        Fault::Storage(source) => {
            tracing::error!(
                error = source as &dyn std::error::Error,
                "embedded CRM: storage failed"
            );
        }
        Fault::Corrupt(what) => tracing::error!(what, "embedded CRM: stored data is not readable"),
        _ => {}
    }
}

/// A weak tag that changes with the text.
fn etag(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    format!("W/\"{:x}-{:016x}\"", text.len(), hasher.finish())
}
