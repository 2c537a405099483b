//! The door for agents that speak the Model Context Protocol: 2025-11-25, with sessions, and 2026-07-28, without, on
//! one endpoint over streamable HTTP, or over standard input and output.

mod answer;
mod calls;
mod confirm;
mod door;
mod manuals;
mod news;
mod resource;
mod sessions;
mod stdio;
mod tools;

use crate::app::App;
use crate::auth::authenticate;
use crate::extract::read;
use crate::limits::{BODY_BYTES_MAX, BODY_READ_MAX};
use crate::problem::{Kind, Problem};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
pub use door::McpDoor;
use door::Shared;
use futures::StreamExt;
use http::{HeaderMap, Method};
pub use resource::ResourceUrl;
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
pub use sessions::AnswerStream;
use sessions::Sessions;
use skillgate_app::gate::RETRY_AFTER;
use skillgate_domain::limits::INPUT_BYTES_MAX;
use skillgate_domain::principal::{Door, Principal};
use std::sync::Arc;
pub use stdio::{AgentError, serve_agent};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Bytes of a message: a tool's input, and what is around it.
const MESSAGE_BYTES_MAX: usize = INPUT_BYTES_MAX + BODY_BYTES_MAX;
const SESSION: &str = "mcp-session-id";

/// Among the extensions of a request: tells when the host begins to stop, for those who wait for news.
#[derive(Debug, Clone)]
pub(crate) struct Stopping(pub(crate) CancellationToken);

impl Stopping {
    /// Waits until the host begins to stop; for ever, where nobody says when.
    async fn begun(this: Option<Self>) {
        match this {
            Some(Self(stopping)) => stopping.cancelled().await,
            None => std::future::pending().await,
        }
    }
}

/// Whose requests are taken: a page in a browser of this machine could ask for somebody it does not know, under a
/// name that leads here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct McpAccess {
    /// Names and addresses under which clients know the host, each with a port or for every port.
    pub hosts: Vec<String>,
    /// Origins of pages that may ask, such as `https://app.example.org`; clients that are no browser have none.
    pub origins: Vec<String>,
    /// Whether the word of a person counts that an agent's own program has asked. The host has to take it on that
    /// program's word.
    pub elicitation: bool,
    /// The door's address for everybody, where there is one.
    pub url: Option<ResourceUrl>,
}

impl Default for McpAccess {
    /// This machine, and no page.
    fn default() -> Self {
        Self {
            hosts: ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into(),
            origins: Vec::new(),
            elicitation: false,
            url: None,
        }
    }
}

/// What answers at `/mcp`.
pub(crate) struct McpEndpoint<H> {
    app: App,
    shared: Arc<Shared>,
    sessions: Arc<Sessions>,
    service: StreamableHttpService<H, Sessions>,
    /// Sessions end with the last router.
    _ends: DropGuard,
}

impl<H: ServerHandler> McpEndpoint<H> {
    /// Serves the skills of `app`, through what `around` makes of the door.
    pub(crate) fn new(
        app: App,
        around: impl Fn(McpDoor) -> H + Send + Sync + 'static,
    ) -> Arc<Self> {
        let (shared, sessions) = (
            Arc::new(Shared::new(app.clone())),
            Arc::new(Sessions::default()),
        );
        let ends = CancellationToken::new();
        let config = StreamableHttpServerConfig::default()
            .with_allowed_hosts(app.mcp.hosts.clone())
            .with_allowed_origins(app.mcp.origins.clone())
            .enforce_origin_validation()
            .with_json_response(true)
            .with_max_request_body_bytes(MESSAGE_BYTES_MAX)
            .with_cancellation_token(ends.clone());
        let for_doors = Arc::clone(&shared);
        let make = move || Ok(around(McpDoor::new(Arc::clone(&for_doors))));
        let service = StreamableHttpService::new(make, Arc::clone(&sessions), config);
        Arc::new(Self {
            app,
            shared,
            sessions,
            service,
            _ends: ends.drop_guard(),
        })
    }

    async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let stopping = request.extensions().get::<Stopping>().cloned();
        if request.method() != Method::GET {
            return Ok(self.service.handle(request).await.map(Body::new));
        }
        let busy = |_| Problem::new(Kind::HostBusy).retry_after(RETRY_AFTER);
        let place = self.shared.listeners().try_acquire_owned().map_err(busy)?;
        let answer = self.service.handle(request).await.map(Body::new);
        Ok(answer.map(|body| {
            let stopped = Stopping::begun(stopping);
            let news = body.into_data_stream().take_until(Box::pin(stopped));
            Body::from_stream(news.map(move |part| {
                let _held = &place;
                part
            }))
        }))
    }
}

/// Answers a message. Who is not known is told where the door is described.
pub(crate) async fn handler<H: ServerHandler>(
    State(endpoint): State<Arc<McpEndpoint<H>>>,
    request: Request,
) -> Response {
    let (headers, extensions) = (request.headers(), request.extensions());
    // Asked before anything of the message is read.
    let caller = match authenticate(&endpoint.app, Door::Mcp, headers, extensions).await {
        Ok(caller) => caller,
        Err(problem) => {
            let mut response = problem.into_response();
            if let Some(resource) = endpoint.app.mcp.resource(headers) {
                resource.add_to(response.headers_mut());
            }
            return response;
        }
    };
    answered(&endpoint, caller, request).await.into_response()
}

async fn answered<H: ServerHandler>(
    endpoint: &McpEndpoint<H>,
    caller: Principal,
    request: Request,
) -> Result<Response, Problem> {
    endpoint.admit(request.headers(), &caller).await?;
    let (mut parts, body) = request.into_parts();
    let body = read(body, MESSAGE_BYTES_MAX, BODY_READ_MAX, Kind::BodyTooLarge).await?;
    parts.extensions.insert(caller);
    let request = Request::from_parts(parts, Body::from(body));
    endpoint.answer(request).await
}

impl<H> McpEndpoint<H> {
    /// A session is of the caller who began it; where there are too many, no other is begun.
    async fn admit(&self, headers: &HeaderMap, caller: &Principal) -> Result<(), Problem> {
        match headers.get(SESSION).map(|id| id.to_str()) {
            Some(Ok(id)) if self.sessions.used_by(id, caller) => Ok(()),
            Some(_) => Err(Problem::new(Kind::McpSessionNotFound)),
            None if begins_no_session(headers) || self.sessions.have_room().await => Ok(()),
            None => Err(Problem::new(Kind::HostBusy).retry_after(RETRY_AFTER)),
        }
    }
}

/// Tells whether a message says that it is of the era without sessions.
fn begins_no_session(headers: &HeaderMap) -> bool {
    let version = headers.get("mcp-protocol-version");
    version.is_some_and(|version| version.as_bytes() >= b"2026".as_slice())
}
