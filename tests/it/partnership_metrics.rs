//! Admins see in numbers what became of their partnerships, and what went to partners.

use crate::metrics::{has, scrape};
use crate::partnerships::{NORTH, SOUTH, World, partnerships_of};
use serde_json::{Value, json};
use skillgate_domain::principal::Role;
use skillgate_tests::http::Client;
use std::time::Duration;

impl World {
    async fn metrics(&self, community: &str, query: &str) -> Value {
        let path = format!("{}/metrics{query}", partnerships_of(community));
        self.admin(community).await.get(&path).await.with(200)
    }
}

#[tokio::test]
async fn what_became_of_partnerships_is_counted() {
    let world = World::with(&[NORTH, SOUTH, "east"]).await;
    let empty = world.metrics(NORTH, "").await;
    assert_eq!(
        (&empty["from"], &empty["to"], &empty["days"]),
        (&json!("2026-01-31"), &json!("2026-03-01"), &json!([]))
    );
    assert_eq!(empty["total"]["accepted"], 0);
    assert_eq!(empty["ourMedianSecondsToAnswer"], Value::Null);
    let (number, other) = (
        world.invite(NORTH, SOUTH).await,
        world.invite("east", NORTH).await,
    );
    world.host.clock.advance(Duration::from_hours(13));
    let (yes, no) = (json!({ "action": "accept" }), json!({ "action": "reject" }));
    world.ask(SOUTH, (number, "respond"), &yes).await.with(200);
    world.ask(NORTH, (other, "respond"), &no).await.with(200);
    let announced = json!({ "kind": "announcements", "title": "We moved" });
    let voted = json!({ "kind": "votes", "title": "A vote", "votes": 9 });
    for event in [&announced, &announced, &voted] {
        world.report(NORTH, event).await;
    }
    let seen = world.metrics(NORTH, "").await;
    assert_eq!(seen["to"], "2026-03-02");
    let total = json!({
        "invitationsSent": 1, "invitationsReceived": 1, "counterOffered": 0, "accepted": 1, "rejected": 1,
        "cancelled": 0, "expired": 0, "suspended": 0, "reactivated": 0, "ended": 0,
        "notificationsRelayed": 2, "notificationsSuppressed": { "kind-not-permitted": 1 },
    });
    assert_eq!(seen["total"], total);
    assert_eq!(seen["ourMedianSecondsToAnswer"], 13 * 3_600);
    assert_eq!(seen["theirMedianSecondsToAnswer"], 13 * 3_600);
    let days = seen["days"].as_array().unwrap();
    let first = &days[0];
    assert_eq!(
        (&first["day"], &first["invitationsSent"]),
        (&json!("2026-03-01"), &json!(1))
    );
    assert_eq!(
        (&days[1]["day"], &days[1]["accepted"]),
        (&json!("2026-03-02"), &json!(1))
    );
    assert_eq!(days.len(), 2);
    let one = world.metrics(NORTH, "?from=2026-03-01&to=2026-03-01").await;
    assert_eq!(
        (&one["total"]["accepted"], &one["total"]["invitationsSent"]),
        (&json!(0), &json!(1))
    );
    let scraped = scrape(&world.host).await;
    for line in [
        "skillgate_partnership_moves_total{moved=\"accepted\"} 1",
        "skillgate_partners_told_total{outcome=\"relayed\"} 2",
        "skillgate_partners_told_total{outcome=\"kind-not-permitted\"} 1",
    ] {
        has(&scraped, line);
    }
    let theirs = world.metrics(SOUTH, "").await;
    assert_eq!(theirs["total"]["invitationsReceived"], 1);
    assert_eq!(theirs["total"]["notificationsRelayed"], 0);
}

#[tokio::test]
async fn a_period_has_days_and_not_too_many() {
    let world = World::with(&[NORTH, SOUTH]).await;
    let admin = world.admin(NORTH).await;
    let path = |query: &str| format!("{}/metrics{query}", partnerships_of(NORTH));
    for (query, status) in [
        ("?from=2025-03-01&to=2026-03-01", 200),
        ("?from=2025-02-28&to=2026-03-01", 400),
        ("?from=2026-03-02&to=2026-03-01", 400),
        ("?from=2026-03-01&to=2026-03-01", 200),
        ("?from=2026-3-1", 400),
        ("?from=1969-12-31&to=1970-01-01", 400),
        ("?to=1970-01-02", 400),
        ("?to=99999-01-01", 400),
        ("?to=9999-12-31", 400),
        ("?to=9998-12-31", 200),
        ("?from=yesterday", 400),
        ("?since=2026-03-01", 400),
    ] {
        let answer = admin.get(&path(query)).await;
        assert_eq!(answer.status.as_u16(), status, "{query}: {}", answer.body);
    }
    let member = world.client(NORTH, Role::Member).await;
    assert_eq!(member.get(&path("")).await.with(403)["code"], "forbidden");
    let elsewhere = world.admin(SOUTH).await.get(&path("")).await;
    assert_eq!(elsewhere.with(404)["code"], "partnership-not-found");
    let nobody = Client::nobody(&world.host).get(&path("")).await;
    assert_eq!(nobody.with(401)["code"], "authentication-required");
}
