//! What admins are told when many move a partnership at the same moment.

use crate::world::World;
use serde_json::json;
use skillgate_app::partnerships::MOVE_TRIES_MAX;
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
