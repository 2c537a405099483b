//! Services for stories, each on a port of its own on loopback: they answer as they are told to, and write
//! down what they were asked.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use axum::{Router, serve};
use serde_json::Value;
use skillgate_connectors::egress::{Dns, Egress};
use skillgate_connectors::transport::HttpTransport;
use skillgate_domain::egress::Networks;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Longest request that is written down, in bytes.
const ASKED_BYTES_MAX: usize = 1024 * 1024;
/// What stands on a page for people, which nobody else is to read.
pub const PAGE: &str = "<html><body>upstream says hush</body></html>";

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Method and path, such as `POST /api/email/send`.
    pub line: String,
    /// All headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, or null where there was none.
    pub body: Value,
}

impl Asked {
    /// Returns the token that was presented.
    pub fn bearer(&self) -> Option<&str> {
        self.headers.get("authorization")?.strip_prefix("Bearer ")
    }
}

/// How a service behaves that has nothing to say.
#[derive(Debug, Clone, Copy, Default)]
struct Manner {
    /// Answers a page with this status instead.
    status: Option<StatusCode>,
    /// Thinks so long before any answer.
    delay: Duration,
}

#[derive(Default)]
struct State {
    manner: Mutex<Manner>,
    asked: Mutex<Vec<Asked>>,
}

/// Makes a client of what is on this machine.
pub fn wire() -> HttpTransport {
    let names = Dns::of_the_system().expect("no name is looked up yet");
    let egress = Egress::new(Arc::new(names), Networks::default(), []);
    HttpTransport::new(Arc::new(egress)).expect("the system has root certificates")
}

/// A service, until it is stopped or dropped.
pub struct Loopback {
    url: String,
    state: Arc<State>,
    server: JoinSet<()>,
}

impl Loopback {
    /// Serves what `answer` says to each request: a status, and JSON.
    pub async fn serve(
        answer: impl Fn(&Asked) -> (StatusCode, Value) + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("loopback has a free port");
        let address = listener.local_addr().expect("what listens has an address");
        let state = Arc::new(State::default());
        let told = Arc::clone(&state);
        let router = Router::new().fallback(async move |request: Request| {
            let asked = told.note(request).await;
            let manner = *lock(&told.manner);
            tokio::time::sleep(manner.delay).await;
            manner.status.map_or_else(|| json(answer(&asked)), page)
        });
        let mut server = JoinSet::new();
        server.spawn(async move { serve(listener, router).await.expect("a server runs on") });
        Self {
            url: format!("http://{address}"),
            state,
            server,
        }
    }

    /// Goes away: from here on nobody listens at its address.
    pub async fn stop(mut self) {
        self.server.shutdown().await;
    }

    /// Returns its address, with a scheme and without a path.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on answers a page with `status`; with nothing, answers as it should.
    pub fn fails(&self, status: Option<StatusCode>) {
        lock(&self.state.manner).status = status;
    }

    /// From now on thinks so long before each answer.
    pub fn delays(&self, delay: Duration) {
        lock(&self.state.manner).delay = delay;
    }

    /// Returns what it was asked since the last call.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *lock(&self.state.asked))
    }
}

impl State {
    async fn note(&self, request: Request) -> Asked {
        let (head, body) = request.into_parts();
        let text = |value: &axum::http::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let headers = head.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_string(), text(value)));
        let body = to_bytes(body, ASKED_BYTES_MAX).await.unwrap_or_default();
        let asked = Asked {
            line: format!("{} {}", head.method, head.uri.path()),
            headers: headers.collect(),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        };
        lock(&self.asked).push(asked.clone());
        asked
    }
}

fn json((status, body): (StatusCode, Value)) -> Response {
    respond(status, "application/json", body.to_string())
}

fn page(status: StatusCode) -> Response {
    respond(status, "text/html; charset=utf-8", PAGE.to_owned())
}

fn respond(status: StatusCode, kind: &str, body: String) -> Response {
    let response = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, kind);
    response
        .body(Body::from(body))
        .expect("the status and the header are good ones")
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
