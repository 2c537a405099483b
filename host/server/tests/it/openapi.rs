//! The OpenAPI document and its page.

use crate::contract::{DOCUMENT, operations};
use crate::world::{Behaviour, Handed, World, manifest, request};
use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};
use skillgate_app::ports::{CrmError, RunFailure};
use skillgate_domain::principal::Role;
use std::collections::BTreeSet;

/// What takes a signature instead of a token.
const WEBHOOK: &str = "/webhooks/twenty";
/// Where mail leads: what it does is done as often as it is asked for.
const UNSUBSCRIBE: &str = "/api/mail/unsubscribe";
/// What describes itself in a protocol of its own.
const OTHER_PROTOCOLS: [&str; 2] = ["/mcp", "/socket.io/"];
/// What describes that to clients, where the host of a request is known.
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
const ID: &str = "0190f5fe-7c00-7a00-8000-000000000001";

#[test]
fn the_reference_is_the_document() {
    let page: Value = serde_json::from_str(include_str!("../../../../docs/openapi.json")).unwrap();
    assert!(
        page == *DOCUMENT,
        "docs/openapi.json differs from the code; run `cargo run -- openapi > docs/openapi.json`"
    );
}

/// axum lists its routes nowhere but in `Debug`.
#[tokio::test]
async fn every_route_is_described() {
    let listed = format!("{:?}", World::new().await.router);
    let quoted = listed.split('"').skip(1).step_by(2);
    let routes: BTreeSet<_> = quoted
        .filter(|text| text.starts_with('/') && !text.contains("{*") && *text != "/")
        .collect();
    let mut described: BTreeSet<_> = operations().map(|(path, ..)| path).collect();
    described.extend(OTHER_PROTOCOLS);
    assert_eq!(routes, described);
}

#[tokio::test]
async fn every_described_route_exists_and_no_other_method() {
    let world = World::new().await;
    let all = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    for (path, ..) in operations() {
        let described: Vec<_> = operations().filter(|o| o.0 == path).map(|o| o.1).collect();
        for method in &all {
            let filled = fill(path);
            let request = Request::builder().method(method).uri(&filled);
            let answer = world.send(request.body(Body::empty()).unwrap()).await;
            let refused = answer.body["code"].as_str();
            if described.contains(method) {
                assert_ne!(answer.status, 405, "{method} {path}");
                assert!(
                    path.starts_with("/problems/")
                        || path.starts_with(WELL_KNOWN)
                        || refused != Some("route-not-found"),
                    "{path}"
                );
            } else {
                answer.is_refusal(405, "method-not-allowed");
            }
        }
    }
}

#[tokio::test]
async fn what_is_said_to_need_a_token_needs_one() {
    let world = World::new().await;
    let mut open = Vec::new();
    for (path, method, operation) in operations() {
        let names: Vec<_> = path.split(['{', '}']).skip(1).step_by(2).collect();
        let parameters = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let described = |place: &str| -> Vec<_> {
            let inside = parameters.iter().filter(|p| p["in"] == place);
            inside.map(|p| p["name"].as_str().unwrap()).collect()
        };
        assert_eq!(described("path"), names, "{path}");
        let once = !path.starts_with("/api/secrets") && ![WEBHOOK, UNSUBSCRIBE].contains(&path);
        let keyed = !method.is_safe() && once;
        assert_eq!(described("header") == ["Idempotency-Key"], keyed, "{path}");

        let request = Request::builder().method(method).uri(fill(path));
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        if operation.get("security").is_none() {
            answer.is_refusal(401, "authentication-required");
        } else {
            assert_eq!(answer.status == 401, path == WEBHOOK, "{path}");
            open.push(path);
        }
    }
    assert_eq!(DOCUMENT["security"], json!([{"bearer": []}]));
    assert_eq!(
        open,
        [
            WELL_KNOWN,
            "/.well-known/oauth-protected-resource/mcp",
            "/api/docs",
            // To ask, and to do.
            UNSUBSCRIBE,
            UNSUBSCRIBE,
            "/api/openapi.json",
            "/healthz",
            "/metrics",
            "/problems/{code}",
            "/readyz",
            WEBHOOK
        ]
    );
}

fn fill(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { ID } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Each answer is checked against the document as it is sent: see `World::send`.
#[tokio::test(start_paused = true)]
async fn every_operation_answers_and_refuses_as_described() {
    let (world, other) = (World::new().await, World::new().await);
    answers(&world).await;
    refusals(&other).await;
    let mut seen = world.seen.lock().unwrap().clone();
    seen.extend(other.seen.lock().unwrap().iter());
    for (path, _, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap();
        assert!(seen.contains(&(id, true)), "{id} never answered");
        let internal_only = ["/api/docs", "/api/openapi.json", "/healthz"].contains(&path);
        assert!(
            internal_only || seen.contains(&(id, false)),
            "{id} never refused"
        );
    }
}

async fn answers(world: &World) {
    let admin = world.token("home", "ada", Role::Admin).await;
    let partner = world.token("home", "pat", Role::Partner).await;
    let module = world.submit(&partner, &manifest(), b"component").await;
    let module = format!("/api/modules/{}", module.body["id"].as_str().unwrap());
    let terms = json!({"limits": {"crm_reads": 1}, "config": {"tone": "dry"}});
    world
        .post(&format!("{module}/grants"), &admin, &terms)
        .await;
    let offer = format!("{module}/offer");
    let offered = world.put(&offer, &admin, &json!({})).await;
    assert_eq!(offered.status, 200, "{}", offered.body);
    assert_eq!(world.delete(&offer, &admin).await.status, 200);
    let grant = life_of_a_grant(world, &admin, &partner).await;
    policies(world, &admin).await;
    settings(world, &admin).await;
    plan(world, &admin).await;
    surface(world, &admin).await;
    secrets(world, &admin).await;
    tez(world, &admin).await;
    partnerships(world, &admin).await;
    world.say(&admin, &json!({"text": "hi"})).await;
    let wanted = json!({"user": "mia", "agent": "bot", "role": "agent", "skills": ["echo"],
        "may_write": true, "life_s": 60});
    let token = world.post("/api/tokens", &admin, &wanted).await;
    for path in [
        "/api/skills",
        "/api/skills/echo",
        "/api/modules",
        &module,
        &format!("{module}/diff"),
        "/api/tokens",
        "/api/audit",
        "/healthz",
        "/readyz",
        "/problems/forbidden",
        "/api/docs",
        "/api/openapi.json",
    ] {
        assert_eq!(world.get(path, &admin).await.status, 200, "{path}");
    }
    for path in [WELL_KNOWN.to_owned(), format!("{WELL_KNOWN}/mcp")] {
        let request = Request::get(path).header("host", "localhost");
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 200);
    }
    assert_eq!(world.scrape("127.0.0.1:1", &[]).await.status, 200);
    let signed = ["timestamp", "signature"].map(|name| format!("x-twenty-webhook-{name}"));
    let signed = [(signed[0].as_str(), "1"), (signed[1].as_str(), "good")];
    assert_eq!(world.tell(&signed, "x".into()).await.status, 200);
    for path in [
        format!("{module}/grants/{grant}"),
        format!("/api/tokens/{}", token.body["id"].as_str().unwrap()),
    ] {
        assert_eq!(world.delete(&path, &admin).await.status, 204, "{path}");
    }
}

/// Registers the community, and lets it invite, be invited, answer and take back.
async fn partnerships(world: &World, admin: &str) {
    let (incoming, outgoing) = world.invitations().await;
    let said = json!({ "name": "Home", "shortId": "home", "description": "We meet on Mondays." });
    let made = world.post("/api/communities", admin, &said).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let home = "/api/communities/home";
    let said = json!({ "description": null });
    assert_eq!(world.patch(home, admin, &said).await.status, 200);
    let of_home = format!("{home}/partnerships");
    members(world, admin, home).await;
    let offer = json!({ "targetCommunityId": "south", "relationshipType": "partner" });
    let invited = world
        .post(&format!("{of_home}/invites"), admin, &offer)
        .await;
    assert_eq!(invited.status, 201, "{}", invited.body);
    let yes = json!({ "action": "accept", "responseMessage": "Gladly." });
    let respond = format!("{of_home}/{incoming}/respond");
    assert_eq!(world.post(&respond, admin, &yes).await.status, 200);
    let cancel = format!("{of_home}/{outgoing}/cancel");
    assert_eq!(world.post(&cancel, admin, &json!({})).await.status, 200);
    let offered = world.offered(&manifest().replace("0.1.0", "0.4.0")).await;
    let offers = world.get("/api/modules/offers", admin).await;
    assert_eq!(offers.body["offers"][0]["id"], offered.as_str());
    let adopt = format!("/api/modules/offers/{offered}");
    let adopted = world.post(&adopt, admin, &json!({})).await;
    assert_eq!(adopted.status, 201, "{}", adopted.body);
    let it = format!("{of_home}/{incoming}");
    let suspend = json!({ "status": "suspended" });
    assert_eq!(world.put(&it, admin, &suspend).await.status, 200);
    let events = format!("{home}/events");
    let news = json!({ "kind": "announcements", "title": "We moved" });
    let told = world.post(&events, admin, &news).await;
    assert_eq!(told.status, 201, "{}", told.body);
    for path in [
        home.to_owned(),
        "/api/communities/search?q=north".to_owned(),
        events,
        of_home.clone(),
        it.clone(),
        format!("{it}/history"),
        format!("{of_home}/metrics"),
        format!("{home}/partners"),
    ] {
        let shown = world.get(&path, admin).await;
        assert_eq!(shown.status, 200, "{path}: {}", shown.body);
    }
    assert_eq!(world.delete(&it, admin).await.status, 200);
}

/// Lists the admin and somebody else, who goes again.
async fn members(world: &World, admin: &str, home: &str) {
    let list = format!("{home}/members");
    let said = json!({ "role": "admin", "name": "Ada", "email": "ada@example.org" });
    for user in ["ada", "mia"] {
        let path = format!("{list}/{user}");
        let put = world.put(&path, admin, &said).await;
        assert_eq!(put.status, 200, "{}", put.body);
    }
    let (own, mail) = (format!("{list}/ada"), format!("{list}/ada/mail"));
    let chosen = world.put(&mail, admin, &json!({ "wanted": false })).await;
    assert_eq!(chosen.body["wantsMail"], false);
    for path in [&list, &own] {
        let shown = world.get(path, admin).await;
        assert_eq!(shown.status, 200, "{path}: {}", shown.body);
    }
    let gone = world.delete(&format!("{list}/mia"), admin).await;
    assert_eq!(gone.status, 204);
    let link = format!("/api/mail/unsubscribe?key={}", world.mail_key("ada").await);
    assert_eq!(world.get(&link, admin).await.status, 200);
    let done = world.post(&link, admin, &json!({})).await;
    assert_eq!(done.status, 200, "{}", done.body);
}

/// Grants another version, stops it, and goes back. Returns the id of the grant in force.
async fn life_of_a_grant(world: &World, admin: &str, partner: &str) -> String {
    let next = manifest().replace("0.1.0", "0.2.0");
    let next = world.submit(partner, &next, b"other component").await;
    let next = format!("/api/modules/{}", next.body["id"].as_str().unwrap());
    let diff = world.get(&format!("{next}/diff"), admin).await;
    assert_eq!(diff.body["differences"][0]["path"], "/component");
    world
        .post(&format!("{next}/grants"), admin, &json!({}))
        .await;
    for what in ["freeze", "unfreeze"] {
        let path = format!("/api/skills/echo/{what}");
        let done = world.post(&path, admin, &json!({})).await;
        assert_eq!(done.status, 200, "{what}");
    }
    let back = "/api/skills/echo/rollback";
    let back = world.post(back, admin, &json!({})).await;
    back.body["id"].as_str().unwrap().to_owned()
}

async fn plan(world: &World, admin: &str) {
    let planning = "/api/skills/echo/tools/say?mode=plan";
    let planned = world.post(planning, admin, &json!({"text": "hi"})).await;
    let plan = &planned.body["plan"];
    let path = format!("/api/plans/{}", plan["id"].as_str().unwrap());
    assert_eq!(world.get(&path, admin).await.body, *plan);
    let approval = json!({"digest": plan["digest"]});
    let surface = path.replace("/api/plans", "/api/crm/workflows/plans");
    let first = world
        .post(&format!("{surface}/apply"), admin, &approval)
        .await;
    assert_eq!(first.status, 200, "{}", first.body);
    let applied = world.post(&format!("{path}/apply"), admin, &approval).await;
    assert_eq!(applied.body["state"], "applied", "{}", applied.body);
    let planned = world.post(planning, admin, &json!({"text": "hi"})).await;
    let plan = &planned.body["plan"];
    let listed = world.get("/api/plans", admin).await;
    assert_eq!(listed.body["plans"][0]["id"], plan["id"]);
    let path = format!("/api/plans/{}/decline", plan["id"].as_str().unwrap());
    let seen = json!({"digest": plan["digest"]});
    let declined = world.post(&path, admin, &seen).await;
    assert_eq!(declined.body["state"], "declined", "{}", declined.body);
}

async fn surface(world: &World, admin: &str) {
    world.grant_coordinator().await;
    for (collection, field) in [
        ("people", "jobTitle"),
        ("opportunities", "name"),
        ("tasks", "title"),
    ] {
        let (path, payload) = (
            format!("/api/crm/{collection}"),
            json!({"payload": {field: "x"}}),
        );
        let made = world.post(&path, admin, &payload).await;
        let id = made.body["data"]["summary"]["id"].as_str().unwrap();
        world.patch(&format!("{path}/{id}"), admin, &payload).await;
        let listed = world.get(&path, admin).await;
        assert!(listed.body["meta"]["count"].as_u64() >= Some(1));
        if collection == "tasks" {
            let known = json!({"entityId": id, "payload": {"title": "y"}});
            world.put(&path, admin, &known).await;
            world
                .put(&path, admin, &json!({"payload": {"title": "z"}}))
                .await;
            world.get("/api/crm/follow-ups", admin).await;
            let asked = json!({"entityType": "task", "entityId": id, "objective": "x"});
            world.post("/api/crm/tez-context", admin, &asked).await;
            world
                .post("/api/crm/workflows/coordinate", admin, &asked)
                .await;
            world.get(&format!("/api/crm/task/{id}"), admin).await;
        }
    }
    let test = json!({"integration": "twenty"});
    world
        .post("/api/settings/team/test-integration", admin, &test)
        .await;
    for path in [
        "/api/crm/status",
        "/api/crm/workflows/status",
        "/api/settings/team",
        "/api/pa/context",
    ] {
        assert_eq!(world.get(path, admin).await.status, 200, "{path}");
    }
}

async fn secrets(world: &World, admin: &str) {
    let new = json!({"skill": "echo", "name": "api_key", "text": "a long one"});
    let put = world.post("/api/secrets", admin, &new).await;
    assert_eq!(put.status, 201, "{}", put.body);
    let path = "/api/secrets/echo/api_key";
    let next = json!({"text": "another long one"});
    assert_eq!(world.put(path, admin, &next).await.status, 200);
    assert_eq!(world.get("/api/secrets", admin).await.status, 200);
    assert_eq!(world.delete(path, admin).await.status, 204);
    let request = json!({"skill": "echo", "method": "GET", "url": "https://a.example/v1"});
    let explained = world.post("/api/egress/explain", admin, &request).await;
    assert_eq!(explained.status, 200, "{}", explained.body);
}

async fn tez(world: &World, admin: &str) {
    let named = json!({"displayName": "Ada"});
    world.post("/contacts/register", admin, &named).await;
    let team = world.post("/teams", admin, &json!({"name": "Sales"})).await;
    let team = team.body["data"]["id"].as_str().unwrap();
    let member = json!({"userId": "mia"});
    world
        .post(&format!("/teams/{team}/members"), admin, &member)
        .await;
    let note = json!({"teamId": team, "surfaceText": "hi",
        "context": [{"layer": "fact", "content": "so", "source": "stated"}]});
    let shared = world.post("/tez/share", admin, &note).await;
    let path = format!("/tez/{}", shared.body["data"]["id"].as_str().unwrap());
    world
        .post(
            &format!("{path}/reply"),
            admin,
            &json!({"surfaceText": "ho"}),
        )
        .await;
    world
        .patch(&path, admin, &json!({"status": "archived"}))
        .await;
    let handed = Handed::over(world, ("home", "ada"), "mia").await;
    let mia = world.token("home", "mia", Role::Member).await;
    let asked = handed.ask(world, &mia, &["amount"]).await;
    let decide = format!(
        "{}/{}/decide",
        handed.expansions(),
        asked.body["data"]["id"].as_str().unwrap()
    );
    let refusal = json!({"fields": {"amount": "refuse"}});
    world.post(&decide, admin, &refusal).await;
    let redact = handed.redact(world, admin).await;
    assert_eq!(redact.status, 200, "{}", redact.body);
    for path in [
        path.as_str(),
        &format!("{path}/thread"),
        &format!("{path}/export"),
        &handed.expansions(),
        "/tez/expansions?state=all",
        &format!("/tez/stream?teamId={team}"),
        "/unread",
    ] {
        assert_eq!(world.get(path, admin).await.status, 200, "{path}");
    }
}

async fn policies(world: &World, admin: &str) {
    let shown = world.get("/api/policies", admin).await;
    let text = &shown.body["text"];
    let new = json!({"text": text, "expected_version": 0});
    let put = world.put("/api/policies", admin, &new).await;
    assert_eq!(put.status, 200, "{}", put.body);
    let question = json!({"principal": {"role": "member", "user": "mia"},
        "action": "list-skills", "resource": {"type": "community"}});
    for (what, body) in [("validate", json!({"text": text})), ("explain", question)] {
        let path = format!("/api/policies/{what}");
        let answer = world.post(&path, admin, &body).await;
        assert_eq!(answer.status, 200, "{what}");
    }
    for what in ["history", "versions/1"] {
        let answer = world.get(&format!("/api/policies/{what}"), admin).await;
        assert_eq!(answer.status, 200, "{what}");
    }
}

async fn settings(world: &World, admin: &str) {
    let root = "/api/community-settings";
    let shown = world.get(root, admin).await;
    let new = json!({"settings": shown.body["settings"], "expected_version": 0});
    let put = world.put(root, admin, &new).await;
    assert_eq!(put.status, 200, "{}", put.body);
    for what in ["versions", "versions/1"] {
        let answer = world.get(&format!("{root}/{what}"), admin).await;
        assert_eq!(answer.status, 200, "{what}");
    }
}

async fn refusals(world: &World) {
    world.grant_echo().await;
    let token = world.token("home", "ada", Role::Admin).await;
    world
        .sandbox
        .set(Behaviour::Fail(RunFailure::Trapped("x".into())));
    world.say(&token, &json!({"text": "hi"})).await;
    world.get("/problems/none", &token).await;
    for path in [WELL_KNOWN.to_owned(), format!("{WELL_KNOWN}/mcp")] {
        assert_eq!(world.get(&path, &token).await.status, 404);
    }
    let link = format!("/api/mail/unsubscribe?key={}", "0".repeat(64));
    world.post(&link, &token, &json!({})).await;
    world.get("/api/mail/unsubscribe?key=x", &token).await;
    world.scrape("192.0.2.1:1", &[]).await;
    world.tell(&[], "x".into()).await;
    *world.crm.refuses_with.lock().unwrap() = Some(CrmError::Forbidden);
    tokio::time::advance(skillgate_server::limits::READY_FRESH).await;
    world.get("/readyz", &token).await;
    for (path, method, operation) in operations() {
        if operation.get("security").is_none() {
            let asked = request(method, &fill(path), "sgt_nobody").body(Body::empty());
            assert_eq!(world.send(asked.unwrap()).await.status, 401, "{path}");
        }
    }
}

#[tokio::test]
async fn the_page_loads_nothing_and_runs_nothing() {
    let page = World::new().await.get("/api/docs", "x").await;
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    let tags: Vec<_> = page.text.split('<').skip(1).collect();
    let tags = tags.iter().filter_map(|rest| rest.split('>').next());
    let forbidden = ["src=", "http:", "https:", " style=", " on"];
    for tag in tags {
        let name = tag.split(' ').next().unwrap();
        assert!(
            !["script", "link", "img", "iframe", "object"].contains(&name),
            "{tag}"
        );
        assert!(!forbidden.iter().any(|text| tag.contains(text)), "{tag}");
    }
    for (path, _, operation) in operations() {
        assert!(page.text.contains(path));
        let id = operation["operationId"].as_str().unwrap();
        assert!(
            page.text.contains(&format!("<section id=\"{id}\">")),
            "{id}"
        );
    }
}
