//! Agents at the door of a whole host: what is taken away while they are connected, and what they let go of.

use axum::http::Method;
use serde_json::{Value, json};
use skillgate_domain::grant::Grant;
use skillgate_domain::principal::Role;
use skillgate_tests::crm::OneContact;
use skillgate_tests::guests;
use skillgate_tests::host::{TestHost, admin, manifest};
use skillgate_tests::http::Client;
use std::sync::Arc;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(20);
const VERSION: &str = "2026-07-28";

/// Sends a message as agents do that have no session; returns what it was answered with.
async fn ask(client: &Client, method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "agent", "version": "1" },
    });
    let name = params["name"].as_str().unwrap_or_default().to_owned();
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let mut headers = vec![
        ("host", "localhost"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", VERSION),
        ("mcp-method", method),
    ];
    if !name.is_empty() {
        headers.push(("mcp-name", &name));
    }
    let body = message.to_string().into_bytes();
    let answer = client.send_bytes(Method::POST, "/mcp", body, &headers);
    answer.await.with(200)
}

async fn tools(client: &Client) -> Vec<Value> {
    let listed = ask(client, "tools/list", json!({})).await;
    let listed = listed["result"]["tools"].as_array().unwrap().iter();
    listed.map(|tool| tool["name"].clone()).collect()
}

fn call() -> Value {
    json!({ "name": "reader_run", "arguments": {} })
}

/// A host with a guest that reads on and on, until it may not any more.
async fn reading() -> (Arc<OneContact>, TestHost, Grant) {
    let crm = Arc::new(OneContact::default());
    let host = TestHost::start_forgetful(crm.clone()).await;
    let mut guest = manifest("reader", &["crm", "clock"]);
    guest["limits"] = json!({ "cpu_ms": 2000, "crm_reads": 200 });
    let component = guests::component("reads_on");
    let grant = host.install(&guest, &component).await.unwrap();
    (crm, host, grant)
}

/// Waits until the guest has read a few times.
async fn reads(crm: &OneContact, host: &TestHost) {
    while crm.calls().0 < 3 {
        host.clock.advance(TICK);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stopped_while_an_agent_is_connected_goes_from_its_list_and_fails_at_once() {
    let (crm, host, grant) = reading().await;
    let agent = Client::of(&host, Role::Member, "mia").await;
    assert_eq!(tools(&agent).await, ["reader_run"]);
    let stop = async {
        reads(&crm, &host).await;
        let modules = &host.app.modules;
        modules.freeze(&admin(), &grant.skill).await.unwrap();
        loop {
            host.clock.advance(TICK);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let called = tokio::select! {
        called = ask(&agent, "tools/call", call()) => called,
        () = stop => unreachable!("it waits for the call"),
    };
    let result = &called["result"];
    assert_eq!(result["isError"], true, "{called}");
    assert_eq!(
        result["structuredContent"]["code"], "tool-denied",
        "{called}"
    );
    assert!(tools(&agent).await.is_empty());
    let again = ask(&agent, "tools/call", call()).await;
    assert_eq!(again["error"]["code"], -32602, "{again}");
    let modules = &host.app.modules;
    modules.unfreeze(&admin(), &grant.skill).await.unwrap();
    assert_eq!(tools(&agent).await, ["reader_run"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_goes_away_takes_its_call_with_it() {
    let (crm, host, _) = reading().await;
    let agent = Client::of(&host, Role::Member, "mia").await;
    tokio::select! {
        ended = ask(&agent, "tools/call", call()) => panic!("{ended}"),
        () = reads(&crm, &host) => {}
    }
    // The guest is gone before it has read as often as it may.
    let mut recorded = Vec::new();
    while recorded.is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
        recorded = host.recorded("invoke-skill").await;
    }
    assert_eq!(recorded[0]["outcome"], "cancelled", "{recorded:?}");
    assert!(crm.calls().0 < 200);
}
