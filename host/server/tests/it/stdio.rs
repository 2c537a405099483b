//! The door for agents that start the program themselves.

use crate::world::World;
use serde_json::{Value, json};
use skillgate_domain::principal::Role;
use skillgate_server::limits::MCP_MESSAGES_MAX;
use skillgate_server::{AgentError, serve_agent};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const OLD: &str = "2025-11-25";
const NEW: &str = "2026-07-28";
/// How long nothing may be heard that was to be told: many times what it takes.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes on their way between both ends.
const PIPE_BYTES: usize = 1024 * 1024;

/// An agent at the other end of standard input and output.
struct Agent {
    output: WriteHalf<DuplexStream>,
    input: BufReader<ReadHalf<DuplexStream>>,
    serving: JoinHandle<Result<(), AgentError>>,
    shutdown: CancellationToken,
}

impl Agent {
    fn start(world: &World, token: &str) -> Self {
        let (here, there) = tokio::io::duplex(PIPE_BYTES);
        let (app, token) = (world.app.clone(), token.to_owned().into());
        let shutdown = CancellationToken::new();
        let told = shutdown.clone();
        let serving = async move {
            let ends = tokio::io::split(there);
            serve_agent(&app, token, ends, told.cancelled()).await
        };
        let (input, output) = tokio::io::split(here);
        #[expect(
            clippy::disallowed_methods,
            reason = "a test waits for it where that matters"
        )]
        let serving = tokio::spawn(serving);
        Self {
            output,
            input: BufReader::new(input),
            serving,
            shutdown,
        }
    }

    /// Begins a session of the older era.
    async fn begin(world: &World, token: &str) -> Self {
        let mut agent = Self::start(world, token);
        let hello = json!({ "protocolVersion": OLD, "capabilities": {},
            "clientInfo": { "name": "agent", "version": "1" } });
        let begun = agent.ask("initialize", hello).await;
        assert_eq!(begun["result"]["protocolVersion"], OLD, "{begun}");
        agent.tell("notifications/initialized").await;
        agent
    }

    async fn write(&mut self, line: &str) {
        self.output.write_all(line.as_bytes()).await.unwrap();
        self.output.write_all(b"\n").await.unwrap();
    }

    async fn tell(&mut self, method: &str) {
        let message = json!({ "jsonrpc": "2.0", "method": method });
        self.write(&message.to_string()).await;
    }

    async fn send(&mut self, id: usize, method: &str, params: Value) {
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.write(&message.to_string()).await;
    }

    /// Reads a message; nothing, where no more come.
    async fn read(&mut self) -> Option<Value> {
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, self.input.read_line(&mut line));
        let read = read.await.expect("it is not silent").unwrap();
        (read > 0).then(|| serde_json::from_str(&line).unwrap())
    }

    /// Sends a message and returns its answer.
    async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.send(7, method, params).await;
        loop {
            let message = self.read().await.unwrap();
            if message["id"] == 7 {
                return message;
            }
        }
    }

    /// Sends a message of the newer era and returns its answer.
    async fn ask_new(&mut self, method: &str, mut params: Value) -> Value {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": NEW,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": { "name": "agent", "version": "1" },
        });
        self.ask(method, params).await
    }

    /// Closes its end; returns how the other one ended.
    async fn leave(mut self) -> Result<(), AgentError> {
        self.output.shutdown().await.unwrap();
        self.ended().await
    }

    async fn ended(self) -> Result<(), AgentError> {
        let ended = tokio::time::timeout(PATIENCE, self.serving).await;
        ended.expect("it ends").unwrap()
    }
}

fn say(text: &str) -> Value {
    json!({ "name": "echo_say", "arguments": { "text": text } })
}

#[tokio::test]
async fn both_eras_call_tools_on_lines() {
    let (world, token) = World::with_echo().await;
    let mut old = Agent::begin(&world, &token).await;
    let listed = old.ask("tools/list", json!({})).await;
    assert_eq!(listed["result"]["tools"][0]["name"], "echo_say", "{listed}");
    assert!(listed["result"].get("ttlMs").is_none(), "{listed}");
    let said = old.ask("tools/call", say("hi")).await;
    let content = &said["result"]["structuredContent"];
    assert_eq!(content, &json!({ "text": "hi" }), "{said}");
    assert_eq!(old.leave().await, Ok(()));

    let mut new = Agent::start(&world, &token);
    let found = new.ask_new("server/discover", json!({})).await;
    let versions = found["result"]["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&json!(NEW)), "{found}");
    let listed = new.ask_new("tools/list", json!({})).await;
    assert_eq!(listed["result"]["cacheScope"], "private", "{listed}");
    let said = new.ask_new("tools/call", say("hi")).await;
    let content = &said["result"]["structuredContent"];
    assert_eq!(content, &json!({ "text": "hi" }), "{said}");
    assert_eq!(new.leave().await, Ok(()));

    let leaves = world.audit.kept().records.clone().into_iter();
    let leaves = leaves.map(|record| serde_json::from_str::<Value>(&record.leaf).unwrap());
    let calls = leaves.filter(|leaf| leaf["action"] == "invoke-skill");
    let calls: Vec<_> = calls.collect();
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().all(|leaf| leaf["origin"]["door"] == "mcp"));
    let request = |at: usize| calls[at]["origin"]["request"].clone();
    assert_ne!(request(0), request(1));
}

#[tokio::test]
async fn a_token_that_is_taken_back_is_refused_at_the_next_message() {
    let (world, token) = World::with_echo().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let mut agent = Agent::begin(&world, &token).await;
    let said = agent.ask("tools/call", say("hi")).await;
    assert_eq!(said["result"]["isError"], false, "{said}");

    let listed = world.get("/api/tokens", &admin).await;
    let tokens = listed.body["tokens"].as_array().unwrap();
    let mine = tokens.iter().find(|token| token["user"] == "mia").unwrap();
    let path = format!("/api/tokens/{}", mine["id"].as_str().unwrap());
    assert!(world.delete(&path, &admin).await.status.is_success());

    for (method, params) in [("tools/call", say("hi")), ("tools/list", json!({}))] {
        let refused = agent.ask(method, params).await;
        let error = &refused["error"];
        assert_eq!(error["code"], -32600, "{refused}");
        assert_eq!(error["data"]["code"], "token-not-valid", "{refused}");
    }
    let calls = |line: &&String| line.contains("invoke-skill");
    assert_eq!(world.audit.lines().iter().filter(calls).count(), 1);
    assert_eq!(agent.leave().await, Ok(()));

    let mut late = Agent::start(&world, &token);
    let params = json!({ "protocolVersion": OLD, "capabilities": {},
        "clientInfo": { "name": "agent", "version": "1" } });
    let refused = late.ask("initialize", params).await;
    assert_eq!(refused["error"]["data"]["code"], "token-not-valid");
    assert!(matches!(late.ended().await, Err(AgentError::Refused(_))));
}

#[tokio::test]
async fn an_agent_is_told_that_its_tools_are_others() {
    let (world, token) = World::with_echo().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let freeze = async |verb: &str| {
        let path = format!("/api/skills/echo/{verb}");
        let done = world.post(&path, &admin, &json!({})).await;
        assert!(done.status.is_success(), "{}", done.text);
    };
    let mut old = Agent::begin(&world, &token).await;
    old.ask("tools/list", json!({})).await;
    freeze("freeze").await;
    let told = old.read().await.unwrap();
    assert_eq!(told["method"], "notifications/tools/list_changed");
    let listed = old.ask("tools/list", json!({})).await;
    assert_eq!(listed["result"]["tools"], json!([]));
    assert_eq!(old.leave().await, Ok(()));

    let mut new = Agent::start(&world, &token);
    new.ask_new("tools/list", json!({})).await;
    let wanted = json!({ "notifications": { "toolsListChanged": true }, "_meta": {
        "io.modelcontextprotocol/protocolVersion": NEW,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "agent", "version": "1" } } });
    new.send(8, "subscriptions/listen", wanted).await;
    let accepted = new.read().await.unwrap();
    let method = "notifications/subscriptions/acknowledged";
    assert_eq!(accepted["method"], method, "{accepted}");
    freeze("unfreeze").await;
    let told = new.read().await.unwrap();
    assert_eq!(told["method"], "notifications/tools/list_changed");
    // Whoever listens keeps nothing from ending.
    assert_eq!(new.leave().await, Ok(()));
}

#[tokio::test]
async fn what_is_no_message_ends_nothing_and_what_is_too_long_ends_all() {
    let (world, token) = World::with_echo().await;
    let mut agent = Agent::begin(&world, &token).await;
    for line in ["", "hello", "{", "{\"jsonrpc\":", "\u{0}", "[]"] {
        agent.write(line).await;
    }
    agent.write("{\"jsonrpc\":\"2.0\",\"id\":1}").await;
    let said = agent.ask("tools/call", say("hi")).await;
    assert_eq!(said["result"]["isError"], false, "{said}");

    // As much as a message may have is read, whatever becomes of it.
    let frame = |text: &str| {
        let message = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call",
            "params": say(text) });
        message.to_string()
    };
    let most = skillgate_domain::limits::INPUT_BYTES_MAX + skillgate_server::limits::BODY_BYTES_MAX
        - frame("").len();
    let read = agent.ask("tools/call", say(&"x".repeat(most))).await;
    let code = &read["result"]["structuredContent"]["code"];
    assert_eq!(code, "input-too-long", "{code}");
    let line = frame(&"x".repeat(most + 1));
    agent.write(&line).await;
    assert_eq!(agent.read().await, None);
    assert_eq!(agent.ended().await, Err(AgentError::TooLong));
}

#[tokio::test]
async fn an_agent_that_begins_otherwise_is_not_served() {
    let (world, token) = World::with_echo().await;
    let mut agent = Agent::start(&world, &token);
    agent.tell("notifications/initialized").await;
    assert_eq!(agent.ended().await, Err(AgentError::NotBegun));
    // Whoever says nothing has ended, too.
    assert_eq!(Agent::start(&world, &token).leave().await, Ok(()));
    let agent = Agent::start(&world, &token);
    agent.shutdown.cancel();
    assert_eq!(agent.ended().await, Ok(()));
    let agent = Agent::begin(&world, &token).await;
    agent.shutdown.cancel();
    assert_eq!(agent.ended().await, Ok(()));
}

#[tokio::test]
async fn a_message_too_many_is_told_to_come_back() {
    let (world, token) = World::with_echo().await;
    let mut agent = Agent::start(&world, &token);
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": NEW,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "agent", "version": "1" },
    });
    // Each of them is answered when it is over, and none is.
    for id in 0..=MCP_MESSAGES_MAX {
        let wanted = json!({ "notifications": { "toolsListChanged": true }, "_meta": meta });
        agent.send(100 + id, "subscriptions/listen", wanted).await;
    }
    let mut accepted = 0;
    let refused = loop {
        let message = agent.read().await.unwrap();
        if message["error"].is_object() {
            break message;
        }
        accepted += 1;
        assert!(accepted <= MCP_MESSAGES_MAX);
    };
    assert_eq!(refused["error"]["data"]["code"], "host-busy", "{refused}");
    assert_eq!(agent.leave().await, Ok(()));
}
