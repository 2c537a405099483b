//! Around every mutating route: a request with an `Idempotency-Key` happens once.
//!
//! Such a request runs to its end even when its caller leaves, so that the caller, who cannot know how
//! far it came, gets the answer by asking again.

mod answer;

pub(crate) use answer::ShownOnce;

use crate::app::App;
use crate::auth::authenticate;
use crate::extract::{self, Authenticated};
use crate::limits::{
    BODY_READ_MAX, MODULE_BODY_BYTES_MAX, REQUESTS_MAX, UPLOAD_READ_MAX, UPLOADS_MAX,
};
use crate::problem::{Dialect, Kind, Problem};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use skillgate_app::gate::RETRY_AFTER;
use skillgate_app::idempotency::{Begun, IdempotencyKey, Keyed};
use skillgate_domain::ids::RequestId;
use skillgate_domain::limits::INPUT_BYTES_MAX;
use skillgate_domain::principal::{Door, Principal};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// The header with a caller's key.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How requests of some routes are done once.
#[derive(Clone)]
pub(crate) struct Once {
    app: App,
    /// No route of these takes a longer body.
    body_bytes_max: usize,
    body_read_max: Duration,
    /// Requests at once, those included whose caller has left.
    room: Arc<Semaphore>,
}

impl Once {
    /// For routes that take JSON.
    pub(crate) fn json(app: App) -> Self {
        Self {
            app,
            body_bytes_max: INPUT_BYTES_MAX,
            body_read_max: BODY_READ_MAX,
            room: Arc::new(Semaphore::new(REQUESTS_MAX)),
        }
    }

    /// For routes that take modules.
    pub(crate) fn uploads(app: App) -> Self {
        Self {
            app,
            body_bytes_max: MODULE_BODY_BYTES_MAX,
            body_read_max: UPLOAD_READ_MAX,
            room: Arc::new(Semaphore::new(UPLOADS_MAX)),
        }
    }

    async fn answer(
        self,
        key: IdempotencyKey,
        request: Request,
        next: Next,
    ) -> Result<Response, Problem> {
        let caller = authenticate(
            &self.app,
            Door::Http,
            request.headers(),
            request.extensions(),
        )
        .await?;
        let place = self.room.try_acquire_owned();
        let place = place.map_err(|_| Problem::new(Kind::HostBusy).retry_after(RETRY_AFTER))?;
        let (parts, body) = request.into_parts();
        let (bytes_max, read_max) = (self.body_bytes_max, self.body_read_max);
        let body = extract::read(body, bytes_max, read_max, Kind::BodyTooLarge).await?;
        let app = self.app.clone();
        let work = async move {
            let _place = place;
            once(&self.app, caller, &key, parts, body, next).await
        };
        app.to_its_end(work).await
    }
}

/// Does a request with a key once. Other requests and routes that change nothing pass.
pub(crate) async fn idempotent(State(once): State<Once>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let answer = match key(request.headers()) {
        Ok(Some(key)) => once.answer(key, request, next).await,
        Ok(None) => Ok(next.run(request).await),
        Err(problem) => Err(problem),
    };
    answer.unwrap_or_else(IntoResponse::into_response)
}

/// Returns the one key. Several are refused: two readers might pick different ones.
fn key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let mut all = headers.get_all(IDEMPOTENCY_KEY).iter();
    let (first, second) = (all.next(), all.next());
    if second.is_some() {
        return Err(Problem::new(Kind::IdempotencyKeyInvalid));
    }
    let key = first.map(|value| IdempotencyKey::parse(value.as_bytes()));
    key.transpose()
        .map_err(|rule| Problem::with_detail(Kind::IdempotencyKeyInvalid, rule))
}

async fn once(
    app: &App,
    caller: Principal,
    key: &IdempotencyKey,
    mut parts: Parts,
    body: Bytes,
    next: Next,
) -> Response {
    let keyed = Keyed {
        caller: &caller,
        key,
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        body: &body,
    };
    match app.idempotency.begin(keyed).await {
        Err(error) => Problem::from(error).into_response(),
        Ok(Begun::Again(kept)) => answer::replay(kept),
        Ok(Begun::First(claim)) => {
            let id = parts.extensions.get::<RequestId>().cloned();
            let dialect = Dialect::of(parts.uri.path());
            parts.extensions.insert(Authenticated(caller));
            let request = Request::from_parts(parts, Body::from(body));
            let response = next.run(request).await;
            let (outcome, response) = answer::read(response, id.as_ref(), dialect).await;
            if let Err(error) = app.idempotency.settle(claim, outcome).await {
                // The answer is true all the same. A repeat will be told that nobody knows.
                tracing::error!("an answer was not kept for its key: {error}");
            }
            response
        }
    }
}
