//! What agents are told over MCP where a person must confirm, and how that person can be asked in their program.

use axum::body::Body;
use axum::http::Method;
use futures::StreamExt;
use serde_json::{Value, json};
use skillgate_domain::principal::Role;
use skillgate_policy::SHIPPED;
use skillgate_tests::crm::FaultyCrm;
use skillgate_tests::host::{TestHost, admin, embedded_crm};
use skillgate_tests::http::Client;
use skillgate_tests::skills;
use std::sync::Arc;
use std::time::Duration;

const OLD: &str = "2025-11-25";
const NEW: &str = "2026-07-28";
const DEALS: &str = "@id(\"a-person-confirms-deals\") @ask
    forbid (principal is Agent, action == Action::\"crm-create\", resource == ObjectType::\"opportunity\");";
const TOOL: &str = "crm_create_lead";
/// Many times what a message takes.
const PATIENCE: Duration = Duration::from_secs(20);

struct World {
    crm: Arc<FaultyCrm>,
    host: TestHost,
    agent: Client,
    ada: Client,
}

impl World {
    /// A host that asks about deals, and takes the word of agents' programs or does not.
    async fn new(elicitation: bool) -> Self {
        let crm = Arc::new(FaultyCrm::over(embedded_crm().await));
        let mut host = TestHost::start(crm.clone()).await;
        host.app.mcp.elicitation = elicitation;
        let (manifest, component) = skills::crm();
        host.install(&manifest, &component).await.unwrap();
        let text = format!("{SHIPPED}\n{DEALS}");
        host.app.policies.put(&admin(), text, 0).await.unwrap();
        Self {
            agent: Client::of(&host, Role::Agent, "ada").await,
            ada: Client::of(&host, Role::Member, "ada").await,
            crm,
            host,
        }
    }

    /// Calls the tool in a message of its own; `more` is what the call has beside its arguments.
    async fn call(&self, capabilities: &Value, more: &Value) -> Value {
        let mut params = json!({ "name": TOOL, "arguments": lead(), "_meta": {
            "io.modelcontextprotocol/protocolVersion": NEW,
            "io.modelcontextprotocol/clientCapabilities": capabilities,
            "io.modelcontextprotocol/clientInfo": { "name": "agent", "version": "1" },
        } });
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        let body = message("tools/call", &params).to_string().into_bytes();
        let mut headers = headers(NEW);
        headers.extend([("mcp-method", "tools/call"), ("mcp-name", TOOL)]);
        let answer = self.agent.send_bytes(Method::POST, "/mcp", body, &headers);
        answer.await.with(200)["result"].clone()
    }
}

fn lead() -> Value {
    json!({ "name": "Engine", "person": { "email": "ada@engines.example", "last_name": "Lovelace" } })
}

fn message(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

fn headers(era: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        ("host", "localhost"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", era),
    ]
}

/// What the agent's program can do.
fn asks() -> Value {
    json!({ "elicitation": {} })
}

/// What the program passes on of its user's word, about a plan.
fn word(state: &Value, answer: &Value) -> Value {
    json!({ "inputResponses": { "confirm": answer }, "requestState": state })
}

fn yes() -> Value {
    json!({ "action": "accept", "content": { "confirm": true } })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_hears_what_a_person_must_confirm_and_calls_again() {
    let world = World::new(false).await;
    // Even a program that could ask its user is not to.
    let told = world.call(&asks(), &json!({})).await;
    assert_eq!(told["isError"], true);
    let content = &told["structuredContent"];
    assert_eq!(content["code"], "requires-confirmation", "{told}");
    let asked = &content["requires_confirmation"];
    assert_eq!(asked["summary"], "create contact, create opportunity");
    assert_eq!(
        asked["effects"][1]["fields"][0]["after"], "Engine",
        "{asked}"
    );
    assert!(
        asked["expires_at"].is_string() && asked["parameters"].is_string(),
        "{asked}"
    );
    // A word that nobody wanted is none.
    let passed_on = word(&asked["digest"], &yes());
    let again = world.call(&asks(), &passed_on).await;
    assert_eq!(again["structuredContent"]["code"], "requires-confirmation");
    // The agent has no door of its own to confirm it.
    let path = format!("/api/plans/{}/apply", asked["id"].as_str().unwrap());
    let seen = json!({ "digest": asked["digest"] });
    let refused = world.agent.post(&path, &seen).await.with(403);
    assert_eq!(refused["code"], "requires-confirmation");
    assert_eq!(world.crm.writes(), 0);

    let listed = world.ada.get("/api/plans").await.with(200);
    let line = &listed["plans"][0];
    assert_eq!(
        (&line["id"], &line["awaited"]),
        (&asked["id"], &json!(true))
    );
    assert_eq!(
        (&line["summary"], &line["agent"]),
        (&asked["summary"], &asked["agent"])
    );
    let applied = world.ada.post(&path, &seen).await.with(200);
    assert_eq!(applied["state"], "applied");
    let told = world.call(&json!({}), &json!({})).await;
    assert_eq!(
        told["structuredContent"]["opportunity"]["outcome"], "created",
        "{told}"
    );
    assert_eq!(world.crm.writes(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_trusted_asks_and_calls_again_with_its_users_word() {
    let world = World::new(true).await;
    // One that cannot ask is told as before.
    let told = world.call(&json!({}), &json!({})).await;
    assert_eq!(told["structuredContent"]["code"], "requires-confirmation");
    let wanted = world.call(&asks(), &json!({})).await;
    assert_eq!(wanted["resultType"], "input_required", "{wanted}");
    let question = &wanted["inputRequests"]["confirm"]["params"];
    let shown = question["message"].as_str().unwrap();
    assert!(
        shown.contains("create opportunity") && shown.contains("Engine"),
        "{shown}"
    );
    // A word to another plan, or one put off, is none.
    let state = &wanted["requestState"];
    let other = json!(format!("sha256:{}", "0".repeat(64)));
    for none in [
        word(&other, &yes()),
        word(state, &json!({ "action": "cancel" })),
    ] {
        world.call(&asks(), &none).await;
        assert_eq!(world.crm.writes(), 0);
    }
    let done = world.call(&asks(), &word(state, &yes())).await;
    assert_eq!(
        done["structuredContent"]["opportunity"]["outcome"], "created",
        "{done}"
    );
    assert_eq!(world.crm.writes(), 2);
    // Who applied it is the person, through this door.
    let applied = world.host.recorded("apply-plan").await;
    let who = &applied[0];
    assert_eq!(who["outcome"], "done", "{who}");
    assert_eq!(
        (&who["actor"]["user"], &who["origin"]["door"]),
        (&json!("ada"), &json!("mcp")),
        "{who}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_passed_on_too() {
    let world = World::new(true).await;
    let wanted = world.call(&asks(), &json!({})).await;
    let no = word(&wanted["requestState"], &json!({ "action": "decline" }));
    let told = world.call(&asks(), &no).await;
    assert_eq!(told["structuredContent"]["code"], "plan-declined", "{told}");
    let told = world.call(&asks(), &json!({})).await;
    assert_eq!(told["structuredContent"]["code"], "plan-declined", "{told}");
    assert_eq!(world.crm.writes(), 0);
}

/// Reads messages from the body of an answer until one has a part.
async fn next(body: Body, part: &str) -> (Value, Body) {
    let mut stream = body.into_data_stream();
    let mut text = String::new();
    loop {
        let chunk = tokio::time::timeout(PATIENCE, stream.next()).await;
        let chunk = chunk.expect("in time").expect("another message").unwrap();
        text += std::str::from_utf8(&chunk).unwrap();
        let messages = text.lines().filter_map(|line| line.strip_prefix("data:"));
        let mut messages = messages.filter_map(|data| serde_json::from_str::<Value>(data).ok());
        if let Some(found) = messages.find(|message| message.get(part).is_some()) {
            return (found, Body::from_stream(stream));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn inside_a_session_the_program_is_asked_while_its_call_waits() {
    let world = World::new(true).await;
    let post = async |session: Option<&str>, message: &Value| {
        let mut headers = headers(OLD);
        headers.extend(session.map(|session| ("mcp-session-id", session)));
        let body = message.to_string().into_bytes();
        world.agent.open(Method::POST, "/mcp", body, &headers).await
    };
    let hello = json!({ "protocolVersion": OLD, "capabilities": asks(),
        "clientInfo": { "name": "agent", "version": "1" } });
    let begun = post(None, &message("initialize", &hello)).await;
    let session = begun.headers()["mcp-session-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(post(Some(&session), &ready).await.status(), 202);

    let call = message("tools/call", &json!({ "name": TOOL, "arguments": lead() }));
    let answer = post(Some(&session), &call).await;
    let (question, stream) = next(answer.into_body(), "method").await;
    assert_eq!(question["method"], "elicitation/create");
    let shown = question["params"]["message"].as_str().unwrap();
    assert!(
        shown.contains("create opportunity") && shown.contains("Engine"),
        "{shown}"
    );
    assert_eq!(world.crm.writes(), 0);
    let word = json!({ "jsonrpc": "2.0", "id": question["id"], "result": yes() });
    assert_eq!(post(Some(&session), &word).await.status(), 202);
    let (last, _) = next(stream, "result").await;
    let output = &last["result"]["structuredContent"];
    assert_eq!(output["opportunity"]["outcome"], "created", "{last}");
    assert_eq!(world.crm.writes(), 2);
}
