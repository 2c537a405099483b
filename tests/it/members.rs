//! A community lists its people: they have no more than the list says, and nothing when they have left.

use crate::partnerships::{NORTH, SOUTH, World, id, partnerships_of};
use axum::http::Method;
use serde_json::{Value, json};
use skillgate_domain::member::ADMINS_MAX;
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_tests::http::{Answer, Client};
use skillgate_tests::sockets::{Listener, Served};

pub(crate) fn members_of(community: &str) -> String {
    format!("/api/communities/{community}/members")
}

impl World {
    /// Lists somebody, as the community's admin.
    pub(crate) async fn list_member(&self, community: &str, user: &str, said: &Value) -> Answer {
        let path = format!("{}/{user}", members_of(community));
        self.admin(community).await.put(&path, said).await
    }

    async fn unlist(&self, community: &str, user: &str) -> Answer {
        let path = format!("{}/{user}", members_of(community));
        let admin = self.admin(community).await;
        admin.send(Method::DELETE, &path, None).await
    }

    async fn as_user(&self, community: &str, role: Role, user: &str) -> Client {
        Client::in_community(&self.host, &id(community), role, user).await
    }
}

#[tokio::test]
async fn admins_list_who_belongs_to_the_community() {
    let world = World::with(&[NORTH, SOUTH]).await;
    let said = json!({ "role": "admin", "name": "Ada", "email": "ada@example.org" });
    let ada = world.list_member(NORTH, "ada", &said).await.with(200);
    let expected = json!({
        "userId": "ada", "role": "admin", "name": "Ada", "email": "ada@example.org",
        "wantsMail": true, "joinedAt": "2026-03-01T12:00:00.000Z", "changedAt": "2026-03-01T12:00:00.000Z",
    });
    assert_eq!(ada, expected);
    let bare = json!({ "role": "member" });
    let mia = world.list_member(NORTH, "mia", &bare).await.with(200);
    assert_eq!((&mia["name"], &mia["email"]), (&Value::Null, &Value::Null));
    let admin = world.admin(NORTH).await;
    let list = admin.get(&members_of(NORTH)).await.with(200);
    assert_eq!(list, json!({ "members": [ada, mia], "next": null }));
    let after = format!("{}?after=ada", members_of(NORTH));
    let rest = admin.get(&after).await.with(200);
    assert_eq!(rest["members"][0]["userId"], "mia");
    // Others see how many there are, where somebody is listed.
    let south = world.admin(SOUTH).await;
    let found = south.get("/api/communities/search?q=north").await.with(200);
    assert_eq!(found["communities"][0]["memberCount"], 2);
    // They see themselves, and nobody else.
    let own = world.as_user(NORTH, Role::Member, "mia").await;
    let path = |user: &str| format!("{}/{user}", members_of(NORTH));
    assert_eq!(own.get(&path("mia")).await.with(200)["userId"], "mia");
    assert_eq!(own.get(&path("ada")).await.with(403)["code"], "forbidden");
    let nobody = admin.get(&path("nobody")).await.with(404);
    assert_eq!(nobody["code"], "member-not-found");
    for path in [members_of(NORTH), path("ada")] {
        let elsewhere = south.get(&path).await.with(404);
        assert_eq!(elsewhere["code"], "community-not-found");
    }
    assert_eq!(
        own.get(&members_of(NORTH)).await.with(403)["code"],
        "forbidden"
    );
    let done = (json!("done"), Value::Null);
    assert_eq!(world.trail(NORTH, "put-member").await, [done.clone(), done]);
}

#[tokio::test]
async fn what_cannot_be_said_of_somebody_is_refused() {
    let world = World::with(&[NORTH]).await;
    for (said, status, code) in [
        (json!({ "role": "owner" }), 422, "body-invalid"),
        (json!({}), 422, "body-invalid"),
        (json!({ "role": "member", "age": 7 }), 422, "body-invalid"),
        (
            json!({ "role": "member", "name": "" }),
            422,
            "member-invalid",
        ),
        (
            json!({ "role": "member", "name": "a\nb" }),
            422,
            "member-invalid",
        ),
        (
            json!({ "role": "member", "email": "ada" }),
            422,
            "member-invalid",
        ),
        (
            json!({ "role": "member", "email": "a@b.org\r\nBcc: c@d.org" }),
            422,
            "member-invalid",
        ),
    ] {
        let refused = world.list_member(NORTH, "mia", &said).await.with(status);
        assert_eq!(refused["code"], code, "{said}");
    }
    let bare = json!({ "role": "member" });
    let unregistered = world.list_member("west", "mia", &bare).await;
    assert_eq!(unregistered.with(409)["code"], "community-not-registered");
    let nobody = world.unlist(NORTH, "nobody").await.with(404);
    assert_eq!(nobody["code"], "member-not-found");
    let admin = world.admin(NORTH).await;
    let bad = format!("{}?after=a%20b", members_of(NORTH));
    assert_eq!(admin.get(&bad).await.with(400)["code"], "query-invalid");
}

#[tokio::test]
async fn a_list_has_an_admin_and_not_too_many() {
    let world = World::with(&[NORTH]).await;
    let admin = json!({ "role": "admin" });
    world.list_member(NORTH, "ada", &admin).await.with(200);
    let last = world.unlist(NORTH, "ada").await.with(409);
    assert_eq!(last["code"], "last-admin");
    let member = json!({ "role": "member" });
    let last = world.list_member(NORTH, "ada", &member).await.with(409);
    assert_eq!(last["code"], "last-admin");
    for number in 1..ADMINS_MAX {
        let user = format!("a{number}");
        world.list_member(NORTH, &user, &admin).await.with(200);
    }
    let many = world.list_member(NORTH, "one-more", &admin).await.with(409);
    assert_eq!(many["code"], "too-many-members");
    world
        .list_member(NORTH, "one-more", &member)
        .await
        .with(200);
    world.unlist(NORTH, "ada").await.with(204);
    world.list_member(NORTH, "one-more", &admin).await.with(200);
}

#[tokio::test]
async fn the_list_takes_away_what_tokens_give() {
    let world = World::with(&[NORTH]).await;
    let path = partnerships_of(NORTH);
    let (ada, agent) = (
        world.as_user(NORTH, Role::Admin, "ada").await,
        world.as_user(NORTH, Role::Agent, "ada").await,
    );
    let bob = world.as_user(NORTH, Role::Admin, "bob").await;
    let known = format!("/api/communities/{NORTH}/partners");
    for role in ["admin", "member"] {
        let said = json!({ "role": role });
        world
            .list_member(NORTH, "zoe", &json!({ "role": "admin" }))
            .await
            .with(200);
        world.list_member(NORTH, "ada", &said).await.with(200);
        let status = if role == "admin" { 200 } else { 403 };
        ada.get(&path).await.with(status);
        ada.get(&known).await.with(200);
        agent.get(&known).await.with(200);
    }
    world.unlist(NORTH, "ada").await.with(204);
    for gone in [&ada, &agent] {
        let refused = gone.get(&known).await.with(401);
        assert_eq!(refused["code"], "token-not-valid");
    }
    // Whom nobody listed has what the token says; whoever is listed again, too.
    bob.get(&path).await.with(200);
    world
        .list_member(NORTH, "ada", &json!({ "role": "admin" }))
        .await
        .with(200);
    ada.get(&path).await.with(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_takes_effect_on_those_who_are_connected() {
    let world = World::with(&[NORTH, SOUTH]).await;
    let served = Served::of(&world.host).await;
    for user in ["ada", "zoe"] {
        let said = json!({ "role": "admin" });
        world.list_member(SOUTH, user, &said).await.with(200);
    }
    let connect = async |user: &str| {
        let (south, all) = (id(SOUTH), TokenScope::FULL);
        let token = world.host.token_in(&south, Role::Admin, user, all);
        let mut listener = Listener::connect(&served, &token.await);
        assert_eq!(listener.ready().await["rooms"].as_array().unwrap().len(), 2);
        listener
    };
    let (mut ada, mut zoe) = (connect("ada").await, connect("zoe").await);
    let said = json!({ "role": "member" });
    world.list_member(SOUTH, "ada", &said).await.with(200);
    world.invite(NORTH, SOUTH).await;
    zoe.hears("partnershipInviteReceived").await;
    assert_eq!(
        ada.hears("ready").await[0]["rooms"],
        json!(["community:south"])
    );
    world.unlist(SOUTH, "ada").await.with(204);
    let moved = json!({ "kind": "announcements", "title": "We moved" });
    world.report(SOUTH, &moved).await;
    zoe.hears("communityNotification").await;
    assert_eq!(
        ada.hears("refused").await[0]["code"],
        "token-not-valid",
        "the next thing that she hears"
    );
    assert!(served.stop().await);
}

#[tokio::test]
async fn everybody_chooses_for_themselves_whether_mail_comes() {
    let world = World::with(&[NORTH]).await;
    let said = json!({ "role": "member", "email": "mia@example.org" });
    world.list_member(NORTH, "mia", &said).await.with(200);
    let mia = world.as_user(NORTH, Role::Member, "mia").await;
    let path = format!("{}/mia/mail", members_of(NORTH));
    let no = json!({ "wanted": false });
    assert_eq!(mia.put(&path, &no).await.with(200)["wantsMail"], false);
    // What an admin says of her leaves that as it is, and no admin says it for her.
    let again = world.list_member(NORTH, "mia", &said).await.with(200);
    assert_eq!(again["wantsMail"], false);
    let admin = world.admin(NORTH).await;
    let yes = json!({ "wanted": true });
    let refused = admin.put(&path, &yes).await.with(404);
    assert_eq!(refused["code"], "member-not-found");
    let agent = world.as_user(NORTH, Role::Agent, "mia").await;
    agent.put(&path, &yes).await.with(403);
    assert_eq!(mia.put(&path, &yes).await.with(200)["wantsMail"], true);
}
