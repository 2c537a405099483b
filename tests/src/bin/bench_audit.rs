//! The audit trail beside a bare insert: `cargo xtask bench audit`.
//!
//! The baseline commits each row by itself, into a table of the same columns on the same disk, in the
//! same run.

#[path = "bench_audit/bare.rs"]
mod bare;
#[path = "bench_audit/decision.rs"]
mod decision;
#[path = "bench_audit/http.rs"]
mod http;
#[path = "bench_audit/verifying.rs"]
mod verifying;

use bare::Bare;
use clap::Parser;
use serde_json::json;
use skillgate_app::ports::AuditRecord;
use skillgate_domain::ids::{CommunityId, UserId};
use skillgate_domain::time::Timestamp;
use skillgate_storage::Database;
use skillgate_tests::crm::OneContact;
use skillgate_tests::guests;
use skillgate_tests::host::{SetClock, Setup, TestHost, manifest, trail};
use skillgate_tests::load::{compare, pace};
use skillgate_tests::report::{self, Report};
use std::sync::Arc;

/// Callers at once.
const CALLERS: usize = 16;
/// Records or calls of each caller.
const EACH: usize = 2_000;
/// Records of the baseline, which waits for the disk each time.
const EACH_BARE: usize = 200;

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    usual: report::Arguments,
    /// A PostgreSQL server that waits for its disk.
    #[arg(long)]
    postgres: Option<String>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let report = Report::new("audit", arguments.usual.json);
    decision::measure(&report);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let folder = tempfile::tempdir()?;
    let sqlite = format!("sqlite:{}", folder.path().join("bench.db").display());
    runtime.block_on(database(&report, "SQLite", &sqlite))?;
    if let Some(address) = &arguments.postgres {
        runtime.block_on(database(&report, "PostgreSQL", address))?;
    }
    verifying::measure(&report)
}

/// A record as a call leaves it, in size and columns.
pub(crate) fn record(n: usize) -> anyhow::Result<AuditRecord> {
    let leaf = json!({
        "v": 1,
        "at": 1_772_366_400_000_i64,
        "community": "riverside",
        "actor": { "kind": "caller", "role": "agent", "user": "ada", "agent": "openclaw" },
        "origin": { "door": "http", "request": format!("request-{n}"), "address": "127.0.0.1" },
        "action": "invoke-skill",
        "target": { "kind": "tool", "skill": "guest", "tool": "run" },
        "outcome": "done",
        "call": {
            "invocation": "01900000-0000-7000-8000-000000000001",
            "component": format!("sha256:{}", "ab".repeat(32)),
            "grant": "01900000-0000-7000-8000-000000000002",
            "input": format!("sha256:{}", "cd".repeat(32)),
            "output": format!("sha256:{}", "ef".repeat(32)),
            "duration_ms": 1,
            "touched": { "reads": [], "read_count": 1, "write_count": 0, "denials": {} },
        },
    });
    Ok(AuditRecord {
        community: CommunityId::parse("riverside")?,
        at: Timestamp::from_unix_ms(1_772_366_400_000),
        action: "invoke-skill",
        outcome: "done",
        user: Some(UserId::parse("ada")?),
        skill: None,
        invocation: None,
        leaf: leaf.to_string(),
        write: None,
        journal: None,
    })
}

/// Records, and whole calls, beside bare inserts into the same database.
async fn database(report: &Report, name: &str, address: &str) -> anyhow::Result<()> {
    let store = Arc::new(Database::connect(address).await?);
    let bare = Bare::open(address).await?;
    let rows = (0..CALLERS * EACH)
        .map(record)
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (rows, bare) = (Arc::new(rows), Arc::new(bare));
    let inserted = Arc::clone(&rows);
    let insert = move |n: usize| {
        let (rows, bare) = (Arc::clone(&inserted), Arc::clone(&bare));
        async move { bare.insert(&rows[n]).await }
    };
    let bare = pace(CALLERS, EACH_BARE, insert).await?;

    let trail = trail(&store, Arc::new(SetClock::at_noon())).await;
    let record = move |n: usize| {
        let (rows, trail) = (Arc::clone(&rows), trail.clone());
        async move { Ok(trail.recorder().record(rows[n].clone()).await?) }
    };
    let ours = pace(CALLERS, EACH, record).await?;
    compare(report, &format!("{name}: records"), &ours, &bare);

    let setup = Setup {
        database: Some(address.to_owned()),
        ..Setup::default()
    };
    let host = TestHost::start_with(Arc::new(OneContact::default()), setup).await;
    host.install(
        &manifest("guest", &["crm", "log", "clock", "config"]),
        &guests::component("good"),
    )
    .await?;
    let host = Arc::new(host);
    let called = Arc::clone(&host);
    let call = move |_| {
        let host = Arc::clone(&called);
        async move {
            host.call("guest", &json!({})).await?;
            Ok(())
        }
    };
    pace(CALLERS, EACH / 10, call.clone()).await?;
    let ours = pace(CALLERS, EACH, call).await?;
    compare(report, &format!("{name}: governed calls"), &ours, &bare);
    http::measure(report, name, &host).await
}
