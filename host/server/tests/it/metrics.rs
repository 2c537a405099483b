//! `GET /metrics`: who may look, what is counted, and that nobody can make the numbers grow.

use crate::world::{Answer, Behaviour, World, secret};
use axum::body::Body;
use http::{Method, Request};
use serde_json::json;
use skillgate_app::ports::{Meter, RunFailure, SandboxLimit};
use skillgate_app::run::Budget;
use skillgate_domain::ids::SkillName;
use skillgate_domain::policy::Basis;
use skillgate_domain::principal::Role;
use skillgate_policy::SHIPPED;
use skillgate_server::MetricsAccess;
use skillgate_server::limits::METRIC_SKILLS_MAX;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tower::ServiceExt;

const HERE: &str = "127.0.0.1:9";
const MS: Duration = Duration::from_millis(1);

/// Returns the value of one line, such as `a_total{b="c"}`; nothing when it is not there.
fn value(scraped: &Answer, line: &str) -> Option<f64> {
    let found = |text: &str| text.strip_prefix(line)?.strip_prefix(' ')?.parse().ok();
    scraped.text.lines().find_map(found)
}

#[tokio::test]
async fn metrics_are_shown_to_this_machine_only() {
    let world = World::new().await;
    for peer in [HERE, "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
        let shown = world.scrape(peer, &[]).await;
        assert_eq!(shown.status, 200, "{peer}");
        let form = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert_eq!(shown.header("content-type"), Some(form));
        assert!(shown.text.ends_with("# EOF\n"));
    }
    for peer in [
        "192.0.2.1:1",
        "10.0.0.1:1",
        "[2001:db8::1]:1",
        "[::ffff:10.0.0.1]:1",
    ] {
        world.scrape(peer, &[]).await.is_problem(403, "forbidden");
    }
    for proxied in ["forwarded", "x-forwarded-for", "x-real-ip", "via"] {
        let refused = world.scrape(HERE, &[(proxied, "127.0.0.1")]).await;
        refused.is_problem(403, "forbidden");
    }
    world
        .get("/metrics", "x")
        .await
        .is_problem(403, "forbidden");
}

#[tokio::test]
async fn a_token_opens_the_metrics_from_anywhere() {
    let access = MetricsAccess::Bearer(secret("the right token!"));
    let world = World::with_metrics_access(access).await;
    let right = ("authorization", "Bearer the right token!");
    for peer in [HERE, "192.0.2.1:1"] {
        assert_eq!(world.scrape(peer, &[right]).await.status, 200);
        let none = world.scrape(peer, &[]).await;
        none.is_problem(401, "authentication-required");
        for wrong in [
            "Bearer the right token",
            "Bearer the right token!!",
            "Bearer x",
        ] {
            let refused = world.scrape(peer, &[("authorization", wrong)]).await;
            refused.is_problem(401, "token-not-valid");
        }
    }
}

/// Calls that are answered, planned, refused, stopped, and of nothing.
async fn story() -> World {
    let (world, token) = World::with_echo().await;
    let text = json!({"text": "hi"});
    world.say(&token, &text).await;
    world.say(&token, &text).await;
    let unfit = world.say(&token, &json!({})).await;
    unfit.is_problem(422, "input-invalid");
    let planning = "/api/skills/echo/tools/say?mode=plan";
    assert_eq!(world.post(planning, &token, &text).await.status, 200);
    let stopped = RunFailure::Limit(SandboxLimit::Wall);
    world.sandbox.set(Behaviour::Fail(stopped));
    let stopped = world.say(&token, &text).await;
    stopped.is_problem(504, "skill-stopped");
    let made_up = "/api/skills/made-up/tools/say";
    world.post(made_up, &token, &text).await;
    world.get("/nowhere", &token).await;
    world
}

#[tokio::test]
async fn a_story_moves_the_right_numbers() {
    let world = story().await;
    let now = world.scrape(HERE, &[]).await;
    let say = "/api/skills/{skill}/tools/{tool}";
    for (line, expected) in [
        (
            r#"skillgate_invocations_total{action="invoke-skill",skill="echo",outcome="answered"}"#,
            2.0,
        ),
        (
            r#"skillgate_invocations_total{action="plan-skill",skill="echo",outcome="answered"}"#,
            1.0,
        ),
        (
            r#"skillgate_invocations_total{action="invoke-skill",skill="echo",outcome="input-invalid"}"#,
            1.0,
        ),
        (
            r#"skillgate_invocations_total{action="invoke-skill",skill="echo",outcome="wall-limit"}"#,
            1.0,
        ),
        (
            r#"skillgate_invocations_total{action="invoke-skill",skill="other",outcome="skill-not-found"}"#,
            1.0,
        ),
        (
            r#"skillgate_invocation_duration_seconds_count{skill="echo"}"#,
            5.0,
        ),
        (
            &format!(
                r#"skillgate_http_requests_total{{method="POST",route="{say}",status="200"}}"#
            ),
            3.0,
        ),
        (
            &format!(
                r#"skillgate_http_requests_total{{method="POST",route="{say}",status="404"}}"#
            ),
            1.0,
        ),
        (
            &format!(r#"skillgate_http_request_duration_seconds_count{{route="{say}"}}"#),
            6.0,
        ),
        (
            r#"skillgate_http_requests_total{method="GET",route="none",status="404"}"#,
            1.0,
        ),
        ("process_start_time_seconds", 1_790_000_000.0),
        ("skillgate_runs", 0.0),
    ] {
        assert_eq!(value(&now, line), Some(expected), "{line} in\n{}", now.text);
    }
    assert!(!now.text.contains("made-up"));
}

#[tokio::test]
async fn refusals_and_rights_are_counted() {
    let (world, token) = World::with_echo().await;
    let text = json!({"text": "hi"});
    for _ in 0..3 {
        world.say(&token, &text).await;
    }
    let refused = world.get("/api/audit", &token).await;
    refused.is_problem(403, "forbidden");
    let now = world.scrape(HERE, &[]).await;
    for (line, expected) in [
        (r#"skillgate_policy_rights_total{found="miss"}"#, 1.0),
        (r#"skillgate_policy_rights_total{found="hit"}"#, 2.0),
        (
            r#"skillgate_access_refused_total{basis="not-permitted"}"#,
            1.0,
        ),
    ] {
        assert_eq!(value(&now, line), Some(expected), "{line} in\n{}", now.text);
    }
}

#[tokio::test]
async fn what_is_only_left_out_of_a_list_is_no_refusal() {
    let (world, token) = World::with_echo().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let text = format!(
        "{SHIPPED}
        @id(\"no-echo\") forbid (principal, action, resource in Skill::\"echo\");"
    );
    let new = json!({"text": text, "expected_version": 0});
    assert_eq!(world.put("/api/policies", &admin, &new).await.status, 200);
    let listed = world.get("/api/skills", &token).await;
    assert_eq!(listed.body["skills"], json!([]));
    let forbidden = r#"skillgate_access_refused_total{basis="forbidden"}"#;
    assert_eq!(value(&world.scrape(HERE, &[]).await, forbidden), None);
    let shown = world.get("/api/skills/echo", &token).await;
    shown.is_problem(403, "forbidden");
    assert_eq!(value(&world.scrape(HERE, &[]).await, forbidden), Some(1.0));
}

#[tokio::test]
async fn a_run_is_seen_while_it_runs_and_counted_when_its_caller_leaves() {
    let (world, token) = World::with_echo().await;
    let (started, dropped) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    world.sandbox.set(Behaviour::Wait {
        started: Arc::clone(&started),
        go: Arc::new(Semaphore::new(0)),
        dropped: Arc::clone(&dropped),
    });
    let call = crate::world::request(Method::POST, "/api/skills/echo/tools/say", &token)
        .header("content-type", "application/json")
        .body(Body::from(r#"{"text":"hi"}"#));
    let mut calling = JoinSet::new();
    calling.spawn(world.router.clone().oneshot(call.unwrap()));
    started.notified().await;
    assert_eq!(
        value(&world.scrape(HERE, &[]).await, "skillgate_runs"),
        Some(1.0)
    );
    calling.shutdown().await;
    dropped.notified().await;
    let after = world.scrape(HERE, &[]).await;
    assert_eq!(value(&after, "skillgate_runs"), Some(0.0));
    let cancelled =
        r#"skillgate_invocations_total{action="invoke-skill",skill="echo",outcome="cancelled"}"#;
    assert_eq!(value(&after, cancelled), Some(1.0));
}

#[tokio::test]
async fn nobody_makes_the_numbers_grow() {
    const DIFFERENT: usize = 10_000;
    let (world, token) = World::with_echo().await;
    for n in 0..DIFFERENT {
        let method = Method::from_bytes(format!("M{n}").as_bytes()).unwrap();
        for path in [
            format!("/p{n}"),
            format!("/api/skills/s{n}"),
            format!("/problems/{n}"),
        ] {
            let request = Request::builder().method(method.clone()).uri(path);
            let request = request.body(Body::empty()).unwrap();
            world.router.clone().oneshot(request).await.unwrap();
        }
        let skill = SkillName::parse(&format!("s{n}")).unwrap();
        world
            .metrics
            .invocation("invoke-skill", Some(&skill), "answered", MS);
        if n % 100 == 0 {
            let path = format!("/api/skills/made-up-{n}/tools/t{n}");
            world.post(&path, &token, &json!({})).await;
        }
    }
    let scraped = world.scrape(HERE, &[]).await.text;
    let lines = |start: &str| {
        scraped
            .lines()
            .filter(|line| line.starts_with(start))
            .count()
    };
    assert_eq!(
        lines("skillgate_invocation_duration_seconds_count"),
        METRIC_SKILLS_MAX + 1
    );
    assert!(lines("skillgate_invocations_total") <= METRIC_SKILLS_MAX + 2);
    assert!(lines("skillgate_http_requests_total") < 20);
    assert!(lines("skillgate_http_request_duration_seconds_count") < 10);
    assert!(!scraped.contains("made-up"));
}

/// The reference's table has a row for each metric: its name, its type, its labels.
#[tokio::test]
async fn the_reference_lists_every_metric() {
    let world = World::new().await;
    let echo = SkillName::parse("echo").unwrap();
    let metrics = &world.metrics;
    metrics.invocation("invoke-skill", Some(&echo), "answered", MS);
    metrics.access_refused(Basis::NotPermitted);
    metrics.right_looked_up("hit");
    metrics.host_call_denied("not-granted");
    metrics.budget_used_up(Budget::CrmReads);
    metrics.crm_request("get", "answered", MS);
    metrics.crm_read_joined();
    metrics.record_read("kept");
    metrics.records_forgotten("notice", 2);
    metrics.crm_notice("believed");
    metrics.mail_ended("sent");
    metrics.partnership_moved("accepted");
    metrics.partner_told("relayed");
    metrics.compiled_component("hit");
    metrics.audit_records(2, "written");
    world.get("/healthz", "x").await;

    let scraped = world.scrape(HERE, &[]).await.text;
    let typed = scraped
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    let shown: BTreeSet<_> = typed.map(|line| row(&scraped, line)).collect();
    let page = include_str!("../../../../docs/metrics.md");
    let listed: BTreeSet<_> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| Some(line.rsplit_once(" | ")?.0))
        .map(str::to_owned)
        .collect();
    assert_eq!(shown, listed);
}

/// Writes the row of one `# TYPE` line, without its meaning.
fn row(scraped: &str, typed: &str) -> String {
    let (family, kind) = typed.split_once(' ').unwrap();
    let name = match kind {
        "counter" => format!("{family}_total"),
        "info" => format!("{family}_info"),
        "histogram" => format!("{family}_count"),
        _ => family.to_owned(),
    };
    let sample = |line: &&str| {
        let rest = line.strip_prefix(name.as_str());
        rest.is_some_and(|rest| rest.starts_with(['{', ' ']))
    };
    let sample = scraped.lines().find(sample).unwrap();
    let labels = sample
        .split('"')
        .step_by(2)
        .filter_map(|part| part.strip_suffix('='));
    let labels: Vec<_> = labels
        .map(|part| format!("`{}`", part.rsplit(['{', ',']).next().unwrap()))
        .collect();
    let name = if kind == "histogram" {
        family.to_owned()
    } else {
        name
    };
    format!("| `{name}` | {kind} | {}", labels.join(", "))
}
