//! Skills: listed, described, called.

use crate::world::{Behaviour, Failure, World, request};
use axum::body::Body;
use http::{Method, header};
use serde_json::json;
use skillgate_app::gate::GateLimits;
use skillgate_app::ports::{
    Inadmissible, Retry, RunFailure, SandboxLimit, StorageError, ToolError, ToolErrorCode,
};
use skillgate_domain::limits::INPUT_BYTES_MAX;
use skillgate_domain::principal::Role;
use std::time::Duration;

const SAY: &str = "/api/skills/echo/tools/say";

#[tokio::test]
async fn a_skill_is_listed_described_and_called() {
    let (world, token) = World::with_echo().await;
    let list = world.get("/api/skills", &token).await;
    assert_eq!(list.body["skills"][0]["name"], "echo");
    assert_eq!(list.body["skills"][0]["tools"][0]["name"], "say");
    assert!(
        list.body["skills"][0]["tools"][0]
            .get("input_schema")
            .is_none()
    );

    let one = world.get("/api/skills/echo", &token).await;
    assert_eq!(
        one.body["tools"][0]["input_schema"]["required"],
        json!(["text"])
    );

    let said = world.say(&token, &json!({"text": "hi"})).await;
    assert_eq!(said.status, 200);
    assert_eq!(said.body["output"], json!({"text": "hi"}));
    assert!(said.body["invocation"].as_str().unwrap().len() == 36);
    assert_eq!(said.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn the_run_carries_the_callers_request_id() {
    let (world, token) = World::with_echo().await;
    let request = request(Method::POST, SAY, &token)
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-request-id", "abc-1")
        .body(Body::from(r#"{"text":"hi"}"#))
        .unwrap();
    let said = world.send(request).await;
    assert_eq!(said.header("x-request-id"), Some("abc-1"));
    assert_eq!(*world.sandbox.requests.lock().unwrap(), ["abc-1"]);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let (world, token) = World::with_echo().await;
    let long = "a".repeat(10_000);
    for skill in [
        "other",
        "Echo",
        "echo%2f..",
        "..%2fecho",
        "a%3fb",
        "%00",
        "-",
        &long,
    ] {
        let path = format!("/api/skills/{skill}/tools/say");
        world
            .post(&path, &token, &json!({}))
            .await
            .is_problem(404, "skill-not-found");
        world
            .get(&format!("/api/skills/{skill}"), &token)
            .await
            .is_problem(404, "skill-not-found");
    }
    for tool in ["other", "Say", "say%2f", "say%3f", "%00", &long] {
        let path = format!("/api/skills/echo/tools/{tool}");
        world
            .post(&path, &token, &json!({}))
            .await
            .is_problem(404, "no-such-tool");
    }
    world
        .get("/api/skills/%ff", &token)
        .await
        .is_problem(400, "invalid-path");
}

#[tokio::test]
async fn the_input_limit_is_exact() {
    let (world, token) = World::with_echo().await;
    let frame = r#"{"text":""}"#.len();
    let input = |bytes: usize| format!(r#"{{"text":"{}"}}"#, "x".repeat(bytes - frame));
    let fits = world
        .post_bytes(SAY, &token, input(INPUT_BYTES_MAX).into())
        .await;
    assert_eq!(fits.status, 200);
    let more = world
        .post_bytes(SAY, &token, input(INPUT_BYTES_MAX + 1).into())
        .await;
    more.is_problem(413, "input-too-long");
}

#[tokio::test]
async fn an_input_is_strict_json_of_the_tools_schema() {
    let (world, token) = World::with_echo().await;
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    for text in [
        "",
        "{",
        "{} {}",
        r#"{"text":"a","text":"b"}"#,
        "\"\u{0}\"",
        &deep,
    ] {
        let refused = world.post_bytes(SAY, &token, text.into()).await;
        refused.is_problem(400, "input-unreadable");
    }
    let refused = world.say(&token, &json!({"text": 1})).await;
    refused.is_problem(422, "input-invalid");
    assert_eq!(refused.body["violations"][0]["path"], "/text");
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
    ] {
        let request = request(Method::POST, SAY, &token)
            .header(header::CONTENT_TYPE, media_type)
            .body(Body::from("{}"))
            .unwrap();
        world
            .send(request)
            .await
            .is_problem(415, "unsupported-media-type");
    }
    let packed = request(Method::POST, SAY, &token)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_ENCODING, "gzip")
        .body(Body::from("{}"))
        .unwrap();
    world
        .send(packed)
        .await
        .is_problem(415, "unsupported-media-type");
}

#[tokio::test]
async fn roles_and_scopes_hold() {
    let (world, _) = World::with_echo().await;
    let partner = world.token("home", "pat", Role::Partner).await;
    world
        .get("/api/skills", &partner)
        .await
        .is_problem(403, "forbidden");
    world
        .say(&partner, &json!({"text": "a"}))
        .await
        .is_problem(403, "forbidden");
    let stranger = world.token("away", "sam", Role::Admin).await;
    world
        .say(&stranger, &json!({"text": "a"}))
        .await
        .is_problem(404, "skill-not-found");

    let admin = world.token("home", "ada", Role::Admin).await;
    let scoped = json!({"user": "u", "role": "member", "skills": ["other"], "may_write": false, "life_s": 60});
    let scoped = world.post("/api/tokens", &admin, &scoped).await;
    let scoped = scoped.body["token"].as_str().unwrap();
    world
        .say(scoped, &json!({"text": "a"}))
        .await
        .is_problem(403, "skill-out-of-scope");
}

fn tool(code: ToolErrorCode, retry_after: Option<Duration>) -> RunFailure {
    RunFailure::Tool(ToolError {
        code,
        retry: Retry::CheckFirst,
        retry_after,
        message: "in\u{1b}own words".to_owned(),
    })
}

#[tokio::test]
async fn every_failure_of_a_run_has_its_problem() {
    let (world, token) = World::with_echo().await;
    let limit = RunFailure::Limit;
    for (failure, status, code) in [
        (limit(SandboxLimit::Cpu), 504, "skill-stopped"),
        (limit(SandboxLimit::Wall), 504, "skill-stopped"),
        (limit(SandboxLimit::Memory), 502, "skill-over-limit"),
        (limit(SandboxLimit::Table), 502, "skill-over-limit"),
        (limit(SandboxLimit::Stack), 502, "skill-over-limit"),
        (limit(SandboxLimit::HostCopies), 502, "skill-over-limit"),
        (limit(SandboxLimit::Output), 502, "skill-over-limit"),
        (RunFailure::Trapped("at 0x12".into()), 502, "skill-crashed"),
        (RunFailure::Host("no room".into()), 500, "internal"),
        (RunFailure::NotAdmitted, 500, "internal"),
        (tool(ToolErrorCode::NotFound, None), 422, "tool-not-found"),
        (
            tool(ToolErrorCode::Unavailable, None),
            503,
            "tool-unavailable",
        ),
        (
            tool(ToolErrorCode::OutcomeUnknown, None),
            422,
            "tool-outcome-unknown",
        ),
    ] {
        world.sandbox.set(Behaviour::Fail(failure.clone()));
        let refused = world.say(&token, &json!({"text": "a"})).await;
        refused.is_problem(status, code);
        for hidden in ["0x12", "no room", "\u{1b}"] {
            assert!(
                !refused.body.to_string().contains(hidden),
                "{}",
                refused.body
            );
        }
    }
    world
        .sandbox
        .set(Behaviour::Fail(limit(SandboxLimit::Memory)));
    let refused = world.say(&token, &json!({"text": "a"})).await;
    assert_eq!(refused.body["limit"], "memory-limit");
}

#[tokio::test]
async fn a_tools_own_error_carries_its_advice() {
    let (world, token) = World::with_echo().await;
    for (after, seconds) in [(None, "1"), (Some(Duration::from_millis(2_500)), "3")] {
        world
            .sandbox
            .set(Behaviour::Fail(tool(ToolErrorCode::RateLimited, after)));
        let refused = world.say(&token, &json!({"text": "a"})).await;
        refused.is_problem(429, "tool-rate-limited");
        assert_eq!(refused.header("retry-after"), Some(seconds));
        assert_eq!(refused.body["retry"], "check-first");
        assert_eq!(refused.body["detail"], "in own words");
    }
}

#[tokio::test]
async fn a_broken_promise_is_the_skills() {
    let (world, token) = World::with_echo().await;
    for output in ["", "{", r#"{"text":1}"#, "[]"] {
        world.sandbox.set(Behaviour::Answer(output.to_owned()));
        let refused = world.say(&token, &json!({"text": "a"})).await;
        refused.is_problem(502, "skill-output-invalid");
    }
}

#[tokio::test]
async fn a_bug_of_the_host_ends_one_call_only() {
    let (world, token) = World::with_echo().await;
    world.sandbox.set(Behaviour::Panic);
    let refused = world.say(&token, &json!({"text": "a"})).await;
    refused.is_problem(500, "internal");
    assert!(!refused.body.to_string().contains("bug in a host function"));
    world.sandbox.set(Behaviour::Echo);
    assert_eq!(world.say(&token, &json!({"text": "a"})).await.status, 200);
}

#[tokio::test]
async fn a_component_that_its_grant_does_not_carry_is_a_conflict() {
    let (world, token) = World::with_echo().await;
    world.sandbox.set(Behaviour::Fail(RunFailure::NotAdmitted));
    let imports = Inadmissible::Imports(vec!["crm".to_owned()]);
    *world.sandbox.inadmissible.lock().unwrap() = Some(imports);
    let refused = world.say(&token, &json!({"text": "a"})).await;
    refused.is_problem(409, "skill-not-runnable");
    assert_eq!(refused.body["reason"], "undeclared-imports");

    *world.sandbox.inadmissible.lock().unwrap() = Some(Inadmissible::Internal("why".into()));
    world
        .say(&token, &json!({"text": "a"}))
        .await
        .is_problem(500, "internal");
}

#[tokio::test(start_paused = true)]
async fn who_is_busy_is_told() {
    let none = GateLimits {
        waiting_max: 0,
        waiting_per_skill_max: 0,
        ..GateLimits::DEFAULT
    };
    let skill = GateLimits {
        runs_per_skill_max: 0,
        ..none
    };
    let host = GateLimits {
        runs_max: 0,
        ..none
    };
    for (limits, status, code) in [(skill, 429, "skill-busy"), (host, 503, "host-busy")] {
        let world = World::with_gate(limits).await;
        let token = world.grant_echo().await;
        let refused = world.say(&token, &json!({"text": "a"})).await;
        refused.is_problem(status, code);
        assert_eq!(refused.header("retry-after"), Some("1"));
    }
}

#[tokio::test]
async fn a_failing_storage_is_told_by_kind() {
    let (world, token) = World::with_echo().await;
    let cases: [(Failure, u16, &str, bool); 5] = [
        (
            || StorageError::Busy("sql".into()),
            503,
            "storage-busy",
            true,
        ),
        (
            || StorageError::Unavailable("sql".into()),
            503,
            "storage-unavailable",
            true,
        ),
        (
            || StorageError::Full("sql".into()),
            507,
            "storage-full",
            false,
        ),
        (
            || StorageError::Corrupt("sql".into()),
            500,
            "internal",
            false,
        ),
        (|| StorageError::Conflict, 500, "internal", false),
    ];
    for (failure, status, code, comes_back) in cases {
        *world.storage.fails_with.lock().unwrap() = Some(failure);
        let refused = world.say(&token, &json!({"text": "a"})).await;
        refused.is_problem(status, code);
        assert_eq!(
            refused.header("retry-after").is_some(),
            comes_back,
            "{code}"
        );
        assert!(!refused.body.to_string().contains("sql"));
    }
}
