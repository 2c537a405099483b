//! Requests with a key: done once, answered again.

use crate::world::{Answer, Behaviour, FakeStorage, World, form, manifest, request};
use axum::body::Body;
use http::{Method, Request, header};
use serde_json::{Value, json};
use skillgate_app::gate::GateLimits;
use skillgate_app::idempotency::{KEPT_BODY_BYTES_MAX, KEY_LIFE, KEYS_PER_PRINCIPAL_MAX, LEASE};
use skillgate_app::ports::{
    Retry, RunFailure, SandboxLimit, StorageError, ToolError, ToolErrorCode,
};
use skillgate_domain::limits::INPUT_BYTES_MAX;
use skillgate_domain::principal::Role;
use skillgate_server::limits::MODULE_BODY_BYTES_MAX;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tower::ServiceExt;

const SAY: &str = "/api/skills/echo/tools/say";

fn keyed(path: &str, token: &str, key: &str, body: &Value) -> Request<Body> {
    request(Method::POST, path, token)
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key)
        .body(Body::from(body.to_string()))
        .unwrap()
}

async fn say(world: &World, token: &str, key: &str, text: &str) -> Answer {
    world
        .send(keyed(SAY, token, key, &json!({ "text": text })))
        .await
}

fn runs(world: &World) -> usize {
    world.sandbox.requests.lock().unwrap().len()
}

fn is_replay(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == Some("true")
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer() {
    let (world, token) = World::with_echo().await;
    let first = say(&world, &token, "\"k1\"", "hi").await;
    assert_eq!(first.status, 200);
    assert!(!is_replay(&first));
    for spelling in ["\"k1\"", "k1"] {
        let again = say(&world, &token, spelling, "hi").await;
        assert!(is_replay(&again));
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(again.header("content-type"), first.header("content-type"));
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    }
    assert_eq!(runs(&world), 1);
    // Without a key, or with another one, it runs.
    world.say(&token, &json!({"text": "hi"})).await;
    say(&world, &token, "k2", "hi").await;
    assert_eq!(runs(&world), 3);
}

#[tokio::test]
async fn a_refusal_is_an_answer_too() {
    let (world, token) = World::with_echo().await;
    world
        .sandbox
        .set(Behaviour::Fail(RunFailure::Limit(SandboxLimit::Cpu)));
    let first = say(&world, &token, "k", "hi").await;
    first.is_problem(504, "skill-stopped");
    world.sandbox.set(Behaviour::Echo);
    let again = say(&world, &token, "k", "hi").await;
    assert!(is_replay(&again));
    assert_eq!(
        again.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(again.body, first.body);
    assert_eq!(runs(&world), 1);
}

#[tokio::test]
async fn a_key_means_one_body() {
    let (world, token) = World::with_echo().await;
    say(&world, &token, "k", "hi").await;
    say(&world, &token, "k", "ho")
        .await
        .is_problem(422, "idempotency-key-reused");
    let query = format!("{SAY}?mode=plan");
    let other = world
        .send(keyed(&query, &token, "k", &json!({"text": "hi"})))
        .await;
    other.is_problem(422, "idempotency-key-reused");
    assert_eq!(runs(&world), 1);
}

#[tokio::test]
async fn a_malformed_key_is_refused() {
    let (world, token) = World::with_echo().await;
    for key in ["", "\"", "a b", "a,b", "\"a\";v=1", &"k".repeat(256)] {
        say(&world, &token, key, "hi")
            .await
            .is_problem(400, "idempotency-key-invalid");
    }
    let twice = request(Method::POST, SAY, &token)
        .header("idempotency-key", "a")
        .header("idempotency-key", "a");
    let twice = world.send(twice.body(Body::empty()).unwrap()).await;
    twice.is_problem(400, "idempotency-key-invalid");
    assert_eq!(runs(&world), 0);
    assert_eq!(
        say(&world, &token, &"k".repeat(255), "hi").await.status,
        200
    );
    // Reading is always safe to repeat, so its key is not looked at.
    let read = request(Method::GET, "/api/skills", &token).header("idempotency-key", "a b");
    assert_eq!(
        world.send(read.body(Body::empty()).unwrap()).await.status,
        200
    );
}

#[tokio::test]
async fn a_key_belongs_to_its_caller() {
    let (world, token) = World::with_echo().await;
    let same_person = world.token("home", "mia", Role::Member).await;
    let colleague = world.token("home", "ben", Role::Member).await;
    for caller in [&token, &same_person, &colleague] {
        assert!(!is_replay(&say(&world, caller, "k", "hi").await));
    }
    assert_eq!(runs(&world), 3);
    let stranger = world.token("away", "mia", Role::Member).await;
    let refused = say(&world, &stranger, "k", "hi").await;
    refused.is_problem(404, "skill-not-found");
    assert!(!is_replay(&refused));
    say(&world, "sgt_x", "k", "hi")
        .await
        .is_problem(401, "token-not-valid");
}

struct Held {
    started: Arc<Notify>,
    go: Arc<Semaphore>,
    dropped: Arc<Notify>,
}

fn hold(world: &World) -> Held {
    let held = Held {
        started: Arc::default(),
        go: Arc::new(Semaphore::new(0)),
        dropped: Arc::default(),
    };
    world.sandbox.set(Behaviour::Wait {
        started: held.started.clone(),
        go: held.go.clone(),
        dropped: held.dropped.clone(),
    });
    held
}

#[tokio::test]
async fn of_two_at_once_one_runs() {
    let (world, token) = World::with_echo().await;
    let held = hold(&world);
    let request = || keyed(SAY, &token, "k", &json!({"text": "hi"}));
    let mut first = JoinSet::new();
    first.spawn(world.router.clone().oneshot(request()));
    held.started.notified().await;
    let second = world.send(request()).await;
    second.is_problem(409, "idempotency-in-progress");
    assert_eq!(second.header("retry-after"), Some("1"));
    held.go.add_permits(1);
    assert_eq!(
        first.join_next().await.unwrap().unwrap().unwrap().status(),
        200
    );
    assert!(is_replay(&world.send(request()).await));
    assert_eq!(runs(&world), 1);
}

#[tokio::test]
async fn a_caller_that_left_finds_the_answer() {
    let (world, token) = World::with_echo().await;
    let held = hold(&world);
    let mut first = JoinSet::new();
    let request = keyed(SAY, &token, "k", &json!({"text": "hi"}));
    first.spawn(world.router.clone().oneshot(request));
    held.started.notified().await;
    first.shutdown().await;
    held.go.add_permits(1);
    // What a shutdown waits for, too.
    world.tasks.close();
    world.tasks.wait().await;
    let again = say(&world, &token, "k", "hi").await;
    assert!(is_replay(&again));
    assert_eq!(again.body["output"], json!({"text": "hi"}));
    assert_eq!(runs(&world), 1);
}

#[tokio::test]
async fn a_host_that_died_in_the_middle_leaves_no_second_run() {
    let storage = Arc::new(FakeStorage::default());
    let world = World::over(storage.clone(), GateLimits::DEFAULT).await;
    let token = world.grant_echo().await;
    let held = hold(&world);
    let mut first = JoinSet::new();
    let request = keyed(SAY, &token, "k", &json!({"text": "hi"}));
    first.spawn(world.router.clone().oneshot(request));
    held.started.notified().await;
    first.shutdown().await;

    let world = World::over(storage, GateLimits::DEFAULT).await;
    let again = say(&world, &token, "k", "hi").await;
    again.is_problem(409, "idempotency-in-progress");
    world.clock.advance(LEASE);
    let again = say(&world, &token, "k", "hi").await;
    again.is_problem(409, "idempotency-outcome-unknown");
    assert_eq!(again.header("retry-after"), None);
    assert_eq!(runs(&world), 0);
    assert_eq!(say(&world, &token, "k2", "hi").await.status, 200);
    world.clock.advance(KEY_LIFE);
    assert!(!is_replay(&say(&world, &token, "k", "hi").await));
}

#[tokio::test]
async fn an_answer_survives_a_restart() {
    let storage = Arc::new(FakeStorage::default());
    let world = World::over(storage.clone(), GateLimits::DEFAULT).await;
    let token = world.grant_echo().await;
    let first = say(&world, &token, "k", "hi").await;
    let world = World::over(storage, GateLimits::DEFAULT).await;
    let again = say(&world, &token, "k", "hi").await;
    assert!(is_replay(&again));
    assert_eq!(again.body, first.body);
    assert_eq!(runs(&world), 0);
}

fn tool_says(code: ToolErrorCode, retry: Retry) -> Behaviour {
    Behaviour::Fail(RunFailure::Tool(ToolError {
        code,
        retry,
        retry_after: None,
        message: "no".to_owned(),
    }))
}

#[tokio::test]
async fn what_did_not_happen_may_be_asked_again() {
    let (world, token) = World::with_echo().await;
    for (number, retry, again_runs) in [
        (1, Retry::Safe, true),
        (2, Retry::CheckFirst, false),
        (3, Retry::Never, false),
    ] {
        let key = format!("k{number}");
        world
            .sandbox
            .set(tool_says(ToolErrorCode::Unavailable, retry));
        say(&world, &token, &key, "hi")
            .await
            .is_problem(503, "tool-unavailable");
        world.sandbox.set(Behaviour::Echo);
        let again = say(&world, &token, &key, "hi").await;
        assert_eq!(is_replay(&again), !again_runs, "{retry:?}");
    }
    *world.storage.fails_with.lock().unwrap() = Some(|| StorageError::Full("x".into()));
    say(&world, &token, "full", "hi")
        .await
        .is_problem(507, "storage-full");
    *world.storage.fails_with.lock().unwrap() = None;
    assert_eq!(say(&world, &token, "full", "hi").await.status, 200);
}

#[tokio::test]
async fn a_busy_host_forgets_the_key() {
    let limits = GateLimits {
        runs_max: 1,
        waiting_max: 0,
        wait_max: Duration::ZERO,
        ..GateLimits::DEFAULT
    };
    let world = World::with_gate(limits).await;
    let token = world.grant_echo().await;
    let held = hold(&world);
    let mut first = JoinSet::new();
    first.spawn(
        world
            .router
            .clone()
            .oneshot(keyed(SAY, &token, "a", &json!({"text": "hi"}))),
    );
    held.started.notified().await;
    let refused = say(&world, &token, "b", "hi").await;
    refused.is_problem(503, "host-busy");
    held.go.add_permits(1);
    first.join_next().await.unwrap().unwrap().unwrap();
    world.sandbox.set(Behaviour::Echo);
    let done = say(&world, &token, "b", "hi").await;
    assert_eq!(done.status, 200);
    assert!(!is_replay(&done));
}

#[tokio::test]
async fn an_answer_that_was_not_kept_is_not_run_again() {
    let (world, token) = World::with_echo().await;
    let held = hold(&world);
    let mut first = JoinSet::new();
    first.spawn(
        world
            .router
            .clone()
            .oneshot(keyed(SAY, &token, "k", &json!({"text": "hi"}))),
    );
    held.started.notified().await;
    *world.storage.fails_with.lock().unwrap() = Some(|| StorageError::Full("x".into()));
    held.go.add_permits(1);
    assert_eq!(
        first.join_next().await.unwrap().unwrap().unwrap().status(),
        200
    );
    *world.storage.fails_with.lock().unwrap() = None;
    world.clock.advance(LEASE);
    let again = say(&world, &token, "k", "hi").await;
    again.is_problem(409, "idempotency-outcome-unknown");
    assert_eq!(runs(&world), 1);
}

#[tokio::test]
async fn a_secret_is_answered_once_and_kept_nowhere() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let body = json!({"user": "mia", "role": "member", "may_write": false, "life_s": 60});
    let request = || keyed("/api/tokens", &admin, "k", &body);
    let made = world.send(request()).await;
    assert_eq!(made.status, 201);
    let secret = made.body["token"].as_str().unwrap();
    let again = world.send(request()).await;
    again.is_problem(409, "idempotency-not-replayable");
    assert!(!format!("{:?}", world.storage.keyed.lock().unwrap()).contains(&secret[36..]));
    let listed = world.get("/api/tokens", &admin).await;
    let of_mia = listed.body["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|t| t["user"] == "mia");
    assert_eq!(of_mia.count(), 1);
}

#[tokio::test]
async fn a_longer_answer_is_given_but_not_kept() {
    let (world, token) = World::with_echo().await;
    // The answer of the largest input is larger than what is kept.
    let text = "x".repeat(KEPT_BODY_BYTES_MAX);
    assert_eq!(
        say(&world, &token, "k", &text).await.body["output"]["text"],
        text
    );
    say(&world, &token, "k", &text)
        .await
        .is_problem(409, "idempotency-not-replayable");
    assert_eq!(runs(&world), 1);
}

#[tokio::test]
async fn a_body_is_read_to_its_limit() {
    let (world, token) = World::with_echo().await;
    let wrapping = json!({"text": ""}).to_string().len();
    for (bytes, status) in [(INPUT_BYTES_MAX, 200), (INPUT_BYTES_MAX + 1, 413)] {
        let text = "x".repeat(bytes - wrapping);
        assert_eq!(
            say(&world, &token, &format!("k{bytes}"), &text)
                .await
                .status,
            status
        );
    }
    assert_eq!(world.storage.keyed.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_upload_happens_once() {
    let world = World::new().await;
    let partner = world.token("home", "pat", Role::Partner).await;
    let upload = |component: &[u8]| {
        let parts = [
            ("manifest", manifest().into_bytes()),
            ("component", component.to_vec()),
        ];
        let parts = parts
            .each_ref()
            .map(|(name, bytes)| (*name, bytes.as_slice()));
        request(Method::POST, "/api/modules", &partner)
            .header(
                header::CONTENT_TYPE,
                "multipart/form-data; boundary=x-boundary",
            )
            .header("idempotency-key", "k")
            .body(Body::from(form(&parts)))
            .unwrap()
    };
    let made = world.send(upload(b"c")).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let again = world.send(upload(b"c")).await;
    assert!(is_replay(&again));
    assert_eq!((again.status, again.body), (made.status, made.body));
    world
        .send(upload(b"d"))
        .await
        .is_problem(422, "idempotency-key-reused");
    let too_long = world.send(upload(&vec![0; MODULE_BODY_BYTES_MAX])).await;
    too_long.is_problem(413, "body-too-large");
}

#[tokio::test]
async fn every_mutating_route_happens_once() {
    let world = World::new().await;
    let partner = world.token("home", "pat", Role::Partner).await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let made = world.submit(&partner, &manifest(), b"c").await;
    let grants = format!("/api/modules/{}/grants", made.body["id"].as_str().unwrap());
    let granted = world.send(keyed(&grants, &admin, "k", &json!({}))).await;
    let again = world.send(keyed(&grants, &admin, "k", &json!({}))).await;
    assert!(is_replay(&again));
    assert_eq!(again.body["id"], granted.body["id"]);
    let grant = format!("{grants}/{}", granted.body["id"].as_str().unwrap());
    let delete = || {
        request(Method::DELETE, &grant, &admin)
            .header("idempotency-key", "k")
            .body(Body::empty())
            .unwrap()
    };
    let first = world.send(delete()).await;
    let again = world.send(delete()).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (204, 204));
    assert!(!is_replay(&first) && is_replay(&again));
}

#[tokio::test]
async fn a_caller_has_so_many_keys() {
    let (world, token) = World::with_echo().await;
    for number in 0..KEYS_PER_PRINCIPAL_MAX {
        let refused = world
            .send(keyed(
                "/api/tokens",
                &token,
                &number.to_string(),
                &json!({}),
            ))
            .await;
        assert_eq!(refused.status, 422);
    }
    let refused = say(&world, &token, "one-more", "hi").await;
    refused.is_problem(429, "idempotency-keys-exhausted");
    assert_eq!(refused.header("retry-after"), Some("60"));
    assert_eq!(world.say(&token, &json!({"text": "hi"})).await.status, 200);
    let colleague = world.token("home", "ben", Role::Member).await;
    assert_eq!(say(&world, &colleague, "one-more", "hi").await.status, 200);
}
