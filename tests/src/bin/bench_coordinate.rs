//! Hand-offs over HTTP, drafted and not sent: `cargo xtask bench coordinate`.
//!
//! Ours has token, schemas, policies, sandbox and a durable record for each; the baseline is a handler on
//! the same server library that asks the same CRM for the same record and passes its answer on.

#[path = "bench_coordinate/stub.rs"]
mod stub;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::Request;
use axum::routing::post;
use clap::Parser;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use skillgate_app::gate::GateLimits;
use skillgate_connectors::transport::{AllowedOrigins, Bounds, Transport};
use skillgate_connectors::twenty::{RequestBudget, Twenty, TwentyConfig};
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_tests::host::{SetClock, Setup, TestHost, embedded_server};
use skillgate_tests::http::Client;
use skillgate_tests::load::{self, Pace, Post, compare, serve};
use skillgate_tests::loopback::wire;
use skillgate_tests::report::{Arguments, Report};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use stub::{Asked, Stub};
use tokio::task::JoinSet;

const COORDINATE: &str = "/api/crm/workflows/coordinate";
/// How old an answer from memory may be.
const AGE: Duration = Duration::from_secs(30);
/// Hand-offs at once, as an operator sets it who expects that many.
const RUNS: usize = 16;
/// Agents that look at once, and how many records they look at.
const AGENTS: usize = 500;
const HOT_RECORDS: usize = 20;

/// A host over a CRM that has everything ready, and the bare handler beside it.
struct Bench {
    stub: Arc<Stub>,
    ours: SocketAddr,
    bare: SocketAddr,
    token: SecretString,
    asked: String,
    host: TestHost,
    servers: JoinSet<()>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let report = Report::new("coordinate", arguments.json);
    for (memory, age) in [("", Duration::ZERO), (", from memory", AGE)] {
        let bench = Bench::start(&arguments.skills, age).await?;
        for (delay, each) in [(Duration::from_millis(8), 150), (Duration::ZERO, 1_500)] {
            bench.stub.delays(delay);
            for callers in [1, 16, 64] {
                let each = (each * 16 / callers).clamp(50, 4_000);
                let bare = bench.paced(bench.bare, "/bare", callers, each).await?;
                let ours = bench.paced(bench.ours, COORDINATE, callers, each).await?;
                let crm = delay.as_millis();
                let name = format!("CRM {crm} ms{memory}, {callers}:");
                compare(&report, &name, &ours, &bare);
            }
        }
        if !age.is_zero() {
            bench.hot_records(&report).await?;
        }
        bench.stop().await;
    }
    Ok(())
}

impl Bench {
    async fn start(skills: &std::path::Path, read_age: Duration) -> anyhow::Result<Self> {
        let mut servers = JoinSet::new();
        let (behind, key) = embedded_server().await;
        let stub = Stub::over(behind);
        let origin = format!("http://{}", serve(&mut servers, stub.router()).await?);
        let origins = AllowedOrigins::parse([origin.as_str()])?;
        let transport: Arc<dyn Transport> = Arc::new(wire());
        let config = TwentyConfig {
            budget: RequestBudget {
                requests: 100_000_000,
                window: Duration::from_mins(1),
            },
            ..TwentyConfig::new(origin.clone(), key.clone(), origins)
        };
        let clock = Arc::new(SetClock::at_noon());
        let crm = Twenty::new(&config, Arc::clone(&transport), clock)?;
        let setup = Setup {
            gate: GateLimits {
                runs_per_skill_max: RUNS,
                ..GateLimits::DEFAULT
            },
            read_age,
            ..Setup::default()
        };
        let host = TestHost::start_with(Arc::new(crm), setup).await;
        let manifest = std::fs::read(skills.join("tez-handoff.json"))?;
        let component = std::fs::read(skills.join("tez-handoff.wasm"))?;
        let manifest = serde_json::from_slice(&manifest)?;
        host.install(&manifest, &component).await?;
        let mia = Client::of(&host, Role::Member, "mia").await;
        let deal = json!({ "payload": { "name": "Acme Renewal", "stage": "PROPOSAL" } });
        let made = mia.post("/api/crm/opportunities", &deal).await.with(201);
        let asked = json!({
            "entityType": "opportunity",
            "entityId": made["data"]["summary"]["id"],
            "objective": "Move deal to next stage",
        });
        mia.post(COORDINATE, &asked).await.with(200);
        let last = stub.last();
        let last = last.ok_or_else(|| anyhow::anyhow!("the CRM was not asked"))?;
        let same = Same {
            transport,
            address: format!("{origin}{}", last.path),
            key,
            last,
        };
        let bare = Router::new()
            .route("/bare", post(bare))
            .with_state(Arc::new(same));
        Ok(Self {
            bare: serve(&mut servers, bare).await?,
            ours: serve(&mut servers, skillgate_server::router(host.app.clone())).await?,
            token: host.token(Role::Member, "mia", TokenScope::FULL).await,
            asked: asked.to_string(),
            stub,
            host,
            servers,
        })
    }

    /// Stops the servers first, since a host ends when nobody can ask it any more.
    async fn stop(mut self) {
        self.servers.shutdown().await;
        self.host.stop().await;
    }

    /// Lets many agents look at few records, all at once, and counts what of it the CRM hears.
    async fn hot_records(&self, report: &Report) -> anyhow::Result<()> {
        let mia = Client::of(&self.host, Role::Member, "mia").await;
        let mut paths = Vec::new();
        for number in 0..HOT_RECORDS {
            let deal = json!({ "payload": { "name": format!("Deal {number}") } });
            let made = mia.post("/api/crm/opportunities", &deal).await.with(201);
            let id = made["data"]["summary"]["id"].as_str().unwrap_or_default();
            paths.push(format!("/api/crm/opportunity/{id}"));
        }
        let before = self.stub.asked();
        let agents = (0..AGENTS).map(|agent| {
            let (mia, path) = (mia.clone(), paths[agent % HOT_RECORDS].clone());
            async move { mia.get(&path).await.with(200) }
        });
        let seen = agents.collect::<JoinSet<_>>().join_all().await;
        let asked = u32::try_from(self.stub.asked() - before)?;
        report.single(
            "500 agents on 20 records, CRM asked",
            "1",
            f64::from(asked),
            seen.len(),
        );
        Ok(())
    }

    async fn paced(
        &self,
        address: SocketAddr,
        path: &str,
        callers: usize,
        each: usize,
    ) -> anyhow::Result<Pace> {
        let what = Post {
            path,
            headers: "",
            body: &self.asked,
            expected: "Acme Renewal",
        };
        load::post(address, &self.token, what, (callers, each)).await
    }
}

/// The request that our host sends to the CRM for a hand-off.
struct Same {
    transport: Arc<dyn Transport>,
    address: String,
    key: SecretString,
    last: Asked,
}

/// Asks the CRM for the record, and passes its answer on.
async fn bare(State(same): State<Arc<Same>>, asked: axum::Json<Value>) -> Bytes {
    let _read = asked;
    let bearer = format!("Bearer {}", same.key.expose_secret());
    let request = Request::builder()
        .method(same.last.method.clone())
        .uri(&same.address)
        .header("authorization", bearer)
        .header("content-type", "application/json")
        .body(same.last.body.clone())
        .expect("a request");
    let bounds = Bounds {
        timeout: Duration::from_secs(5),
        answer_bytes_max: 1 << 20,
    };
    let answer = same.transport.send(request, bounds).await;
    answer.expect("the stub answers").into_body()
}
