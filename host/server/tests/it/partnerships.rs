//! What admins are told when there is too much at once.

use crate::world::World;
use serde_json::json;
use skillgate_app::partnerships::MOVE_TRIES_MAX;
use skillgate_domain::partnership::INVITATIONS_MAX;
use skillgate_domain::principal::Role;
use std::sync::atomic::Ordering;

#[tokio::test]
async fn whoever_is_never_first_is_asked_to_come_again() {
    let world = World::new().await;
    let (invitation, _) = world.invitations().await;
    let (home, north) = (
        world.token("home", "ada", Role::Admin).await,
        world.token("north", "ada", Role::Admin).await,
    );
    let said = json!({ "name": "Home", "shortId": "home" });
    world.post("/api/communities", &home, &said).await;
    let path = format!("/api/communities/north/partnerships/{invitation}/cancel");
    let crowd = &world.storage.partnerships.crowd;
    crowd.store(MOVE_TRIES_MAX, Ordering::SeqCst);
    let late = world.post(&path, &north, &json!({})).await;
    late.is_problem(503, "storage-busy");
    assert!(late.header("retry-after").is_some());
    // Nothing happened, so that it still can: where it is first once, that is enough.
    crowd.store(MOVE_TRIES_MAX - 1, Ordering::SeqCst);
    let done = world.post(&path, &north, &json!({})).await;
    assert_eq!(done.status, 200, "{}", done.body);
}

#[tokio::test]
async fn so_many_invitations_wait_for_an_answer() {
    let world = World::new().await;
    let red = world.token("red", "ada", Role::Admin).await;
    let register = async |id: &str, admin: &str| {
        let said = json!({ "name": format!("The {id} ones"), "shortId": id });
        world.post("/api/communities", admin, &said).await
    };
    let path = "/api/communities/red/partnerships";
    let invite = async |id: &str| {
        let offer = json!({ "targetCommunityId": id, "relationshipType": "partner" });
        world.post(&format!("{path}/invites"), &red, &offer).await
    };
    register("red", &red).await;
    let mut first = None;
    for number in 0..=INVITATIONS_MAX {
        let id = format!("other-{number}");
        let admin = world.token(&id, "bob", Role::Admin).await;
        register(&id, &admin).await;
        if number < INVITATIONS_MAX {
            let invited = invite(&id).await;
            assert_eq!(invited.status, 201, "{number}: {}", invited.body);
            first = first.or(invited.body["partnershipId"].as_i64());
        }
    }
    let last = format!("other-{INVITATIONS_MAX}");
    let refused = invite(&last).await;
    refused.is_problem(409, "too-many-invitations");
    // One that is taken back leaves its place.
    let cancel = format!("{path}/{}/cancel", first.unwrap());
    let cancelled = world.post(&cancel, &red, &json!({})).await;
    assert_eq!(cancelled.status, 200);
    assert_eq!(invite(&last).await.status, 201);
}
