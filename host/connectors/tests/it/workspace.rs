//! The workspace: what is sent, as whom, and when it is sure that nothing happened.

use super::canned::*;
use super::support::Fate;
use secrecy::SecretString;
use serde_json::json;
use skillgate_app::ports::{WORKSPACE_PAYLOAD_BYTES_MAX, Workspace, WorkspaceDone, WorkspaceError};
use skillgate_connectors::SettingsError;
use skillgate_connectors::transport::{AllowedOrigins, OriginError, TransportError};
use skillgate_connectors::workspace::{
    ACTION_TIMEOUT, ANSWER_BYTES_MAX, NoWorkspace, PaWorkspace, WorkspaceConfig,
};
use skillgate_domain::workspace::{
    ACTION_DURATION_MAX, ADDRESS_CHARS_MAX, BODY_CHARS_MAX, CalendarAction, Email,
    SUBJECT_CHARS_MAX, SUMMARY_CHARS_MAX,
};
use std::time::Duration;

const BASE: &str = "https://pa.example.org";

fn config() -> WorkspaceConfig {
    WorkspaceConfig {
        base_url: BASE.to_owned(),
        service_token: Some(SecretString::from(SECRET)),
        allowed_origins: AllowedOrigins::parse([BASE]).unwrap(),
    }
}

fn service() -> Canned {
    Canned::new((200, JSON, r#"{"messageId":"m1"}"#.to_owned()))
}

fn story() -> (Canned, PaWorkspace) {
    let service = service();
    let workspace = PaWorkspace::new(&config(), service.transport()).unwrap();
    (service, workspace)
}

fn email() -> Email {
    Email {
        from: "ada.pa@example.org".to_owned(),
        to: "bob@example.org".to_owned(),
        subject: "Renewal".to_owned(),
        body: "Dear Bob,\n\"yes\".".to_owned(),
    }
}

fn action() -> CalendarAction {
    CalendarAction {
        assistant: "ada.pa@example.org".to_owned(),
        summary: "Followed up on the renewal".to_owned(),
        duration: Duration::from_mins(5),
    }
}

type Told = Result<WorkspaceDone, WorkspaceError>;
/// A change, and whether what comes of it is sent.
type Case<T> = (fn(&mut T), bool);

#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands beside refusals in tables"
)]
fn done(status: u16, payload: Option<serde_json::Value>) -> Told {
    Told::Ok(WorkspaceDone { status, payload })
}

#[tokio::test]
async fn what_stands_on_the_wire() {
    let (service, workspace) = story();
    let caller = SecretString::from("callers-own");
    let sent = workspace.send_email(Some(&caller), &email()).await;
    assert_eq!(sent, done(200, Some(json!({ "messageId": "m1" }))));
    workspace.log_action(None, &action()).await.unwrap();
    workspace.check().await.unwrap();
    insta::assert_snapshot!(service.asked().join("\n\n"));
}

#[tokio::test]
async fn nobody_acts_with_a_credential_that_is_not_his() {
    let (service, workspace) = story();
    let odd = SecretString::from("a\r\nx: y");
    let none = Err(WorkspaceError::NoCredential);
    assert_eq!(workspace.send_email(Some(&odd), &email()).await, none);
    let mut config = config();
    config.service_token = None;
    let without = PaWorkspace::new(&config, service.transport()).unwrap();
    assert_eq!(without.send_email(None, &email()).await, none);
    assert_eq!(without.log_action(None, &action()).await, none);
    assert_eq!(service.sent(), 0);
    let caller = SecretString::from("callers-own");
    assert!(without.send_email(Some(&caller), &email()).await.is_ok());
}

fn answers() -> Vec<(Answer, Result<WorkspaceDone, WorkspaceError>)> {
    use WorkspaceError::{OutcomeUnknown, Refused, Unavailable};
    let error = || r#"{"error":{"message":"hush"}}"#.to_owned();
    let page = || PAGE.to_owned();
    let text = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    let max = WORKSPACE_PAYLOAD_BYTES_MAX;
    let at_limit = serde_json::from_str(&text(max)).unwrap();
    vec![
        (
            (201, JSON, r#"{"id":1}"#.to_owned()),
            done(201, Some(json!({ "id": 1 }))),
        ),
        ((204, &[], String::new()), done(204, None)),
        ((200, &[], "sent".to_owned()), done(200, None)),
        ((200, JSON, r#"{"id":"#.to_owned()), done(200, None)),
        ((200, JSON, text(max)), done(200, Some(at_limit))),
        ((200, JSON, text(max + 1)), done(200, None)),
        ((200, JSON, text(ANSWER_BYTES_MAX)), done(200, None)),
        ((200, JSON, text(ANSWER_BYTES_MAX + 1)), Err(OutcomeUnknown)),
        (
            (200, JSON, format!(r#"{{"as":"Bearer {SECRET}"}}"#)),
            done(200, None),
        ),
        ((200, HTML, page()), Err(OutcomeUnknown)),
        (
            (302, &[("location", "/login")], page()),
            Err(OutcomeUnknown),
        ),
        (
            (308, &[("location", "https://evil.test/")], page()),
            Err(OutcomeUnknown),
        ),
        ((400, JSON, error()), Err(Refused(400))),
        ((401, JSON, error()), Err(Refused(401))),
        ((403, HTML, page()), Err(Refused(403))),
        ((404, HTML, page()), Err(Refused(404))),
        ((429, JSON, error()), Err(Unavailable)),
        ((500, JSON, error()), Err(OutcomeUnknown)),
        ((502, HTML, page()), Err(OutcomeUnknown)),
        ((503, JSON, error()), Err(OutcomeUnknown)),
        ((504, HTML, page()), Err(OutcomeUnknown)),
    ]
}

#[tokio::test]
async fn every_answer_has_a_meaning() {
    let (service, workspace) = story();
    for (answer, expected) in answers() {
        let named = format!("{} {:.60}", answer.0, answer.2);
        service.next(answer.clone());
        let told = workspace.send_email(None, &email()).await;
        assert_eq!(told, expected, "{named}");
        service.next(answer);
        let told = workspace.log_action(None, &action()).await;
        assert_eq!(told, expected, "{named}");
        assert_eq!(service.sent(), 2, "{named}: each once");
        if let Err(error) = told {
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("hush"), "{shown}");
        }
    }
}

#[tokio::test]
async fn what_may_have_been_sent_is_not_sent_again() {
    let (service, workspace) = story();
    for lost in losses() {
        let expected = if lost == TransportError::Connect {
            WorkspaceError::Unavailable
        } else {
            WorkspaceError::OutcomeUnknown
        };
        service.fail(Fate::Before(lost.clone()));
        let told = workspace.send_email(None, &email()).await;
        assert_eq!(told, Err(expected), "{lost:?}");
        assert_eq!(service.sent(), 1, "{lost:?}");
    }
    assert!(workspace.send_email(None, &email()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_action_has_its_time() {
    let (service, workspace) = story();
    service.delay(ACTION_TIMEOUT.mul_f64(0.999));
    assert!(workspace.log_action(None, &action()).await.is_ok());
    service.delay(ACTION_TIMEOUT + Duration::from_millis(1));
    let told = workspace.log_action(None, &action()).await;
    assert_eq!(told, Err(WorkspaceError::OutcomeUnknown));
}

#[tokio::test]
async fn what_is_too_long_stays_here() {
    let (service, workspace) = story();
    let unfit = Err(WorkspaceError::Refused(422));
    let cases: [Case<Email>; 10] = [
        (|e| e.from = "x".repeat(ADDRESS_CHARS_MAX), true),
        (|e| e.from = "x".repeat(ADDRESS_CHARS_MAX + 1), false),
        (|e| e.to = "x".repeat(ADDRESS_CHARS_MAX + 1), false),
        (|e| e.to.clear(), false),
        (
            |e| e.to = "bob@example.org\r\nbcc: eve@example.org".to_owned(),
            false,
        ),
        (|e| e.subject = "é".repeat(SUBJECT_CHARS_MAX), true),
        (|e| e.subject = "é".repeat(SUBJECT_CHARS_MAX + 1), false),
        (|e| e.subject = "a\nb".to_owned(), false),
        (|e| e.body = "é".repeat(BODY_CHARS_MAX), true),
        (|e| e.body = "é".repeat(BODY_CHARS_MAX + 1), false),
    ];
    for (nth, (change, fits)) in cases.into_iter().enumerate() {
        let mut email = email();
        change(&mut email);
        let told = workspace.send_email(None, &email).await;
        assert_eq!(told.is_ok(), fits, "case {nth}");
        assert!(fits || told == unfit, "case {nth}");
        assert_eq!(service.sent(), usize::from(fits), "case {nth}");
    }
    let cases: [Case<CalendarAction>; 5] = [
        (|a| a.summary = "x".repeat(SUMMARY_CHARS_MAX), true),
        (|a| a.summary = "x".repeat(SUMMARY_CHARS_MAX + 1), false),
        (|a| a.duration = ACTION_DURATION_MAX, true),
        (|a| a.duration += ACTION_DURATION_MAX, false),
        (|a| a.assistant.clear(), false),
    ];
    for (nth, (change, fits)) in cases.into_iter().enumerate() {
        let mut action = action();
        change(&mut action);
        let told = workspace.log_action(None, &action).await;
        assert_eq!(told.is_ok(), fits, "case {nth}");
        assert_eq!(service.sent(), usize::from(fits), "case {nth}");
    }
}

#[tokio::test]
async fn a_check_needs_no_credential() {
    let (service, workspace) = story();
    for (answer, expected) in [
        ((200, JSON, r#"{"status":"ready"}"#.to_owned()), Ok(())),
        ((204, JSON, String::new()), Ok(())),
        (
            (200, HTML, PAGE.to_owned()),
            Err(WorkspaceError::Unavailable),
        ),
        (
            (404, HTML, PAGE.to_owned()),
            Err(WorkspaceError::Refused(404)),
        ),
        (
            (503, JSON, "{}".to_owned()),
            Err(WorkspaceError::Unavailable),
        ),
    ] {
        service.next(answer);
        assert_eq!(workspace.check().await, expected);
        assert!(!service.asked()[0].contains("authorization"));
    }
    for lost in losses() {
        service.fail(Fate::Before(lost));
        assert_eq!(workspace.check().await, Err(WorkspaceError::Unavailable));
    }
}

#[tokio::test]
async fn what_cannot_work_is_refused_before_anything_is_sent() {
    type Change = fn(&mut WorkspaceConfig);
    let cases: [(Change, Result<(), SettingsError>); 5] = [
        (|_| (), Ok(())),
        (|c| c.service_token = None, Ok(())),
        (
            |c| c.base_url = "https://other.example.org".to_owned(),
            Err(OriginError::NotAllowed.into()),
        ),
        (
            |c| c.base_url = format!("{BASE}?x"),
            Err(SettingsError::Query),
        ),
        (
            |c| c.service_token = Some(SecretString::from("a b")),
            Err(SettingsError::Credential),
        ),
    ];
    for (nth, (change, expected)) in cases.into_iter().enumerate() {
        let (mut config, service) = (config(), service());
        change(&mut config);
        let made = PaWorkspace::new(&config, service.transport());
        let shown = format!("{config:?} {made:?}");
        assert!(!shown.contains(SECRET), "{shown}");
        assert_eq!(made.map(|_| ()), expected, "case {nth}");
        assert_eq!(service.sent(), 0);
    }
}

#[tokio::test]
async fn without_an_address_there_is_no_workspace() {
    let none = WorkspaceError::NotConfigured;
    assert!(!NoWorkspace.configured() && story().1.configured());
    assert_eq!(NoWorkspace.send_email(None, &email()).await, Err(none));
    assert_eq!(NoWorkspace.log_action(None, &action()).await, Err(none));
    assert_eq!(NoWorkspace.check().await, Err(none));
}
