//! Names: looked up once for each connection, judged whole, and connected to as they were judged.

use super::super::name_server::{NameServer, Said};
use super::service::{Service, answer};
use super::*;
use skillgate_connectors::egress::ADDRESSES_MAX;
use skillgate_connectors::transport::CONNECT_TIMEOUT;
use tokio::net::UdpSocket;
use tokio::time::Instant;

/// What the name server of these stories says, and for one moment only.
fn names(name: &str, before: u32) -> Vec<Said> {
    let (own, metadata) = (Said::Address("127.0.0.1"), Said::Address("169.254.169.254"));
    let times = |count: usize| (0..count).map(|_| Said::Address("127.0.0.1")).collect();
    match (name, before) {
        ("mixed.test", _) => vec![own, metadata],
        ("mixed6.test", _) => vec![own, Said::Address("fd00:ec2::254")],
        ("mixed-public.test", _) => {
            vec![Said::Address("93.184.216.34"), Said::Address("10.0.0.1")]
        }
        ("alias.test" | "alias-of-own.test", _) => vec![Said::Alias("own.test", "127.0.0.1")],
        ("alias-of-metadata.test", _) => vec![Said::Alias("meta.test", "169.254.169.254")],
        ("as-many.test", _) => times(ADDRESSES_MAX),
        ("too-many.test", _) => times(ADDRESSES_MAX + 1),
        // First this machine, then the cloud's secrets; and the other way round, too late.
        ("own.test" | "undeclared.test", _) | ("rebinding.test", 0) | ("late.test", 1..) => {
            vec![own]
        }
        ("rebinding.test", 1..) | ("late.test", 0) => vec![metadata],
        _ => vec![],
    }
}

struct Story {
    service: Service,
    http: OutboundHttp,
    names: NameServer,
}

impl Story {
    async fn start(lines: &'static str, declared: &[&str]) -> Self {
        let names = NameServer::start(names).await;
        let dns = Dns::at(&[names.address]).unwrap();
        Self {
            service: Service::saying(answer(lines, "here")).await,
            http: way_out(egress(dns, declared)),
            names,
        }
    }

    async fn ask(&self, host: &str) -> Result<u16, HttpError> {
        let sent = send(&self.http, &self.service, get(&self.service.of(host))).await;
        sent.map(|answer| answer.status)
    }
}

/// Each request looks its name up.
const ONCE: &str = "connection: close\r\n";

#[tokio::test]
async fn one_answer_that_nothing_goes_to_is_enough() {
    let metadata = Err(HttpError::AddressRefused("cloud metadata"));
    let own = Err(HttpError::AddressRefused("loopback"));
    let cases = [
        ("own.test", Ok(200)),
        ("alias.test", Ok(200)),
        ("as-many.test", Ok(200)),
        ("undeclared.test", own),
        ("alias-of-own.test", own),
        ("mixed.test", metadata),
        ("mixed6.test", metadata),
        (
            "mixed-public.test",
            Err(HttpError::AddressRefused("private use")),
        ),
        ("alias-of-metadata.test", metadata),
        ("too-many.test", Err(HttpError::UnknownHost)),
        ("nobody.test", Err(HttpError::UnknownHost)),
        // The part of a declared name that is no label of its own, and names around it.
        ("notown.test", Err(HttpError::UnknownHost)),
        ("sub.own.test", Err(HttpError::UnknownHost)),
    ];
    let undeclared = ["undeclared.test", "alias-of-own.test", "mixed-public.test"];
    let hosts = cases.iter().map(|(host, _)| *host);
    let declared: Vec<_> = hosts.filter(|it| !undeclared.contains(it)).collect();
    let story = Story::start(ONCE, &declared).await;
    let mut connections = 0;
    for (host, expected) in cases {
        assert_eq!(story.ask(host).await, expected, "{host}");
        connections += usize::from(expected.is_ok());
        assert_eq!(story.service.connections(), connections, "{host}");
    }
}

#[tokio::test]
async fn what_was_judged_is_what_is_connected_to() {
    let story = Story::start(ONCE, &["rebinding.test"]).await;
    assert_eq!(story.ask("rebinding.test").await, Ok(200));
    // Looked up once: a second look between judgement and connection would have led elsewhere.
    let once = ["A rebinding.test", "AAAA rebinding.test"];
    assert_eq!(story.names.asked(), once);
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_by_now_is_judged_again() {
    let story = Story::start(ONCE, &["rebinding.test", "late.test"]).await;
    assert_eq!(story.ask("rebinding.test").await, Ok(200));
    let metadata = Err(HttpError::AddressRefused("cloud metadata"));
    assert_eq!(story.ask("rebinding.test").await, metadata);
    assert_eq!(story.ask("late.test").await, metadata);
    assert_eq!(story.service.connections(), 1);
    assert_eq!(story.ask("late.test").await, Ok(200));
}

#[tokio::test]
async fn a_connection_that_is_open_asks_nobody_where_it_leads() {
    let story = Story::start("", &["rebinding.test"]).await;
    for _ in 0..3 {
        assert_eq!(story.ask("rebinding.test").await, Ok(200));
    }
    let once = ["A rebinding.test", "AAAA rebinding.test"];
    assert_eq!(story.names.asked(), once);
    assert_eq!(story.service.connections(), 1);
}

/// The clock of this story runs ahead whenever everybody waits.
#[tokio::test(start_paused = true)]
async fn a_name_server_that_says_nothing_is_waited_for_so_long() {
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let dns = Dns::at(&[silent.local_addr().unwrap()]).unwrap();
    let story = Story::start(ONCE, &["own.test"]).await;
    let unheard = way_out(egress(dns, &["own.test"]));
    let begun = Instant::now();
    let request = get(&story.service.of("own.test"));
    let sent = send(&unheard, &story.service, request).await;
    let error = sent.unwrap_err();
    assert!(!error.maybe_sent(), "{error}");
    assert!(
        begun.elapsed() <= CONNECT_TIMEOUT * 2,
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(story.service.connections(), 0);
    // The same, of a name server that answers.
    assert_eq!(story.ask("own.test").await, Ok(200));
}
