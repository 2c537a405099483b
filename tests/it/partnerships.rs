//! Communities become partners: invited, answered, taken back, too late; stopped for a while, changed, over.

use axum::http::Method;
use serde_json::{Value, json};
use skillgate_domain::ids::CommunityId;
use skillgate_domain::partnership::INVITATION_LASTS;
use skillgate_domain::principal::Role;
use skillgate_tests::host::TestHost;
use skillgate_tests::http::{Answer, Client};
use std::time::Duration;

pub(crate) const NORTH: &str = "north";
pub(crate) const SOUTH: &str = "south";

pub(crate) fn id(name: &str) -> CommunityId {
    CommunityId::parse(name).unwrap()
}

pub(crate) fn partnerships_of(community: &str) -> String {
    format!("/api/communities/{community}/partnerships")
}

fn offer(target: &str) -> Value {
    json!({ "targetCommunityId": target, "relationshipType": "partner" })
}

/// Permissions with other numbers than those that are shipped.
fn permissions(per_hour: u32) -> Value {
    json!({
        "notifications": {
            "posts": true, "votes": true, "comments": false, "boards": false, "announcements": true
        },
        "rateLimit": { "maxPerHour": per_hour, "maxPerDay": 100 },
        "filters": { "minVoteThreshold": 1, "boardWhitelist": [3, 5] },
    })
}

pub(crate) struct World {
    pub(crate) host: TestHost,
}

impl World {
    /// A host that knows some communities.
    pub(crate) async fn with(communities: &[&str]) -> Self {
        Self::over(TestHost::start_embedded().await, communities).await
    }

    /// Makes some communities known to a host.
    pub(crate) async fn over(host: TestHost, communities: &[&str]) -> Self {
        let world = Self { host };
        for name in communities {
            let said = json!({ "name": format!("The {name}"), "shortId": name });
            let admin = world.admin(name).await;
            admin.post("/api/communities", &said).await.with(201);
        }
        world
    }

    pub(crate) async fn admin(&self, community: &str) -> Client {
        self.client(community, Role::Admin).await
    }

    pub(crate) async fn client(&self, community: &str, role: Role) -> Client {
        let user = format!("{community}-{}", role.name());
        Client::in_community(&self.host, &id(community), role, &user).await
    }

    pub(crate) async fn invite(&self, source: &str, target: &str) -> i64 {
        let path = format!("{}/invites", partnerships_of(source));
        let invited = self.admin(source).await.post(&path, &offer(target)).await;
        invited.with(201)["partnershipId"].as_i64().unwrap()
    }

    /// Asks something of a partnership, as an admin of a community.
    pub(crate) async fn ask(
        &self,
        community: &str,
        (number, verb): (i64, &str),
        body: &Value,
    ) -> Answer {
        let path = format!("{}/{number}/{verb}", partnerships_of(community));
        self.admin(community).await.post(&path, body).await
    }

    async fn show(&self, community: &str, number: i64) -> Value {
        let path = format!("{}/{number}", partnerships_of(community));
        self.admin(community).await.get(&path).await.with(200)
    }

    async fn list(&self, community: &str) -> Value {
        let path = partnerships_of(community);
        self.admin(community).await.get(&path).await.with(200)
    }

    /// What a community's trail has of an action: outcome and code, the newest first.
    pub(crate) async fn trail(&self, community: &str, action: &str) -> Vec<(Value, Value)> {
        let records = self.host.recorded_in(&id(community), action).await;
        let records = records.into_iter();
        records
            .map(|it| (it["outcome"].clone(), it["code"].clone()))
            .collect()
    }

    /// Two communities that are partners.
    pub(crate) async fn with_partners() -> (Self, i64) {
        let world = Self::with(&[NORTH, SOUTH]).await;
        let number = world.become_partners().await;
        (world, number)
    }

    /// Has the north invite the south, which accepts.
    pub(crate) async fn become_partners(&self) -> i64 {
        let number = self.invite(NORTH, SOUTH).await;
        let yes = json!({ "action": "accept" });
        self.ask(SOUTH, (number, "respond"), &yes).await.with(200);
        number
    }

    pub(crate) async fn update(&self, community: &str, number: i64, body: &Value) -> Answer {
        let path = format!("{}/{number}", partnerships_of(community));
        self.admin(community).await.put(&path, body).await
    }

    pub(crate) async fn end(&self, community: &str, number: i64, body: Option<&Value>) -> Answer {
        let path = format!("{}/{number}", partnerships_of(community));
        let admin = self.admin(community).await;
        admin.send(Method::DELETE, &path, body).await
    }
}

/// What a side can do, by the flags of its view.
fn open(view: &Value) -> Vec<&str> {
    let flags = view.as_object().unwrap().iter();
    let mut open: Vec<_> = flags
        .filter(|(name, can)| name.starts_with("can") && **can == true)
        .map(|(name, _)| name.as_str())
        .collect();
    open.sort_unstable();
    open
}

#[tokio::test]
async fn two_communities_agree_on_what_they_send_each_other() {
    let world = World::with(&[NORTH, SOUTH]).await;
    let mut wanted = offer(SOUTH);
    wanted["inviteMessage"] = json!("Shall we?");
    wanted["proposedPermissions"] = json!({ "fromUs": permissions(7), "toUs": permissions(8) });
    let path = format!("{}/invites", partnerships_of(NORTH));
    let invited = world
        .admin(NORTH)
        .await
        .post(&path, &wanted)
        .await
        .with(201);
    assert_eq!(invited["status"], "pending");
    assert_eq!(invited["expiresAt"], "2026-03-31T12:00:00.000Z");
    let number = invited["partnershipId"].as_i64().unwrap();

    let (ours, theirs) = (world.list(NORTH).await, world.list(SOUTH).await);
    let (sent, got) = (
        &ours["pending"]["outgoing"][0],
        &theirs["pending"]["incoming"][0],
    );
    assert_eq!((&sent["id"], &got["id"]), (&json!(number), &json!(number)));
    assert_eq!(open(sent), ["canCancel"]);
    assert_eq!(open(got), ["canReject", "canRespond"]);
    assert_eq!(got["partnerCommunity"]["name"], "The north");
    assert_eq!(got["permissions"]["fromUs"], permissions(8));
    assert_eq!(got["permissions"]["toUs"], permissions(7));

    // The south would rather send less.
    let counter = json!({
        "action": "accept",
        "responseMessage": "Gladly, a little less",
        "modifiedPermissions": { "fromUs": permissions(2), "toUs": permissions(7) },
    });
    let countered = world
        .ask(SOUTH, (number, "respond"), &counter)
        .await
        .with(200);
    assert_eq!(countered["requiresCounterApproval"], true);
    assert_eq!(countered["partnership"]["status"], "pending");
    assert_eq!(open(&countered["partnership"]), ["canReject"]);
    assert_eq!(
        open(&world.show(NORTH, number).await),
        ["canCancel", "canReject", "canRespond"]
    );
    let yes = json!({ "action": "accept" });
    let twice = world.ask(SOUTH, (number, "respond"), &yes).await.with(409);
    assert_eq!(twice["code"], "partnership-not-moved");
    let agreed = world.ask(NORTH, (number, "respond"), &yes).await.with(200);
    let agreed = &agreed["partnership"];
    assert_eq!(agreed["status"], "accepted");
    assert_eq!(agreed["partnershipStartedAt"], "2026-03-01T12:00:00.000Z");
    assert_eq!(agreed["respondedByUserId"], "south-admin");
    assert_eq!(agreed["permissions"]["toUs"], permissions(2));
    assert_eq!(open(agreed), ["canEnd", "canSetPermissions", "canSuspend"]);
    for community in [NORTH, SOUTH] {
        let list = world.list(community).await;
        assert_eq!(list["active"][0]["id"], number);
        assert_eq!(list["pending"], json!({ "incoming": [], "outgoing": [] }));
    }
    // Each side's trail has what that side did, once.
    let done = [(json!("done"), Value::Null)];
    assert_eq!(world.trail(NORTH, "invite-partner").await, done);
    assert_eq!(world.trail(NORTH, "answer-invitation").await, done);
    let refused = (json!("refused"), json!("partnership-not-moved"));
    let [done] = done;
    assert_eq!(
        world.trail(SOUTH, "answer-invitation").await,
        [refused, done]
    );
}

type Refused = (Value, u16, &'static str, Option<&'static str>);

/// Offers that are refused: how, and where the fault is.
fn faulty_offers() -> Vec<Refused> {
    let with = |more: Value| {
        let mut it = offer(SOUTH);
        it.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        it
    };
    let proposed = |pointer: &str, value: Value| {
        let mut both = json!({ "fromUs": permissions(5), "toUs": permissions(5) });
        *both.pointer_mut(pointer).unwrap() = value;
        with(json!({ "proposedPermissions": both }))
    };
    vec![
        (offer(NORTH), 422, "partnership-with-itself", None),
        (offer("nowhere"), 404, "community-not-found", None),
        (offer("no where/"), 404, "community-not-found", None),
        (
            json!({ "targetCommunityId": SOUTH }),
            422,
            "body-invalid",
            None,
        ),
        (
            with(json!({ "relationshipType": "enemy" })),
            422,
            "body-invalid",
            None,
        ),
        (with(json!({ "more": 1 })), 422, "body-invalid", None),
        (
            with(json!({ "inviteMessage": "x".repeat(2_001) })),
            422,
            "partnership-invalid",
            Some("/inviteMessage"),
        ),
        (
            with(json!({ "inviteMessage": "x".repeat(64 * 1_024) })),
            413,
            "body-too-large",
            None,
        ),
        (
            proposed("/fromUs/rateLimit/maxPerHour", json!(1_001)),
            422,
            "partnership-invalid",
            Some("/proposedPermissions/fromUs/rateLimit/maxPerHour"),
        ),
        (
            proposed("/toUs/rateLimit/maxPerDay", json!(4)),
            422,
            "partnership-invalid",
            Some("/proposedPermissions/toUs/rateLimit"),
        ),
        (
            proposed("/toUs/notifications", json!({ "posts": "yes" })),
            422,
            "partnership-invalid",
            Some("/proposedPermissions/toUs/notifications"),
        ),
        (
            proposed("/fromUs/filters/boardWhitelist", json!([1, 1])),
            422,
            "partnership-invalid",
            Some("/proposedPermissions/fromUs/filters/boardWhitelist"),
        ),
    ]
}

#[tokio::test]
async fn what_cannot_be_offered() {
    let world = World::with(&[NORTH, SOUTH]).await;
    let admin = world.admin(NORTH).await;
    let path = format!("{}/invites", partnerships_of(NORTH));
    for (body, status, code, at) in faulty_offers() {
        let refused = admin.post(&path, &body).await.with(status);
        assert_eq!(refused["code"], code, "{body}: {refused}");
        if let Some(at) = at {
            assert_eq!(refused["findings"][0]["path"], at, "{body}");
        }
    }
}

#[tokio::test]
async fn admins_invite_for_their_own_community_whom_it_has_no_partnership_with() {
    let world = World::with(&[NORTH, SOUTH]).await;
    let admin = world.admin(NORTH).await;
    let path = format!("{}/invites", partnerships_of(NORTH));
    // Nobody else speaks for the community, and nothing is told of another's.
    for role in [Role::Member, Role::Agent, Role::Partner, Role::Service] {
        let client = world.client(NORTH, role).await;
        let refused = client.post(&path, &offer(SOUTH)).await.with(403);
        assert_eq!(refused["code"], "forbidden");
        client.get(&partnerships_of(NORTH)).await.with(403);
    }
    let elsewhere = format!("{}/invites", partnerships_of(SOUTH));
    admin.post(&elsewhere, &offer(NORTH)).await.with(404);
    admin.get(&partnerships_of(SOUTH)).await.with(404);
    let unknown = world.admin("newcomers").await;
    let theirs = format!("{}/invites", partnerships_of("newcomers"));
    let refused = unknown.post(&theirs, &offer(SOUTH)).await.with(409);
    assert_eq!(refused["code"], "community-not-registered");

    // The control; and there is one at a time, whoever invites.
    let number = world.invite(NORTH, SOUTH).await;
    for (source, target) in [(NORTH, SOUTH), (SOUTH, NORTH)] {
        let path = format!("{}/invites", partnerships_of(source));
        let present = world.admin(source).await.post(&path, &offer(target)).await;
        let present = present.with(409);
        assert_eq!(present["code"], "partnership-present");
        assert_eq!(present["partnershipId"], number);
    }
}

#[tokio::test]
async fn an_answer_is_for_whom_it_is_and_comes_once() {
    let world = World::with(&[NORTH, SOUTH, "east"]).await;
    let number = world.invite(NORTH, SOUTH).await;
    let (yes, no) = (json!({ "action": "accept" }), json!({ "action": "reject" }));
    let none = json!({});
    for (community, verb, body) in [
        (NORTH, "respond", &yes),
        (NORTH, "respond", &no),
        (SOUTH, "cancel", &none),
    ] {
        let refused = world.ask(community, (number, verb), body).await.with(409);
        assert_eq!(refused["code"], "partnership-not-moved");
        assert_eq!(refused["partnershipStatus"], "pending");
    }
    // To a third community there is no such thing.
    for (verb, body) in [("respond", &yes), ("cancel", &none)] {
        let refused = world.ask("east", (number, verb), body).await.with(404);
        assert_eq!(refused["code"], "partnership-not-found");
    }
    let path = format!("{}/{number}", partnerships_of("east"));
    world.admin("east").await.get(&path).await.with(404);
    let odd = json!({ "action": "reject", "modifiedPermissions": {
        "fromUs": permissions(1), "toUs": permissions(1) } });
    let refused = world.ask(SOUTH, (number, "respond"), &odd).await.with(422);
    assert_eq!(refused["findings"][0]["path"], "/modifiedPermissions");

    world.ask(NORTH, (number, "cancel"), &none).await.with(200);
    for (community, verb, body) in [
        (SOUTH, "respond", &yes),
        (SOUTH, "respond", &no),
        (NORTH, "cancel", &none),
    ] {
        let refused = world.ask(community, (number, verb), body).await.with(409);
        assert_eq!(refused["partnershipStatus"], "cancelled");
    }
    // It stays in the history, and the two can begin anew.
    let next = world.invite(SOUTH, NORTH).await;
    world.ask(NORTH, (next, "respond"), &no).await.with(200);
    let recent = world.list(NORTH).await["recent"].clone();
    let recent: Vec<_> = recent.as_array().unwrap().iter().collect();
    let ids: Vec<_> = recent.iter().map(|it| (&it["id"], &it["status"])).collect();
    assert_eq!(
        ids,
        [
            (&json!(next), &json!("rejected")),
            (&json!(number), &json!("cancelled"))
        ]
    );
}

#[tokio::test]
async fn an_invitation_that_nobody_answered_in_time_has_expired() {
    let world = World::with(&[NORTH, SOUTH]).await;
    let number = world.invite(NORTH, SOUTH).await;
    let yes = json!({ "action": "accept" });
    let instant = Duration::from_millis(1);
    world
        .host
        .clock
        .advance(INVITATION_LASTS.checked_sub(instant).unwrap());
    assert_eq!(world.show(SOUTH, number).await["status"], "pending");
    world.host.clock.advance(instant);
    // Nobody has seen to it yet, and still it is so.
    let seen = world.show(SOUTH, number).await;
    assert_eq!((&seen["status"], open(&seen)), (&json!("expired"), vec![]));
    let late = world.ask(SOUTH, (number, "respond"), &yes).await.with(409);
    assert_eq!(late["partnershipStatus"], "expired");
    // Whoever came too late has seen to it: the job finds nothing left.
    assert_eq!(world.trail(NORTH, "cancel-invitation").await.len(), 1);
    let partnerships = &world.host.app.partnerships;
    assert_eq!(partnerships.expire_overdue().await.unwrap(), 0);

    // The next one is seen to by the job, once, whoever looks.
    let next = world.invite(NORTH, SOUTH).await;
    assert_eq!(partnerships.expire_overdue().await.unwrap(), 0);
    world.host.clock.advance(INVITATION_LASTS);
    let (one, other) = tokio::join!(partnerships.expire_overdue(), partnerships.expire_overdue());
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    assert_eq!(world.show(NORTH, next).await["status"], "expired");
    assert_eq!(world.trail(NORTH, "cancel-invitation").await.len(), 2);

    // One that is in the way of another goes when that one comes.
    world.invite(SOUTH, NORTH).await;
    world.host.clock.advance(INVITATION_LASTS);
    world.invite(NORTH, SOUTH).await;
}

#[tokio::test]
async fn whoever_suspends_lets_it_go_on_and_it_does_when_both_have() {
    let (world, number) = World::with_partners().await;
    let (stop, go) = (
        json!({ "status": "suspended" }),
        json!({ "status": "accepted" }),
    );
    let moved = async |community, body| {
        let moved = world.update(community, number, body).await.with(200);
        (
            moved["partnership"]["status"].clone(),
            moved["partnership"]["suspendedBy"].clone(),
        )
    };
    let suspended = |by: &str| (json!("suspended"), json!(by));
    assert_eq!(moved(NORTH, &stop).await, suspended("source"));
    // It is the north's to lift, and there is nothing more to stop for it.
    for (community, body) in [(SOUTH, &go), (NORTH, &stop)] {
        let refused = world.update(community, number, body).await.with(409);
        assert_eq!(refused["partnershipStatus"], "suspended", "{community}");
    }
    assert!(!open(&world.show(SOUTH, number).await).contains(&"canReactivate"));
    assert_eq!(moved(SOUTH, &stop).await, suspended("both"));
    assert_eq!(moved(NORTH, &go).await, suspended("target"));
    assert_eq!(moved(SOUTH, &go).await, (json!("accepted"), Value::Null));
    let list = world.list(NORTH).await;
    assert_eq!(list["active"][0]["id"], number);
}

#[tokio::test]
async fn each_side_changes_what_it_sends_and_all_that_is_asked_happens_or_nothing() {
    let (world, number) = World::with_partners().await;
    let set = json!({ "permissions": permissions(9) });
    let shown = world.update(SOUTH, number, &set).await.with(200)["partnership"].clone();
    assert_eq!(shown["permissions"]["fromUs"], permissions(9));
    let theirs = world.show(NORTH, number).await;
    assert_eq!(theirs["permissions"]["toUs"], permissions(9));
    assert_ne!(theirs["permissions"]["fromUs"], permissions(9));

    let both = json!({ "status": "suspended", "permissions": permissions(1) });
    let shown = world.update(NORTH, number, &both).await.with(200)["partnership"].clone();
    assert_eq!(shown["status"], "suspended");
    assert_eq!(shown["permissions"]["fromUs"], permissions(1));
    assert_eq!(shown["version"], 5);
    // It is suspended already, so that nothing of the rest happens either.
    let both = json!({ "status": "suspended", "permissions": permissions(2) });
    world.update(NORTH, number, &both).await.with(409);
    let shown = world.show(NORTH, number).await;
    assert_eq!(shown["permissions"]["fromUs"], permissions(1));
    for (body, code) in [
        (json!({}), "partnership-invalid"),
        (json!({ "status": "ended" }), "body-invalid"),
        (
            json!({ "permissions": { "posts": true } }),
            "partnership-invalid",
        ),
        (json!({ "permission": permissions(1) }), "body-invalid"),
    ] {
        let refused = world.update(NORTH, number, &body).await.with(422);
        assert_eq!(refused["code"], code, "{body}");
    }
    let refused = world.trail(NORTH, "set-permissions").await;
    assert_eq!(refused.len(), 1, "{refused:?}");
}

#[tokio::test]
async fn what_is_over_stays_in_the_history() {
    let (world, number) = World::with_partners().await;
    let why = json!({ "reason": "We have grown apart." });
    let ended = world.end(SOUTH, number, Some(&why)).await.with(200);
    let ended = &ended["partnership"];
    assert_eq!((&ended["status"], open(ended)), (&json!("ended"), vec![]));
    assert_eq!(ended["endReason"], why["reason"]);
    world.end(NORTH, number, None).await.with(409);
    let go = json!({ "status": "accepted" });
    world.update(NORTH, number, &go).await.with(409);
    assert_eq!(world.list(NORTH).await["recent"][0]["id"], number);

    let path = format!("{}/{number}/history", partnerships_of(NORTH));
    let history = world.admin(NORTH).await.get(&path).await.with(200);
    let moves = history["history"].as_array().unwrap().iter();
    let moves: Vec<_> = moves
        .map(|it| (&it["moved"], &it["bySide"], &it["byUserId"]))
        .collect();
    let [invited, accepted, end] = ["invited", "accepted", "ended"].map(|word| json!(word));
    let [source, target] = ["source", "target"].map(|word| json!(word));
    let [north, south] = ["north-admin", "south-admin"].map(|word| json!(word));
    assert_eq!(
        moves,
        [
            (&invited, &source, &north),
            (&accepted, &target, &south),
            (&end, &target, &south)
        ]
    );
    // Without a reason, and without a body, it ends as well.
    let next = world.invite(SOUTH, NORTH).await;
    let yes = json!({ "action": "accept" });
    world.ask(NORTH, (next, "respond"), &yes).await.with(200);
    let ended = world.end(SOUTH, next, None).await.with(200);
    assert_eq!(ended["partnership"]["endReason"], Value::Null);
}

#[tokio::test]
async fn everybody_in_a_community_knows_its_partners_by_name() {
    let (world, number) = World::with_partners().await;
    let said = json!({ "name": "The east", "shortId": "east" });
    let east = world.admin("east").await;
    east.post("/api/communities", &said).await.with(201);
    world.invite(NORTH, "east").await;
    let path = format!("/api/communities/{NORTH}/partners");
    for role in [Role::Admin, Role::Member, Role::Agent, Role::Service] {
        let client = world.client(NORTH, role).await;
        let listed = client.get(&path).await.with(200);
        // Whoever was only invited is none.
        let partners = listed["partners"].as_array().unwrap();
        assert_eq!(partners.len(), 1, "{listed}");
        assert_eq!(partners[0]["community"]["name"], "The south");
        assert_eq!(partners[0]["since"], "2026-03-01T12:00:00.000Z");
    }
    let ships_modules = world.client(NORTH, Role::Partner).await;
    ships_modules.get(&path).await.with(403);
    world.admin(SOUTH).await.get(&path).await.with(404);
    let stop = json!({ "status": "suspended" });
    world.update(SOUTH, number, &stop).await.with(200);
    let member = world.client(NORTH, Role::Member).await;
    assert_eq!(member.get(&path).await.with(200)["partners"], json!([]));
}
