//! Clients of Socket.IO, each a program of its own with the library that pages use.

use crate::host::TestHost;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use skillgate_server::{router, serve};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// A door of a host on a port of its own. Of several, each has sockets of its own, as different hosts have.
pub struct Served {
    /// Its address.
    pub url: String,
    stop: CancellationToken,
    serving: JoinSet<bool>,
}

impl Served {
    /// Opens a door.
    pub async fn of(host: &TestHost) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let mut app = host.app.clone();
        app.tasks = tasks.clone();
        let stopped = stop.clone().cancelled_owned();
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, router(app), tasks, stopped));
        Self {
            url: format!("http://{address}"),
            stop,
            serving,
        }
    }

    /// Shuts it. Returns whether all that was going on came to its end.
    pub async fn stop(mut self) -> bool {
        self.stop.cancel();
        let ended = self.serving.join_next().await;
        ended.expect("it is open").expect("the door shuts")
    }
}

/// Somebody who listens.
pub struct Listener {
    heard: Lines<BufReader<ChildStdout>>,
    _program: Child,
}

impl Listener {
    /// Connects with a token, as browsers do: with requests first, and with a WebSocket when there is one.
    pub fn connect(served: &Served, token: &SecretString) -> Self {
        let options = json!({ "auth": { "token": token.expose_secret() } });
        Self::with(served, &options)
    }

    /// Connects with options of its own.
    pub fn with(served: &Served, options: &Value) -> Self {
        let folder = std::env::var_os("SKILLGATE_TEST_NODE_PACKAGES")
            .expect("`cargo xtask test` installs the packages and says where they are");
        let folder = PathBuf::from(folder);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sockets/listener.cjs");
        let mut program = Command::new(folder.join("node_modules/node/bin/node"))
            .arg(script)
            .arg(&folder)
            .args([&served.url, &options.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node runs");
        let heard = program.stdout.take().expect("a pipe");
        Self {
            heard: BufReader::new(heard).lines(),
            _program: program,
        }
    }

    /// Returns what it hears next.
    pub async fn next(&mut self) -> Value {
        let line = tokio::time::timeout(PATIENCE, self.heard.next_line());
        let line = line.await.expect("something in time");
        let line = line.expect("a line").expect("more lines");
        serde_json::from_str(&line).expect("JSON")
    }

    /// Returns what it hears next, which has this name: what there is to say of it, and its mark.
    pub async fn hears(&mut self, name: &str) -> Value {
        let heard = self.next().await;
        assert_eq!(heard["on"], name, "{heard}");
        heard["args"].clone()
    }

    /// Waits until it is connected. Returns what it is told of that.
    pub async fn ready(&mut self) -> Value {
        let connected = self.next().await;
        assert_eq!(connected, json!({ "on": "connect" }));
        self.hears("ready").await[0].clone()
    }
}
