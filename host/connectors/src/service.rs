//! What the clients of planner, workspace and relay share: an address that was checked, and JSON to and
//! from it.

use crate::transport::{AllowedOrigins, Bounds, Guard, OriginError, Transport, TransportError};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use http::request::Builder;
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Longest wait that an answer can ask for.
pub const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);
/// How long a service may take to say that it is well.
pub(crate) const HEALTH_TIMEOUT: Duration = Duration::from_secs(3);
/// Longest answer to the question whether a service is well, in bytes.
pub(crate) const HEALTH_BYTES_MAX: usize = 64 * 1024;

/// Why a client cannot be made from its settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The base URL is not one of the allowed origins, or not a plain URL.
    #[error("the base URL: {0}")]
    BaseUrl(#[from] OriginError),
    /// The base URL has a query.
    #[error("the base URL has a query")]
    Query,
    /// A credential cannot stand in a header, or is too short to sign with.
    #[error("the credential has characters that a header cannot carry, or too few to sign with")]
    Credential,
    /// The model that is asked for by default is no name of one.
    #[error("the default model is no name of a model")]
    Model,
}

/// One service behind an address.
#[derive(Debug)]
pub(crate) struct Service {
    /// For the log.
    name: &'static str,
    guard: Guard,
    base_url: String,
}

impl Service {
    /// Checks the address. Sends nothing.
    pub(crate) fn new(
        name: &'static str,
        base_url: &str,
        origins: &AllowedOrigins,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, SettingsError> {
        origins.check(base_url)?;
        if base_url.contains('?') {
            return Err(SettingsError::Query);
        }
        Ok(Self {
            name,
            guard: Guard::new(origins.clone(), transport),
            base_url: base_url.trim_end_matches('/').to_owned(),
        })
    }

    /// Begins a request for a path of ours.
    pub(crate) fn request(&self, method: Method, path: &str) -> Builder {
        Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base_url))
            .header(ACCEPT, "application/json")
    }

    /// Sends a request once, with a body of JSON if there is one.
    pub(crate) async fn send(
        &self,
        mut request: Builder,
        body: Option<Vec<u8>>,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, TransportError> {
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = Bytes::from(body.unwrap_or_default());
        let request = request.body(body).map_err(|_| TransportError::Connect)?;
        let started = Instant::now();
        let answer = self.guard.send(request, bounds).await;
        tracing::debug!(
            service = self.name,
            http.status = answer.as_ref().map_or(0, |answer| answer.status().as_u16()),
            duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "a service was asked"
        );
        answer
    }

    /// Asks whether the service is well, without a credential.
    pub(crate) async fn health(&self, path: &str) -> Result<Response<Bytes>, TransportError> {
        let bounds = Bounds {
            timeout: HEALTH_TIMEOUT,
            answer_bytes_max: HEALTH_BYTES_MAX,
        };
        self.send(self.request(Method::GET, path), None, bounds)
            .await
    }
}

/// Makes the header that presents `token`, if a header can carry it.
pub(crate) fn bearer(token: &SecretString) -> Option<HeaderValue> {
    let token = token.expose_secret();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let mut header = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// Tells whether `text` repeats the token of a header that [`bearer`] made.
pub(crate) fn repeats(text: &str, bearer: &HeaderValue) -> bool {
    let token = bearer.to_str().ok().and_then(|h| h.strip_prefix("Bearer "));
    token.is_some_and(|token| text.contains(token))
}

/// Reads an answer's JSON, if it is any.
pub(crate) fn json(answer: &Response<Bytes>) -> Option<Value> {
    serde_json::from_slice(answer.body()).ok()
}

/// Reads how long to wait, up to [`RETRY_AFTER_MAX`]. A date is not understood.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    wait(retry_after_seconds(headers)?)
}

/// Reads the number of seconds in a header, whether or not it is a wait.
pub(crate) fn retry_after_seconds(headers: &HeaderMap) -> Option<f64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok()
}

/// Makes a wait of seconds, up to [`RETRY_AFTER_MAX`].
pub(crate) fn wait(seconds: f64) -> Option<Duration> {
    let wait = Duration::try_from_secs_f64(seconds).ok()?;
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_carries_visible_characters() {
        let header = bearer(&SecretString::from("a.b-c")).unwrap();
        assert_eq!(header, "Bearer a.b-c");
        assert!(!format!("{header:?}").contains("a.b-c"));
        for bad in ["", "a b", "a\r\nx-y: z", "é", "a\0"] {
            assert!(bearer(&SecretString::from(bad)).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_wait_is_a_number_of_seconds_and_bounded() {
        let read = |text: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            retry_after(&headers)
        };
        for (text, wait) in [
            ("5", Some(Duration::from_secs(5))),
            (" 0.5 ", Some(Duration::from_millis(500))),
            ("3600", Some(RETRY_AFTER_MAX)),
            ("3601", Some(RETRY_AFTER_MAX)),
            ("-1", None),
            ("NaN", None),
            ("1e400", None),
            ("Fri, 20 Nov 2026 21:35:54 GMT", None),
        ] {
            assert_eq!(read(text), wait, "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
