//! What the door leaves in the audit trail, and who may read it.

use crate::world::{Behaviour, World, manifest, request};
use axum::extract::ConnectInfo;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use skillgate_domain::principal::Role;
use std::net::SocketAddr;

/// What a request leaves behind, one line for each record.
async fn leaves(world: &World, ask: impl AsyncFnOnce(&World) -> StatusCode) -> (u16, Vec<String>) {
    let before = world.audit.kept().records.len();
    let status = ask(world).await.as_u16();
    (status, world.audit.lines().split_off(before))
}

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// Who asks.
#[derive(Clone, Copy)]
enum Who {
    Admin,
    Member,
    Partner,
}

const MODULE: &str = "/api/modules/{m}";
const GRANTS: &str = "/api/modules/{m}/grants";
const ONE_GRANT: &str = "/api/modules/{m}/grants/{none}";
const ONE_TOKEN: &str = "/api/tokens/{none}";

fn new_token() -> Value {
    json!({ "user": "eve", "role": "member", "may_write": false, "life_s": 60 })
}

/// Every change, and every refusal.
fn requests() -> Vec<(Method, &'static str, Who, Value)> {
    vec![
        (Method::POST, GRANTS, Who::Member, json!({})),
        (Method::POST, GRANTS, Who::Partner, json!({})),
        (
            Method::POST,
            GRANTS,
            Who::Admin,
            json!({ "config": { "no_such": "x" } }),
        ),
        (Method::POST, GRANTS, Who::Admin, json!({})),
        (Method::DELETE, ONE_GRANT, Who::Admin, Value::Null),
        (Method::DELETE, ONE_GRANT, Who::Member, Value::Null),
        (Method::GET, "/api/modules", Who::Member, Value::Null),
        (Method::GET, MODULE, Who::Member, Value::Null),
        (Method::GET, "/api/skills", Who::Partner, Value::Null),
        (Method::GET, "/api/skills/echo", Who::Partner, Value::Null),
        (
            Method::POST,
            "/api/skills/echo/tools/say",
            Who::Partner,
            json!({}),
        ),
        (
            Method::POST,
            "/api/skills/echo/tools/nope",
            Who::Member,
            json!({}),
        ),
        (
            Method::POST,
            "/api/skills/nope/tools/say",
            Who::Member,
            json!({}),
        ),
        (Method::POST, "/api/tokens", Who::Member, new_token()),
        (Method::POST, "/api/tokens", Who::Admin, new_token()),
        (Method::GET, "/api/tokens", Who::Member, Value::Null),
        (Method::DELETE, ONE_TOKEN, Who::Admin, Value::Null),
        (Method::GET, "/api/audit", Who::Member, Value::Null),
    ]
}

#[tokio::test]
async fn every_change_and_every_refusal_is_recorded() {
    let world = World::new().await;
    let partner = world.token("home", "pat", Role::Partner).await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let member = world.token("home", "mia", Role::Member).await;
    let made = world.submit(&partner, &manifest(), b"component").await;
    let module = format!("/api/modules/{}", made.body["id"].as_str().unwrap());

    let mut table = Vec::new();
    for (method, path, who, body) in requests() {
        let token = match who {
            Who::Admin => &admin,
            Who::Member => &member,
            Who::Partner => &partner,
        };
        let place = path.replace(MODULE, &module).replace("{none}", NOBODY);
        let (status, lines) = leaves(&world, async |world| match method {
            Method::GET => world.get(&place, token).await.status,
            Method::DELETE => world.delete(&place, token).await.status,
            _ => world.post(&place, token, &body).await.status,
        })
        .await;
        table.push(format!("{method} {path} {status}: {}", lines.join(", ")));
    }
    insta::assert_snapshot!(table.join("\n"));
}

#[tokio::test]
async fn every_end_of_a_call_is_recorded() {
    let (world, member) = World::with_echo().await;
    let mut table = Vec::new();
    for (name, behaviour) in [
        ("answers", Behaviour::Echo),
        ("panics", Behaviour::Panic),
        (
            "answers what it did not promise",
            Behaviour::Answer("{\"no\":1}".to_owned()),
        ),
    ] {
        world.sandbox.set(behaviour);
        let (status, lines) = leaves(&world, async |world| {
            world.say(&member, &json!({ "text": "hi" })).await.status
        })
        .await;
        table.push(format!("{name} {status}: {}", lines.join(", ")));
    }
    let (status, lines) = leaves(&world, async |world| {
        world.say(&member, &json!({ "text": 1 })).await.status
    })
    .await;
    table.push(format!("wrong input {status}: {}", lines.join(", ")));
    insta::assert_snapshot!(table.join("\n"));
}

#[tokio::test]
async fn without_a_record_there_is_no_answer_and_no_change() {
    let (world, member) = World::with_echo().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    world.audit.kept().full = true;
    let refused = world.say(&member, &json!({ "text": "hi" })).await;
    refused.is_problem(507, "storage-full");
    // A refusal that cannot be recorded is not told either.
    world
        .get("/api/modules", &member)
        .await
        .is_problem(507, "storage-full");
    world.audit.kept().full = false;
    assert_eq!(world.get("/api/modules", &admin).await.status, 200);
    assert_eq!(
        world.say(&member, &json!({ "text": "hi" })).await.status,
        200
    );
}

#[tokio::test]
async fn an_admin_reads_the_trail_page_by_page() {
    let (world, member) = World::with_echo().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let peer: SocketAddr = "192.0.2.7:1".parse().unwrap();
    let call = request(Method::POST, "/api/skills/echo/tools/say", &member)
        .header(header::CONTENT_TYPE, "application/json")
        .extension(ConnectInfo(peer))
        .body(r#"{"text": "a secret"}"#.into());
    world.send(call.unwrap()).await;
    let page = world.get("/api/audit?limit=500", &admin).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let records = page.body["records"].as_array().unwrap();
    let call = records
        .iter()
        .find(|view| view["record"]["action"] == "invoke-skill")
        .unwrap();
    assert_eq!(call["record"]["actor"]["user"], "mia");
    assert_eq!(call["record"]["target"]["tool"], "say");
    assert_eq!(call["record"]["origin"]["door"], "http");
    assert_eq!(call["record"]["origin"]["address"], "192.0.2.7");
    assert!(
        call["record"]["call"]["input"]
            .as_str()
            .unwrap()
            .starts_with("sha256:")
    );
    assert!(!page.body.to_string().contains("a secret"));
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_refused() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    for query in [
        "limit=0",
        "limit=501",
        "limit=-1",
        "limit=a",
        "before=x",
        "unknown=1",
        "user=a%20b",
        "skill=No",
        "invocation=1",
        "from=yesterday",
        "until=2026-13-01T00:00:00Z",
        "action=%00",
        "limit=1&limit=2",
    ] {
        let refused = world.get(&format!("/api/audit?{query}"), &admin).await;
        refused.is_problem(400, "query-invalid");
    }
    assert_eq!(world.get("/api/audit?limit=500", &admin).await.status, 200);
}
