//! Partnerships among 100,000 communities: `cargo xtask bench partnerships`.
//!
//! Each figure is of a request with its token, rights and records, as the router answers it; the baseline is what the
//! same database does alone, in the same run: a search with `LIKE`, a page of rows, as many inserted rows.

#[path = "bench_partnerships/bare.rs"]
mod bare;
#[path = "bench_partnerships/sockets.rs"]
mod sockets;

use anyhow::ensure;
use bare::{Bare, HUB, PARTNERS};
use clap::Parser;
use serde_json::json;
use skillgate_domain::ids::CommunityId;
use skillgate_domain::principal::Role;
use skillgate_tests::crm::OneContact;
use skillgate_tests::host::{Setup, TestHost};
use skillgate_tests::http::Client;
use skillgate_tests::load::{compare, pace};
use skillgate_tests::report::{self, Report};
use std::sync::Arc;

/// Searches and pages of each caller.
const EACH: usize = 1_000;
/// Events that go to every partner.
const EVENTS: usize = 50;
/// What is typed: a beginning, a word, two with slips, a short id, and nothing that there is.
const QUERIES: [&str; 6] = [
    "na",
    "climbing",
    "photografy%20cirle",
    "solar%20union%20porto",
    "c99999",
    "xyzzy",
];

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
    let report = Report::new("partnerships", arguments.usual.json);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let folder = tempfile::tempdir()?;
    let sqlite = format!("sqlite:{}", folder.path().join("bench.db").display());
    runtime.block_on(database(&report, "SQLite", &sqlite))?;
    let sqlite = format!("sqlite:{}", folder.path().join("sockets.db").display());
    runtime.block_on(connected(&report, &sqlite))?;
    if let Some(address) = &arguments.postgres {
        runtime.block_on(database(&report, "PostgreSQL", address))?;
    }
    Ok(())
}

async fn database(report: &Report, name: &str, address: &str) -> anyhow::Result<()> {
    let setup = Setup {
        database: Some(address.to_owned()),
        ..Setup::default()
    };
    let host = TestHost::start_with(Arc::new(OneContact::default()), setup).await;
    let bare = Arc::new(Bare::fill(address).await?);
    let hub = CommunityId::parse(HUB)?;
    let admin = Client::in_community(&host, &hub, Role::Admin, "ada").await;
    // All names are read once.
    admin.get("/api/communities/search?q=warm").await.with(200);
    search(report, name, (&admin, &bare)).await?;
    list(report, name, (&admin, &bare)).await?;
    relay(report, name, (&admin, &bare)).await
}

/// Those who are connected to one host. What they are told is in the database; which one it is matters little.
async fn connected(report: &Report, address: &str) -> anyhow::Result<()> {
    let setup = Setup {
        database: Some(address.to_owned()),
        ..Setup::default()
    };
    let host = TestHost::start_with(Arc::new(OneContact::default()), setup).await;
    let hub = CommunityId::parse(HUB)?;
    let admin = Client::in_community(&host, &hub, Role::Admin, "ada").await;
    let said = json!({ "name": "The hub", "shortId": HUB });
    admin.post("/api/communities", &said).await.with(201);
    sockets::sockets(report, &host, &admin).await
}

async fn search(
    report: &Report,
    name: &str,
    (admin, bare): (&Client, &Arc<Bare>),
) -> anyhow::Result<()> {
    let alone = Arc::clone(bare);
    let like = move |n: usize| {
        let bare = Arc::clone(&alone);
        async move { bare.like(QUERIES[n % QUERIES.len()]).await }
    };
    let baseline = pace(1, 60, like).await?;
    for callers in [1, 4] {
        let admin = admin.clone();
        let find = move |n: usize| {
            let admin = admin.clone();
            async move {
                let query = QUERIES[n % QUERIES.len()];
                let path = format!("/api/communities/search?q={query}&exclude_existing=true");
                let found = admin.get(&path).await.with(200);
                let is_empty = found["communities"].as_array().is_none_or(Vec::is_empty);
                ensure!(is_empty == (query == "xyzzy"), "{query}: {found}");
                Ok(())
            }
        };
        let ours = pace(callers, EACH, find).await?;
        let what = format!("{name}: search, {callers} at once");
        compare(report, &what, &ours, &baseline);
    }
    Ok(())
}

async fn list(
    report: &Report,
    name: &str,
    (admin, bare): (&Client, &Arc<Bare>),
) -> anyhow::Result<()> {
    let alone = Arc::clone(bare);
    let rows = move |_| {
        let bare = Arc::clone(&alone);
        async move { bare.page().await }
    };
    let baseline = pace(1, EACH, rows).await?;
    let admin = admin.clone();
    let list = move |_| {
        let admin = admin.clone();
        async move {
            let path = format!("/api/communities/{HUB}/partnerships");
            let listed = admin.get(&path).await.with(200);
            let count = listed["active"].as_array().map_or(0, Vec::len);
            ensure!(count == 100, "{count} of a full page");
            Ok(())
        }
    };
    let ours = pace(1, EACH / 4, list).await?;
    compare(
        report,
        &format!("{name}: list, 100 of 1000"),
        &ours,
        &baseline,
    );
    Ok(())
}

async fn relay(
    report: &Report,
    name: &str,
    (admin, bare): (&Client, &Arc<Bare>),
) -> anyhow::Result<()> {
    let alone = Arc::clone(bare);
    let rows = move |n| {
        let bare = Arc::clone(&alone);
        async move { bare.insert(n).await }
    };
    let baseline = pace(1, EVENTS, rows).await?;
    let admin = admin.clone();
    let report_event = move |_| {
        let admin = admin.clone();
        async move {
            let event = json!({ "kind": "announcements", "title": "We moved" });
            let path = format!("/api/communities/{HUB}/events");
            let told = admin.post(&path, &event).await.with(201);
            ensure!(
                told["relayed"] == PARTNERS,
                "relayed to {}",
                told["relayed"]
            );
            Ok(())
        }
    };
    let ours = pace(1, EVENTS, report_event).await?;
    compare(
        report,
        &format!("{name}: tell 1000 partners"),
        &ours,
        &baseline,
    );
    Ok(())
}
