//! The planner: what is asked, every way to get no answer, and what a silent gateway costs.

use super::canned::*;
use super::support::{Fate, HandClock};
use futures::future::join_all;
use secrecy::SecretString;
use serde_json::json;
use skillgate_app::ports::{PLANNED_TEXT_BYTES_MAX, Planner, PlannerError, PlannerRequest};
use skillgate_connectors::SettingsError;
use skillgate_connectors::openclaw::{
    ANSWER_BYTES_MAX, FAILURES_MAX, NoPlanner, OPEN_FOR, OpenClaw, OpenClawConfig, PLAN_TIMEOUT,
    PLANS_PER_COMMUNITY_MAX,
};
use skillgate_connectors::transport::{AllowedOrigins, OriginError, TransportError};
use skillgate_domain::ids::{CommunityId, UserId};
use std::sync::Arc;
use std::time::Duration;

const BASE: &str = "http://localhost:18789";

fn config() -> OpenClawConfig {
    let origins = AllowedOrigins::parse([BASE]).unwrap();
    OpenClawConfig::new(BASE.to_owned(), SecretString::from(SECRET), origins)
}

fn completion(text: &str) -> Answer {
    let body = json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "openclaw",
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": text },
            "finish_reason": "stop",
        }],
        "usage": { "total_tokens": 1 },
    });
    (200, JSON, body.to_string())
}

fn gateway() -> Canned {
    Canned::new(completion("Call Ada."))
}

struct Story {
    gateway: Canned,
    planner: OpenClaw,
    clock: Arc<HandClock>,
}

impl Story {
    fn new() -> Self {
        let (gateway, clock) = (gateway(), HandClock::new());
        let made = OpenClaw::new(&config(), gateway.transport(), clock.clone());
        let planner = made.unwrap();
        Self {
            gateway,
            planner,
            clock,
        }
    }

    async fn plan(&self) -> Result<String, PlannerError> {
        let planned = self.planner.plan(&request("acme")).await;
        planned.map(|planned| planned.text)
    }
}

fn request(community: &str) -> PlannerRequest {
    PlannerRequest {
        community: CommunityId::parse(community).unwrap(),
        user: UserId::parse("ada").unwrap(),
        prompt: "What next?".to_owned(),
        model: None,
        temperature: None,
    }
}

#[tokio::test]
async fn what_stands_on_the_wire() {
    let story = Story::new();
    story.plan().await.unwrap();
    let mut asked = request("acme");
    asked.model = Some("gpt-4.1-mini".to_owned());
    asked.temperature = Some(0.5);
    let planned = story.planner.plan(&asked).await.unwrap();
    assert_eq!((&*planned.text, &*planned.model), ("Call Ada.", "openclaw"));
    asked.model = Some("openclaw/sales".to_owned());
    story.planner.plan(&asked).await.unwrap();
    story
        .gateway
        .next((200, JSON, r#"{"ok":true,"status":"live"}"#.to_owned()));
    story.planner.check().await.unwrap();
    insta::assert_snapshot!(story.gateway.asked().join("\n\n"));
}

#[tokio::test]
async fn a_model_is_named_by_the_request_or_else_by_the_configuration() {
    let gateway = gateway();
    let mut config = config();
    config.default_model = Some("openai/gpt".to_owned());
    let planner = OpenClaw::new(&config, gateway.transport(), HandClock::new()).unwrap();
    planner.plan(&request("acme")).await.unwrap();
    let header = "x-openclaw-model: openai/gpt";
    assert!(gateway.asked()[0].contains(header), "by default");
    let mut asked = request("acme");
    asked.model = Some("openclaw".to_owned());
    planner.plan(&asked).await.unwrap();
    assert!(!gateway.asked()[0].contains("x-openclaw-model"));
    asked.model = Some("a\r\nx-evil: 1".to_owned());
    assert_eq!(planner.plan(&asked).await, Err(PlannerError::Refused));
    assert!(gateway.asked().is_empty(), "nothing was sent");
}

fn bad_answers() -> Vec<(Answer, PlannerError)> {
    use PlannerError::{BadAnswer, Refused, Unavailable};
    let error = || r#"{"error":{"message":"hush","type":"x"}}"#.to_owned();
    let page = || PAGE.to_owned();
    let (whole, half) = (completion("Call Ada.").2, completion("Call Ada.").2);
    let long = format!("{whole}{}", " ".repeat(ANSWER_BYTES_MAX + 1 - whole.len()));
    vec![
        ((400, JSON, error()), Refused),
        ((401, JSON, error()), Refused),
        ((403, HTML, page()), Refused),
        ((404, HTML, page()), Refused),
        ((413, JSON, error()), Refused),
        ((408, JSON, error()), Unavailable),
        ((429, JSON, error()), Unavailable),
        ((500, JSON, error()), Unavailable),
        ((502, HTML, page()), Unavailable),
        ((503, JSON, error()), Unavailable),
        (
            (302, &[("location", "http://localhost:18789/other")], page()),
            BadAnswer,
        ),
        (
            (307, &[("location", "http://evil.test/")], page()),
            BadAnswer,
        ),
        ((200, HTML, page()), BadAnswer),
        ((200, JSON, String::new()), BadAnswer),
        ((204, &[], String::new()), BadAnswer),
        ((200, JSON, half[..half.len() - 1].to_owned()), BadAnswer),
        ((200, JSON, r#"{"choices":[]}"#.to_owned()), BadAnswer),
        ((200, JSON, error()), BadAnswer),
        ((200, JSON, "[".repeat(10_000)), BadAnswer),
        ((200, JSON, long), BadAnswer),
        (completion(" \n"), BadAnswer),
        (completion(&format!("The token is {SECRET}.")), BadAnswer),
    ]
}

#[tokio::test]
async fn every_answer_that_is_none() {
    let story = Story::new();
    for (answer, expected) in bad_answers() {
        let (status, body) = (answer.0, format!("{:.60}", answer.2));
        story.gateway.next(answer);
        let told = story.plan().await;
        assert_eq!(told, Err(expected), "{status} {body}");
        let shown = format!("{told:?} {expected}");
        assert!(!shown.contains("hush"), "{shown}");
        // What was wrong once is forgotten.
        assert_eq!(story.plan().await.as_deref(), Ok("Call Ada."));
        assert_eq!(story.gateway.sent(), 2, "{status} {body}: each once");
        story.gateway.asked();
    }
    let at_limit = completion("Call Ada.").2;
    let at_limit = format!(
        "{at_limit}{}",
        " ".repeat(ANSWER_BYTES_MAX - at_limit.len())
    );
    story.gateway.next((200, JSON, at_limit));
    assert_eq!(story.plan().await.as_deref(), Ok("Call Ada."));
    story
        .gateway
        .next(completion(&"x".repeat(PLANNED_TEXT_BYTES_MAX + 1)));
    assert_eq!(story.plan().await.unwrap().len(), PLANNED_TEXT_BYTES_MAX);
}

#[tokio::test]
async fn a_turn_whose_answer_is_lost_is_not_asked_for_again() {
    let story = Story::new();
    let expected = [
        PlannerError::Unavailable,
        PlannerError::TimedOut,
        PlannerError::Unavailable,
        PlannerError::BadAnswer,
    ];
    for (lost, expected) in losses().into_iter().zip(expected) {
        for fate in [Fate::Before(lost.clone()), Fate::After(lost.clone())] {
            story.gateway.fail(fate);
            assert_eq!(story.plan().await, Err(expected), "{lost:?}");
            assert_eq!(story.gateway.sent(), 1, "{lost:?}");
        }
        story.plan().await.unwrap();
        story.gateway.sent();
    }
}

#[tokio::test(start_paused = true)]
async fn a_turn_has_thirty_seconds_or_what_is_set() {
    let story = Story::new();
    story.gateway.delay(PLAN_TIMEOUT.mul_f64(0.999));
    assert!(story.plan().await.is_ok());
    story.gateway.delay(PLAN_TIMEOUT + Duration::from_millis(1));
    assert_eq!(story.plan().await, Err(PlannerError::TimedOut));

    let mut hasty = config();
    hasty.timeout = Duration::from_secs(1);
    let planner = OpenClaw::new(&hasty, story.gateway.transport(), HandClock::new()).unwrap();
    story.gateway.delay(Duration::from_millis(1_001));
    let told = planner.plan(&request("acme")).await;
    assert_eq!(told.unwrap_err(), PlannerError::TimedOut);
}

#[tokio::test]
async fn a_dead_gateway_is_left_alone() {
    let story = Story::new();
    for _ in 0..FAILURES_MAX {
        story.gateway.fail(Fate::Before(TransportError::Connect));
        assert_eq!(story.plan().await, Err(PlannerError::Unavailable));
    }
    story.gateway.sent();
    assert_eq!(story.plan().await, Err(PlannerError::Unavailable));
    assert_eq!(story.gateway.sent(), 0, "nobody was asked");
    story.gateway.next((200, JSON, r#"{"ok":true}"#.to_owned()));
    assert_eq!(story.planner.check().await, Ok(()), "a check asks anyway");

    let pause = i64::try_from(OPEN_FOR.as_millis()).unwrap();
    story.clock.advance_ms(pause - 1);
    assert!(story.plan().await.is_err());
    story.clock.advance_ms(1);
    assert!(story.plan().await.is_ok());
    assert!(story.plan().await.is_ok());
}

#[tokio::test]
async fn what_one_caller_asks_for_closes_no_way_to_others() {
    let story = Story::new();
    for _ in 0..=FAILURES_MAX {
        story.gateway.next((400, JSON, "{}".to_owned()));
        assert_eq!(story.plan().await, Err(PlannerError::Refused));
        story.gateway.next(completion(""));
        assert_eq!(story.plan().await, Err(PlannerError::BadAnswer));
    }
    assert!(story.plan().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn so_many_turns_at_once_and_no_more() {
    let story = Story::new();
    story.gateway.delay(Duration::from_secs(1));
    let loud = request("loud");
    let many = (0..=PLANS_PER_COMMUNITY_MAX).map(|_| story.planner.plan(&loud));
    let other = request("other");
    let (answers, other) = tokio::join!(join_all(many), story.planner.plan(&other));
    let refused = answers.iter().filter(|answer| answer.is_err()).count();
    assert_eq!(refused, 1);
    let last = answers.last().unwrap();
    assert_eq!(last, &Err(PlannerError::Unavailable), "at once");
    assert!(other.is_ok(), "another community has places of its own");

    // Whoever goes away gives the place back.
    let gone = tokio::time::timeout(Duration::from_millis(1), story.planner.plan(&loud)).await;
    assert!(gone.is_err());
    let many = (0..PLANS_PER_COMMUNITY_MAX).map(|_| story.planner.plan(&loud));
    assert!(join_all(many).await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_check_says_whether_it_is_a_gateway() {
    let story = Story::new();
    let ok = |body: &str| (200, JSON, body.to_owned());
    for (answer, expected) in [
        (ok(r#"{"ok":true,"status":"live"}"#), Ok(())),
        (ok(r#"{"ok":false}"#), Err(PlannerError::BadAnswer)),
        ((200, HTML, PAGE.to_owned()), Err(PlannerError::BadAnswer)),
        ((404, HTML, PAGE.to_owned()), Err(PlannerError::Refused)),
        ((503, JSON, "{}".to_owned()), Err(PlannerError::Unavailable)),
    ] {
        story.gateway.next(answer.clone());
        assert_eq!(story.planner.check().await, expected, "{answer:?}");
        assert!(!story.gateway.asked()[0].contains("authorization"));
    }
    story.gateway.fail(Fate::Before(TransportError::Connect));
    assert_eq!(story.planner.check().await, Err(PlannerError::Unavailable));
}

#[tokio::test]
async fn what_cannot_work_is_refused_before_anything_is_sent() {
    type Change = fn(&mut OpenClawConfig);
    let cases: [(Change, Result<(), SettingsError>); 7] = [
        (|_| (), Ok(())),
        (|c| c.base_url = format!("{BASE}/prefix/"), Ok(())),
        (
            |c| c.base_url = "http://localhost".to_owned(),
            Err(OriginError::NotAllowed.into()),
        ),
        (
            |c| c.base_url = format!("{BASE}/?x"),
            Err(SettingsError::Query),
        ),
        (
            |c| c.token = SecretString::from("a\nb"),
            Err(SettingsError::Credential),
        ),
        (
            |c| c.token = SecretString::from(""),
            Err(SettingsError::Credential),
        ),
        (
            |c| c.default_model = Some("openclaw/".to_owned()),
            Err(SettingsError::Model),
        ),
    ];
    for (nth, (change, expected)) in cases.into_iter().enumerate() {
        let (mut config, gateway) = (config(), gateway());
        change(&mut config);
        let made = OpenClaw::new(&config, gateway.transport(), HandClock::new());
        let shown = format!("{config:?} {made:?}");
        assert!(!shown.contains(SECRET), "{shown}");
        assert_eq!(made.map(|_| ()), expected, "case {nth}");
        assert_eq!(gateway.sent(), 0);
    }
}

#[tokio::test]
async fn without_a_gateway_there_is_no_planner() {
    let none = PlannerError::NotConfigured;
    assert!(!NoPlanner.configured() && Story::new().planner.configured());
    assert_eq!(NoPlanner.plan(&request("acme")).await, Err(none));
    assert_eq!(NoPlanner.check().await, Err(none));
}
