//! The way out for modules: each refusal stands beside the same request, allowed, over real sockets.

mod addresses;
mod answers;
mod broken;
mod environment;
mod names;
mod pools;
mod requests;
mod service;
mod tls;

use super::support::HandClock;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use service::Service;
use skillgate_app::ports::{Clock, HttpClient, HttpError, HttpPool, Outgoing};
use skillgate_connectors::egress::{Dns, Egress};
use skillgate_connectors::outbound::OutboundHttp;
use skillgate_domain::egress::{Method, Nat64, Networks, Response, Target};
use skillgate_domain::ids::{CommunityId, GrantId, SkillName};
use std::sync::Arc;
use uuid::Uuid;

/// Most bytes of an answer, where the story is not about it.
const BYTES_MAX: usize = 100_000;

/// Trusts these and nobody else.
fn trust(roots: RootCertStore) -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap();
    config.with_root_certificates(roots).with_no_client_auth()
}

/// Lets modules go to public addresses, and to `declared` hosts of one's own. A network of the operator's is
/// declared that translates IPv6 to IPv4.
fn egress(dns: Dns, declared: &[&str]) -> Egress {
    let networks = Networks {
        nat64: vec![Nat64::parse("2001:db8:64::/96").unwrap()],
    };
    let declared = declared.iter().map(|host| (*host).to_owned());
    Egress::new(Arc::new(dns), networks, declared).for_modules()
}

fn way_out_at(clock: Arc<dyn Clock>, egress: Egress) -> OutboundHttp {
    OutboundHttp::trusting(trust(RootCertStore::empty()), Arc::new(egress), clock)
}

fn way_out(egress: Egress) -> OutboundHttp {
    way_out_at(HandClock::new(), egress)
}

/// A way out to 127.0.0.1. No name leads anywhere.
fn to_loopback() -> OutboundHttp {
    way_out(egress(Dns::at(&[]).unwrap(), &["127.0.0.1"]))
}

/// The connections of one grant of one skill in one community.
fn pool(grant: u128) -> HttpPool {
    HttpPool {
        community: CommunityId::parse("harbour").unwrap(),
        skill: SkillName::parse("courier").unwrap(),
        grant: Some(GrantId::new(Uuid::from_u128(grant))),
    }
}

fn request(method: Method, url: &str) -> Outgoing {
    Outgoing {
        method,
        target: Target::parse(url).unwrap_or_else(|why| panic!("{url}: {why}")),
        headers: Vec::new(),
        body: Vec::new(),
    }
}

fn get(url: &str) -> Outgoing {
    request(Method::Get, url)
}

/// Sends a request over the connections of a grant.
async fn send_as(
    grant: u128,
    http: &OutboundHttp,
    request: Outgoing,
) -> Result<Response, HttpError> {
    http.send(&pool(grant), request, BYTES_MAX).await
}

/// Sends a request. If it cannot have arrived, nothing of it has.
async fn send(
    http: &OutboundHttp,
    service: &Service,
    request: Outgoing,
) -> Result<Response, HttpError> {
    let before = service.count();
    let sent = send_as(1, http, request).await;
    if sent.as_ref().is_err_and(|error| !error.maybe_sent()) {
        assert_eq!(service.count(), before, "{sent:?}");
    }
    sent
}
