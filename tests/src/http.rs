//! A client of the host's HTTP door, in the same process.

use crate::host::{TestHost, community};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use skillgate_domain::ids::CommunityId;
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_server::router;
use tower::ServiceExt;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; null where that is no JSON.
    pub body: Value,
    /// Its body as it came.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// Returns the body, of an answer that has this status.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    pub fn with(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    /// Makes sure that it refuses, and why.
    ///
    /// # Panics
    /// When it does not, or says something else.
    #[track_caller]
    pub fn is_refused(self, status: u16, code: &str) {
        assert_eq!(self.with(status)["code"], code);
    }
}

/// Somebody who asks a host.
#[derive(Debug, Clone)]
pub struct Client {
    router: Router,
    token: Option<SecretString>,
}

impl Client {
    /// Asks `host` as `user`, with a token that allows all that the role does.
    pub async fn of(host: &TestHost, role: Role, user: &str) -> Self {
        Self::in_community(host, &community(), role, user).await
    }

    /// Asks `host` as `user` of a community.
    pub async fn in_community(
        host: &TestHost,
        community: &CommunityId,
        role: Role,
        user: &str,
    ) -> Self {
        let token = host.token_in(community, role, user, TokenScope::FULL);
        Self {
            router: router(host.app.clone()),
            token: Some(token.await),
        }
    }

    /// Asks `host` with a token that somebody else issued, or another host on the same database.
    pub fn with_token(host: &TestHost, token: impl Into<SecretString>) -> Self {
        Self {
            router: router(host.app.clone()),
            token: Some(token.into()),
        }
    }

    /// Asks `host` without saying who asks.
    pub fn nobody(host: &TestHost) -> Self {
        Self {
            router: router(host.app.clone()),
            token: None,
        }
    }

    /// Sends a request with JSON, or with nothing.
    ///
    /// # Panics
    /// When the request cannot be made, or its answer not be read.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let bytes = body.map(Value::to_string).unwrap_or_default();
        self.send_bytes(method, path, bytes.into_bytes(), &[]).await
    }

    /// Sends a request with bytes that are said to be JSON, and more headers.
    ///
    /// # Panics
    /// When the request cannot be made, or its answer not be read.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        bytes: Vec<u8>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let answer = self.open(method, path, bytes, headers).await;
        let (parts, body) = answer.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a whole answer");
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            bytes: bytes.to_vec(),
        }
    }

    /// Sends a request, and returns its answer before its body has come.
    ///
    /// # Panics
    /// When the request cannot be made.
    pub async fn open(
        &self,
        method: Method,
        path: &str,
        bytes: Vec<u8>,
        headers: &[(&str, &str)],
    ) -> Response<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = &self.token {
            let bearer = format!("Bearer {}", token.expose_secret());
            request = request.header(header::AUTHORIZATION, bearer);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(bytes)).expect("a request");
        let answer = self.router.clone().oneshot(request).await;
        answer.expect("the door answers")
    }

    /// Sends `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// Sends `GET` for something that is no JSON.
    ///
    /// # Panics
    /// When there is no such thing.
    pub async fn get_bytes(&self, path: &str) -> Vec<u8> {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.bytes
    }

    /// Sends `POST`.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Sends `PUT`.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// Sends `PATCH`.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }
}
