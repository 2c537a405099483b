//! Requests with a key, through the door, a real database and the sandbox.

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use futures::future::join_all;
use secrecy::ExposeSecret;
use serde_json::Value;
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_server::router;
use skillgate_tests::crm::OneContact;
use skillgate_tests::guests;
use skillgate_tests::host::{TestHost, manifest};
use std::sync::Arc;
use tower::ServiceExt;

const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Calls a guest that asks the CRM once. Returns whether the answer is a repeated one, and the answer.
async fn call(host: &TestHost, token: &str, key: &str) -> (u16, bool, Value) {
    let request = Request::post("/api/skills/reader/tools/run")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key)
        .body(Body::from("{}"))
        .unwrap();
    let answer = router(host.app.clone()).oneshot(request).await.unwrap();
    let replayed = answer.headers().contains_key("idempotency-replayed");
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), ANSWER_BYTES_MAX)
        .await
        .unwrap();
    (status, replayed, serde_json::from_slice(&body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_happen_once() {
    let crm = Arc::new(OneContact::default());
    let host = TestHost::start_forgetful(crm.clone()).await;
    let reader = guests::component("crm_reader");
    host.install(&manifest("reader", &["crm"]), &reader)
        .await
        .unwrap();
    let token = host.token(Role::Agent, "ada", TokenScope::FULL).await;
    let token = token.expose_secret();

    let asked = join_all((0..8).map(|_| call(&host, token, "a"))).await;
    let done = asked.iter().filter(|(status, ..)| *status == 200);
    let first: Vec<_> = done.clone().filter(|(_, replayed, _)| !replayed).collect();
    assert_eq!(first.len(), 1, "{asked:?}");
    assert!(done.clone().all(|(_, _, body)| *body == first[0].2));
    let mut refused = asked.iter().filter(|(status, ..)| *status != 200);
    assert!(refused.all(|(_, _, body)| body["code"] == "idempotency-in-progress"));

    assert_eq!(
        call(&host, token, "a").await,
        (200, true, first[0].2.clone())
    );
    assert_eq!(crm.calls(), (1, 0));
    assert!(!call(&host, token, "b").await.1);
    assert_eq!(crm.calls(), (2, 0));
}
