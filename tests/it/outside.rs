//! Planner and workspace over real sockets: that they answer, are slow, fail, and go away.

use axum::http::StatusCode;
use secrecy::SecretString;
use skillgate_app::ports::{Planner, PlannerError, PlannerRequest, Workspace, WorkspaceError};
use skillgate_connectors::openclaw::{OpenClaw, OpenClawConfig};
use skillgate_connectors::transport::AllowedOrigins;
use skillgate_connectors::workspace::{PaWorkspace, WorkspaceConfig};
use skillgate_domain::ids::{CommunityId, UserId};
use skillgate_domain::workspace::{CalendarAction, Email};
use skillgate_tests::host::SetClock;
use skillgate_tests::loopback::wire;
use skillgate_tests::openclaw::{FakeOpenClaw, OPENCLAW_TOKEN};
use skillgate_tests::workspace::{FakeWorkspace, WORKSPACE_TOKEN};
use std::sync::Arc;
use std::time::Duration;

/// Longer than any story.
const FOR_EVER: Duration = Duration::from_hours(1);

fn planner(gateway: &FakeOpenClaw, token: &str, timeout: Duration) -> OpenClaw {
    let origins = AllowedOrigins::parse([gateway.url()]).unwrap();
    let mut config = OpenClawConfig::new(gateway.url().to_owned(), token.into(), origins);
    config.timeout = timeout;
    let transport = Arc::new(wire());
    OpenClaw::new(&config, transport, Arc::new(SetClock::at_noon())).unwrap()
}

fn request() -> PlannerRequest {
    PlannerRequest {
        community: CommunityId::parse("acme").unwrap(),
        user: UserId::parse("ada").unwrap(),
        prompt: "What next?".to_owned(),
        model: Some("gpt-4.1-mini".to_owned()),
        temperature: None,
    }
}

#[tokio::test]
async fn a_planner_answers_is_slow_fails_and_goes_away() {
    let gateway = FakeOpenClaw::start().await;
    let patient = planner(&gateway, OPENCLAW_TOKEN, FOR_EVER);
    patient.check().await.unwrap();
    gateway.plans("Write to Bob.");
    let planned = patient.plan(&request()).await.unwrap();
    assert_eq!(planned.text, "Write to Bob.");
    let asked = gateway.asked();
    assert_eq!(asked[1].headers["x-openclaw-model"], "gpt-4.1-mini");

    let stranger = planner(&gateway, "another-token", FOR_EVER);
    let refused = stranger.plan(&request()).await;
    assert_eq!(refused, Err(PlannerError::Refused));
    gateway.fails(Some(StatusCode::BAD_GATEWAY));
    let failed = patient.plan(&request()).await;
    assert_eq!(failed, Err(PlannerError::Unavailable));
    gateway.fails(None);

    gateway.delays(FOR_EVER);
    let hasty = planner(&gateway, OPENCLAW_TOKEN, Duration::from_millis(50));
    let slow = hasty.plan(&request()).await;
    assert_eq!(slow, Err(PlannerError::TimedOut));

    let late = planner(&gateway, OPENCLAW_TOKEN, FOR_EVER);
    gateway.stop().await;
    let gone = late.plan(&request()).await;
    assert_eq!(gone, Err(PlannerError::Unavailable));
    assert_eq!(late.check().await, Err(PlannerError::Unavailable));
}

fn email() -> Email {
    Email {
        from: "ada.pa@example.org".to_owned(),
        to: "bob@example.org".to_owned(),
        subject: "Renewal".to_owned(),
        body: "Dear Bob".to_owned(),
    }
}

#[tokio::test]
async fn a_workspace_does_what_it_is_asked_or_leaves_it_unknown() {
    let service = FakeWorkspace::start().await;
    let config = WorkspaceConfig {
        base_url: service.url().to_owned(),
        service_token: Some(SecretString::from(WORKSPACE_TOKEN)),
        allowed_origins: AllowedOrigins::parse([service.url()]).unwrap(),
    };
    let client = || {
        let transport = Arc::new(wire());
        PaWorkspace::new(&config, transport).unwrap()
    };
    let workspace = client();
    workspace.check().await.unwrap();
    let caller = SecretString::from("callers-own");
    let sent = workspace.send_email(Some(&caller), &email()).await.unwrap();
    assert_eq!(sent.payload.unwrap()["success"], true);
    let action = CalendarAction {
        assistant: "ada.pa@example.org".to_owned(),
        summary: "Wrote to Bob".to_owned(),
        duration: Duration::from_mins(5),
    };
    workspace.log_action(None, &action).await.unwrap();
    let done = service.done();
    let by: Vec<_> = done.iter().map(|(token, _)| token.as_str()).collect();
    assert_eq!(by, ["callers-own", WORKSPACE_TOKEN]);

    service.fails(Some(StatusCode::FORBIDDEN));
    let told = workspace.send_email(None, &email()).await;
    assert_eq!(told, Err(WorkspaceError::Refused(403)));
    service.fails(Some(StatusCode::INTERNAL_SERVER_ERROR));
    let told = workspace.send_email(None, &email()).await;
    assert_eq!(told, Err(WorkspaceError::OutcomeUnknown));
    assert_eq!(service.done().len(), 2);

    service.stop().await;
    let told = client().send_email(None, &email()).await;
    assert_eq!(told, Err(WorkspaceError::Unavailable), "nothing was sent");
}
