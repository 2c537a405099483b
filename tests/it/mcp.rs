//! Agents at the door of a whole host: what is taken away while they are connected, and what they let go of.

use axum::http::Method;
use serde_json::{Value, json};
use skillgate_domain::principal::Role;
use skillgate_tests::host::admin;
use skillgate_tests::http::Client;
use skillgate_tests::reading::Reading;
use std::time::Duration;

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

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stopped_while_an_agent_is_connected_goes_from_its_list_and_fails_at_once() {
    let reading = Reading::prepare().await;
    let Reading { host, grant, .. } = &reading;
    let agent = Client::of(host, Role::Member, "mia").await;
    assert_eq!(tools(&agent).await, ["reader_run"]);
    let stop = async {
        reading.begun().await;
        let modules = &host.app.modules;
        modules.freeze(&admin(), &grant.skill).await.unwrap();
        loop {
            reading.tick().await;
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
    let reading = Reading::prepare().await;
    let Reading { crm, host, .. } = &reading;
    let agent = Client::of(host, Role::Member, "mia").await;
    tokio::select! {
        ended = ask(&agent, "tools/call", call()) => panic!("{ended}"),
        () = reading.begun() => {}
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
