//! Whoever an outside platform has signed a token for is let in, as far as that says and the community's list allows.

use crate::partnerships::{NORTH, SOUTH, World, id, partnerships_of};
use axum::http::Method;
use jsonwebtoken::{EncodingKey, Header, encode};
use secrecy::SecretString;
use serde_json::json;
use skillgate_server::{PlatformConfig, PlatformKeys, PlatformTokens};
use skillgate_tests::http::Client;
use skillgate_tests::sockets::{Listener, Served};
use std::sync::Arc;
use std::time::Duration;

const SECRET: &str = "a key that the platform and we know";
/// The stories' noon, in seconds.
const NOON: i64 = 1_772_366_400;

/// A host that accepts a platform's tokens.
async fn world() -> World {
    let mut world = World::with(&[NORTH, SOUTH]).await;
    let config = PlatformConfig {
        issuer: "https://platform.example".to_owned(),
        audience: "skillgate".to_owned(),
        keys: PlatformKeys::Shared(SECRET.into()),
        user_claim: "sub".to_owned(),
        community_claim: "/org/id".to_owned(),
        admin_claim: Some("/org/roles".to_owned()),
        admin_value: Some("owner".to_owned()),
    };
    world.host.app.foreign.platform = Some(Arc::new(PlatformTokens::new(config).unwrap()));
    world
}

/// A token of somebody that lasts ten minutes.
fn token(user: &str, community: &str, role: &str) -> String {
    let claims = json!({
        "iss": "https://platform.example", "aud": "skillgate", "exp": NOON + 600,
        "sub": user, "org": { "id": community, "roles": [role] },
    });
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    encode(&Header::default(), &claims, &key).unwrap()
}

fn client(world: &World, token: &str) -> Client {
    Client::with_token(&world.host, token)
}

#[tokio::test]
async fn a_platforms_people_are_who_it_says_where_it_says() {
    let world = world().await;
    let owner = client(&world, &token("ola", NORTH, "owner"));
    let other = client(&world, &token("sam", SOUTH, "owner"));
    let member = client(&world, &token("mia", NORTH, "member"));
    let invite = json!({ "targetCommunityId": SOUTH, "relationshipType": "partner" });
    let invites = format!("{}/invites", partnerships_of(NORTH));
    member
        .post(&invites, &invite)
        .await
        .is_refused(403, "forbidden");
    let elsewhere = other.post(&invites, &invite).await;
    elsewhere.is_refused(404, "partnership-not-found");
    let begun = owner.post(&invites, &invite).await.with(201);
    let number = begun["partnershipId"].as_i64().unwrap();
    let path = format!("{}/{number}/respond", partnerships_of(SOUTH));
    let yes = json!({ "action": "accept" });
    other.post(&path, &yes).await.with(200);
    member
        .get(&format!("/api/communities/{NORTH}/partners"))
        .await
        .with(200);
    let records = world.host.recorded_in(&id(NORTH), "invite-partner").await;
    assert_eq!(records[0]["actor"]["user"], "ola");
    // Until it expires.
    world.host.clock.advance(Duration::from_mins(10));
    let late = owner.get(&partnerships_of(NORTH)).await;
    late.is_refused(401, "token-not-valid");
}

#[tokio::test]
async fn the_communitys_list_takes_away_what_a_platform_gives() {
    let world = world().await;
    let owner = client(&world, &token("ola", NORTH, "owner"));
    let member = client(&world, &token("mia", NORTH, "owner"));
    let list = format!("/api/communities/{NORTH}/members");
    let put = async |user: &str, role: &str| {
        let said = json!({ "role": role });
        owner.put(&format!("{list}/{user}"), &said).await.with(200)
    };
    member.get(&partnerships_of(NORTH)).await.with(200);
    put("ola", "admin").await;
    put("mia", "member").await;
    let narrowed = member.get(&partnerships_of(NORTH)).await;
    narrowed.is_refused(403, "forbidden");
    owner.get(&partnerships_of(NORTH)).await.with(200);
    let path = format!("{list}/mia");
    let gone = owner.send(Method::DELETE, &path, None).await;
    assert_eq!(gone.status, 204);
    let gone = member.get("/api/skills").await;
    gone.is_refused(401, "token-not-valid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platforms_people_listen_as_long_as_they_belong_there() {
    let world = world().await;
    let served = Served::of(&world.host).await;
    let token = SecretString::from(token("ola", NORTH, "owner"));
    let mut listener = Listener::connect(&served, &token);
    let ready = listener.ready().await;
    let rooms = json!(["community:north", "community:north:admins"]);
    assert_eq!(ready["rooms"], rooms);
    world.invite(SOUTH, NORTH).await;
    listener.hears("partnershipInviteReceived").await;
    let list = format!("/api/communities/{NORTH}/members");
    let admin = world.admin(NORTH).await;
    let said = json!({ "role": "admin" });
    for user in ["north-admin", "ola"] {
        admin.put(&format!("{list}/{user}"), &said).await.with(200);
    }
    let path = format!("{list}/ola");
    let gone = admin.send(Method::DELETE, &path, None).await;
    assert_eq!(gone.status, 204);
    // Before anything more is told, what they may hear is looked at.
    let news = json!({ "kind": "announcements", "title": "We moved" });
    world.report(NORTH, &news).await;
    let refused = listener.hears("refused").await;
    assert_eq!(refused[0]["code"], "token-not-valid");
}
