//! Many who are connected to one host, beside the library alone.

use crate::bare::HUB;
use anyhow::{Context, ensure};
use axum::Router;
use futures::{SinkExt, StreamExt};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use skillgate_domain::ids::CommunityId;
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_tests::host::TestHost;
use skillgate_tests::http::Client;
use skillgate_tests::load::{Pace, compare};
use skillgate_tests::report::Report;
use skillgate_tests::sockets::Served;
use socketioxide::SocketIo;
use socketioxide::extract::SocketRef;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// How many are connected at once.
const SOCKETS: usize = 5_000;
/// How many each person has.
const OF_EACH: usize = 50;
/// How many connect at the same time.
const AT_ONCE: usize = 64;
/// What they are told.
const EVENTS: usize = 20;
const READY: &str = "ready";
const EVENT: &str = "communityNotification";
/// Longest wait for all of them.
const PATIENCE: Duration = Duration::from_mins(1);

/// Connects all of them to a host and to the library alone, and tells them something.
pub(crate) async fn sockets(
    report: &Report,
    host: &TestHost,
    admin: &Client,
) -> anyhow::Result<()> {
    let baseline = alone().await?;
    let hub = CommunityId::parse(HUB)?;
    let mut tokens = Vec::new();
    for number in 0..SOCKETS / OF_EACH {
        let user = format!("user{number}");
        tokens.push(
            host.token_in(&hub, Role::Member, &user, TokenScope::FULL)
                .await,
        );
    }
    let served = Served::of(host).await;
    let mut all = Listeners::connect(&served.url, &tokens).await?;
    let path = format!("/api/communities/{HUB}/events");
    let ours = all
        .told(async || {
            let event = json!({ "kind": "announcements", "title": "We moved" });
            admin.post(&path, &event).await.with(201);
        })
        .await?;
    report.compare(
        &format!("connect {SOCKETS} sockets, a second"),
        "1/s",
        all.per_second,
        baseline.per_second,
        SOCKETS,
    );
    let name = format!("tell {SOCKETS} sockets");
    compare(report, &name, &ours, &baseline.told);
    Ok(())
}

/// What the library does alone.
struct Alone {
    per_second: f64,
    told: Pace,
}

async fn alone() -> anyhow::Result<Alone> {
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", async |socket: SocketRef| {
        socket.join("all");
        socket.emit(READY, &()).ok();
    });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let mut serving = JoinSet::new();
    serving.spawn(axum::serve(listener, Router::new().layer(layer)).into_future());
    let nobody = [SecretString::from("nobody")];
    let mut all = Listeners::connect(&url, &nobody).await?;
    let told = all
        .told(async || {
            let event = json!({ "title": "We moved" });
            io.to("all").emit(EVENT, &event).await.ok();
        })
        .await?;
    Ok(Alone {
        per_second: all.per_second,
        told,
    })
}

/// Those who listen.
struct Listeners {
    per_second: f64,
    heard: UnboundedReceiver<Instant>,
    _all: JoinSet<()>,
}

impl Listeners {
    async fn connect(url: &str, tokens: &[SecretString]) -> anyhow::Result<Self> {
        let (ears, heard) = unbounded_channel();
        let (mut all, began) = (JoinSet::new(), Instant::now());
        let (tells, mut connected) = unbounded_channel();
        for number in 0..SOCKETS {
            let url = url.replace("http://", "ws://");
            let token = tokens[number % tokens.len()].clone();
            let (ears, tells) = (ears.clone(), tells.clone());
            all.spawn(async move {
                let listens = listen(&url, &token, (&tells, &ears)).await;
                tells.send(listens).ok();
            });
            if number >= AT_ONCE {
                connected.recv().await.context("somebody connects")??;
            }
        }
        for _ in SOCKETS - AT_ONCE..SOCKETS {
            connected.recv().await.context("somebody connects")??;
        }
        let count = u32::try_from(SOCKETS)?;
        Ok(Self {
            per_second: f64::from(count) / began.elapsed().as_secs_f64(),
            heard,
            _all: all,
        })
    }

    /// Tells them something, again and again. Returns how long it took each time, until the last of them heard it.
    async fn told(&mut self, tell: impl AsyncFn()) -> anyhow::Result<Pace> {
        let (mut waits, all) = (Vec::new(), Instant::now());
        for _ in 0..EVENTS {
            let began = Instant::now();
            tell().await;
            let mut last = began;
            for _ in 0..SOCKETS {
                let heard = tokio::time::timeout(PATIENCE, self.heard.recv()).await?;
                last = last.max(heard.context("somebody listens")?);
            }
            waits.push(last - began);
        }
        let count = u32::try_from(EVENTS)?;
        Ok(Pace {
            per_second: f64::from(count) / all.elapsed().as_secs_f64(),
            waits,
        })
    }
}

/// Connects, says that it has, and then each time that it heard something.
async fn listen(
    url: &str,
    token: &SecretString,
    (says, hears): (
        &UnboundedSender<anyhow::Result<()>>,
        &UnboundedSender<Instant>,
    ),
) -> anyhow::Result<()> {
    let path = format!("{url}/socket.io/?EIO=4&transport=websocket");
    let (mut socket, _) = connect_async(path).await?;
    let (ready, event) = (format!("42[\"{READY}\""), format!("42[\"{EVENT}\""));
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else {
            continue;
        };
        let answer = match text.as_str() {
            text if text.starts_with('0') => {
                format!("40{}", json!({ "token": token.expose_secret() }))
            }
            "2" => "3".to_owned(),
            text if text.starts_with(&event) => {
                hears.send(Instant::now()).ok();
                continue;
            }
            text if text.starts_with(&ready) => {
                says.send(Ok(())).ok();
                continue;
            }
            text => {
                ensure!(text.starts_with("40"), "it was told {text}");
                continue;
            }
        };
        socket.send(Message::text(answer)).await?;
    }
    anyhow::bail!("a socket was cut off")
}
