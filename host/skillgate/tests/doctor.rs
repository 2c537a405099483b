//! What `skillgate doctor` says of planner, workspace and relay: well, ill, not there, not configured.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use tokio::net::TcpListener;
use tokio::task::{JoinSet, spawn_blocking};

const KEY: &str = "hush-hush-hush-hush-hush-hush-hush";
/// Nothing listens on port 1 of this machine.
const NOWHERE: &str = "http://127.0.0.1:1";
const NONE: [&str; 3] = ["not configured"; 3];

/// Serves all three at one address, with one status for everything.
async fn serve(status: u16) -> (String, JoinSet<()>) {
    let status = StatusCode::from_u16(status).unwrap();
    let router = Router::new().fallback(answer).with_state(status);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, server)
}

async fn answer(State(status): State<StatusCode>, uri: Uri) -> (StatusCode, Json<Value>) {
    let body = match uri.path() {
        _ if !status.is_success() => json!({ "error": { "message": "upstream says hush" } }),
        "/health" => json!({ "ok": true, "status": "live" }),
        "/health/ready" => json!({ "status": "ready" }),
        "/unread" => json!({ "data": { "teams": [], "total": 0 } }),
        other => panic!("nobody asks for {other}"),
    };
    (status, Json(body))
}

/// Runs the doctor. Returns its exit code, and what it found of the three.
async fn doctor(address: Option<&str>) -> (i32, [String; 3]) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_skillgate"));
    command
        .args(["--json", "doctor"])
        .current_dir(folder.path());
    command.env_clear().stdin(Stdio::null());
    if let Some(address) = address {
        let settings = "[relay]\ncommunity = \"home\"\n";
        std::fs::write(folder.path().join("skillgate.toml"), settings).unwrap();
        for name in ["OPENCLAW_URL", "PA_WORKSPACE_API_URL", "RELAY_URL"] {
            command.env(name, address);
        }
        command.env("OPENCLAW_TOKEN", KEY).env("JWT_SECRET", KEY);
    }
    let output = spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let logged = String::from_utf8_lossy(&output.stderr);
    assert!(
        !shown.contains("hush") && !logged.contains("hush"),
        "{shown} {logged}"
    );
    let view: Value = serde_json::from_str(&shown).unwrap();
    let found = ["planner", "workspace", "relay"].map(|name| {
        let checks = view["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["check"] == name);
        check.unwrap()["found"].as_str().unwrap().to_owned()
    });
    (output.status.code().unwrap(), found)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_configured_is_no_problem() {
    assert_eq!(doctor(None).await, (0, NONE.map(str::to_owned)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_answers_is_well() {
    let (address, _server) = serve(200).await;
    let well = ["ok"; 3].map(str::to_owned);
    assert_eq!(doctor(Some(&address)).await, (0, well));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_is_told_with_the_key_to_set() {
    let (code, found) = doctor(Some(NOWHERE)).await;
    let places = ["OPENCLAW_URL", "PA_WORKSPACE_API_URL", "RELAY_URL"];
    assert_eq!(code, 4, "{found:?}");
    for (found, place) in found.iter().zip(places) {
        assert!(found.contains(place), "{found}");
    }
    // Whoever does not know the key says so at once; the others have none to know.
    let (address, _server) = serve(401).await;
    let (code, found) = doctor(Some(&address)).await;
    assert_eq!(code, 3, "{found:?}");
    assert!(found[2].contains("JWT_SECRET"), "{found:?}");
    assert!(found[1].contains("401"), "{found:?}");
}
