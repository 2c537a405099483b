//! Limits of one call, at their edges.

use serde_json::{Value, json};
use skillgate_app::invocations::InvokeError;
use skillgate_app::ports::{RunFailure, SandboxLimit};
use skillgate_tests::crm::OneContact;
use skillgate_tests::guests;
use skillgate_tests::host::{TestHost, manifest};
use std::sync::Arc;

async fn host(guest: &str, limits: Value) -> TestHost {
    let host = TestHost::start(Arc::new(OneContact::default())).await;
    let mut manifest = manifest("guest", &["crm"]);
    manifest["limits"] = limits;
    host.install(&manifest, &guests::component(guest))
        .await
        .unwrap();
    host
}

fn limit(result: Result<Value, InvokeError>) -> SandboxLimit {
    match result {
        Err(InvokeError::Run(RunFailure::Limit(limit))) => limit,
        other => panic!("{other:?}"),
    }
}

/// Asks for one more than the limit, where `{}` asks for exactly the limit.
fn one_more() -> Value {
    json!({ "more": true })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_the_longest_length_passes_and_one_byte_more_does_not() {
    let host = host("sized_output", json!({})).await;
    assert_eq!(
        host.call("guest", &json!({})).await.unwrap(),
        json!({ "ok": true })
    );
    assert_eq!(
        limit(host.call("guest", &one_more()).await),
        SandboxLimit::Output
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_ends_at_its_last_page() {
    let host = host("sized_memory", json!({ "memory_mib": 1 })).await;
    host.call("guest", &json!({})).await.unwrap();
    assert_eq!(
        limit(host.call("guest", &one_more()).await),
        SandboxLimit::Memory
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_call_that_never_answers_ends_with_the_wall_limit() {
    let host = host("crm_slow", json!({ "wall_ms": 60, "cpu_ms": 50 })).await;
    assert_eq!(
        limit(host.call("guest", &json!({})).await),
        SandboxLimit::Wall
    );
    // What it held is free again: more calls than there are places.
    for _ in 0..20 {
        assert_eq!(
            limit(host.call("guest", &json!({})).await),
            SandboxLimit::Wall
        );
    }
}
