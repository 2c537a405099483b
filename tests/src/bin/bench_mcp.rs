//! Calls of tools over the Model Context Protocol: `cargo xtask bench mcp`.
//!
//! Ours has a token, policies, schemas, a sandbox and a durable record for each call. The baseline is an echo on the
//! SDK for TypeScript, with none of that, asked by the same client in the same run.

#[path = "bench_mcp/forgetful.rs"]
mod forgetful;

use anyhow::Context;
use clap::Parser;
use forgetful::Forgetful;
use secrecy::SecretString;
use serde_json::{Value, json};
use skillgate_app::gate::GateLimits;
use skillgate_app::ports::AuditStore;
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_tests::crm::OneContact;
use skillgate_tests::guests;
use skillgate_tests::host::{Setup, TestHost, manifest};
use skillgate_tests::load::{self, Pace, Post, compare, serve};
use skillgate_tests::report::{self, Report, resident_mib};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

/// Connections, and calls over all of them.
const CALLS: [(usize, usize); 3] = [(1, 4_000), (16, 48_000), (64, 48_000)];
/// Calls after which memory is looked at, and again after many times as many.
const MANY: usize = 100_000;
const TIMES: usize = 10;
const OLD: &str = "2025-11-25";
const NEW: &str = "2026-07-28";

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    usual: report::Arguments,
    /// A folder with Node and the SDK for TypeScript.
    #[arg(long)]
    node: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let report = Report::new("mcp", arguments.usual.json);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(&report, &arguments.node))
}

async fn measure(report: &Report, node: &Path) -> anyhow::Result<()> {
    let (_echo, echo) = echo(node).await?;
    let nobody = SecretString::from("nobody");
    let echo = Server::begin(echo, &nobody, ("echo", r#"{"message":"hello"}"#)).await?;
    for (kept, journals, audit) in [
        ("", true, None),
        (", no journals", false, None),
        (", nothing durable", false, Some(forgetful())),
    ] {
        let mut servers = JoinSet::new();
        let setup = Setup {
            gate: GateLimits {
                runs_max: 64,
                runs_per_skill_max: 64,
                ..GateLimits::DEFAULT
            },
            journals,
            audit,
            ..Setup::default()
        };
        let host = TestHost::start_with(Arc::new(OneContact::default()), setup).await;
        let interfaces = ["crm", "log", "clock", "config"];
        let component = guests::component("good");
        host.install(&manifest("guest", &interfaces), &component)
            .await?;
        let token = host.token(Role::Member, "mia", TokenScope::FULL).await;
        let address = serve(&mut servers, skillgate_server::router(host.app.clone())).await?;
        let ours = Server::begin(address, &token, ("guest_run", r#""isError":false"#)).await?;
        for (callers, calls) in CALLS {
            let baseline = echo.pace(OLD, callers, calls).await?;
            for era in [OLD, NEW] {
                let pace = ours.pace(era, callers, calls).await?;
                compare(
                    report,
                    &format!("{era}, {callers}{kept}:"),
                    &pace,
                    &baseline,
                );
            }
        }
        if journals {
            ours.pace(NEW, 16, MANY).await?;
            let before = resident_mib()?;
            // What the benchmark keeps of each call is given back after each turn.
            for _ in 0..TIMES {
                ours.pace(NEW, 16, MANY).await?;
            }
            let (calls, after) = (MANY * TIMES, resident_mib()?);
            report.compare("memory after many calls", "MiB", after, before, calls);
        }
        servers.shutdown().await;
        host.stop().await;
    }
    Ok(())
}

fn forgetful() -> Arc<dyn AuditStore> {
    Arc::new(Forgetful::default())
}

/// Starts the baseline, and learns where it listens.
async fn echo(node: &Path) -> anyhow::Result<(Child, SocketAddr)> {
    let mut child = Command::new(node.join("node_modules/node/bin/node"))
        .arg(node.join("echo.mjs"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let said = child.stdout.take().context("piped")?;
    let port = BufReader::new(said).lines().next_line().await?;
    let port: u16 = port.context("the echo does not start")?.parse()?;
    Ok((child, SocketAddr::from(([127, 0, 0, 1], port))))
}

/// A server with one tool that is called, and a session there.
struct Server<'a> {
    address: SocketAddr,
    token: &'a SecretString,
    session: String,
    tool: &'static str,
    /// A part of each good answer.
    expected: &'static str,
}

impl<'a> Server<'a> {
    async fn begin(
        address: SocketAddr,
        token: &'a SecretString,
        (tool, expected): (&'static str, &'static str),
    ) -> anyhow::Result<Self> {
        let client = json!({ "name": "bench", "version": "1" });
        let hello = json!({ "protocolVersion": OLD, "capabilities": {}, "clientInfo": client });
        let hello = message("initialize", &hello);
        let answer = load::ask(address, token, post(&headers(OLD, None), &hello, "")).await?;
        let session = answer
            .lines()
            .find_map(|line| line.strip_prefix("mcp-session-id: "));
        let session = session.with_context(|| answer.clone())?.to_owned();
        let ready = message("notifications/initialized", &json!({}));
        let headers = headers(OLD, Some(&session));
        load::ask(address, token, post(&headers, &ready, "")).await?;
        Ok(Self {
            address,
            token,
            session,
            tool,
            expected,
        })
    }

    async fn pace(&self, era: &str, callers: usize, calls: usize) -> anyhow::Result<Pace> {
        let mut call = json!({ "name": self.tool, "arguments": { "message": "hello" } });
        let mut more = headers(era, (era == OLD).then_some(self.session.as_str()));
        if era == NEW {
            call["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": NEW,
                "io.modelcontextprotocol/clientCapabilities": {},
                "io.modelcontextprotocol/clientInfo": { "name": "bench", "version": "1" },
            });
            more += "mcp-method: tools/call\r\nmcp-name: ";
            more += self.tool;
            more += "\r\n";
        }
        let call = message("tools/call", &call);
        let what = post(&more, &call, self.expected);
        let each = (calls / callers).max(1);
        load::post(self.address, self.token, what, (callers, each)).await
    }
}

fn message(method: &str, params: &Value) -> String {
    let mut message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
    if !method.starts_with("notifications/") {
        // Two calls of one session that wait at once must not have the same.
        message["id"] = load::NUMBER.into();
    }
    message.to_string()
}

fn headers(era: &str, session: Option<&str>) -> String {
    let session = session.map(|id| format!("mcp-session-id: {id}\r\n"));
    let session = session.unwrap_or_default();
    format!(
        "accept: application/json, text/event-stream\r\nmcp-protocol-version: {era}\r\n{session}"
    )
}

fn post<'a>(headers: &'a str, body: &'a str, expected: &'static str) -> Post<'a> {
    Post {
        path: "/mcp",
        headers,
        body,
        expected,
    }
}
