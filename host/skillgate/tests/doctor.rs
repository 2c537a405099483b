//! What `skillgate doctor` says of planner, workspace and relay: well, ill, not there, not configured.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use tokio::net::{TcpListener, UdpSocket};
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
    let (code, view) = match address {
        Some(address) => {
            let urls = ["OPENCLAW_URL", "PA_WORKSPACE_API_URL", "RELAY_URL"];
            let secrets = [("OPENCLAW_TOKEN", KEY), ("JWT_SECRET", KEY)];
            let urls = urls.map(|name| (name, address));
            examine(
                "[relay]\ncommunity = \"home\"\n",
                &[&urls[..], &secrets].concat(),
            )
            .await
        }
        None => examine("", &[]).await,
    };
    let found = ["planner", "workspace", "relay"].map(|name| told(&view, name));
    (code, found)
}

fn told(view: &Value, name: &str) -> String {
    let checks = view["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["check"] == name);
    check.unwrap()["found"].as_str().unwrap().to_owned()
}

/// Runs the doctor. Returns its exit code and what it answered.
async fn examine(settings: &str, variables: &[(&str, &str)]) -> (i32, Value) {
    let folder = tempfile::tempdir().unwrap();
    examine_in(folder.path(), settings, variables).await
}

/// Runs the doctor in a folder.
async fn examine_in(folder: &Path, settings: &str, variables: &[(&str, &str)]) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skillgate"));
    command.args(["--json", "doctor"]).current_dir(folder);
    command.env_clear().stdin(Stdio::null());
    command.envs(variables.iter().copied());
    std::fs::write(folder.join("skillgate.toml"), settings).unwrap();
    let output = spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let logged = String::from_utf8_lossy(&output.stderr);
    assert!(
        !shown.contains("hush") && !logged.contains("hush"),
        "{shown} {logged}"
    );
    let view: Value = serde_json::from_str(&shown).unwrap();
    (output.status.code().unwrap(), view)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_configured_is_no_problem() {
    assert_eq!(doctor(None).await, (0, NONE.map(str::to_owned)));
}

/// Serves names: every one of them leads to this machine. Answers as RFC 1035, section 4.1, has it.
async fn name_server() -> (SocketAddr, JoinSet<()>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let mut server = JoinSet::new();
    server.spawn(async move {
        let mut bytes = [0; 512];
        loop {
            let (_, from) = socket.recv_from(&mut bytes).await.unwrap();
            // Behind the header of twelve bytes: labels, an empty one, a type and a class.
            let name = bytes[12..].iter().position(|byte| *byte == 0).unwrap();
            let question = &bytes[12..12 + name + 5];
            let ipv4 = question[name + 2] == 1;
            let mut answer = bytes[..2].to_vec();
            answer.extend([0x81, 0x80, 0, 1, 0, u8::from(ipv4), 0, 0, 0, 0]);
            answer.extend(question);
            if ipv4 {
                answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1]);
            }
            socket.send_to(&answer, from).await.unwrap();
        }
    });
    (address, server)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_into_a_network_of_ones_own_is_told_with_the_key_to_set() {
    let ((address, _server), (names, _names)) = (serve(200).await, name_server().await);
    let port = address.rsplit(':').next().unwrap();
    let settings = format!(
        "[openclaw]\nurl = \"http://planner.test:{port}\"\nallow_plain_http = true\n\
         token = \"env:OPENCLAW_TOKEN\"\n[egress]\nname_servers = [\"{names}\"]\n"
    );
    for (declared, code, egress, planner) in [
        ("", 3, "egress.private_hosts", "openclaw.url"),
        ("private_hosts = [\"planner.test\"]", 0, "ok", "ok"),
    ] {
        let (found, view) =
            examine(&format!("{settings}{declared}"), &[("OPENCLAW_TOKEN", KEY)]).await;
        assert_eq!(found, code, "{view}");
        assert!(told(&view, "egress").contains(egress), "{view}");
        assert!(told(&view, "planner").contains(planner), "{view}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_skills_are_to_reach_and_secrets_are_sealed_with_is_looked_at() {
    let declared = |host: &str| format!("[egress]\nprivate_hosts_for_modules = [\"{host}\"]\n");
    let key = |name: &str| format!("[secrets]\nkey = \"env:{name}\"\n");
    let table = [
        (declared("127.0.0.1"), 0, "requests of skills", "ok"),
        (
            declared("169.254.169.254"),
            3,
            "requests of skills",
            "169.254.169.254",
        ),
        (key("GOOD"), 0, "secrets", "ok"),
        (key("BAD"), 3, "configuration", "sealing key"),
    ];
    let keys = [("GOOD", "0f".repeat(32)), ("BAD", KEY.to_owned())];
    let keys = keys.each_ref().map(|(name, key)| (*name, key.as_str()));
    for (settings, code, check, words) in table {
        let (found, view) = examine(&settings, &keys).await;
        assert_eq!(found, code, "{view}");
        assert!(told(&view, check).contains(words), "{view}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_secrets_that_was_damaged_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (code, view) = examine_in(folder.path(), "", &[]).await;
    assert_eq!((code, told(&view, "secrets").as_str()), (0, "ok"));
    let key = folder.path().join("skillgate-data/secrets.key");
    std::fs::write(&key, KEY).unwrap();
    let (code, view) = examine_in(folder.path(), "", &[]).await;
    assert_eq!(code, 3, "{view}");
    assert!(told(&view, "secrets").contains("secrets.key"), "{view}");
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
