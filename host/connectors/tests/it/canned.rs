//! A service in this process that answers what it is told to, and writes down what it was asked.

use super::support::{Fate, Seen, Wire};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::StatusCode;
use serde_json::Value;
use skillgate_connectors::transport::{InProcess, Transport, TransportError};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(super) const SECRET: &str = "hush-hush-hush-hush-hush-hush-hush";
/// What an upstream may say that nobody else is to read.
pub(super) const PAGE: &str = "<html><body>upstream says hush</body></html>";

/// An answer: status, headers, body.
pub(super) type Answer = (u16, &'static [(&'static str, &'static str)], String);

pub(super) const JSON: &[(&str, &str)] = &[("content-type", "application/json; charset=utf-8")];
pub(super) const HTML: &[(&str, &str)] = &[("content-type", "text/html; charset=utf-8")];

#[derive(Default)]
struct State {
    usual: Mutex<Answer>,
    next: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<String>>,
}

/// A service and the wire to it.
pub(super) struct Canned {
    state: Arc<State>,
    pub(super) wire: Arc<Wire>,
}

impl Canned {
    /// Answers `usual` to everything.
    pub(super) fn new(usual: Answer) -> Self {
        let state = Arc::new(State::default());
        *state.usual.lock().unwrap() = usual;
        let told = Arc::clone(&state);
        let router =
            Router::new().fallback(async move |request: Request| told.answer(request).await);
        let service: Arc<dyn Transport> = Arc::new(InProcess::<_, Body>::new(router));
        let wire = Wire::to(service);
        Self { state, wire }
    }

    pub(super) fn transport(&self) -> Arc<dyn Transport> {
        Arc::<Wire>::clone(&self.wire)
    }

    /// The next request is answered so.
    pub(super) fn next(&self, answer: Answer) {
        self.state.next.lock().unwrap().push_back(answer);
    }

    /// The next request meets a wire that fails.
    pub(super) fn fail(&self, fate: Fate) {
        self.wire.plan(|_: &Seen| true, fate);
    }

    pub(super) fn delay(&self, delay: Duration) {
        self.wire.delay(delay);
    }

    /// Returns what arrived since the last call, as it stood on the wire.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.state.asked.lock().unwrap())
    }

    /// Returns how many requests were sent since the last call, whether they arrived or not.
    pub(super) fn sent(&self) -> usize {
        self.wire.seen_all().len()
    }
}

impl State {
    async fn answer(&self, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let mut text = format!("{} {}\n", head.method, head.uri);
        for (name, value) in &head.headers {
            writeln!(text, "{name}: {}", value.to_str().unwrap()).unwrap();
        }
        if !body.is_empty() {
            let body: Value = serde_json::from_slice(&body).unwrap();
            write!(text, "\n{:#}", sorted(&body)).unwrap();
        }
        self.asked.lock().unwrap().push(text.trim_end().to_owned());
        let next = self.next.lock().unwrap().pop_front();
        let (status, headers, body) = next.unwrap_or_else(|| self.usual.lock().unwrap().clone());
        let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        response.body(Body::from(body)).unwrap()
    }
}

/// Puts members in the order of their names, whatever order the build keeps.
pub(super) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> = members.iter().collect();
            let members = members.into_iter();
            Value::Object(
                members
                    .map(|(name, value)| (name.clone(), sorted(value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// Ways not to get an answer, and what the transport makes of each.
pub(super) fn losses() -> [TransportError; 4] {
    [
        TransportError::Connect,
        TransportError::Timeout,
        TransportError::Broken,
        TransportError::TooLong,
    ]
}
