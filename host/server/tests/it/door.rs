//! What holds for every route: problems, request ids, readiness.

use crate::world::{World, request};
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request, header};
use serde_json::json;
use skillgate_app::ports::{CrmError, StorageError, UnavailableCause};
use skillgate_domain::principal::Role;
use skillgate_server::Kind;
use skillgate_server::limits::{
    BODY_DEPTH_MAX, BODY_READ_MAX, READY_FRESH, REQUESTS_MAX, UPLOAD_READ_MAX, UPLOADS_MAX,
};
use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tower::ServiceExt;

#[tokio::test]
async fn the_routers_own_refusals_are_problems() {
    let world = World::new().await;
    for path in [
        "/",
        "/api",
        "/api/skills/",
        "/api//skills",
        "/healthz/x",
        "/%ff",
    ] {
        world
            .get(path, "x")
            .await
            .is_problem(404, "route-not-found");
    }
    for (path, allow) in [
        ("/api/skills", "GET,HEAD"),
        ("/healthz", "GET,HEAD"),
        ("/api/modules", "GET,HEAD,POST"),
    ] {
        let refused = world.delete(path, "x").await;
        refused.is_problem(405, "method-not-allowed");
        assert_eq!(refused.header("allow"), Some(allow));
    }
}

#[tokio::test]
async fn a_sane_request_id_is_kept_and_others_are_replaced() {
    let world = World::new().await;
    let longest = "a".repeat(128);
    for id in ["a", "A-1_b.c:d", &longest] {
        let request = Request::get("/healthz").header("x-request-id", id);
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("x-request-id"), Some(id));
    }
    let longer = "a".repeat(129);
    for id in ["", "a b", "a\tb", "é", "<script>", &longer] {
        let request = Request::get("/nowhere").header("x-request-id", id.as_bytes());
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("x-request-id").unwrap().len(), 36, "{id}");
        answer.is_problem(404, "route-not-found");
    }
}

#[tokio::test]
async fn a_problems_type_leads_to_its_meaning() {
    let world = World::new().await;
    for kind in Kind::ALL {
        let page = world.get(&format!("/problems/{}", kind.code()), "x").await;
        assert_eq!(page.body["meaning"], kind.meaning());
        assert_eq!(page.body["status"], kind.status().as_u16());
    }
    world
        .get("/problems/none", "x")
        .await
        .is_problem(404, "route-not-found");
}

#[tokio::test(start_paused = true)]
async fn readiness_names_the_part_that_is_not() {
    let world = World::new().await;
    assert_eq!(world.get("/healthz", "x").await.status, 200);
    let ready = world.get("/readyz", "x").await;
    assert_eq!(
        ready.body,
        json!({"ready": true, "parts": {"storage": "ready", "crm": "ready"}})
    );

    for (refusal, word) in [
        (CrmError::Forbidden, "credential-refused"),
        (
            CrmError::Unavailable(UnavailableCause::Connect),
            "unreachable",
        ),
        (
            CrmError::Invalid("upstream text".into()),
            "unexpected-answer",
        ),
    ] {
        *world.crm.refuses_with.lock().unwrap() = Some(refusal);
        tokio::time::advance(READY_FRESH).await;
        let not = world.get("/readyz", "x").await;
        not.is_problem(503, "not-ready");
        assert_eq!(not.body["parts"], json!({"storage": "ready", "crm": word}));
        assert!(!not.body.to_string().contains("upstream"));
    }
    *world.crm.refuses_with.lock().unwrap() = None;
    *world.storage.fails_with.lock().unwrap() = Some(|| StorageError::Busy("x".into()));
    tokio::time::advance(READY_FRESH).await;
    let not = world.get("/readyz", "x").await;
    assert_eq!(
        not.body["parts"],
        json!({"storage": "busy", "crm": "ready"})
    );
    assert_eq!(world.get("/healthz", "x").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn readiness_is_checked_once_in_a_while_and_never_waits_long() {
    let world = World::new().await;
    world.crm.hangs.store(true, Ordering::Relaxed);
    let (first, second) = tokio::join!(world.get("/readyz", "x"), world.get("/readyz", "x"));
    for not in [first, second] {
        assert_eq!(not.body["parts"]["crm"], "timeout");
    }
    assert_eq!(world.crm.checks.load(Ordering::Relaxed), 1);
    let nearly = READY_FRESH.checked_sub(Duration::from_millis(1)).unwrap();
    tokio::time::advance(nearly).await;
    world.get("/readyz", "x").await;
    assert_eq!(world.crm.checks.load(Ordering::Relaxed), 1);
    tokio::time::advance(Duration::from_millis(1)).await;
    world.get("/readyz", "x").await;
    assert_eq!(world.crm.checks.load(Ordering::Relaxed), 2);
}

/// A request whose body never comes.
pub(crate) fn endless(path: &str, token: &str, media_type: &str) -> Request<Body> {
    let never = futures::stream::pending::<Result<Bytes, Infallible>>();
    request(Method::POST, path, token)
        .header(header::CONTENT_TYPE, media_type)
        .body(Body::from_stream(never))
        .unwrap()
}

const FORM: &str = "multipart/form-data; boundary=x";

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_given_up() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    for (path, media_type, wait) in [
        ("/api/tokens", "application/json", BODY_READ_MAX),
        (
            "/api/skills/echo/tools/say",
            "application/json",
            BODY_READ_MAX,
        ),
        ("/api/modules", FORM, UPLOAD_READ_MAX),
    ] {
        let started = Instant::now();
        let refused = world.send(endless(path, &admin, media_type)).await;
        refused.is_problem(408, "request-timeout");
        assert_eq!(started.elapsed().as_secs(), wait.as_secs());
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_too_many_is_told_to_come_back() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    for (most, path, media_type) in [
        (UPLOADS_MAX, "/api/modules", FORM),
        (REQUESTS_MAX, "/api/tokens", "application/json"),
    ] {
        let mut working = JoinSet::new();
        for _ in 0..most {
            let router = world.router.clone();
            working.spawn(router.oneshot(endless(path, &admin, media_type)));
        }
        // Each turn of the scheduler runs some of them up to where they wait.
        for _ in 0..most {
            tokio::task::yield_now().await;
        }
        let refused = world.send(endless(path, &admin, media_type)).await;
        refused.is_problem(503, "host-busy");
        assert_eq!(refused.header("retry-after"), Some("1"));
        assert_eq!(world.get("/healthz", "x").await.status, 200);
        working.shutdown().await;
        let refused = world.send(endless(path, &admin, media_type)).await;
        refused.is_problem(408, "request-timeout");
    }
}

#[tokio::test]
async fn a_bodys_depth_has_a_limit() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    for (levels, status, code) in [
        (BODY_DEPTH_MAX, 422, "body-invalid"),
        (BODY_DEPTH_MAX + 1, 400, "body-unreadable"),
    ] {
        let nested = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let refused = world.post_bytes("/api/tokens", &admin, nested.into()).await;
        refused.is_problem(status, code);
    }
}

/// A reader of JSON would take the members of an object in their order.
#[tokio::test]
async fn a_list_is_no_object() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let list = r#"["", "eve", null, "member", null, false, 60]"#;
    let refused = world.post_bytes("/api/tokens", &admin, list.into()).await;
    refused.is_problem(422, "body-invalid");
    let object = json!({ "user": "eve", "role": "member", "may_write": false, "life_s": 60 });
    assert_eq!(world.post("/api/tokens", &admin, &object).await.status, 201);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_told_apart() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let broken = futures::stream::iter([Ok("{".to_owned()), Err(std::io::Error::other("gone"))]);
    let request = request(Method::POST, "/api/tokens", &admin)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from_stream(broken))
        .unwrap();
    world.send(request).await.is_problem(400, "body-unreadable");
}
