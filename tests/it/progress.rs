//! How far a call has come, told to the agent that waits for it.

use axum::http::Method;
use futures::StreamExt;
use serde_json::{Value, json};
use skillgate_domain::principal::Role;
use skillgate_tests::host::{SetClock, Setup, TestHost, embedded_crm};
use skillgate_tests::http::Client;
use skillgate_tests::outside::{Service, answer, way_out};
use skillgate_tests::skills;
use std::sync::Arc;
use std::time::Duration;

const VERSION: &str = "2026-07-28";
const TIMES: u64 = 4;

/// A host with a courier, and a service that takes longer to answer than agents are told in.
async fn host() -> (TestHost, Service) {
    let service = Service::serve(|_| {
        std::thread::sleep(Duration::from_millis(150));
        answer(200, &[], "hello")
    });
    let service = service.await;
    let setup = Setup {
        http: Some(way_out(&["127.0.0.1"], Arc::new(SetClock::at_noon()))),
        ..Setup::default()
    };
    let host = TestHost::start_with(embedded_crm().await, setup).await;
    let (mut manifest, component) = skills::courier();
    let rule = format!("GET {}/**", service.origin());
    manifest["capabilities"]["http"] = json!([{ "allow": rule }]);
    host.install(&manifest, &component).await.unwrap();
    (host, service)
}

/// Calls the courier; returns every message of the answer.
async fn messages(agent: &Client, service: &Service, token: Option<&str>) -> Vec<Value> {
    let mut meta = json!({
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "agent", "version": "1" },
    });
    if let Some(token) = token {
        meta["progressToken"] = token.into();
    }
    let url = format!("{}/a", service.origin());
    let input = json!({ "method": "GET", "url": url, "times": TIMES });
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": "courier_send", "arguments": input, "_meta": meta } });
    let headers = [
        ("host", "localhost"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", VERSION),
        ("mcp-method", "tools/call"),
        ("mcp-name", "courier_send"),
    ];
    let body = call.to_string().into_bytes();
    let answer = agent.open(Method::POST, "/mcp", body, &headers).await;
    assert_eq!(answer.status(), 200);
    let chunks = answer.into_body().into_data_stream();
    let bytes: Vec<u8> = chunks
        .flat_map(|chunk| futures::stream::iter(chunk.unwrap().to_vec()))
        .collect()
        .await;
    let text = String::from_utf8(bytes).unwrap();
    let data = text
        .lines()
        .map(|line| line.strip_prefix("data:").unwrap_or(line));
    data.filter_map(|data| serde_json::from_str(data).ok())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_asks_for_it_hears_how_far_its_call_has_come() {
    let (host, service) = host().await;
    let agent = Client::of(&host, Role::Agent, "ada").await;
    let messages = messages(&agent, &service, Some("p1")).await;
    let (answer, told) = messages.split_last().unwrap();
    assert_eq!(
        answer["result"]["structuredContent"]["status"], 200,
        "{answer}"
    );
    let mut last = None;
    for notification in told {
        assert_eq!(notification["method"], "notifications/progress");
        let params = &notification["params"];
        let done = params["progress"].as_f64();
        assert_eq!(
            (&params["progressToken"], params["total"].as_f64()),
            (&json!("p1"), Some(4.0))
        );
        assert!(
            params["message"]
                .as_str()
                .unwrap()
                .starts_with("Sending number ")
        );
        assert!(last < done, "{told:?}");
        last = done;
    }
    assert!(told.len() >= 2, "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_ask_for_it_hears_nothing() {
    let (host, service) = host().await;
    let agent = Client::of(&host, Role::Agent, "ada").await;
    let messages = messages(&agent, &service, None).await;
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(messages[0]["result"]["structuredContent"]["status"], 200);
}
