//! Where names lead: each refusal stands beside the same request, allowed.

use super::name_server::{NameServer, Said};
use super::transport::{bounds, get, serve};
use axum::Router;
use axum::routing::any;
use skillgate_connectors::egress::{ADDRESSES_MAX, AddressError, Dns, Egress};
use skillgate_connectors::transport::{HttpTransport, Transport, TransportError};
use skillgate_domain::egress::{Nat64, Networks};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::task::JoinSet;

/// What the name server of these stories knows.
fn names(name: &str, before: u32) -> Vec<Said> {
    match name {
        "own.test" | "undeclared.test" => vec![Said::Address("127.0.0.1")],
        "mixed.test" => vec![Said::Address("127.0.0.1"), Said::Address("169.254.169.254")],
        "mixed6.test" => vec![Said::Address("127.0.0.1"), Said::Address("fd00:ec2::254")],
        "alias.test" => vec![Said::Alias("own.test", "127.0.0.1")],
        "alias-of-metadata.test" => vec![Said::Alias("meta.test", "169.254.169.254")],
        "mapped.test" => vec![Said::Address("::ffff:127.0.0.1")],
        "translated.test" => vec![Said::Address("64:ff9b::a9fe:a9fe")],
        "declared-translation.test" => vec![Said::Address("2001:db8:64::7f00:1")],
        "many.test" => (0..=ADDRESSES_MAX)
            .map(|_| Said::Address("127.0.0.1"))
            .collect(),
        // First this machine, then the cloud's secrets: each answer is for one moment only.
        "rebinding.test" if before == 0 => vec![Said::Address("127.0.0.1")],
        "rebinding.test" => vec![Said::Address("169.254.169.254")],
        _ => vec![],
    }
}

/// A service on loopback, and a client that asks the name server of the story.
struct Story {
    names: NameServer,
    wire: HttpTransport,
    port: String,
    heard: Arc<AtomicU32>,
    _server: JoinSet<()>,
}

impl Story {
    async fn start(private_hosts: &[&str]) -> Self {
        let heard = Arc::<AtomicU32>::default();
        let count = Arc::clone(&heard);
        // No connection is used twice, so that each request looks its name up.
        let router = Router::new().fallback(any(async move || {
            count.fetch_add(1, Ordering::Relaxed);
            ([("connection", "close")], "here")
        }));
        let (address, server) = serve(router).await;
        let names = NameServer::start(names).await;
        let dns = Arc::new(Dns::at(&[names.address]).unwrap());
        let networks = Networks {
            nat64: vec![Nat64::parse("2001:db8:64::/96").unwrap()],
        };
        let own = private_hosts.iter().map(|host| (*host).to_owned());
        let egress = Arc::new(Egress::new(dns, networks, own));
        Self {
            names,
            wire: HttpTransport::new(egress).unwrap(),
            port: address.rsplit(':').next().unwrap().to_owned(),
            heard,
            _server: server,
        }
    }

    /// Asks for something at a host, at the service's port.
    async fn ask(&self, host: &str) -> Result<(), TransportError> {
        let url = format!("http://{host}:{}/", self.port);
        let answer = self.wire.send(get(&url), bounds()).await?;
        assert_eq!(answer.body(), "here");
        Ok(())
    }

    fn heard(&self) -> u32 {
        self.heard.swap(0, Ordering::Relaxed)
    }
}

fn private() -> TransportError {
    AddressError::Private("loopback").into()
}

fn never(what: &'static str) -> TransportError {
    AddressError::Never(what).into()
}

#[tokio::test]
async fn a_name_leads_into_the_operators_network_only_where_they_say_so() {
    let story = Story::start(&["own.test", "alias.test"]).await;
    assert_eq!(story.ask("own.test").await, Ok(()));
    assert_eq!(story.ask("alias.test").await, Ok(()));
    assert_eq!(story.heard(), 2);
    assert_eq!(story.ask("undeclared.test").await, Err(private()));
    // Nor is it enough that a part of the name is declared.
    let unknown = Err(AddressError::Unknown.into());
    assert_eq!(story.ask("sub.own.test").await, unknown);
    assert_eq!(story.ask("localhost").await, Err(private()));
    assert_eq!(story.heard(), 0);
}

#[tokio::test]
async fn one_answer_that_nothing_goes_to_is_enough() {
    let declared = [
        "own.test",
        "mixed.test",
        "mixed6.test",
        "alias-of-metadata.test",
        "mapped.test",
        "translated.test",
    ];
    let story = Story::start(&declared).await;
    for (host, expected) in [
        ("own.test", Ok(())),
        ("mixed.test", Err(never("cloud metadata"))),
        ("mixed6.test", Err(never("cloud metadata"))),
        ("alias-of-metadata.test", Err(never("cloud metadata"))),
        ("mapped.test", Err(never("IPv4-mapped"))),
        ("translated.test", Err(never("cloud metadata"))),
        ("declared-translation.test", Err(private())),
        ("nobody.test", Err(AddressError::Unknown.into())),
        ("many.test", Err(AddressError::TooMany.into())),
    ] {
        assert_eq!(story.ask(host).await, expected, "{host}");
    }
    assert_eq!(story.heard(), 1);
}

#[tokio::test]
async fn what_was_judged_is_what_is_connected_to() {
    let story = Story::start(&["rebinding.test"]).await;
    assert_eq!(story.ask("rebinding.test").await, Ok(()));
    // Looked up once: a second look between judgement and connection would have led elsewhere.
    let once = ["A rebinding.test", "AAAA rebinding.test"];
    assert_eq!(story.names.asked(), once);
    assert_eq!(story.heard(), 1);
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_by_now_is_judged_again() {
    let story = Story::start(&["rebinding.test"]).await;
    assert_eq!(story.ask("rebinding.test").await, Ok(()));
    let again = story.ask("rebinding.test").await;
    assert_eq!(again, Err(never("cloud metadata")));
    assert_eq!(story.heard(), 1);
}

#[tokio::test]
async fn an_address_in_the_place_of_a_name_is_its_own_declaration() {
    let story = Story::start(&[]).await;
    assert_eq!(story.ask("127.0.0.1").await, Ok(()));
    for host in [
        "169.254.169.254",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "0.0.0.0",
    ] {
        let refused = story.ask(host).await;
        let never = matches!(
            refused,
            Err(TransportError::Address(AddressError::Never(_)))
        );
        assert!(never, "{host}: {refused:?}");
    }
    assert_eq!((story.heard(), story.names.asked().len()), (1, 0));
}
