//! A PA Workspace for stories, on loopback: it sends nothing, and counts what it would have.

use crate::loopback::{Asked, Loopback, lock};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::ops::Deref;
use std::sync::{Arc, Mutex};

/// The host's own token there.
pub const WORKSPACE_TOKEN: &str = "workspace-token-of-a-story";

/// What was done: the token that it was done with, and what was asked for.
pub type Done = Vec<(String, Value)>;

/// A workspace. Its manner is that of [`Loopback`]; when it fails, it does nothing.
pub struct FakeWorkspace {
    service: Loopback,
    done: Arc<Mutex<Done>>,
}

impl Deref for FakeWorkspace {
    type Target = Loopback;

    fn deref(&self) -> &Loopback {
        &self.service
    }
}

impl FakeWorkspace {
    /// Starts a workspace that lets everybody act who has a token.
    pub async fn start() -> Self {
        let done = Arc::new(Mutex::new(Done::new()));
        let told = Arc::clone(&done);
        let service = Loopback::serve(move |asked| answer(asked, &mut lock(&told))).await;
        Self { service, done }
    }

    /// Goes away, as [`Loopback::stop`] says.
    pub async fn stop(self) {
        self.service.stop().await;
    }

    /// Returns everything that was done so far.
    pub fn done(&self) -> Done {
        lock(&self.done).clone()
    }
}

fn answer(asked: &Asked, done: &mut Done) -> (StatusCode, Value) {
    let wanted: &[&str] = match asked.line.as_str() {
        "GET /health/ready" => return (StatusCode::OK, json!({ "status": "ready" })),
        "POST /api/email/send" => &["paEmail", "to", "subject", "body"],
        "POST /api/calendar/log-action" => &["paEmail", "actionType", "summary", "durationMs"],
        _ => return refused(StatusCode::NOT_FOUND),
    };
    let Some(token) = asked.bearer() else {
        return refused(StatusCode::UNAUTHORIZED);
    };
    if wanted.iter().any(|name| asked.body[*name].is_null()) {
        return refused(StatusCode::BAD_REQUEST);
    }
    done.push((token.to_owned(), asked.body.clone()));
    (StatusCode::OK, json!({ "success": true, "id": done.len() }))
}

fn refused(status: StatusCode) -> (StatusCode, Value) {
    (
        status,
        json!({ "error": { "message": "upstream says hush" } }),
    )
}
