//! What communities are told of: by their own platform, by partners, and of their partnerships.

use crate::partnerships::{NORTH, SOUTH, World, partnerships_of};
use serde_json::{Value, json};
use skillgate_app::events::EVENTS_KEPT;
use skillgate_app::retention::Retention;
use skillgate_domain::partnership::INVITATION_LASTS;
use skillgate_domain::principal::Role;
use std::time::Duration;

pub(crate) fn events_of(community: &str) -> String {
    format!("/api/communities/{community}/events")
}

fn post(votes: u32) -> Value {
    json!({
        "kind": "posts", "title": "A new way up", "text": "It is steep.",
        "link": "https://north.example/posts/7", "boardId": 3, "votes": votes,
    })
}

impl World {
    /// Has a community's platform report something.
    pub(crate) async fn report(&self, community: &str, event: &Value) -> Value {
        let platform = self.client(community, Role::Service).await;
        let told = platform.post(&events_of(community), event).await;
        told.with(201)
    }

    async fn heard(&self, community: &str, role: Role) -> Vec<Value> {
        let somebody = self.client(community, role).await;
        let heard = somebody.get(&events_of(community)).await.with(200);
        heard["events"].as_array().unwrap().clone()
    }
}

/// Whether each partner was told, and why not.
fn partners(told: &Value) -> Vec<(&str, &Value)> {
    let partners = told["partners"].as_array().unwrap().iter();
    partners
        .map(|it| {
            (
                it["partnerCommunity"]["id"].as_str().unwrap(),
                &it["reason"],
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_in_a_community_goes_to_partners_that_may_know() {
    let (world, number) = World::with_partners().await;
    let told = world.report(NORTH, &post(3)).await;
    assert_eq!(partners(&told), [(SOUTH, &Value::Null)]);
    assert_eq!((&told["number"], &told["relayed"]), (&json!(3), &json!(1)));
    // What they do not want to know, with the shipped permissions: few votes, comments.
    let told = world.report(NORTH, &post(2)).await;
    assert_eq!(partners(&told), [(SOUTH, &json!("too-few-votes"))]);
    let comment = json!({ "kind": "comments", "title": "I agree", "votes": 9 });
    let told = world.report(NORTH, &comment).await;
    assert_eq!(partners(&told), [(SOUTH, &json!("kind-not-permitted"))]);
    // Its own people hear of all of it, the partner's of the one.
    assert_eq!(world.heard(NORTH, Role::Member).await.len(), 3);
    let heard = world.heard(SOUTH, Role::Member).await;
    let [event] = &heard[..] else {
        panic!("{heard:?}");
    };
    assert_eq!(event["event"], "communityNotification");
    let expected = json!({
        "kind": "posts", "title": "A new way up", "text": "It is steep.",
        "link": "https://north.example/posts/7", "boardId": 3, "votes": 3,
        "isCrossCommunityNotification": true,
        "sourceCommunityId": NORTH, "sourceCommunityName": "The north",
    });
    assert_eq!(event["data"], expected);
    let own = &world.heard(NORTH, Role::Agent).await[0]["data"];
    assert_eq!(own["isCrossCommunityNotification"], false);
    // A suspended partner hears nothing, and does again when it goes on.
    let stop = json!({ "status": "suspended" });
    world.update(SOUTH, number, &stop).await.with(200);
    let told = world.report(NORTH, &post(3)).await;
    assert_eq!(partners(&told), [(SOUTH, &json!("partnership-suspended"))]);
    let go_on = json!({ "status": "accepted" });
    world.update(SOUTH, number, &go_on).await.with(200);
    let told = world.report(NORTH, &post(3)).await;
    assert_eq!(partners(&told), [(SOUTH, &Value::Null)]);
    world.end(SOUTH, number, None).await.with(200);
    let told = world.report(NORTH, &post(3)).await;
    assert_eq!(partners(&told), []);
    let records = world.trail(NORTH, "report-event").await;
    assert_eq!(records.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_hears_so_much_in_an_hour() {
    let (world, _) = World::with_partners().await;
    let announced = json!({ "kind": "announcements", "title": "We moved" });
    for _ in 0..5 {
        let told = world.report(NORTH, &announced).await;
        assert_eq!(partners(&told), [(SOUTH, &Value::Null)]);
    }
    let told = world.report(NORTH, &announced).await;
    assert_eq!(partners(&told), [(SOUTH, &json!("hourly-limit-reached"))]);
    world.host.clock.advance(Duration::from_hours(1));
    let told = world.report(NORTH, &announced).await;
    assert_eq!(partners(&told), [(SOUTH, &Value::Null)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_hear_of_their_partnerships_and_nobody_else_does() {
    let world = World::with(&[NORTH, SOUTH]).await;
    let offer = json!({
        "targetCommunityId": SOUTH, "relationshipType": "partner", "inviteMessage": "Shall we?",
    });
    let path = format!("{}/invites", partnerships_of(NORTH));
    let invited = world.admin(NORTH).await.post(&path, &offer).await;
    let number = invited.with(201)["partnershipId"].as_i64().unwrap();
    let yes = json!({ "action": "accept" });
    world.ask(SOUTH, (number, "respond"), &yes).await.with(200);
    let of_south = world.heard(SOUTH, Role::Admin).await;
    let north = json!({ "id": NORTH, "name": "The north", "shortId": NORTH, "description": null });
    assert_eq!(of_south[0]["event"], "partnershipInviteReceived");
    let invitation = json!({
        "partnershipId": number, "sourceCommunity": north,
        "relationshipType": "partner", "inviteMessage": "Shall we?",
    });
    assert_eq!(of_south[0]["data"], invitation);
    assert_eq!(of_south[1]["event"], "partnershipStatusUpdate");
    let update = json!({
        "partnershipId": number, "newStatus": "accepted", "partnerCommunity": north,
        "moved": "accepted", "version": 2,
    });
    assert_eq!(of_south[1]["data"], update);
    let of_north = world.heard(NORTH, Role::Admin).await;
    let seen: Vec<_> = of_north
        .iter()
        .map(|it| {
            (
                &it["data"]["newStatus"],
                &it["data"]["partnerCommunity"]["id"],
            )
        })
        .collect();
    let (pending, accepted, south) = (json!("pending"), json!("accepted"), json!(SOUTH));
    assert_eq!(seen, [(&pending, &south), (&accepted, &south)]);
    for role in [Role::Member, Role::Agent, Role::Service] {
        assert_eq!(
            world.heard(SOUTH, role).await,
            Vec::<Value>::new(),
            "{role:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_lapses_is_told_once() {
    let world = World::with(&[NORTH, SOUTH]).await;
    world.invite(NORTH, SOUTH).await;
    world.host.clock.advance(INVITATION_LASTS);
    for _ in 0..2 {
        world.host.app.partnerships.expire_overdue().await.unwrap();
    }
    for community in [NORTH, SOUTH] {
        let heard = world.heard(community, Role::Admin).await;
        let statuses = heard.iter().map(|it| &it["data"]["newStatus"]);
        let expired = statuses.filter(|status| **status == "expired").count();
        assert_eq!((heard.len(), expired), (2, 1), "{community}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_away_reads_on() {
    let (world, _) = World::with_partners().await;
    let announced = json!({ "kind": "announcements", "title": "We moved" });
    for _ in 0..101 {
        world.report(NORTH, &announced).await;
    }
    let member = world.client(NORTH, Role::Member).await;
    let first = member.get(&events_of(NORTH)).await.with(200);
    let count = |page: &Value| page["events"].as_array().unwrap().len();
    assert_eq!((count(&first), &first["more"]), (100, &json!(true)));
    assert_eq!(
        (&first["oldest"], &first["readUpTo"]),
        (&json!(1), &json!(102))
    );
    let path = format!("{}?after=102", events_of(NORTH));
    let second = member.get(&path).await.with(200);
    assert_eq!((count(&second), &second["more"]), (1, &json!(false)));
    assert_eq!(second["readUpTo"], 103);
    let path = format!("{}?after=103", events_of(NORTH));
    let nothing = member.get(&path).await.with(200);
    assert_eq!((count(&nothing), &nothing["readUpTo"]), (0, &json!(103)));
    // After a month it is gone, and whoever comes then sees that.
    world.host.clock.advance(EVENTS_KEPT);
    let store = world.host.storage.clone();
    let clock = world.host.clock.clone();
    let retention = Retention::new(store.clone(), store.clone(), store, clock);
    retention.remove().await.unwrap();
    world.report(NORTH, &announced).await;
    let member = world.client(NORTH, Role::Member).await;
    let late = member.get(&path).await.with(200);
    assert_eq!((&late["oldest"], count(&late)), (&json!(104), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_reports_or_listens() {
    let (world, _) = World::with_partners().await;
    let announced = json!({ "kind": "announcements", "title": "We moved" });
    for role in [Role::Member, Role::Agent, Role::Partner] {
        let somebody = world.client(NORTH, role).await;
        let refused = somebody.post(&events_of(NORTH), &announced).await.with(403);
        assert_eq!(refused["code"], "forbidden", "{role:?}");
    }
    let partner = world.client(NORTH, Role::Partner).await;
    partner.get(&events_of(NORTH)).await.with(403);
    // Of another community there is nothing, whoever asks.
    let stranger = world.admin(SOUTH).await;
    for refused in [
        stranger.post(&events_of(NORTH), &announced).await,
        stranger.get(&events_of(NORTH)).await,
    ] {
        assert_eq!(refused.with(404)["code"], "community-not-found");
    }
    let nobody = world.client("west", Role::Service).await;
    nobody.post(&events_of("west"), &announced).await.with(404);
    let refused = (json!("refused"), json!("forbidden"));
    assert_eq!(world.trail(NORTH, "report-event").await, vec![refused; 3]);
    assert_eq!(world.heard(NORTH, Role::Member).await, Vec::<Value>::new());
    // The control.
    world.report(NORTH, &announced).await;
    assert_eq!(world.heard(SOUTH, Role::Member).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_shown_to_others_is_refused() {
    let (world, _) = World::with_partners().await;
    let platform = world.client(NORTH, Role::Service).await;
    let with = |key: &str, value: Value| {
        let mut event = post(3);
        event[key] = value;
        event
    };
    for (key, value, code) in [
        ("title", json!(""), "event-invalid"),
        ("title", json!("x".repeat(201)), "event-invalid"),
        ("text", json!("x".repeat(2_001)), "event-invalid"),
        ("link", json!("javascript:alert(1)"), "event-invalid"),
        (
            "link",
            json!("https://bank.example@evil.example"),
            "event-invalid",
        ),
        ("kind", json!("gossip"), "body-invalid"),
        ("votes", json!(-1), "body-invalid"),
        ("votes", json!("many"), "body-invalid"),
        ("boardId", json!(1.5), "body-invalid"),
        ("colour", json!("red"), "body-invalid"),
    ] {
        let event = with(key, value);
        let refused = platform.post(&events_of(NORTH), &event).await;
        assert_eq!(refused.body["code"], code, "{event}");
        let field = &refused.body["findings"][0]["path"];
        assert!(
            code != "event-invalid" || *field == format!("/{key}"),
            "{field}"
        );
    }
    assert_eq!(world.heard(NORTH, Role::Member).await, Vec::<Value>::new());
    platform.post(&events_of(NORTH), &post(3)).await.with(201);
}
