//! The Tez relay as those who know it use it: the same exchanges, statuses and members of every answer.

use crate::world::{Answer, World, request};
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request, header};
use serde_json::{Map, Value, json};
use skillgate_domain::principal::Role;
use skillgate_domain::tez::{
    ACTION_REQUESTED_CHARS_MAX, CONFIDENCE_MAX, CONTEXT_CONTENT_BYTES_MAX, CONTEXT_ITEMS_MAX,
    NAME_CHARS_MAX, RECIPIENTS_MAX, SURFACE_TEXT_CHARS_MAX,
};
use skillgate_server::limits::{PACE_WINDOW, PACED_REQUESTS_MAX, TEZ_BODY_BYTES_MAX};
use std::fmt::Write;
use std::net::SocketAddr;

const HEAD: [&str; 16] = [
    "id",
    "teamId",
    "conversationId",
    "threadId",
    "parentTezId",
    "surfaceText",
    "type",
    "urgency",
    "actionRequested",
    "senderUserId",
    "visibility",
    "sourceChannel",
    "sourceAddress",
    "status",
    "createdAt",
    "updatedAt",
];

/// A team of al's with cleo in it; xeno is of the same community and in no team.
struct Sales {
    world: World,
    al: String,
    cleo: String,
    xeno: String,
    team: String,
}

impl Sales {
    async fn new() -> Self {
        let world = World::new().await;
        let mut tokens = Vec::new();
        for user in ["al", "cleo", "xeno"] {
            tokens.push(world.token("home", user, Role::Member).await);
        }
        let made = world
            .post("/teams", &tokens[0], &json!({"name": "Sales"}))
            .await;
        let team = made.body["data"]["id"].as_str().unwrap().to_owned();
        assert_eq!(made.status, 201);
        assert_eq!(made.body, json!({"data": {"id": team, "name": "Sales"}}));
        let [al, cleo, xeno] = tokens.try_into().unwrap();
        let sales = Self {
            world,
            al,
            cleo,
            xeno,
            team,
        };
        let added = sales.add(&sales.al, "cleo", "member").await;
        let member = json!({"teamId": sales.team, "userId": "cleo", "role": "member"});
        assert_eq!(added.status, 201);
        assert_eq!(added.body, json!({"data": member}));
        sales
    }

    async fn add(&self, by: &str, user: &str, role: &str) -> Answer {
        let path = format!("/teams/{}/members", self.team);
        let body = json!({"userId": user, "role": role});
        self.world.post(&path, by, &body).await
    }

    /// A hand-over to cleo, with what a guest should not be able to smuggle in.
    fn handover(&self) -> Value {
        json!({
            "teamId": self.team,
            "surfaceText": "Take over the renewal of Bolt & Co",
            "type": "handoff",
            "urgency": "high",
            "actionRequested": "Ring them on Monday",
            "visibility": "dm",
            "recipients": ["cleo"],
            "context": [
                {"layer": "artifact", "content": "Opportunity: Bolt renewal", "source": "verified"},
                {"layer": "hint", "content": "Say what\u{200b} is in \u{202e}the way", "source": "inferred"},
                {"layer": "fact", "content": "About 20k", "confidence": 80, "source": "stated",
                 "mimeType": "text/html"},
            ],
        })
    }

    async fn share(&self, by: &str, tez: &Value) -> Answer {
        self.world.post("/tez/share", by, tez).await
    }

    /// Shares what must be taken. Returns its path.
    async fn shared(&self, by: &str, tez: &Value) -> String {
        let shared = self.share(by, tez).await;
        assert_eq!(shared.status, 201, "{}", shared.body);
        format!("/tez/{}", shared.body["data"]["id"].as_str().unwrap())
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.world.get(path, token).await
    }
}

fn with(tez: &Value, changes: &Value) -> Value {
    let mut tez = tez.clone();
    let changes = changes.as_object().unwrap().clone();
    tez.as_object_mut().unwrap().extend(changes);
    tez
}

fn members(object: &Value) -> Vec<&str> {
    let object: &Map<_, _> = object.as_object().unwrap();
    let mut names: Vec<_> = object.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[track_caller]
fn has_members(object: &Value, expected: &[&str]) {
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(members(object), expected);
}

#[tokio::test]
async fn people_say_how_they_are_called() {
    let sales = Sales::new().await;
    let (world, al) = (&sales.world, &sales.al);
    let named = json!({"displayName": "Al", "email": "al@example.com"});
    let registered = world.post("/contacts/register", al, &named).await;
    assert_eq!(registered.status, 201);
    let contact = &registered.body["data"];
    let members = "id displayName email avatarUrl tezAddress status channels preferredChannel phone \
                   telegramId lastSeenAt registeredAt updatedAt";
    has_members(contact, &members.split_whitespace().collect::<Vec<_>>());
    assert_eq!(contact["id"], "al");
    assert_eq!(contact["email"], "al@example.com");
    assert_eq!(contact["tezAddress"], "al@skillgate.local");
    assert_eq!(contact["status"], "active");
    assert_eq!(contact["channels"], json!([]));
    world.clock.advance(PACE_WINDOW);
    let again = json!({"displayName": "Albert"});
    let again = world.post("/contacts/register", al, &again).await;
    let again = &again.body["data"];
    assert_eq!(
        (&again["displayName"], &again["email"]),
        (&json!("Albert"), &Value::Null)
    );
    assert_eq!(again["registeredAt"], contact["registeredAt"]);
    assert_ne!(again["updatedAt"], contact["updatedAt"]);
    for wrong in [
        json!({"displayName": ""}),
        json!({"displayName": "x".repeat(NAME_CHARS_MAX + 1)}),
        json!({"displayName": "Al", "email": "nowhere"}),
        json!({"displayName": "Al", "email": "a b@example.com"}),
        json!({"displayName": "Al", "userId": "cleo"}),
        json!({}),
    ] {
        let refused = world.post("/contacts/register", al, &wrong).await;
        refused.is_relay_error(400, "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn a_hand_over_is_read_answered_and_put_aside() {
    let sales = Sales::new().await;
    let (al, cleo) = (&sales.al, &sales.cleo);
    let shared = sales.share(al, &sales.handover()).await;
    assert_eq!(shared.status, 201);
    let head = &shared.body["data"];
    has_members(&shared.body, &["data"]);
    has_members(
        head,
        &["id", "threadId", "type", "surfaceText", "createdAt"],
    );
    assert_eq!(head["id"], head["threadId"]);
    let unread = sales.get("/unread", cleo).await;
    let teams = json!([{"teamId": sales.team, "count": 1}]);
    let expected = json!({"data": {"teams": teams, "conversations": [], "total": 1}});
    assert_eq!((unread.status.as_u16(), unread.body), (200, expected));

    let path = format!("/tez/{}", head["id"].as_str().unwrap());
    let tez = sales.get(&path, cleo).await;
    assert_eq!(tez.status, 200);
    is_whole(&tez.body["data"], &sales.team);
    let none = json!({"data": {"teams": [], "conversations": [], "total": 0}});
    assert_eq!(sales.get("/unread", cleo).await.body, none);
    let read = sales.get(&path, al).await;
    let read_at = &read.body["data"]["recipients"][0]["readAt"];
    assert!(read_at.is_string(), "{}", read.body);

    sales
        .world
        .clock
        .advance(std::time::Duration::from_millis(1));
    let reply = json!({"surfaceText": "I have it", "type": "update", "context": []});
    let replied = sales
        .world
        .post(&format!("{path}/reply"), cleo, &reply)
        .await;
    assert_eq!(replied.status, 201);
    let reply = &replied.body["data"];
    has_members(
        reply,
        &["id", "threadId", "parentTezId", "surfaceText", "createdAt"],
    );
    assert_eq!(
        (&reply["threadId"], &reply["parentTezId"]),
        (&head["id"], &head["id"])
    );
    is_thread(&sales, &path, &[&head["id"], &reply["id"]]).await;

    let archived = json!({"status": "archived"});
    let patched = sales.world.patch(&path, al, &archived).await;
    assert_eq!(patched.status, 200);
    has_members(&patched.body["data"], &["id", "status", "updatedAt"]);
    assert_eq!(patched.body["data"]["status"], "archived");
    let stream = format!("/tez/stream?teamId={}", sales.team);
    let stream = sales.get(&stream, cleo).await;
    assert_eq!(stream.body["meta"], json!({"count": 1, "hasMore": false}));
    assert_eq!(stream.body["data"][0]["id"], reply["id"]);
}

/// The hand-over, as its recipient sees it.
fn is_whole(tez: &Value, team: &str) {
    has_members(tez, &[HEAD.as_slice(), &["context", "recipients"]].concat());
    assert_eq!(tez["teamId"], team);
    for (name, value) in [
        ("senderUserId", json!("al")),
        ("type", json!("handoff")),
        ("urgency", json!("high")),
        ("visibility", json!("dm")),
        ("status", json!("active")),
        ("actionRequested", json!("Ring them on Monday")),
        ("conversationId", Value::Null),
        ("parentTezId", Value::Null),
        ("sourceChannel", Value::Null),
        ("sourceAddress", Value::Null),
    ] {
        assert_eq!(tez[name], value, "{name}");
    }
    let items = tez["context"].as_array().unwrap();
    let names = "id tezId layer content mimeType confidence source derivedFrom createdAt createdBy \
                 provenance redaction";
    let names: Vec<_> = names.split_whitespace().collect();
    for item in items {
        has_members(item, &names);
        assert_eq!(
            (&item["tezId"], &item["createdBy"]),
            (&tez["id"], &json!("al"))
        );
        assert_eq!(item["provenance"], Value::Null);
    }
    assert_eq!(items[0]["source"], "verified");
    assert_eq!(items[0]["mimeType"], Value::Null);
    assert_eq!(items[1]["content"], "Say what is in the way");
    assert_eq!(items[2]["mimeType"], "text/plain");
    assert_eq!(items[2]["confidence"], 80);
    let recipient = &tez["recipients"][0];
    let names = ["tezId", "userId", "deliveredAt", "readAt", "acknowledgedAt"];
    has_members(recipient, &names);
    assert_eq!(
        (&recipient["userId"], &recipient["readAt"]),
        (&json!("cleo"), &Value::Null)
    );
    assert_eq!(recipient["deliveredAt"], tez["createdAt"]);
}

async fn is_thread(sales: &Sales, path: &str, ids: &[&Value]) {
    let thread = sales.get(&format!("{path}/thread"), &sales.al).await;
    assert_eq!(thread.status, 200);
    let thread = &thread.body["data"];
    has_members(
        thread,
        &["threadId", "rootTezId", "messages", "messageCount"],
    );
    assert_eq!(
        (&thread["threadId"], &thread["rootTezId"]),
        (ids[0], ids[0])
    );
    assert_eq!(thread["messageCount"], ids.len());
    let messages = thread["messages"].as_array().unwrap();
    assert!(
        messages
            .iter()
            .map(|tez| &tez["id"])
            .eq(ids.iter().copied())
    );
    for message in messages {
        has_members(message, &HEAD);
        assert_eq!(message["visibility"], "dm");
    }
    assert_eq!(messages[1]["urgency"], "normal");
    assert_eq!(messages[1]["senderUserId"], "cleo");
}

#[tokio::test]
async fn whoever_it_is_not_for_is_told_so() {
    let sales = Sales::new().await;
    let (world, xeno) = (&sales.world, &sales.xeno);
    let handover = sales.handover();
    let path = sales.shared(&sales.al, &handover).await;
    let stream = format!("/tez/stream?teamId={}", sales.team);
    for path in [&path, &format!("{path}/thread"), &stream] {
        let refused = sales.get(path, xeno).await;
        refused.is_relay_error(403, "FORBIDDEN");
    }
    let reply = json!({"surfaceText": "And I?"});
    let reply = world.post(&format!("{path}/reply"), xeno, &reply).await;
    reply.is_relay_error(403, "FORBIDDEN");
    sales
        .share(xeno, &handover)
        .await
        .is_relay_error(403, "FORBIDDEN");
    sales
        .add(xeno, "xeno", "owner")
        .await
        .is_relay_error(403, "FORBIDDEN");
    // Only its sender takes a Tez back.
    let status = json!({"status": "deleted"});
    for by in [xeno, &sales.cleo] {
        let refused = world.patch(&path, by, &status).await;
        refused.is_relay_error(403, "FORBIDDEN");
    }
    assert_eq!(world.patch(&path, &sales.al, &status).await.status, 200);
    let gone = sales.get(&path, &sales.cleo).await;
    gone.is_relay_error(404, "NOT_FOUND");
    assert_eq!(sales.get(&path, &sales.al).await.status, 200);
    // Without a token, and with a wrong one.
    let share = Request::post("/tez/share").header(header::CONTENT_TYPE, "application/json");
    let share = share.body(handover.to_string().into()).unwrap();
    let nobody = world.send(share).await;
    nobody.is_relay_error(401, "UNAUTHORIZED");
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer"));
    let wrong = sales.share("sgt_wrong", &handover).await;
    wrong.is_relay_error(401, "INVALID_TOKEN");
    let partner = world.token("home", "pat", Role::Partner).await;
    sales
        .share(&partner, &handover)
        .await
        .is_relay_error(403, "FORBIDDEN");
}

#[tokio::test]
async fn who_sees_a_tez_of_each_visibility() {
    let sales = Sales::new().await;
    sales.add(&sales.al, "max", "member").await;
    let max = sales.world.token("home", "max", Role::Member).await;
    let mut table = String::from("visibility sender recipient member outsider");
    for visibility in ["team", "dm", "private"] {
        let tez = with(&sales.handover(), &json!({"visibility": visibility}));
        let path = sales.shared(&sales.al, &tez).await;
        write!(table, "\n{visibility:<10}").unwrap();
        for reader in [&sales.al, &sales.cleo, &max, &sales.xeno] {
            let status = sales.get(&path, reader).await.status.as_u16();
            write!(table, " {status}").unwrap();
        }
    }
    insta::assert_snapshot!(table, @r"
    visibility sender recipient member outsider
    team       200 200 200 403
    dm         200 200 403 403
    private    200 403 403 403
    ");
}

#[tokio::test]
async fn a_dm_reaches_whom_it_names() {
    let sales = Sales::new().await;
    let to = |recipients: &[&str]| with(&sales.handover(), &json!({"recipients": recipients}));
    // Somebody at another relay is kept and not delivered to; one at this relay is the person.
    let away = to(&["bob@remote.example", "xeno@SKILLGATE.local", "xeno"]);
    let path = sales.shared(&sales.al, &away).await;
    let tez = sales.get(&path, &sales.xeno).await;
    assert_eq!(tez.status, 200, "a recipient need not be a member");
    let recipients = tez.body["data"]["recipients"].as_array().unwrap();
    let pairs = recipients.iter().map(|to| {
        (
            to["userId"].as_str().unwrap(),
            to["deliveredAt"].is_string(),
        )
    });
    let expected = [("bob@remote.example", false), ("xeno", true)];
    assert_eq!(pairs.collect::<Vec<_>>(), expected);
    // Nobody here is that bob.
    let bob = sales.world.token("home", "bob", Role::Member).await;
    sales
        .get(&path, &bob)
        .await
        .is_relay_error(403, "FORBIDDEN");
    for wrong in ["", "a b", "@", "bob@", "bob@a@b"] {
        let refused = sales.share(&sales.al, &to(&[wrong])).await;
        refused.is_relay_error(400, "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn another_community_sees_nothing() {
    let sales = Sales::new().await;
    let world = &sales.world;
    let path = sales.shared(&sales.al, &sales.handover()).await;
    // The same names elsewhere are other people.
    let away = world.token("away", "cleo", Role::Admin).await;
    let nowhere = "/tez/00000000-0000-4000-8000-000000000000";
    for (there, no_such) in [
        (path.clone(), nowhere.to_owned()),
        (format!("{path}/thread"), format!("{nowhere}/thread")),
    ] {
        let (there, no_such) = (
            sales.get(&there, &away).await,
            sales.get(&no_such, &away).await,
        );
        there.is_relay_error(404, "NOT_FOUND");
        assert_eq!(there.text, no_such.text);
    }
    sales
        .share(&away, &sales.handover())
        .await
        .is_relay_error(403, "FORBIDDEN");
    sales
        .add(&away, "cleo", "owner")
        .await
        .is_relay_error(404, "NOT_FOUND");
    assert_eq!(sales.get("/unread", &away).await.body["data"]["total"], 0);
    assert_eq!(
        sales.get("/unread", &sales.cleo).await.body["data"]["total"],
        1
    );
}

/// What may be changed in a hand-over that is taken, and what must not.
#[tokio::test]
async fn everything_has_a_limit() {
    let sales = Sales::new().await;
    let item = |content: &str| json!({"layer": "fact", "content": content, "source": "stated"});
    let items = |count: usize| json!({"context": vec![item("so"); count]});
    let of_item = |name: &str, value: Value| {
        let mut item = item("so");
        item[name] = value;
        json!({ "context": [item] })
    };
    let names = |count: usize| {
        let names: Vec<_> = (0..count).map(|n| format!("u{n}")).collect();
        json!({ "recipients": names })
    };
    let text = |name: &str, chars: usize| json!({ name: "é".repeat(chars) });
    let content = |bytes: usize| of_item("content", json!("x".repeat(bytes)));
    for (at, past) in [
        (
            text("surfaceText", SURFACE_TEXT_CHARS_MAX),
            text("surfaceText", SURFACE_TEXT_CHARS_MAX + 1),
        ),
        (text("surfaceText", 1), text("surfaceText", 0)),
        (
            text("actionRequested", ACTION_REQUESTED_CHARS_MAX),
            text("actionRequested", ACTION_REQUESTED_CHARS_MAX + 1),
        ),
        (items(CONTEXT_ITEMS_MAX), items(CONTEXT_ITEMS_MAX + 1)),
        (names(RECIPIENTS_MAX), names(RECIPIENTS_MAX + 1)),
        (
            content(CONTEXT_CONTENT_BYTES_MAX),
            content(CONTEXT_CONTENT_BYTES_MAX + 1),
        ),
        (
            of_item("confidence", json!(CONFIDENCE_MAX)),
            of_item("confidence", json!(101)),
        ),
        (
            of_item("confidence", json!(0)),
            of_item("confidence", json!(-1)),
        ),
        (json!({"type": "question"}), json!({"type": "escalation"})),
        (json!({"urgency": "fyi"}), json!({"urgency": "asap"})),
        (
            json!({"visibility": "private"}),
            json!({"visibility": "public"}),
        ),
        (
            of_item("layer", json!("constraint")),
            of_item("layer", json!("rumour")),
        ),
        (
            json!({"actionRequested": null}),
            json!({"surfaceText": null}),
        ),
        (json!({"teamId": sales.team}), json!({"teamId": "sales"})),
        // Where an item comes from is the host's to say.
        (
            of_item("source", json!("verified")),
            of_item("provenance", json!({})),
        ),
        (json!({}), json!({"senderUserId": "cleo"})),
    ] {
        let taken = sales.share(&sales.al, &with(&sales.handover(), &at)).await;
        assert_eq!(taken.status, 201, "{}", taken.body);
        let refused = sales
            .share(&sales.al, &with(&sales.handover(), &past))
            .await;
        refused.is_relay_error(400, "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn a_body_is_short_and_strict() {
    let sales = Sales::new().await;
    let long = " ".repeat(TEZ_BODY_BYTES_MAX + 1).into_bytes();
    let refused = sales.world.post_bytes("/tez/share", &sales.al, long).await;
    refused.is_relay_error(413, "PAYLOAD_TOO_LARGE");
    let twice = br#"{"teamId":"a","teamId":"b"}"#.to_vec();
    let refused = sales.world.post_bytes("/tez/share", &sales.al, twice).await;
    refused.is_relay_error(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn a_stream_is_read_in_pages() {
    let sales = Sales::new().await;
    let mut times = Vec::new();
    for _ in 0..3 {
        sales
            .world
            .clock
            .advance(std::time::Duration::from_millis(1));
        let tez = sales.share(&sales.al, &sales.handover()).await;
        times.push(tez.body["data"]["createdAt"].as_str().unwrap().to_owned());
    }
    let page = async |more: &str| {
        let path = format!("/tez/stream?teamId={}{more}", sales.team);
        sales.get(&path, &sales.cleo).await
    };
    let first = page("&limit=2").await;
    assert_eq!(first.status, 200);
    has_members(&first.body, &["data", "meta"]);
    has_members(&first.body["data"][0], &HEAD);
    assert_eq!(first.body["meta"], json!({"count": 2, "hasMore": true}));
    assert_eq!(first.body["data"][1]["createdAt"], times[1]);
    let rest = page(&format!("&limit=2&before={}", times[1])).await;
    assert_eq!(rest.body["meta"], json!({"count": 1, "hasMore": false}));
    assert_eq!(rest.body["data"][0]["createdAt"], times[0]);
    assert_eq!(page("&limit=100").await.body["meta"]["count"], 3);
    for wrong in [
        "&limit=0",
        "&limit=101",
        "&limit=x",
        "&before=yesterday",
        "&more=1",
    ] {
        page(wrong).await.is_relay_error(400, "VALIDATION_ERROR");
    }
    let nowhere = sales.get("/tez/stream?teamId=sales", &sales.cleo).await;
    nowhere.is_relay_error(400, "VALIDATION_ERROR");
    let other = "/tez/stream?teamId=00000000-0000-4000-8000-000000000000";
    sales
        .get(other, &sales.cleo)
        .await
        .is_relay_error(403, "FORBIDDEN");
}

#[tokio::test]
async fn owners_and_admins_fill_a_team() {
    let sales = Sales::new().await;
    sales.add(&sales.al, "max", "admin").await;
    let max = sales.world.token("home", "max", Role::Member).await;
    for (by, user, role, status) in [
        (&sales.cleo, "eve", "member", 403),
        (&max, "eve", "member", 201),
        (&max, "eve", "admin", 201),
        (&max, "eve", "owner", 403),
        (&max, "al", "member", 403),
        (&sales.al, "al", "member", 403),
        (&sales.al, "eve", "owner", 201),
        (&sales.al, "eve", "boss", 400),
        (&sales.al, "e e", "member", 400),
    ] {
        let answer = sales.add(by, user, role).await;
        assert_eq!(answer.status, status, "{user} {role}: {}", answer.body);
    }
}

#[tokio::test]
async fn an_agent_shares_for_its_user() {
    let sales = Sales::new().await;
    let agent = sales.world.token("home", "al", Role::Agent).await;
    let path = sales.shared(&agent, &sales.handover()).await;
    let tez = sales.get(&path, &sales.cleo).await;
    assert_eq!(tez.body["data"]["senderUserId"], "al");
    let of_xeno = sales.world.token("home", "xeno", Role::Agent).await;
    let refused = sales.share(&of_xeno, &sales.handover()).await;
    refused.is_relay_error(403, "FORBIDDEN");
}

#[tokio::test]
async fn a_repeat_with_a_key_shares_once() {
    let sales = Sales::new().await;
    let keyed = async |body: &Value| {
        let share = request(Method::POST, "/tez/share", &sales.al)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "k");
        let share = share.body(Body::from(body.to_string())).unwrap();
        sales.world.send(share).await
    };
    let first = keyed(&sales.handover()).await;
    let again = keyed(&sales.handover()).await;
    assert_eq!((again.status, again.text), (first.status, first.text));
    assert_eq!(again.headers.get("idempotency-replayed").unwrap(), "true");
    let stream = format!("/tez/stream?teamId={}", sales.team);
    let stream = sales.get(&stream, &sales.al).await;
    assert_eq!(stream.body["meta"]["count"], 1);
    let other = with(&sales.handover(), &json!({"surfaceText": "another"}));
    keyed(&other).await.is_relay_error(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn a_refusal_is_repeated_in_the_relays_form() {
    let sales = Sales::new().await;
    for _ in 0..2 {
        let wrong = with(&sales.handover(), &json!({"type": "escalation"}));
        let share = request(Method::POST, "/tez/share", &sales.al)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "k");
        let share = share.body(Body::from(wrong.to_string())).unwrap();
        let refused = sales.world.send(share).await;
        refused.is_relay_error(400, "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn an_address_asks_so_often() {
    let sales = Sales::new().await;
    let ask = async |peer: &str| {
        let peer: SocketAddr = peer.parse().unwrap();
        let asked = request(Method::GET, "/unread", &sales.al).extension(ConnectInfo(peer));
        sales.world.send(asked.body(Body::empty()).unwrap()).await
    };
    for _ in 0..PACED_REQUESTS_MAX {
        assert_eq!(ask("192.0.2.1:1").await.status, 200);
    }
    let refused = ask("192.0.2.1:2").await;
    refused.is_relay_error(429, "RATE_LIMITED");
    assert_eq!(refused.header("retry-after"), Some("60"));
    assert_eq!(ask("192.0.2.2:1").await.status, 200);
    // Other routes are not counted.
    let listed = sales.get("/api/skills", &sales.al).await;
    assert_eq!(listed.status, 200);
    sales.world.clock.advance(PACE_WINDOW);
    assert_eq!(ask("192.0.2.1:1").await.status, 200);
}

#[tokio::test]
async fn what_is_handed_over_is_in_the_trail_without_its_words() {
    let sales = Sales::new().await;
    let path = sales.shared(&sales.al, &sales.handover()).await;
    sales.get(&path, &sales.cleo).await;
    sales.get(&path, &sales.cleo).await;
    sales.get(&path, &sales.xeno).await;
    let lines = sales.world.audit.lines();
    let of_tez: Vec<_> = lines.iter().filter(|line| line.contains("tez")).collect();
    // Read once and shown twice; told to nobody else.
    assert_eq!(
        of_tez,
        [
            "share-tez done",
            "show-tez done",
            "show-tez refused tez-forbidden"
        ]
    );
    let kept = sales.world.audit.kept();
    let leaves: Vec<_> = kept.records.iter().map(|record| &record.leaf).collect();
    let share = leaves
        .iter()
        .find(|leaf| leaf.contains("share-tez"))
        .unwrap();
    let share: Value = serde_json::from_str(share).unwrap();
    assert_eq!(share["tez"]["sender"], "al");
    assert_eq!(share["tez"]["recipients"], json!(["cleo"]));
    assert_eq!(share["tez"]["team"], sales.team);
    assert!(
        share["tez"]["content"]
            .as_str()
            .unwrap()
            .starts_with("sha256:")
    );
    for word in ["Bolt", "20k", "Monday"] {
        assert!(!leaves.iter().any(|leaf| leaf.contains(word)), "{word}");
    }
}
