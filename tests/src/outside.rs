//! A service outside for stories, on loopback, that notes what reached it; and a way out that leads there.

use crate::loopback::lock;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use axum::{Router, serve};
use skillgate_app::ports::{Clock, HttpClient};
use skillgate_connectors::egress::{Dns, Egress};
use skillgate_connectors::outbound::OutboundHttp;
use skillgate_domain::egress::Networks;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Longest request that is noted, in bytes.
const NOTED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Method, path and query, such as `GET /v1/people?q=a`.
    pub line: String,
    /// All headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, as far as it is text.
    pub body: String,
}

/// A service, until it is dropped.
pub struct Service {
    origin: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    _server: JoinSet<()>,
}

impl Service {
    /// Serves what `answer` makes of each request.
    pub async fn serve(
        answer: impl Fn(&Arrived) -> Response + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("loopback has a free port");
        let address = listener.local_addr().expect("what listens has an address");
        let arrived = Arc::<Mutex<Vec<Arrived>>>::default();
        let noted = Arc::clone(&arrived);
        let router = Router::new().fallback(async move |request: Request| {
            let one = note(request).await;
            lock(&noted).push(one.clone());
            answer(&one)
        });
        let mut server = JoinSet::new();
        server.spawn(async move { serve(listener, router).await.expect("a server runs on") });
        Self {
            origin: format!("http://{address}"),
            arrived,
            _server: server,
        }
    }

    /// Returns its address without a path.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns what reached it since the last call.
    pub fn arrived(&self) -> Vec<Arrived> {
        std::mem::take(&mut *lock(&self.arrived))
    }
}

async fn note(request: Request) -> Arrived {
    let (head, body) = request.into_parts();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = head.headers.iter();
    let body = to_bytes(body, NOTED_BYTES_MAX).await.unwrap_or_default();
    Arrived {
        line: format!("{} {}", head.method, head.uri),
        headers: headers
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
            .collect(),
        body: text(&body),
    }
}

/// Makes an answer.
pub fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Response {
    let response = Response::builder().status(status);
    let response = headers.iter().fold(response, |response, (name, value)| {
        response.header(*name, *value)
    });
    response.body(body.into()).expect("a status and headers")
}

/// A way out for modules that leads to public addresses and to `declared` hosts of one's own.
pub fn way_out(declared: &[&str], clock: Arc<dyn Clock>) -> Arc<dyn HttpClient> {
    let names = Dns::of_the_system().expect("no name is looked up yet");
    let declared = declared.iter().map(|host| (*host).to_owned());
    let egress = Egress::new(Arc::new(names), Networks::default(), declared).for_modules();
    let http = OutboundHttp::new(Arc::new(egress), clock);
    Arc::new(http.expect("the system has root certificates"))
}
