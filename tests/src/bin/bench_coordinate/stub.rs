//! A CRM that has everything ready: it answers what was asked before from memory, after a set time.

use axum::Router;
use axum::body::Bytes;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tower::ServiceExt;

/// Longest request, in bytes.
const REQUEST_BYTES_MAX: usize = 64 * 1024;

/// A CRM in front of another one, which it asks each thing once.
pub(crate) struct Stub {
    behind: Router,
    known: Mutex<HashMap<(String, Bytes), Answer>>,
    asked: AtomicU64,
    delay: Mutex<Duration>,
    last: Mutex<Option<Asked>>,
}

/// A request.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Bytes,
}

#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Stub {
    pub(crate) fn over(behind: Router) -> Arc<Self> {
        Arc::new(Self {
            behind,
            known: Mutex::default(),
            asked: AtomicU64::new(0),
            delay: Mutex::default(),
            last: Mutex::default(),
        })
    }

    pub(crate) fn router(self: &Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(Arc::clone(self))
    }

    /// From now on answers after so long.
    pub(crate) fn delays(&self, delay: Duration) {
        *lock(&self.delay) = delay;
    }

    /// Returns how many requests came.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Returns the last request that was asked for the first time.
    pub(crate) fn last(&self) -> Option<Asked> {
        lock(&self.last).clone()
    }
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(State(stub): State<Arc<Stub>>, request: Request) -> Response {
    stub.asked.fetch_add(1, Ordering::Relaxed);
    let (head, body) = request.into_parts();
    let body = to_bytes(body, REQUEST_BYTES_MAX).await.unwrap_or_default();
    let key = (format!("{} {}", head.method, head.uri), body.clone());
    let known = lock(&stub.known).get(&key).cloned();
    let answer = if let Some(answer) = known {
        answer
    } else {
        *lock(&stub.last) = Some(Asked {
            method: head.method.clone(),
            path: head.uri.to_string(),
            body: body.clone(),
        });
        let asked = Request::from_parts(head, Body::from(body));
        let Ok(response) = stub.behind.clone().oneshot(asked).await;
        let (head, body) = response.into_parts();
        let answer = Answer {
            status: head.status,
            headers: head.headers,
            body: to_bytes(body, usize::MAX).await.unwrap_or_default(),
        };
        lock(&stub.known).insert(key, answer.clone());
        answer
    };
    let delay = *lock(&stub.delay);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}
