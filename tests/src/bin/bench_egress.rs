//! The way out for modules beside a client without one: `cargo xtask bench egress`.

use clap::Parser;
use serde_json::json;
use skillgate_app::ports::{Clock, HttpPool, Outgoing};
use skillgate_app::secrets::Giving;
use skillgate_domain::egress::{Method, Networks, Outbound, Route, Rule, Target};
use skillgate_domain::ids::{CredentialName, SkillName};
use skillgate_tests::host::{SetClock, Setup, TestHost, admin, agent, community, embedded_crm};
use skillgate_tests::load::{Pace, compare, pace};
use skillgate_tests::outside::{Service, answer, way_out};
use skillgate_tests::report::{Arguments, Report};
use skillgate_tests::skills;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

/// Decisions about one request.
const DECISIONS: u32 = 200_000;
/// Requests of the one caller: a module has one under way at a time.
const REQUESTS: usize = 5_000;
/// Calls of a tool that sends one request.
const CALLS: usize = 1_000;
/// Rules of a grant that has as many as it may.
const RULES: usize = 64;
/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let report = Report::new("egress", arguments.json);
    decisions(&report)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let service = Service::serve(|_| answer(200, &[], "{\"ok\":true}")).await;
        let bare = requests(&report, &service).await?;
        calls(&report, &service, &arguments, &bare).await
    })
}

/// An address is read, asked of all rules, and where its host leads is classified. No name is looked up.
fn decisions(report: &Report) -> anyhow::Result<()> {
    let rules = (0..RULES).map(|number| {
        let rule = Rule::parse(&format!(
            "GET,POST https://*.n{number}.example.org/v1/leads/**"
        ))?;
        Ok(Route {
            rule,
            credential: None,
        })
    });
    let rules = rules.collect::<anyhow::Result<_>>()?;
    let outbound = Outbound::new(rules, BTreeMap::new())?;
    let networks = Networks::default();
    let addresses: [IpAddr; 2] = ["93.184.215.14".parse()?, "2606:2800:21f:cb07::1".parse()?];
    let url = "https://api.n9.example.org/v1/leads/01900000?fields=name,email";
    let began = Instant::now();
    for _ in 0..DECISIONS {
        let target = Target::parse(black_box(url))?;
        anyhow::ensure!(outbound.decide(Method::Get, &target).is_ok());
        for address in addresses {
            black_box(networks.reach(address));
        }
    }
    let each = began.elapsed().as_secs_f64() * 1e6 / f64::from(DECISIONS);
    report.single(
        "read, authorise, classify (64 rules)",
        "us",
        each,
        DECISIONS as usize,
    );
    Ok(())
}

/// The guarded client beside the same client without a guard.
async fn requests(report: &Report, service: &Service) -> anyhow::Result<Pace> {
    let clock: Arc<dyn Clock> = Arc::new(SetClock::at_noon());
    let guarded = way_out(&["127.0.0.1"], clock);
    let url = format!("{}/v1/a", service.origin());
    let target = Target::parse(&url)?;
    let pool = HttpPool {
        community: community(),
        skill: SkillName::parse("courier")?,
        grant: None,
    };
    let one = move |_| {
        let (guarded, pool, target) = (Arc::clone(&guarded), pool.clone(), target.clone());
        async move {
            let request = Outgoing {
                method: Method::Get,
                target,
                headers: Vec::new(),
                body: Vec::new(),
            };
            let answer = guarded.send(&pool, request, ANSWER_BYTES_MAX).await?;
            anyhow::ensure!(answer.status == 200);
            Ok(())
        }
    };
    #[expect(clippy::disallowed_methods, reason = "what ours is measured beside")]
    let client = reqwest::Client::builder().no_proxy().build()?;
    let plain = move |_| {
        let (client, url) = (client.clone(), url.clone());
        async move {
            let answer = client.get(url).send().await?;
            anyhow::ensure!(answer.status() == 200);
            answer.bytes().await?;
            Ok(())
        }
    };
    pace(1, REQUESTS / 10, one.clone()).await?;
    pace(1, REQUESTS / 10, plain.clone()).await?;
    let ours = pace(1, REQUESTS, one).await?;
    let bare = pace(1, REQUESTS, plain).await?;
    compare(report, "a guarded request", &ours, &bare);
    Ok(bare)
}

/// A whole call of a tool that sends one request: sandbox, rules, policies, counts, credential and record in it.
async fn calls(
    report: &Report,
    service: &Service,
    arguments: &Arguments,
    bare: &Pace,
) -> anyhow::Result<()> {
    let setup = Setup {
        http: Some(way_out(&["127.0.0.1"], Arc::new(SetClock::at_noon()))),
        requests: skillgate_app::ports::HttpLimits {
            per_hour: 1_000_000,
            per_day: 1_000_000,
        },
        ..Setup::default()
    };
    let host = Arc::new(TestHost::start_with(embedded_crm().await, setup).await);
    let (mut manifest, component) = skills::read(&arguments.skills, "courier");
    let origin = service.origin();
    for credential in [false, true] {
        let name = if credential {
            "courier-with-key"
        } else {
            "courier"
        };
        manifest["name"] = json!(name);
        let rule = if credential {
            json!({ "allow": format!("GET {origin}"), "credential": "key" })
        } else {
            json!({ "allow": format!("GET {origin}") })
        };
        manifest["capabilities"] = json!({
            "http": [rule],
            "credentials": { "key": { "audience": origin, "place": { "header": "x-api-key" } } },
        });
        host.install(&manifest, &component).await?;
        let (skill, key) = (SkillName::parse(name)?, CredentialName::parse("key")?);
        let secret = "sk-live-0123456789".to_owned().into();
        host.app
            .secrets
            .put(&admin(), (&skill, &key), secret, Giving::New)
            .await?;
        let input = json!({ "method": "GET", "url": format!("{origin}/v1/a") });
        let (host, name) = (Arc::clone(&host), name.to_owned());
        let one = move |_| {
            let (host, input, name) = (Arc::clone(&host), input.clone(), name.clone());
            async move {
                let answer = host.call_tool(&agent(), &name, "send", &input).await?;
                anyhow::ensure!(answer["status"] == 200, "{answer}");
                Ok(())
            }
        };
        pace(1, CALLS / 10, one.clone()).await?;
        let ours = pace(1, CALLS, one).await?;
        let what = if credential {
            "a call with a credential"
        } else {
            "a call"
        };
        compare(report, what, &ours, bare);
    }
    Ok(())
}
