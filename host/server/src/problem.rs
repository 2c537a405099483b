//! RFC 9457 problems: how every refusal looks on the wire.

pub(crate) mod convert;
mod dialect;
mod kind;
pub(crate) mod mypa_envelope;
pub(crate) mod relay_envelope;
mod schema;
mod tool;

pub(crate) use convert::{findings, violations};
pub(crate) use dialect::Dialect;
pub use kind::Kind;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde_json::{Map, Value};
use skillgate_domain::ids::RequestId;
use std::time::Duration;

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A refusal. [`crate::observe`] writes its body, since it knows the request's id.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: Kind,
    detail: Option<String>,
    members: Map<String, Value>,
    retry_after: Option<Duration>,
}

impl Problem {
    /// Makes a problem that says no more than its kind.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            detail: None,
            members: Map::new(),
            retry_after: None,
        }
    }

    /// Makes a problem with words of its own.
    pub fn with_detail(kind: Kind, detail: impl std::fmt::Display) -> Self {
        Self {
            detail: Some(detail.to_string()),
            ..Self::new(kind)
        }
    }

    /// Makes a problem that tells the caller nothing and the log everything, once.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error.chain = chain(error), "the host failed");
        Self::new(Kind::Internal)
    }

    /// Adds a member of this kind's own.
    #[must_use]
    pub fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// Says when to come back.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Tells whether nothing happened and the same may be asked again. A tool's own advice counts.
    pub(crate) fn is_undone(&self) -> bool {
        let safe = self
            .members
            .get("retry")
            .is_none_or(|retry| retry == "safe");
        safe && self.kind.is_undone()
    }

    /// Writes the body of a response to the request `id`.
    pub(crate) fn write(&self, response: &mut Response, id: &RequestId, dialect: Dialect) {
        let (media_type, body) = match dialect {
            Dialect::Problem => (PROBLEM_JSON, self.to_json(id.as_str())),
            Dialect::Mypa => {
                *response.status_mut() = mypa_envelope::code(self.kind).0;
                (JSON, mypa_envelope::body(self))
            }
            Dialect::Relay => {
                *response.status_mut() = relay_envelope::status(self.kind);
                (JSON, relay_envelope::body(self))
            }
        };
        *response.body_mut() = Body::from(body.to_string());
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_TYPE, media_type);
    }

    /// Returns the body's members. `request_id` names what this answers.
    pub fn to_json(&self, request_id: &str) -> Value {
        let mut body = self.members.clone();
        let code = self.kind.code();
        body.insert("type".into(), format!("/problems/{code}").into());
        body.insert("title".into(), self.kind.title().into());
        body.insert("status".into(), self.kind.status().as_u16().into());
        let detail = self.detail.as_deref().unwrap_or(self.kind.meaning());
        body.insert("detail".into(), detail.into());
        body.insert("code".into(), code.into());
        body.insert("request_id".into(), request_id.into());
        Value::Object(body)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        let headers = response.headers_mut();
        if let Some(after) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds(after).into());
        }
        match self.kind {
            Kind::AuthenticationRequired => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Kind::TokenNotValid => {
                let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            Kind::WebhookNotValid => {
                let challenge = HeaderValue::from_static("Twenty-Webhook");
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Whole seconds, rounded up: coming back early would only fail again.
fn seconds(after: Duration) -> u64 {
    let whole = after.as_secs() + u64::from(after.subsec_nanos() > 0);
    whole.max(1)
}

/// An error and its sources, outermost first.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_rounded_up() {
        for (ms, expected) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (60_000, 60)] {
            assert_eq!(seconds(Duration::from_millis(ms)), expected, "{ms}");
        }
    }

    #[test]
    fn members_never_replace_the_standard_ones() {
        let problem = Problem::new(Kind::Forbidden)
            .member("status", 200)
            .member("x", 1);
        let body = problem.to_json("r1");
        assert_eq!(body["status"], 403);
        assert_eq!(body["x"], 1);
        assert_eq!(body["request_id"], "r1");
        assert_eq!(body["type"], "/problems/forbidden");
    }

    #[test]
    fn what_a_tool_may_have_done_is_not_undone() {
        for (kind, retry, undone) in [
            (Kind::StorageBusy, None, true),
            (Kind::ToolUnavailable, Some("safe"), true),
            (Kind::ToolUnavailable, Some("check-first"), false),
            (Kind::ToolRateLimited, Some("never"), false),
            (Kind::ToolNotFoundRecord, Some("safe"), false),
            (Kind::Internal, None, false),
        ] {
            let problem = Problem::new(kind);
            let problem = match retry {
                Some(retry) => problem.member("retry", retry),
                None => problem,
            };
            assert_eq!(problem.is_undone(), undone, "{kind:?} {retry:?}");
        }
    }
}
