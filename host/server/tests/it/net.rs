//! The door on a real socket: clients that leave, clients that are slow, shutdown.

use crate::world::{Behaviour, World};
use skillgate_server::limits::{HEAD_BYTES_MAX, HEAD_READ_MAX};
use skillgate_server::serve;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinSet<bool>,
}

async fn served(world: &World) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let mut serving = JoinSet::new();
    let (router, tasks) = (world.router.clone(), world.tasks.clone());
    serving.spawn(async move {
        serve(listener, router, tasks, async {
            stopped.await.unwrap();
        })
        .await
    });
    Served {
        address,
        stop,
        serving,
    }
}

struct Waiting {
    started: Arc<Notify>,
    go: Arc<Semaphore>,
    dropped: Arc<Notify>,
}

fn waiting(world: &World) -> Waiting {
    let waiting = Waiting {
        started: Arc::default(),
        go: Arc::new(Semaphore::new(0)),
        dropped: Arc::default(),
    };
    world.sandbox.set(Behaviour::Wait {
        started: Arc::clone(&waiting.started),
        go: Arc::clone(&waiting.go),
        dropped: Arc::clone(&waiting.dropped),
    });
    waiting
}

async fn call(address: SocketAddr, token: &str) -> TcpStream {
    let mut client = TcpStream::connect(address).await.unwrap();
    let body = r#"{"text":"hi"}"#;
    let head = format!(
        "POST /api/skills/echo/tools/say HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    client.write_all(head.as_bytes()).await.unwrap();
    client
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_call() {
    let (world, token) = World::with_echo().await;
    let run = waiting(&world);
    let served = served(&world).await;
    let client = call(served.address, &token).await;
    run.started.notified().await;
    drop(client);
    run.dropped.notified().await;
}

#[tokio::test]
async fn a_shutdown_lets_calls_end() {
    let (world, token) = World::with_echo().await;
    let run = waiting(&world);
    let mut served = served(&world).await;
    let mut client = call(served.address, &token).await;
    run.started.notified().await;
    served.stop.send(()).unwrap();
    run.go.add_permits(1);
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains(r#""output":{"text":"hi"}"#), "{answer}");
    assert!(served.serving.join_next().await.unwrap().unwrap());
    assert!(TcpStream::connect(served.address).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_does_not_wait_for_ever() {
    let (world, token) = World::with_echo().await;
    let run = waiting(&world);
    let mut served = served(&world).await;
    let _client = call(served.address, &token).await;
    run.started.notified().await;
    served.stop.send(()).unwrap();
    assert!(!served.serving.join_next().await.unwrap().unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_no_head_is_cut_off() {
    let world = World::new().await;
    let served = served(&world).await;
    let started = Instant::now();
    let mut client = TcpStream::connect(served.address).await.unwrap();
    client
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: ")
        .await
        .unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    assert!(started.elapsed() >= HEAD_READ_MAX);
}

#[tokio::test]
async fn an_endless_head_is_refused() {
    let world = World::new().await;
    let served = served(&world).await;
    let mut client = TcpStream::connect(served.address).await.unwrap();
    let padding = "a".repeat(4 * HEAD_BYTES_MAX);
    let head =
        format!("GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: {padding}\r\n\r\n");
    // The door may close while we still send, so either side of the exchange may break.
    if client.write_all(head.as_bytes()).await.is_ok() {
        let mut answer = Vec::new();
        drop(client.read_to_end(&mut answer).await);
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431"));
    }
}
