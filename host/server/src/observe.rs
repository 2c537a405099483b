//! Around every request: its id, its one log line, and the body of its problem if it has one.

mod trace;

use crate::app::App;
use crate::problem::{Dialect, Problem};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use skillgate_domain::ids::RequestId;
use tokio::time::Instant;
use tracing::Instrument;

/// The header that names a request.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names the request, runs it, writes its problem, logs it.
pub(crate) async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(&app, request.headers());
    let method = request.method().clone();
    let dialect = Dialect::of(request.uri().path());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    request.extensions_mut().insert(id.clone());
    let span = tracing::info_span!("http", request.id = id.as_str());
    trace::continue_trace(&span, request.headers());
    let response = next.run(request).instrument(span).await;
    let response = finish(response, &id, dialect);
    let (status, took) = (response.status(), started.elapsed());
    app.monitoring.metrics.http(&method, route, status, took);
    let (status, route) = (status.as_u16(), route.unwrap_or("-"));
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(
        http.method = method.as_str(),
        http.route = route,
        http.status = status,
        http.duration_ms = duration_ms,
        request.id = id.as_str(),
        "{method} {route} answered {status}"
    );
    response
}

/// The caller's id if it is a sane one, else a new one.
fn request_id(app: &App, headers: &HeaderMap) -> RequestId {
    let mut given = headers.get_all(X_REQUEST_ID).iter();
    let (first, second) = (given.next(), given.next());
    first
        .filter(|_| second.is_none())
        .and_then(|value| RequestId::parse(value.to_str().ok()?).ok())
        .unwrap_or_else(|| new_request_id(app))
}

/// Makes an id for a request that has none.
pub(crate) fn new_request_id(app: &App) -> RequestId {
    RequestId::parse(&app.entropy.uuid().to_string()).expect("a UUID is a request id")
}

fn finish(mut response: Response, id: &RequestId, dialect: Dialect) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        problem.write(&mut response, id, dialect);
    }
    let headers = response.headers_mut();
    let value = HeaderValue::from_str(id.as_str()).expect("a request id is visible ASCII");
    headers.insert(X_REQUEST_ID, value);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}
