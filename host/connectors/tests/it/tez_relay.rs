//! The relay elsewhere: who asks, what is shared, what an unanswered share left, and how little is asked.

use super::canned::*;
use super::relay::{Relay, TEAM};
use super::support::{Fate, HandClock, NOON_MS, Seen, Wire};
use axum::body::Body;
use http::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use skillgate_app::ports::{RelayUser, STREAM_PAGE_MAX, SharedTez, TezError, TezRelay};
use skillgate_connectors::tez_relay::{
    ANSWER_BYTES_MAX, FIND_PAGES_MAX, RELAY_TIMEOUT, REQUESTS_MAX, RelayConfig, RemoteRelay,
    SHARE_BYTES_MAX, WINDOW,
};
use skillgate_connectors::transport::{
    AllowedOrigins, InProcess, OriginError, Transport, TransportError,
};
use skillgate_connectors::{RETRY_AFTER_MAX, SettingsError};
use skillgate_domain::ids::{CommunityId, TeamId, TezAddress, TezId, UserId};
use skillgate_domain::tez::{
    ACTION_REQUESTED_CHARS_MAX, CONFIDENCE_MAX, CONTEXT_CONTENT_BYTES_MAX, CONTEXT_ITEMS_MAX,
    ContextItem, ContextSource, Layer, RECIPIENTS_MAX, SURFACE_TEXT_CHARS_MAX, TezDraft, TezKind,
    TezStatus, Urgency, Visibility,
};
use skillgate_domain::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

const BASE: &str = "https://relay.example.org";
const NOON: Timestamp = Timestamp::from_unix_ms(NOON_MS);
/// The host's own id of an attempt, which this relay does not take.
const ATTEMPT: &str = "0190f5fe-7c00-7a00-8000-00000000000a";

fn config() -> RelayConfig {
    RelayConfig {
        base_url: BASE.to_owned(),
        secret: SecretString::from(SECRET),
        slug: "mypa".to_owned(),
        community: CommunityId::parse("acme").unwrap(),
        allowed_origins: AllowedOrigins::parse([BASE]).unwrap(),
    }
}

fn user(name: &str) -> RelayUser {
    RelayUser {
        community: CommunityId::parse("acme").unwrap(),
        user: UserId::parse(name).unwrap(),
    }
}

fn team() -> TeamId {
    TeamId::parse(TEAM).unwrap()
}

fn attempt() -> TezId {
    TezId::parse(ATTEMPT).unwrap()
}

fn item(layer: Layer, content: &str) -> ContextItem {
    ContextItem {
        layer,
        content: content.to_owned(),
        mime_type: None,
        confidence: None,
        source: ContextSource::Inferred,
        derived_from: None,
        provenance: None,
    }
}

fn draft() -> TezDraft {
    let fact = ContextItem {
        mime_type: Some("text/plain".to_owned()),
        confidence: Some(90),
        source: ContextSource::Stated,
        derived_from: Some("opp_123".to_owned()),
        ..item(Layer::Fact, "Budget $50k")
    };
    TezDraft {
        team: team(),
        kind: TezKind::Handoff,
        urgency: Urgency::High,
        visibility: Visibility::Dm,
        surface_text: "Hand-off for the Cafe\u{301}\u{200b} renewal".to_owned(),
        action_requested: Some("Call by Friday".to_owned()),
        recipients: vec![TezAddress::parse("user-c").unwrap()],
        context: vec![fact, item(Layer::Hint, "Explain the blockers")],
    }
}

/// A client and a relay that is faithful.
struct Story {
    relay: Arc<Relay>,
    wire: Arc<Wire>,
    client: RemoteRelay,
}

impl Story {
    fn new() -> Self {
        let relay = Arc::new(Relay::default());
        let service: Arc<dyn Transport> = Arc::new(InProcess::<_, Body>::new(relay.router()));
        let wire = Wire::to(service);
        let transport: Arc<dyn Transport> = Arc::<Wire>::clone(&wire);
        let client = RemoteRelay::new(&config(), transport, HandClock::new()).unwrap();
        Self {
            relay,
            wire,
            client,
        }
    }

    async fn share(&self, name: &str) -> Result<SharedTez, TezError> {
        self.client.share(&user(name), attempt(), &draft()).await
    }

    async fn find(&self, since: Timestamp) -> Result<Option<SharedTez>, TezError> {
        let (sender, draft) = (user("user-a"), draft());
        let found = self.client.find_shared(&sender, attempt(), &draft, since);
        found.await
    }
}

fn canned() -> (Canned, RemoteRelay) {
    let service = Canned::new((200, JSON, r#"{"data":[]}"#.to_owned()));
    let client = RemoteRelay::new(&config(), service.transport(), HandClock::new());
    (service, client.unwrap())
}

/// What is done to a relay's Tez.
type Change = fn(&mut Value);

fn posts(seen: &Seen) -> bool {
    seen.method == Method::POST
}

#[tokio::test]
async fn what_is_shared_is_read_back() {
    let story = Story::new();
    let shared = story.share("user-a").await.unwrap();
    assert_eq!(shared.created_at, NOON);
    let tez = story.client.get(&user("user-c"), shared.id).await.unwrap();
    assert_eq!(tez.head.surface_text, "Hand-off for the Café renewal");
    assert_eq!(
        (tez.head.kind, tez.head.status),
        (TezKind::Handoff, TezStatus::Active)
    );
    assert_eq!(tez.head.sender.as_str(), "user-a");
    assert_eq!((tez.head.thread, tez.head.parent), (shared.thread, None));
    assert_eq!(
        (tez.context, tez.recipients),
        (draft().context, draft().recipients)
    );
    let stream = story.client.stream(&user("user-c"), team(), None, 10).await;
    assert_eq!(stream.unwrap(), [tez.head]);
    story.client.check().await.unwrap();
    let asked = story.relay.asked();
    let asked: Vec<_> = asked
        .iter()
        .map(|one| format!("{:#}", sorted(one)))
        .collect();
    insta::assert_snapshot!(asked.join("\n"));
}

#[tokio::test]
async fn a_token_speaks_for_one_person_for_a_minute() {
    let (service, client) = canned();
    client
        .stream(&user("user-a"), team(), None, 1)
        .await
        .unwrap();
    let asked = service.asked().remove(0);
    let token = asked.split("Bearer ").nth(1).unwrap();
    let token = token.split_whitespace().next().unwrap().to_owned();
    assert_eq!(token.split('.').count(), 3);
    insta::assert_snapshot!(asked.replace(&token, "(token)"));

    let other = RelayUser {
        community: CommunityId::parse("other").unwrap(),
        user: UserId::parse("user-a").unwrap(),
    };
    let refused = client.stream(&other, team(), None, 1).await;
    assert_eq!(
        refused,
        Err(TezError::Forbidden),
        "the same id, somebody else"
    );
    assert_eq!(
        client.get(&other, attempt()).await,
        Err(TezError::Forbidden)
    );
    let refused = client.share(&other, attempt(), &draft()).await;
    assert_eq!(refused, Err(TezError::Forbidden));
    assert_eq!(service.sent(), 1, "nothing of theirs was sent");
}

#[tokio::test]
async fn the_relay_keeps_its_own_rules() {
    let story = Story::new();
    let shared = story.share("user-a").await.unwrap();
    let stranger = user("user-x");
    assert_eq!(story.share("user-x").await, Err(TezError::Forbidden));
    let told = story.client.get(&stranger, shared.id).await;
    assert_eq!(told, Err(TezError::Forbidden));
    let told = story.client.get(&user("user-a"), attempt()).await;
    assert_eq!(told, Err(TezError::NotFound));

    let mut other = config();
    other.secret = SecretString::from("another-key-another-key-another-key");
    let wire: Arc<dyn Transport> = Arc::<Wire>::clone(&story.wire);
    let other = RemoteRelay::new(&other, wire, HandClock::new()).unwrap();
    assert_eq!(other.check().await, Err(TezError::Forbidden));
    assert_eq!(story.relay.count(), 1);
}

#[tokio::test]
async fn a_share_without_an_answer_is_looked_for_and_not_repeated() {
    let story = Story::new();
    story.wire.plan(posts, Fate::After(TransportError::Timeout));
    assert_eq!(story.share("user-a").await, Err(TezError::OutcomeUnknown));
    let found = story.find(NOON).await.unwrap().unwrap();
    assert_eq!((found.created_at, story.relay.count()), (NOON, 1));

    let story = Story::new();
    story
        .wire
        .plan(posts, Fate::Before(TransportError::Timeout));
    assert_eq!(story.share("user-a").await, Err(TezError::OutcomeUnknown));
    assert_eq!(story.find(NOON).await, Ok(None));

    story
        .wire
        .plan(posts, Fate::Before(TransportError::Connect));
    assert_eq!(story.share("user-a").await, Err(TezError::Unavailable));
    let garbled = Fate::Garbled(StatusCode::CREATED, "{\"data\":{\"id\":".to_owned());
    story.wire.plan(posts, garbled);
    assert_eq!(story.share("user-a").await, Err(TezError::OutcomeUnknown));
    assert!(story.find(NOON).await.unwrap().is_some());
}

/// Each differs from the draft in one thing.
#[tokio::test]
async fn only_the_same_is_found() {
    let same: Change = |tez| {
        tez["surfaceText"] = json!("Hand-off for the Café renewal");
        tez["type"] = json!("handoff");
    };
    let cases: [(Change, bool); 7] = [
        (|_| (), true),
        (|tez| tez["senderUserId"] = json!("user-c"), false),
        (|tez| tez["type"] = json!("note"), false),
        (
            |tez| tez["surfaceText"] = json!("Hand-off for the Cafe renewal"),
            false,
        ),
        (|tez| tez["teamId"] = json!(ATTEMPT), false),
        (|tez| tez["status"] = json!("archived"), true),
        (|tez| tez["newMember"] = json!([]), true),
    ];
    for (nth, (change, there)) in cases.into_iter().enumerate() {
        let story = Story::new();
        story.relay.keep(1, |tez| {
            same(tez);
            change(tez);
        });
        let found = story.find(NOON).await.unwrap();
        assert_eq!(found.is_some(), there, "case {nth}");
        assert_eq!(story.find(NOON.plus_ms(2)).await, Ok(None), "too old");
        assert_eq!(
            story.find(NOON.plus_ms(1)).await,
            Ok(found),
            "at the moment"
        );
    }
    let story = Story::new();
    for ms in [5, 9, 7] {
        story.relay.keep(ms, same);
    }
    let found = story.find(NOON).await.unwrap().unwrap();
    assert_eq!(found.created_at, NOON.plus_ms(9), "the newest of several");
    // It is ours, and nobody can say which.
    story.relay.keep(10, |tez| {
        same(tez);
        tez["id"] = json!("x");
    });
    assert_eq!(story.find(NOON).await, Err(TezError::OutcomeUnknown));
}

#[tokio::test]
async fn a_long_stream_is_walked_page_by_page_and_not_for_ever() {
    let story = Story::new();
    story.relay.page_max(2);
    let pages = i64::from(FIND_PAGES_MAX);
    story.relay.keep(0, |tez| {
        tez["surfaceText"] = json!("Hand-off for the Café renewal");
        tez["type"] = json!("handoff");
    });
    // A page after the first repeats the last of the one before: the same millisecond may have more.
    for ms in 1..=pages {
        story.relay.keep(ms, |_| ());
    }
    let found = story.find(NOON).await.unwrap();
    assert_eq!(found.unwrap().created_at, NOON);
    assert_eq!(story.wire.seen_all().len(), usize::try_from(pages).unwrap());
    story.relay.keep(pages + 1, |_| ());
    assert_eq!(story.find(NOON).await, Err(TezError::OutcomeUnknown));
    assert_eq!(
        story.find(NOON.plus_ms(pages)).await,
        Ok(None),
        "old enough"
    );

    // More in one millisecond than a page has: nobody gets past it.
    let story = Story::new();
    story.relay.page_max(2);
    for _ in 0..3 {
        story.relay.keep(1, |_| ());
    }
    assert_eq!(story.find(NOON).await, Err(TezError::OutcomeUnknown));
    assert_eq!(story.wire.seen_all().len(), 2, "and nobody tries for ever");
}

#[tokio::test]
async fn a_page_has_what_can_be_read() {
    let story = Story::new();
    let cases: [(Change, bool); 9] = [
        (|_| (), true),
        (|tez| tez["threadId"] = Value::Null, true),
        (|tez| tez["updatedAt"] = Value::Null, true),
        (|tez| tez["id"] = json!("../unread"), false),
        (
            |tez| tez["senderUserId"] = json!("bob@remote.example"),
            false,
        ),
        (|tez| tez["type"] = json!("escalation"), false),
        (
            |tez| tez["surfaceText"] = json!("x".repeat(SURFACE_TEXT_CHARS_MAX + 1)),
            false,
        ),
        (|tez| tez["teamId"] = json!(ATTEMPT), false),
        (|tez| tez["createdAt"] = json!("yesterday"), false),
    ];
    let readable = cases.iter().filter(|(_, readable)| *readable).count();
    for (ms, (change, _)) in (0..).zip(cases) {
        story.relay.keep(ms, change);
    }
    let reader = user("user-c");
    let stream = story.client.stream(&reader, team(), None, 1_000).await;
    assert_eq!(stream.unwrap().len(), readable);
    let asked = &story.relay.asked()[0]["body"];
    assert_eq!(asked["limit"], STREAM_PAGE_MAX.to_string().as_str());
    let before = Some(NOON.plus_ms(1));
    let stream = story.client.stream(&reader, team(), before, 0).await;
    assert_eq!(stream.unwrap()[0].created_at, NOON);
    let asked = &story.relay.asked()[0]["body"];
    assert_eq!(asked["limit"], "1");
    let never = Some(Timestamp::from_unix_ms(i64::MAX));
    let told = story.client.stream(&reader, team(), never, 1).await;
    assert!(matches!(told, Err(TezError::Invalid(_))));
}

#[tokio::test]
async fn a_tez_past_the_limits_is_not_one() {
    let story = Story::new();
    let shared = story.share("user-a").await.unwrap();
    let (service, client) = canned();
    let reader = user("user-c");
    let whole = |change: fn(&mut Value)| {
        let mut tez = json!({
            "id": shared.id.to_string(), "teamId": TEAM, "threadId": null, "surfaceText": "x",
            "type": "note", "urgency": "fyi", "visibility": "team", "senderUserId": "user-a",
            "status": "active", "createdAt": "2026-11-20T21:35:54.598Z", "more": { "x": [] },
            "context": [{ "layer": "fact", "content": "x", "source": "stated", "more": 1 }],
            "recipients": ["bob@remote.example", { "userId": "user-c" }],
        });
        change(&mut tez);
        (200, JSON, json!({ "data": tez }).to_string())
    };
    let cases: [(Change, bool); 13] = [
        (|_| (), true),
        (|tez| tez["context"] = Value::Null, true),
        (
            |tez| tez["context"][0]["content"] = json!("x".repeat(CONTEXT_CONTENT_BYTES_MAX)),
            true,
        ),
        (
            |tez| tez["context"][0]["content"] = json!("x".repeat(CONTEXT_CONTENT_BYTES_MAX + 1)),
            false,
        ),
        (
            |tez| tez["context"][0]["confidence"] = json!(CONFIDENCE_MAX),
            true,
        ),
        (
            |tez| tez["context"][0]["confidence"] = json!(CONFIDENCE_MAX + 1),
            false,
        ),
        (|tez| tez["context"][0]["layer"] = json!("rumour"), false),
        (
            |tez| tez["context"] = json!(vec![tez["context"][0].clone(); CONTEXT_ITEMS_MAX]),
            true,
        ),
        (
            |tez| tez["context"] = json!(vec![tez["context"][0].clone(); CONTEXT_ITEMS_MAX + 1]),
            false,
        ),
        (
            |tez| tez["recipients"] = json!(vec!["user-c"; RECIPIENTS_MAX + 1]),
            false,
        ),
        (|tez| tez["recipients"] = json!(["a b"]), false),
        (
            |tez| tez["actionRequested"] = json!("x".repeat(ACTION_REQUESTED_CHARS_MAX + 1)),
            false,
        ),
        (|tez| tez["id"] = json!(ATTEMPT), false),
    ];
    for (nth, (change, readable)) in cases.into_iter().enumerate() {
        service.next(whole(change));
        let told = client.get(&reader, shared.id).await;
        assert_eq!(told.is_ok(), readable, "case {nth}");
        assert!(readable || told == Err(TezError::Unavailable), "case {nth}");
    }
}

/// What a read and a share make of each answer.
fn answers() -> Vec<(Answer, TezError, TezError)> {
    use TezError::{Forbidden, NotFound, OutcomeUnknown, Unavailable};
    let error = || r#"{"error":{"code":"X","message":"hush"}}"#.to_owned();
    let page = || PAGE.to_owned();
    let both = |answer: Answer, told: TezError| (answer, told.clone(), told);
    let lost = |answer: Answer| (answer, Unavailable, OutcomeUnknown);
    let words = "the relay does not take this as it is; look at team, recipients and lengths";
    let invalid = || TezError::Invalid(words.to_owned());
    vec![
        both((400, JSON, error()), invalid()),
        both((401, JSON, error()), Forbidden),
        both((403, HTML, page()), Forbidden),
        both((404, HTML, page()), NotFound),
        both((408, JSON, error()), Unavailable),
        both((413, JSON, error()), invalid()),
        lost((500, JSON, error())),
        lost((502, HTML, page())),
        lost((503, JSON, error())),
        lost((302, &[("location", "https://evil.test/")], page())),
        lost((200, HTML, page())),
        lost((200, JSON, String::new())),
        lost((200, JSON, r#"{"data":{"id":"5074"#.to_owned())),
        lost((
            200,
            JSON,
            r#"{"data":{"id":"x","createdAt":"2026"}}"#.to_owned(),
        )),
        lost((200, JSON, error())),
        lost((200, JSON, " ".repeat(ANSWER_BYTES_MAX + 1))),
    ]
}

#[tokio::test]
async fn every_answer_has_a_meaning() {
    let (service, client) = canned();
    let ada = user("user-a");
    for (answer, read, share) in answers() {
        let named = format!("{} {:.60}", answer.0, answer.2);
        service.next(answer.clone());
        let told = client.get(&ada, attempt()).await.unwrap_err();
        assert_eq!(told, read, "{named}");
        service.next(answer.clone());
        let told = client.stream(&ada, team(), None, 1).await.unwrap_err();
        assert_eq!(told, read, "{named}");
        service.next(answer);
        let told = client.share(&ada, attempt(), &draft()).await.unwrap_err();
        assert_eq!(told, share, "{named}");
        assert_eq!(service.sent(), 3, "{named}: each once");
        let shown = format!("{told} {told:?}");
        assert!(!shown.contains("hush"), "{shown}");
    }
    for lost in losses() {
        service.fail(Fate::Before(lost.clone()));
        let told = client.get(&ada, attempt()).await;
        assert_eq!(told, Err(TezError::Unavailable), "{lost:?}");
        service.fail(Fate::Before(lost.clone()));
        let told = client.share(&ada, attempt(), &draft()).await;
        let sure = lost == TransportError::Connect;
        let expected = if sure {
            TezError::Unavailable
        } else {
            TezError::OutcomeUnknown
        };
        assert_eq!(told, Err(expected), "{lost:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_has_its_time() {
    let (service, client) = canned();
    service.delay(RELAY_TIMEOUT.mul_f64(0.999));
    assert!(
        client
            .stream(&user("user-a"), team(), None, 1)
            .await
            .is_ok()
    );
    service.delay(RELAY_TIMEOUT + Duration::from_millis(1));
    let told = client.stream(&user("user-a"), team(), None, 1).await;
    assert_eq!(told, Err(TezError::Unavailable));
}

type DraftCase = (fn(&mut TezDraft), bool);

/// Drafts at the limits and past them.
fn drafts() -> [DraftCase; 14] {
    [
        (
            |d| d.surface_text = "é".repeat(SURFACE_TEXT_CHARS_MAX),
            true,
        ),
        (
            |d| d.surface_text = "é".repeat(SURFACE_TEXT_CHARS_MAX + 1),
            false,
        ),
        (|d| d.surface_text = " \n".to_owned(), false),
        (|d| d.action_requested = None, true),
        (
            |d| d.action_requested = Some("é".repeat(ACTION_REQUESTED_CHARS_MAX)),
            true,
        ),
        (
            |d| d.action_requested = Some("é".repeat(ACTION_REQUESTED_CHARS_MAX + 1)),
            false,
        ),
        (
            |d| d.recipients = vec![d.recipients[0].clone(); RECIPIENTS_MAX],
            true,
        ),
        (
            |d| d.recipients = vec![d.recipients[0].clone(); RECIPIENTS_MAX + 1],
            false,
        ),
        (
            |d| d.context = vec![d.context[0].clone(); CONTEXT_ITEMS_MAX],
            true,
        ),
        (
            |d| d.context = vec![d.context[0].clone(); CONTEXT_ITEMS_MAX + 1],
            false,
        ),
        (
            |d| d.context[0].content = "x".repeat(CONTEXT_CONTENT_BYTES_MAX),
            true,
        ),
        (
            |d| {
                d.context[0].content = "x".repeat(CONTEXT_CONTENT_BYTES_MAX + 1);
            },
            false,
        ),
        (|d| d.context[0].content.clear(), false),
        (
            |d| d.context[0].confidence = Some(CONFIDENCE_MAX + 1),
            false,
        ),
    ]
}

#[tokio::test]
async fn a_draft_past_the_limits_stays_here() {
    let story = Story::new();
    for (nth, (change, fits)) in drafts().into_iter().enumerate() {
        let mut draft = draft();
        change(&mut draft);
        let told = story.client.share(&user("user-a"), attempt(), &draft).await;
        assert_eq!(told.is_ok(), fits, "case {nth}: {told:?}");
        assert!(
            fits || matches!(told, Err(TezError::Invalid(_))),
            "case {nth}"
        );
        assert_eq!(story.wire.seen_all().len(), usize::from(fits), "case {nth}");
    }
    // Each item is short enough; what they are spelled like on the wire is not.
    let mut spelled = draft();
    let odd = "\u{1}".repeat(CONTEXT_CONTENT_BYTES_MAX);
    spelled.context = vec![item(Layer::Fact, &odd); SHARE_BYTES_MAX / odd.len() / 6 + 1];
    let told = story
        .client
        .share(&user("user-a"), attempt(), &spelled)
        .await;
    assert!(matches!(told, Err(TezError::Invalid(_))), "{told:?}");
    assert_eq!(story.wire.seen_all().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn no_more_is_asked_than_the_relay_takes() {
    let (service, client) = canned();
    let ada = user("user-a");
    for _ in 0..REQUESTS_MAX {
        client.stream(&ada, team(), None, 1).await.unwrap();
    }
    service.sent();
    let slow = |after| TezError::RateLimited { after };
    let told = client.share(&ada, attempt(), &draft()).await;
    assert_eq!(told, Err(slow(Some(WINDOW))));
    assert_eq!(service.sent(), 0, "nobody was asked");
    tokio::time::advance(WINDOW).await;
    for (header, wait) in [
        (
            &[("retry-after", "30")] as &[_],
            Some(Duration::from_secs(30)),
        ),
        (&[("retry-after", "soon")], None),
        (&[], None),
        (&[("retry-after", "999999")], Some(RETRY_AFTER_MAX)),
    ] {
        service.next((429, header, r#"{"error":{"message":"hush"}}"#.to_owned()));
        let told = client.share(&ada, attempt(), &draft()).await;
        assert_eq!(told, Err(slow(wait)), "{header:?}");
        service.sent();
        if let Some(wait) = wait {
            let told = client.stream(&ada, team(), None, 1).await;
            assert_eq!(told, Err(slow(Some(wait))), "all wait");
            assert_eq!(service.sent(), 0);
            tokio::time::advance(wait).await;
        }
        assert!(client.stream(&ada, team(), None, 1).await.is_ok());
    }
}

#[tokio::test]
async fn a_check_says_whether_the_key_is_the_relays() {
    let (service, client) = canned();
    let error = || r#"{"error":{"code":"X","message":"hush"}}"#.to_owned();
    for (answer, expected) in [
        ((200, JSON, r#"{"data":{"total":0}}"#.to_owned()), Ok(())),
        // It knows the key, and not the person.
        ((403, JSON, error()), Ok(())),
        ((403, HTML, PAGE.to_owned()), Err(TezError::Unavailable)),
        ((200, HTML, PAGE.to_owned()), Err(TezError::Unavailable)),
        ((401, JSON, error()), Err(TezError::Forbidden)),
        ((404, HTML, PAGE.to_owned()), Err(TezError::NotFound)),
        ((500, HTML, PAGE.to_owned()), Err(TezError::Unavailable)),
    ] {
        let named = format!("{} {:.60}", answer.0, answer.2);
        service.next(answer);
        assert_eq!(client.check().await, expected, "{named}");
    }
}

#[tokio::test]
async fn what_cannot_work_is_refused_before_anything_is_sent() {
    type Change = fn(&mut RelayConfig);
    let cases: [(Change, Result<(), SettingsError>); 5] = [
        (|_| (), Ok(())),
        (
            |c| c.base_url = "http://relay.example.org".to_owned(),
            Err(OriginError::NotAllowed.into()),
        ),
        (
            |c| c.base_url = format!("{BASE}?x"),
            Err(SettingsError::Query),
        ),
        (
            |c| c.secret = SecretString::from(&SECRET[..31]),
            Err(SettingsError::Credential),
        ),
        (|c| c.slug.clear(), Err(SettingsError::Credential)),
    ];
    for (nth, (change, expected)) in cases.into_iter().enumerate() {
        let mut config = config();
        change(&mut config);
        let (service, _) = canned();
        let made = RemoteRelay::new(&config, service.transport(), HandClock::new());
        let shown = format!("{config:?} {made:?}");
        assert!(!shown.contains(&SECRET[..31]), "{shown}");
        assert_eq!(made.map(|_| ()), expected, "case {nth}");
        assert_eq!(service.sent(), 0);
    }
}
