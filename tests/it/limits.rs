//! Limits of one call, at their edges.

use serde_json::{Value, json};
use skillgate_app::budgets::{RECOUNT_EVERY, WINDOW, WriteLimits};
use skillgate_app::invocations::InvokeError;
use skillgate_app::ports::{RunFailure, SandboxLimit, ToolErrorCode};
use skillgate_tests::crm::OneContact;
use skillgate_tests::host::{Setup, TestHost, agent, embedded_crm, manifest};
use skillgate_tests::{guests, skills};
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

#[tokio::test(flavor = "multi_thread")]
async fn the_writes_of_an_hour_end_and_come_back() {
    let setup = Setup {
        writes: WriteLimits {
            skill_per_hour: 4,
            community_per_hour: 100,
        },
        ..Setup::default()
    };
    let host = TestHost::start_with(embedded_crm().await, setup).await;
    let (manifest, component) = skills::crm();
    host.install(&manifest, &component).await.unwrap();
    let lead = async |name: &str| {
        let input = json!({
            "name": name,
            "person": { "email": format!("{name}@{name}.example") },
            "company": { "name": name, "domain": format!("{name}.example") },
        });
        let made = host.call_tool(&agent(), "crm", "create_lead", &input).await;
        made.map(drop).map_err(|error| match error {
            InvokeError::Run(RunFailure::Tool(error)) => error.code,
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(lead("ada").await, Ok(()));
    assert_eq!(lead("bea").await, Err(ToolErrorCode::BudgetExhausted));
    host.clock.advance(WINDOW + RECOUNT_EVERY);
    assert_eq!(lead("bea").await, Ok(()), "it goes on from what was there");
}
