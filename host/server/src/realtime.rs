//! Real time: what a community is told reaches those of its people who are connected by Socket.IO.
//!
//! Invariants: who hears what, the server decides, from the token; a client names no community and no room. What is
//! told is read from the database, in order, by every host for its own sockets: none needs another, and what was kept
//! before a host died is told by the others. Nobody hears what became true after their right to it ended.

mod connected;
mod follow;
mod handshake;
mod handshakes;

use crate::app::App;
use crate::auth::identify;
use crate::limits::{
    BODY_READ_MAX, SOCKET_BUFFER_MAX, SOCKET_CONNECT_MAX, SOCKET_MESSAGE_BYTES_MAX,
    SOCKET_POLLS_MAX,
};
use crate::problem::{Kind, Problem};
use crate::shed::busy;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::any_service;
use connected::Connected;
use handshakes::Handshakes;
use http::Method;
use secrecy::{ExposeSecret, SecretString};
use skillgate_domain::event::Audience;
use skillgate_domain::principal::{Origin, Principal};
use socketioxide::SocketIo;
use socketioxide::extract::{SocketRef, TryData};
use socketioxide::handler::ConnectHandler;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// The path that clients of Socket.IO ask by default.
const PATH: &str = "/socket.io/";

/// The sockets of this host, and what they need.
struct Realtime {
    app: App,
    connected: Connected,
    handshakes: Handshakes,
    polls: Semaphore,
}

/// Whom a socket speaks for, and how it showed that.
struct Bearer {
    credential: SecretString,
    origin: Origin,
}

/// Builds the route of real time.
pub(crate) fn routes(app: &App) -> Router<App> {
    let realtime = Arc::new(Realtime {
        app: app.clone(),
        connected: Connected::default(),
        handshakes: Handshakes::default(),
        polls: Semaphore::new(SOCKET_POLLS_MAX),
    });
    let (service, io) = SocketIo::builder()
        .connect_timeout(SOCKET_CONNECT_MAX)
        .max_payload(SOCKET_MESSAGE_BYTES_MAX as u64)
        .ws_max_message_size(SOCKET_MESSAGE_BYTES_MAX)
        .ws_max_frame_size(SOCKET_MESSAGE_BYTES_MAX)
        .max_buffer_size(SOCKET_BUFFER_MAX)
        .build_svc();
    let asked = Arc::clone(&realtime);
    let let_in = move |socket: SocketRef, auth: TryData<handshake::Auth>| {
        let realtime = Arc::clone(&asked);
        async move { realtime.let_in(&socket, auth.0.ok()).await }
    };
    let joined = Arc::clone(&realtime);
    let join = move |io: SocketIo, socket: SocketRef| {
        let realtime = Arc::clone(&joined);
        async move { realtime.join(io, socket) }
    };
    io.ns("/", join.with(let_in));
    let service = any_service(service).layer(from_fn_with_state(realtime, admit));
    Router::new().route(PATH, service)
}

/// Lets a request through while there is room for its kind: those who poll keep nobody from anything else.
async fn admit(State(realtime): State<Arc<Realtime>>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let has = |what: &str| query.split('&').any(|part| part.starts_with(what));
    match (request.method(), has("sid=")) {
        (&Method::GET, false) if !realtime.handshakes.begin(Instant::now()) => busy(),
        (&Method::GET, true) if has("transport=polling") => match realtime.polls.try_acquire() {
            Ok(_place) => next.run(request).await,
            Err(_) => busy(),
        },
        // What a client has to say is little; whoever takes long for it only holds a connection.
        _ => tokio::time::timeout(BODY_READ_MAX, next.run(request))
            .await
            .unwrap_or_else(|_| Problem::new(Kind::RequestTimeout).into_response()),
    }
}

impl Realtime {
    /// Tells who is connected, and what they may hear, as it is now.
    async fn hears(&self, bearer: &Bearer) -> Result<(Principal, Audience), Problem> {
        let (credential, origin) = (bearer.credential.expose_secret(), bearer.origin.clone());
        let caller = identify(&self.app, credential, origin).await?;
        let audience = self.app.events.audience(&caller, &caller.community);
        let audience = audience.await?;
        Ok((caller, audience))
    }
}
