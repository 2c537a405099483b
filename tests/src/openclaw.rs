//! A planner for stories: an OpenClaw gateway on loopback.

use crate::loopback::{Asked, Loopback, lock};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::ops::Deref;
use std::sync::{Arc, Mutex};

/// The token that the gateway takes.
pub const OPENCLAW_TOKEN: &str = "gateway-token-of-a-story";

/// A gateway that comes to what it is told to. Its manner is that of [`Loopback`].
pub struct FakeOpenClaw {
    service: Loopback,
    plan: Arc<Mutex<String>>,
}

impl Deref for FakeOpenClaw {
    type Target = Loopback;

    fn deref(&self) -> &Loopback {
        &self.service
    }
}

impl FakeOpenClaw {
    /// Starts a gateway that plans to call Ada.
    pub async fn start() -> Self {
        let plan = Arc::new(Mutex::new("Call Ada.".to_owned()));
        let told = Arc::clone(&plan);
        let service = Loopback::serve(move |asked| answer(asked, &lock(&told))).await;
        Self { service, plan }
    }

    /// Goes away, as [`Loopback::stop`] says.
    pub async fn stop(self) {
        self.service.stop().await;
    }

    /// From now on comes to this.
    pub fn plans(&self, text: &str) {
        text.clone_into(&mut lock(&self.plan));
    }
}

fn answer(asked: &Asked, plan: &str) -> (StatusCode, Value) {
    match asked.line.as_str() {
        "GET /health" => (StatusCode::OK, json!({ "ok": true, "status": "live" })),
        "POST /v1/chat/completions" if asked.bearer() != Some(OPENCLAW_TOKEN) => {
            refused(StatusCode::UNAUTHORIZED)
        }
        "POST /v1/chat/completions" => completion(&asked.body["model"], plan),
        _ => refused(StatusCode::NOT_FOUND),
    }
}

/// The gateway knows its agents only; a provider's model is named in a header.
fn completion(model: &Value, plan: &str) -> (StatusCode, Value) {
    let name = model.as_str().unwrap_or_default();
    if name != "openclaw" && !name.starts_with("openclaw/") {
        return refused(StatusCode::BAD_REQUEST);
    }
    let message = json!({ "role": "assistant", "content": plan });
    let choice = json!({ "index": 0, "message": message, "finish_reason": "stop" });
    let body = json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": model,
        "choices": [choice],
    });
    (StatusCode::OK, body)
}

fn refused(status: StatusCode) -> (StatusCode, Value) {
    (
        status,
        json!({ "error": { "message": "upstream says hush" } }),
    )
}
