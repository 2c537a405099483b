//! The door for agents that speak the Model Context Protocol.

use crate::world::{Answer, Behaviour, World, manifest};
use axum::body::Body;
use http::Request;
use http::request::Builder;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use skillgate_app::ports::RunFailure;
use skillgate_domain::principal::Role;
use skillgate_server::ResourceUrl;
use skillgate_server::limits::{MCP_PAGE_TOOLS, MCP_SESSIONS_MAX, MCP_SESSIONS_OF_CALLER_MAX};
use std::time::Duration;
use tower::ServiceExt;

const OLD: &str = "2025-11-25";
/// How long nothing may be heard that was to be told: many times what it takes.
const PATIENCE: Duration = Duration::from_secs(20);
const NEW: &str = "2026-07-28";

/// A message as agents of an era send it.
fn message(era: &str, method: &str, mut params: Value) -> Value {
    if era == NEW {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": NEW,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": { "name": "agent", "version": "1" },
        });
    }
    let mut message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
    if !method.starts_with("notifications/") {
        message["id"] = 7.into();
    }
    message
}

fn hello() -> Value {
    json!({ "protocolVersion": OLD, "capabilities": {},
        "clientInfo": { "name": "agent", "version": "1" } })
}

fn request(era: &str, message: &Value) -> Builder {
    let request = Request::post("/mcp")
        .header("host", "127.0.0.1:8787")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", era);
    if era == OLD {
        return request;
    }
    let request = request.header("mcp-method", message["method"].as_str().unwrap());
    let named = match message["method"].as_str() {
        Some("resources/read") => "uri",
        _ => "name",
    };
    match message["params"][named].as_str() {
        Some(name) => request.header("mcp-name", name),
        None => request,
    }
}

/// An agent of an era.
struct Agent<'a> {
    world: &'a World,
    era: &'static str,
    token: String,
    session: Option<String>,
}

impl<'a> Agent<'a> {
    /// Begins a session, if its era has any.
    async fn connect(world: &'a World, era: &'static str, token: &str) -> Self {
        let (token, session) = (token.to_owned(), None);
        let mut agent = Self {
            world,
            era,
            token,
            session,
        };
        if era == OLD {
            let begun = agent.ask("initialize", hello()).await;
            assert_eq!(begun.status, 200, "{}", begun.text);
            agent.session = begun.header("mcp-session-id").map(str::to_owned);
            let ready = agent.ask("notifications/initialized", json!({})).await;
            assert_eq!(ready.status, 202, "{}", ready.text);
        }
        agent
    }

    fn token_of(agent: Option<&Self>) -> String {
        agent.map(|agent| agent.token.clone()).unwrap()
    }

    fn with_session(&self, request: Builder) -> Builder {
        let request = request.header("authorization", format!("Bearer {}", self.token));
        match &self.session {
            Some(session) => request.header("mcp-session-id", session),
            None => request,
        }
    }

    async fn ask(&self, method: &str, params: Value) -> Answer {
        let message = message(self.era, method, params);
        let request = self.with_session(request(self.era, &message));
        let body = Body::from(message.to_string());
        let mut answer = self.world.send(request.body(body).unwrap()).await;
        if answer.header("content-type") == Some("text/event-stream") {
            answer.body = events(&answer.text).pop().unwrap();
        }
        answer
    }

    /// Returns what a message was answered with.
    async fn result(&self, method: &str, params: Value) -> Value {
        let answer = self.ask(method, params).await;
        assert_eq!(answer.status, 200, "{method}: {}", answer.text);
        assert_eq!(answer.body["id"], 7, "{method}: {}", answer.text);
        let error = answer.body.get("error");
        assert!(error.is_none(), "{method}: {}", answer.text);
        answer.body["result"].clone()
    }

    async fn call(&self, tool: &str, input: Value) -> Value {
        let params = json!({ "name": tool, "arguments": input });
        self.result("tools/call", params).await
    }

    async fn tools(&self) -> Vec<String> {
        let listed = self.result("tools/list", json!({})).await;
        let listed = listed["tools"].as_array().unwrap().iter();
        let name = |tool: &Value| tool["name"].as_str().unwrap().to_owned();
        listed.map(name).collect()
    }

    /// Begins to wait for news.
    async fn listen(&self) -> News {
        let request = if self.era == OLD {
            let request = Request::get("/mcp")
                .header("host", "localhost")
                .header("accept", "text/event-stream")
                .header("mcp-protocol-version", OLD);
            self.with_session(request).body(Body::empty()).unwrap()
        } else {
            let wanted = json!({ "notifications": { "toolsListChanged": true } });
            let message = message(NEW, "subscriptions/listen", wanted);
            let request = self.with_session(request(NEW, &message));
            request.body(Body::from(message.to_string())).unwrap()
        };
        let answer = self.world.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        News {
            body: answer.into_body(),
            text: String::new(),
            heard: 0,
        }
    }
}

/// What a host tells without being asked.
struct News {
    body: Body,
    text: String,
    heard: usize,
}

impl News {
    /// Waits until a notification has come; not for ever.
    async fn next(&mut self, method: &str) -> bool {
        let heard = tokio::time::timeout(PATIENCE, self.heard(method));
        heard.await.unwrap_or(false)
    }

    async fn heard(&mut self, method: &str) -> bool {
        loop {
            let mut heard = events(&self.text).into_iter().skip(self.heard);
            if let Some(at) = heard.position(|event| event["method"] == method) {
                self.heard += at + 1;
                return true;
            }
            let Some(Ok(frame)) = self.body.frame().await else {
                return false;
            };
            self.text += std::str::from_utf8(frame.data_ref().unwrap()).unwrap();
        }
    }
}

/// Reads the messages of a stream of events.
fn events(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
    data.filter_map(|data| serde_json::from_str(data).ok())
        .collect()
}

/// Makes a token of mia's that may only read.
async fn reader(world: &World) -> String {
    let admin = world.token("home", "ada", Role::Admin).await;
    let wanted = json!({ "user": "mia", "role": "member", "may_write": false, "life_s": 60 });
    let made = world.post("/api/tokens", &admin, &wanted).await;
    made.body["token"].as_str().unwrap().to_owned()
}

/// Hands in and grants another version of `echo`; returns where the grant is.
async fn grant(world: &World, change: impl FnOnce(&mut Value)) -> String {
    let mut skill: Value = serde_json::from_str(&manifest()).unwrap();
    change(&mut skill);
    world.install(&skill.to_string(), b"component").await
}

#[tokio::test]
async fn both_eras_find_and_call_tools_on_one_endpoint() {
    let (world, token) = World::with_echo().await;
    for era in [OLD, NEW] {
        let agent = Agent::connect(&world, era, &token).await;
        if era == NEW {
            let found = agent.result("server/discover", json!({})).await;
            let versions = found["supportedVersions"].as_array().unwrap();
            assert!(versions.contains(&json!(NEW)), "{found}");
        }
        let listed = agent.result("tools/list", json!({})).await;
        let tool = &listed["tools"][0];
        assert_eq!(
            (&tool["name"], &tool["title"]),
            (&json!("echo_say"), &json!("Say"))
        );
        assert_eq!(tool["inputSchema"]["required"], json!(["text"]));
        assert_eq!(tool["outputSchema"]["type"], "object");
        let hint = &tool["annotations"]["readOnlyHint"];
        assert_eq!(hint, true, "it was granted nothing to write with");
        assert_eq!(listed["cacheScope"] == "private", era == NEW, "{listed}");
        assert_eq!(listed.get("ttlMs").is_some(), era == NEW, "{listed}");

        let said = agent.call("echo_say", json!({ "text": "hi" })).await;
        assert_eq!(said["structuredContent"], json!({ "text": "hi" }), "{said}");
        assert_eq!(said["isError"], false);
        assert_eq!(said["content"][0]["text"], "Say: done.");
    }
    let lines = world.audit.lines();
    let calls = lines.iter().filter(|line| line.contains("invoke-skill"));
    assert_eq!(calls.count(), 2);
    let leaves = world.audit.kept().records.clone().into_iter();
    let leaves = leaves.map(|record| serde_json::from_str::<Value>(&record.leaf).unwrap());
    let calls = leaves.filter(|leaf| leaf["action"] == "invoke-skill");
    assert!({ calls }.all(|leaf| leaf["origin"]["door"] == "mcp"));
}

#[tokio::test]
async fn what_goes_wrong_with_a_call_is_told_to_the_model_with_its_code() {
    let (world, token) = World::with_echo().await;
    for era in [OLD, NEW] {
        let agent = Agent::connect(&world, era, &token).await;
        let refused = agent.call("echo_say", json!({ "text": 5 })).await;
        assert_eq!(refused["isError"], true);
        assert_eq!(refused["structuredContent"]["code"], "input-invalid");
        let text = refused["content"][0]["text"].as_str().unwrap();
        assert!(text.contains("input-invalid"), "{text}");
        let said = agent.call("echo_say", json!({ "text": "hi" })).await;
        assert_eq!(said["isError"], false);
    }
    let trap = RunFailure::Trapped("secret words".into());
    world.sandbox.set(Behaviour::Fail(trap));
    let agent = Agent::connect(&world, OLD, &token).await;
    let failed = agent.call("echo_say", json!({ "text": "hi" })).await;
    assert_eq!(failed["structuredContent"]["code"], "skill-crashed");
    assert!(!failed.to_string().contains("secret words"), "{failed}");
    // What is no call at all is an error of the protocol.
    for name in ["echo_shout", "say", "crm_create_lead", ""] {
        let params = json!({ "name": name, "arguments": {} });
        let answer = agent.ask("tools/call", params).await;
        assert_eq!(
            answer.body["error"]["code"], -32602,
            "{name}: {}",
            answer.text
        );
    }
    let cursor = json!({ "cursor": "nowhere" });
    let answer = agent.ask("tools/list", cursor).await;
    assert_eq!(answer.body["error"]["code"], -32602, "{}", answer.text);
    for method in ["prompts/list", "completion/complete"] {
        let params = json!({ "ref": { "type": "ref/prompt", "name": "x" },
            "argument": { "name": "a", "value": "b" } });
        let answer = agent.ask(method, params).await;
        assert_eq!(
            answer.body["error"]["code"], -32601,
            "{method}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn nobody_is_heard_without_a_good_token_a_known_host_and_no_strange_page() {
    let (world, token) = World::with_echo().await;
    let message = message(NEW, "tools/list", json!({}));
    let send = async |name: &str, value: &str| {
        let mut request = request(NEW, &message);
        if name != "authorization" {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if name == "host" {
            request.headers_mut().unwrap().remove("host");
        }
        let body = Body::from(message.to_string());
        world
            .send(request.header(name, value).body(body).unwrap())
            .await
    };
    assert_eq!(send("x-nothing", "y").await.status, 200);
    let refused = send("authorization", "Bearer sgt_nobody").await;
    refused.is_problem(401, "token-not-valid");
    let challenge = refused.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer"), "{challenge}");
    let described = "http://127.0.0.1:8787/.well-known/oauth-protected-resource/mcp";
    let expected = format!("Bearer error=\"invalid_token\", resource_metadata=\"{described}\"");
    assert_eq!(challenge, expected);
    let refused = send("authorization", "Basic eA==").await;
    refused.is_problem(401, "authentication-required");
    let expected = format!("Bearer resource_metadata=\"{described}\"");
    assert_eq!(refused.header("www-authenticate"), Some(&*expected));
    let unknown = message.to_string();
    let unknown = Request::post("/mcp")
        .header("host", "evil.example")
        .body(unknown.into());
    let unknown = world.send(unknown.unwrap()).await;
    assert_eq!(unknown.header("www-authenticate"), Some("Bearer"));
    assert_eq!(send("host", "evil.example").await.status, 403);
    assert_eq!(send("host", "localhost:8787").await.status, 200);
    assert_eq!(send("host", "[::1]:8787").await.status, 200);
    assert_eq!(send("origin", "https://evil.example").await.status, 403);
    assert_eq!(send("origin", "null").await.status, 403);
    let calls = |line: &String| line.contains("invoke-skill");
    assert!(!world.audit.lines().iter().any(calls));
}

#[tokio::test]
async fn a_token_sees_and_calls_what_it_may_and_nothing_else() {
    let world = World::new().await;
    let member = world.token("home", "mia", Role::Member).await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let reader = reader(&world).await;
    let member = Agent::connect(&world, OLD, &member).await;
    let reader = Agent::connect(&world, OLD, &reader).await;
    assert!(member.tools().await.is_empty());
    let writes = |skill: &mut Value| {
        skill["capabilities"]["crm"]["contact"]["update"] = json!(["email"]);
        let mut look = skill["tools"][0].clone();
        look["name"] = "look".into();
        look["reads_only"] = true.into();
        skill["tools"].as_array_mut().unwrap().push(look);
    };
    let granted = grant(&world, writes).await;
    assert_eq!(member.tools().await, ["echo_look", "echo_say"]);
    assert_eq!(reader.tools().await, ["echo_look"]);
    let listed = member.result("tools/list", json!({})).await;
    let hints = |at: usize| &listed["tools"][at]["annotations"];
    assert_eq!(hints(0)["readOnlyHint"], true);
    assert_eq!(hints(1)["readOnlyHint"], false);
    assert_eq!(hints(1)["destructiveHint"], true);

    let hi = json!({ "text": "hi" });
    assert_eq!(reader.call("echo_look", hi.clone()).await["isError"], false);
    let by_name = json!({ "name": "echo_say", "arguments": hi });
    let refused = reader.ask("tools/call", by_name).await;
    assert_eq!(refused.body["error"]["code"], -32602, "{}", refused.text);
    assert_eq!(member.call("echo_say", hi).await["isError"], false);

    let stranger = world.token("away", "sam", Role::Member).await;
    let stranger = Agent::connect(&world, NEW, &stranger).await;
    assert!(stranger.tools().await.is_empty());
    for (what, seen) in [("freeze", false), ("unfreeze", true)] {
        let path = format!("/api/skills/echo/{what}");
        world.post(&path, &admin, &json!({})).await;
        assert_eq!(!member.tools().await.is_empty(), seen, "{what}");
    }
    assert_eq!(world.delete(&granted, &admin).await.status, 204);
    assert!(member.tools().await.is_empty());
}

#[tokio::test]
async fn a_long_list_has_pages_in_one_order() {
    let world = World::new().await;
    grant(&world, |skill| {
        let tool = skill["tools"][0].clone();
        let named = |number: u32| {
            let mut tool = tool.clone();
            tool["name"] = format!("tool_{number:02}").into();
            tool
        };
        skill["tools"] = (0..60).rev().map(named).collect();
    })
    .await;
    let token = world.token("home", "mia", Role::Member).await;
    let agent = Agent::connect(&world, OLD, &token).await;
    let first = agent.result("tools/list", json!({})).await;
    assert_eq!(first["tools"].as_array().unwrap().len(), MCP_PAGE_TOOLS);
    assert_eq!(first["nextCursor"], "echo_tool_49");
    let rest = json!({ "cursor": first["nextCursor"] });
    let rest = agent.result("tools/list", rest).await;
    let names = rest["tools"].as_array().unwrap().iter();
    let names: Vec<_> = names.map(|tool| &tool["name"]).collect();
    assert_eq!((names.len(), names[0]), (10, &json!("echo_tool_50")));
    assert!(rest.get("nextCursor").is_none(), "{rest}");
}

#[tokio::test]
async fn names_are_short_and_of_one_tool_each() {
    let world = World::new().await;
    let long = "a".repeat(50);
    grant(&world, |skill| {
        skill["tools"][0]["name"] = long.clone().into();
    })
    .await;
    let token = world.token("home", "mia", Role::Member).await;
    let agent = Agent::connect(&world, OLD, &token).await;
    let names = agent.tools().await;
    assert!(
        names[0].starts_with("echo_aaa") && names[0].len() == 50,
        "{names:?}"
    );
    // The skills `echo` and `echo-a` have tools whose names would be the same.
    grant(&world, |skill| {
        skill["version"] = "0.2.0".into();
        skill["tools"][0]["name"] = "a_b".into();
    })
    .await;
    grant(&world, |skill| {
        skill["name"] = "echo-a".into();
        skill["tools"][0]["name"] = "b".into();
    })
    .await;
    let names = agent.tools().await;
    assert_eq!(names.len(), 2);
    for name in &names {
        assert!(name.starts_with("echo_a_b_") && name.len() <= 50, "{name}");
        let said = agent.call(name, json!({ "text": "hi" })).await;
        assert_eq!(said["isError"], false, "{said}");
    }
}

#[tokio::test]
async fn a_session_is_of_one_caller_until_it_ends() {
    let (world, token) = World::with_echo().await;
    let mia = Agent::connect(&world, OLD, &token).await;
    let mut sam =
        Agent::connect(&world, OLD, &world.token("home", "sam", Role::Member).await).await;
    let own = sam.session.replace(mia.session.clone().unwrap());
    let refused = sam.ask("tools/list", json!({})).await;
    refused.is_problem(404, "mcp-session-not-found");
    for method in ["GET", "DELETE"] {
        let request = Request::builder()
            .method(method)
            .uri("/mcp")
            .header("host", "localhost");
        let request = request.header("accept", "text/event-stream");
        let request = sam.with_session(request).body(Body::empty()).unwrap();
        let refused = world.send(request).await;
        refused.is_problem(404, "mcp-session-not-found");
    }
    assert_eq!(mia.tools().await, ["echo_say"], "hers is as it was");
    sam.session = own;
    assert_eq!(sam.tools().await, ["echo_say"]);

    let end = Request::delete("/mcp").header("host", "localhost");
    let end = mia.with_session(end).body(Body::empty()).unwrap();
    assert!(world.send(end).await.status.is_success());
    let refused = mia.ask("tools/list", json!({})).await;
    refused.is_problem(404, "mcp-session-not-found");
}

#[tokio::test]
async fn a_caller_has_so_many_sessions_and_the_idlest_ends() {
    let (world, token) = World::with_echo().await;
    let other = world.token("home", "sam", Role::Member).await;
    let other = Agent::connect(&world, OLD, &other).await;
    let mut agents = Vec::new();
    for _ in 0..MCP_SESSIONS_OF_CALLER_MAX {
        agents.push(Agent::connect(&world, OLD, &token).await);
    }
    agents[0].tools().await;
    let further = Agent::connect(&world, OLD, &token).await;
    assert_eq!(further.tools().await, ["echo_say"]);
    let ended = agents[1].ask("tools/list", json!({})).await;
    ended.is_problem(404, "mcp-session-not-found");
    for agent in [&agents[0], &agents[2], &other] {
        assert_eq!(agent.tools().await, ["echo_say"]);
    }
}

#[tokio::test]
async fn there_are_so_many_sessions() {
    let (world, token) = World::with_echo().await;
    let mut agents = Vec::new();
    for number in 0..MCP_SESSIONS_MAX {
        let user = format!("user{}", number / MCP_SESSIONS_OF_CALLER_MAX);
        let token = match number % MCP_SESSIONS_OF_CALLER_MAX {
            0 => world.token("home", &user, Role::Member).await,
            _ => Agent::token_of(agents.last()),
        };
        agents.push(Agent::connect(&world, OLD, &token).await);
    }
    let (session, token) = (None, token);
    let late = Agent {
        world: &world,
        era: OLD,
        token: token.clone(),
        session,
    };
    let refused = late.ask("initialize", hello()).await;
    refused.is_problem(503, "host-busy");
    assert_eq!(refused.header("retry-after"), Some("1"));
    // Those that are there go on, and so does whoever needs none.
    assert_eq!(agents[0].tools().await, ["echo_say"]);
    let modern = Agent::connect(&world, NEW, &token).await;
    assert_eq!(modern.tools().await, ["echo_say"]);
}

#[tokio::test]
async fn agents_hear_that_their_tools_are_others() {
    let (world, token) = World::with_echo().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    for era in [OLD, NEW] {
        let agent = Agent::connect(&world, era, &token).await;
        assert_eq!(agent.tools().await, ["echo_say"]);
        let mut news = agent.listen().await;
        for what in ["freeze", "unfreeze"] {
            let path = format!("/api/skills/echo/{what}");
            assert!(
                world
                    .post(&path, &admin, &json!({}))
                    .await
                    .status
                    .is_success()
            );
            assert!(
                news.next("notifications/tools/list_changed").await,
                "{era}: {what}"
            );
            assert_eq!(agent.tools().await.is_empty(), what == "freeze");
        }
    }
}

#[tokio::test]
async fn agents_hear_that_a_partners_tools_come_and_go() {
    let (world, token) = World::with_echo().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let (invitation, _) = world.invitations().await;
    let said = json!({ "name": "Home", "shortId": "home" });
    world.post("/api/communities", &admin, &said).await;
    let (communities, home) = ("/api/communities", "home");
    let partnership = format!("{communities}/{home}/partnerships/{invitation}");
    let yes = json!({ "action": "accept" });
    let respond = format!("{partnership}/respond");
    assert_eq!(world.post(&respond, &admin, &yes).await.status, 200);
    let offered = world
        .offered(&manifest().replace("\"echo\"", "\"visitor\""))
        .await;
    let adopt = format!("/api/modules/offers/{offered}");
    let adopted = world.post(&adopt, &admin, &json!({})).await;
    let adopted = adopted.body["id"].as_str().unwrap().to_owned();
    let grants = format!("/api/modules/{adopted}/grants");
    assert_eq!(world.post(&grants, &admin, &json!({})).await.status, 201);
    for era in [OLD, NEW] {
        let agent = Agent::connect(&world, era, &token).await;
        assert_eq!(agent.tools().await, ["echo_say", "visitor_say"]);
        let mut news = agent.listen().await;
        for (status, tools) in [
            ("suspended", &["echo_say"][..]),
            ("accepted", &["echo_say", "visitor_say"]),
        ] {
            let change = json!({ "status": status });
            let moved = world.put(&partnership, &admin, &change).await;
            assert_eq!(moved.status, 200, "{}", moved.body);
            let told = news.next("notifications/tools/list_changed").await;
            assert!(told, "{era}: {status}");
            assert_eq!(agent.tools().await, tools);
        }
    }
}

#[tokio::test]
async fn a_manual_is_read_by_those_who_may_call_something_of_its_skill() {
    let world = World::new().await;
    let member = world.token("home", "mia", Role::Member).await;
    let reader = reader(&world).await;
    let text = "---\nname: echo\ndescription: Echoes.\n---\n\n# Echo\n";
    grant(&world, |skill| {
        skill["capabilities"]["crm"]["contact"]["update"] = json!(["email"]);
        skill["manual"] = json!({ "SKILL.md": text, "more/words.md": "Words." });
    })
    .await;
    let uri = "skill://echo/SKILL.md";
    for era in [OLD, NEW] {
        let member = Agent::connect(&world, era, &member).await;
        let listed = member.result("skills/list", json!({})).await;
        let entry = &listed["skills"][0];
        assert_eq!(entry["uri"], uri, "{listed}");
        assert_eq!(entry["frontmatter"]["description"], "Echoes.");
        assert_eq!(entry["resources"][0]["size"], text.len());
        let read = member.result("resources/read", json!({ "uri": uri })).await;
        assert_eq!(read["contents"][0]["text"], text, "byte for byte");
        let folder = json!({ "uri": "skill://echo" });
        let folder = member.result("resources/directory/read", folder).await;
        let names = folder["resources"].as_array().unwrap().iter();
        let names: Vec<_> = names.map(|child| &child["name"]).collect();
        assert_eq!(names, ["SKILL.md", "more"]);

        let reader = Agent::connect(&world, era, &reader).await;
        let listed = reader.result("skills/list", json!({})).await;
        assert_eq!(listed["skills"], json!([]));
        for method in ["skills/get", "resources/read", "resources/directory/read"] {
            let refused = reader.ask(method, json!({ "uri": uri })).await;
            assert!(
                refused.body["error"].is_object(),
                "{method}: {}",
                refused.text
            );
        }
    }
}

#[tokio::test]
async fn the_door_is_described_under_the_address_that_a_client_used() {
    let world = World::new().await;
    let described = async |path: &str, host: &str| {
        let request = Request::get(path).header("host", host).body(Body::empty());
        world.send(request.unwrap()).await
    };
    let root = "/.well-known/oauth-protected-resource";
    for path in [root.to_owned(), format!("{root}/mcp")] {
        let answer = described(&path, "localhost:8787").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let expected = json!({
            "resource": "http://localhost:8787/mcp",
            "bearer_methods_supported": ["header"],
            "resource_name": "skillgate",
        });
        assert_eq!(answer.body, expected);
        let refused = described(&path, "evil.example").await;
        refused.is_problem(404, "route-not-found");
    }
    let mut app = world.app.clone();
    app.mcp.url = ResourceUrl::parse("https://pa.example.org/agents/mcp");
    let router = skillgate_server::router(app);
    let request = Request::post("/mcp").header("host", "10.0.0.1");
    let refused = router.oneshot(request.body(Body::empty()).unwrap()).await;
    let refused = refused.unwrap();
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    let expected = "Bearer resource_metadata=\"https://pa.example.org/.well-known/oauth-protected-resource/agents/mcp\"";
    assert_eq!(challenge, expected);
}
