//! A CRM to test with: stopped clock that ticks per request, counted ids, no request budget.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::body::Body;
use axum::http::{Request, Response};
use chrono::{DateTime, Utc};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use skillgate_crm_embedded::{EmbeddedCrm, Generation, Options};
use tower::ServiceExt;
use uuid::Uuid;

/// The key every test uses.
pub(crate) const KEY: &str = "test-key";
/// 2026-11-20T12:00:00Z, in milliseconds.
const START_MS: i64 = 1_795_176_000_000;

/// A status and a JSON body (`Null` when empty).
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) body: Value,
}

/// A CRM, its clock, and a way to call it.
pub(crate) struct TestCrm {
    pub(crate) crm: EmbeddedCrm,
    clock_ms: Arc<AtomicI64>,
}

impl TestCrm {
    pub(crate) async fn new() -> Self {
        Self::with(|options| options.budgets.clear()).await
    }

    pub(crate) async fn newer() -> Self {
        Self::with(|options| {
            options.budgets.clear();
            options.generation = Generation::Newer;
        })
        .await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let clock_ms = Arc::new(AtomicI64::new(START_MS));
        let ids = AtomicU64::new(1);
        let time = Arc::clone(&clock_ms);
        let clock = move || -> DateTime<Utc> {
            DateTime::from_timestamp_millis(time.load(Ordering::Relaxed)).unwrap()
        };
        let next_id = move || {
            let low = u128::from(ids.fetch_add(1, Ordering::Relaxed));
            Uuid::from_u128(0x0000_0000_0000_4000_8000_0000_0000_0000 | low)
        };
        let mut options = Options::in_memory(KEY.into(), Arc::new(clock), Arc::new(next_id));
        change(&mut options);
        Self {
            crm: EmbeddedCrm::open(options).await.unwrap(),
            clock_ms,
        }
    }

    pub(crate) fn advance(&self, ms: i64) {
        self.clock_ms.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        self.advance(1);
        let response: Response<Body> = self.crm.router().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {KEY}"));
        let request = match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        self.send(request.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call("PATCH", path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, None).await
    }

    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Value {
        let answer = self
            .post("/graphql", json!({"query": query, "variables": variables}))
            .await;
        assert_eq!(answer.status, 200);
        answer.body
    }

    /// Creates a record and returns it.
    pub(crate) async fn create(&self, objects: &str, body: Value) -> Value {
        let answer = self.post(&format!("/rest/{objects}"), body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["data"]
            .as_object()
            .unwrap()
            .values()
            .next()
            .unwrap()
            .clone()
    }

    /// Creates a person called `first last` and returns the id.
    pub(crate) async fn person(&self, first: &str, last: &str) -> String {
        let body = json!({"name": {"firstName": first, "lastName": last}});
        text(&self.create("people", body).await["id"])
    }

    /// Lists the last names a query finds, in order.
    pub(crate) async fn last_names(&self, query: &str) -> Vec<String> {
        let answer = self.get(&format!("/rest/people?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        let people = answer.body["data"]["people"].as_array().unwrap();
        people
            .iter()
            .map(|person| text(&person["name"]["lastName"]))
            .collect()
    }
}

pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("text expected, got {value}"))
        .to_owned()
}

/// Returns the one message of a refusal.
pub(crate) fn message(answer: &Answer) -> String {
    text(&answer.body["messages"][0])
}
