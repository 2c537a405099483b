//! How many requests are worked on at once. More are told to come back, rather than pile up.

use crate::problem::{Kind, Problem};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use skillgate_app::gate::RETRY_AFTER;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Lets a request through while there is room.
pub(crate) async fn shed(
    State(room): State<Arc<Semaphore>>,
    request: Request,
    next: Next,
) -> Response {
    match room.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => busy(),
    }
}

/// Tells a caller to come back.
pub(crate) fn busy() -> Response {
    Problem::new(Kind::HostBusy)
        .retry_after(RETRY_AFTER)
        .into_response()
}
