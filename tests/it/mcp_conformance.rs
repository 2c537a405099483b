//! What the suite of the Model Context Protocol, and its inspector, say of the door for agents. What the suite asks
//! for by name is around the door; everything else that it looks at is the door's own.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::middleware::map_request;
use secrecy::ExposeSecret;
use serde_json::Value;
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_server::{McpAccess, router_around, serve};
use skillgate_tests::host::TestHost;
use skillgate_tests::mcp_fixtures::{FixtureState, Fixtures};
use skillgate_tests::skills;
use std::path::PathBuf;
use std::process::Output;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

/// Signs what the fixtures give out and take back; of no worth.
const KEY: [u8; 32] = [7; 32];

/// A host with the CRM skill, and the fixtures around what answers agents.
struct Served {
    url: String,
    _server: JoinSet<bool>,
    _host: TestHost,
}

impl Served {
    async fn start() -> Self {
        let host = TestHost::start_embedded().await;
        let (mut manifest, component) = skills::crm();
        // The suite wants to see a folder in a skill.
        manifest["manual"]["references/stages.md"] = "NEW, then PROPOSAL.".into();
        host.install(&manifest, &component).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut app = host.app.clone();
        app.mcp = McpAccess {
            origins: vec![format!("http://localhost:{port}")],
            ..McpAccess::default()
        };
        let token = host.token(Role::Member, "mia", TokenScope::FULL).await;
        let bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).unwrap();
        let state = Arc::new(FixtureState::new(KEY).unwrap());
        let router = router_around(app, move |door| Fixtures::new(door, Arc::clone(&state)));
        // The programs have no token.
        let router = router.layer(map_request(move |mut request: Request| {
            let headers = request.headers_mut();
            headers.entry(AUTHORIZATION).or_insert(bearer.clone());
            std::future::ready(request)
        }));
        let mut server = JoinSet::new();
        let never = std::future::pending();
        server.spawn(serve(listener, router, TaskTracker::new(), never));
        let url = format!("http://localhost:{port}/mcp");
        Self {
            url,
            _server: server,
            _host: host,
        }
    }
}

/// Runs a program of the suite; it must end well.
async fn run(program: &str, arguments: &[&str]) -> String {
    let folder = std::env::var_os("SKILLGATE_TEST_NODE_PACKAGES")
        .expect("`cargo xtask test` installs the packages and says where they are");
    let modules = PathBuf::from(folder).join("node_modules");
    let mut node = Command::new(modules.join("node/bin/node"));
    node.arg(modules.join(program)).args(arguments);
    let Output {
        status,
        stdout,
        stderr,
    } = node.kill_on_drop(true).output().await.unwrap();
    let text = String::from_utf8_lossy(&stdout).into_owned();
    let errors = String::from_utf8_lossy(&stderr);
    assert!(
        status.success(),
        "{program} {arguments:?}: {status}\n{text}\n{errors}"
    );
    text
}

const CONFORMANCE: &str = "@modelcontextprotocol/conformance/dist/index.js";

/// Runs what a revision requires: so many checks, of which none fails.
async fn requires(revision: &str, checks: u32) {
    let served = Served::start().await;
    let results = tempfile::tempdir().unwrap();
    let folder = results.path().to_str().unwrap();
    let arguments = [
        "server",
        "--url",
        &served.url,
        "--requirements",
        revision,
        "-o",
        folder,
    ];
    let said = run(CONFORMANCE, &arguments).await;
    let total = said.lines().find_map(|line| line.strip_prefix("Total: "));
    let total = total.unwrap_or_else(|| panic!("no total: {said}"));
    assert_eq!(total, format!("{checks} passed, 0 failed"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_2025_11_25_passes() {
    requires("2025-11-25", 84).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_2026_07_28_passes() {
    requires("2026-07-28", 196).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_read_of_skills_is_as_sep_2640_says() {
    let served = Served::start().await;
    for part in ["enumeration", "directory", "manifest"] {
        let scenario = format!("sep-2640-skills-{part}");
        let arguments = [
            "server",
            "--url",
            &served.url,
            "--scenario",
            &scenario,
            "--force",
        ];
        let said = run(CONFORMANCE, &arguments).await;
        let passed = said.lines().find_map(|line| line.strip_prefix("Passed: "));
        let passed = passed.unwrap_or_else(|| panic!("{said}"));
        assert!(passed.ends_with(", 0 failed, 0 warnings"), "{said}");
    }
}

const INSPECTOR: &str = "@modelcontextprotocol/inspector/clients/launcher/build/index.js";

#[tokio::test(flavor = "multi_thread")]
async fn the_inspector_finds_nothing_wrong_with_tools_and_skills() {
    let served = Served::start().await;
    for era in ["legacy", "modern"] {
        let ask = async |what: &[&str]| {
            let of = ["--cli", &served.url, "--transport", "http"];
            let said = run(
                INSPECTOR,
                &[&of[..], &["--protocol-era", era], what].concat(),
            )
            .await;
            serde_json::from_str::<Value>(&said).unwrap()
        };
        let listed = ask(&["--method", "tools/list", "--strict"]).await;
        let tools = listed["tools"].as_array().unwrap();
        let is_ours = |tool: &&Value| tool["name"].as_str().unwrap().starts_with("crm_");
        let (manifest, _) = skills::crm();
        let named = manifest["tools"].as_array().unwrap().len();
        assert_eq!(tools.iter().filter(is_ours).count(), named, "{era}");

        let verify = ["--method", "skills/list", "--verify", "--require-digests"];
        let listed = ask(&verify).await;
        assert!(
            listed.to_string().contains("skill://crm/SKILL.md"),
            "{listed}"
        );
    }
}
