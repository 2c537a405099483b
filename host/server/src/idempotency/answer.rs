//! Answers to the letters of what is kept, and back.

use crate::problem::{Dialect, Problem};
use axum::body::{Body, HttpBody};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use skillgate_app::idempotency::{KEPT_BODY_BYTES_MAX, Outcome};
use skillgate_app::ports::KeptAnswer;
use skillgate_domain::ids::RequestId;

/// Says that an answer is given for the second time.
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The headers that belong to an answer. The door sets the others for each response.
const KEPT_HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::RETRY_AFTER];

/// Marks an answer that holds a secret: it is given once and kept nowhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShownOnce;

/// Reads what a request was answered. Returns the answer as it goes on to the caller.
pub(super) async fn read(
    mut response: Response,
    id: Option<&RequestId>,
    dialect: Dialect,
) -> (Outcome, Response) {
    let problem = response.extensions_mut().remove::<Problem>();
    let undone = problem.as_ref().is_some_and(Problem::is_undone);
    if let (Some(problem), Some(id)) = (problem, id) {
        problem.write(&mut response, id, dialect);
    }
    if undone {
        return (Outcome::Undone, response);
    }
    let bytes = response.body().size_hint().exact();
    let fits = bytes.is_some_and(|bytes| bytes <= KEPT_BODY_BYTES_MAX as u64);
    if !fits || response.extensions().get::<ShownOnce>().is_some() {
        return (Outcome::Unkept, response);
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = body.collect().await else {
        let broken = Problem::new(crate::problem::Kind::Internal);
        return (Outcome::Unkept, broken.into_response());
    };
    let body = body.to_bytes();
    let kept = KEPT_HEADERS.iter().filter_map(|name| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some((name.to_string(), value.to_owned()))
    });
    let kept = KeptAnswer {
        status: parts.status.as_u16(),
        headers: kept.collect(),
        body: body.to_vec(),
    };
    (
        Outcome::Kept(kept),
        Response::from_parts(parts, Body::from(body)),
    )
}

/// Answers what was answered before.
pub(super) fn replay(kept: KeptAnswer) -> Response {
    let mut response = Response::new(Body::from(kept.body));
    // The host wrote all of it; were it changed since, that would be no answer.
    let Ok(status) = StatusCode::from_u16(kept.status) else {
        return Problem::new(crate::problem::Kind::Internal).into_response();
    };
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in kept.headers {
        let pair = (HeaderName::try_from(name), HeaderValue::try_from(value));
        if let (Ok(name), Ok(value)) = pair {
            headers.insert(name, value);
        }
    }
    headers.insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    response
}
