//! What clients of Socket.IO hold, and what they keep from nobody.

use crate::door::endless;
use crate::world::{World, request};
use axum::body::Body;
use http::Method;
use skillgate_server::limits::{BODY_READ_MAX, SOCKET_POLLS_MAX};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tower::ServiceExt;

const OPEN: &str = "/socket.io/?EIO=4&transport=polling";

/// What every session begins with: the next one comes much later.
const PING: &str = "2";

/// Begins a session, and returns where it goes on.
async fn opened(world: &World) -> String {
    let opened = world.get(OPEN, "x").await;
    assert_eq!(opened.status, 200);
    let text = String::from_utf8(opened.bytes).unwrap();
    format!("{OPEN}&sid={}", text.split('"').nth(3).unwrap())
}

/// Begins a session that has nothing to hear for now.
async fn begun(world: &World) -> String {
    let path = opened(world).await;
    assert_eq!(world.get(&path, "x").await.text, PING);
    path
}

#[tokio::test(start_paused = true)]
async fn those_who_poll_take_places_from_each_other_only() {
    let world = World::new().await;
    let mut waiting = JoinSet::new();
    for _ in 0..SOCKET_POLLS_MAX {
        let path = begun(&world).await;
        let poll = request(Method::GET, &path, "x").body(Body::empty());
        waiting.spawn(world.router.clone().oneshot(poll.unwrap()));
    }
    // Each turn of the scheduler runs some of them up to where they wait.
    for _ in 0..SOCKET_POLLS_MAX {
        tokio::task::yield_now().await;
    }
    let path = opened(&world).await;
    let refused = world.get(&path, "x").await;
    refused.is_problem(503, "host-busy");
    assert_eq!(refused.header("retry-after"), Some("1"));
    // They begin and speak while others poll.
    let said = world.post_bytes(&path, "x", b"40{}".to_vec()).await;
    assert_eq!(said.status, 200);
    waiting.shutdown().await;
    let heard = world.get(&path, "x").await.text;
    assert!(heard.contains("token-not-valid"), "{heard}");
}

#[tokio::test(start_paused = true)]
async fn what_a_client_says_comes_in_time() {
    let world = World::new().await;
    let path = opened(&world).await;
    let started = Instant::now();
    let refused = world.send(endless(&path, "x", "application/json")).await;
    refused.is_problem(408, "request-timeout");
    assert_eq!(started.elapsed(), BODY_READ_MAX);
}
