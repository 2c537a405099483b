//! TLS: nothing is said to whom nobody vouches for, and no session is taken up by another pool.

use super::service::{Service, Step, answer};
use super::*;
use rcgen::{CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::version::{TLS12, TLS13};
use rustls::{HandshakeKind, ServerConfig, SupportedProtocolVersion};
use skillgate_connectors::transport::CONNECT_TIMEOUT;
use tokio::time::Instant;

/// Somebody who vouches for services.
struct Issuer(CertifiedIssuer<'static, KeyPair>);

impl Issuer {
    fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    /// Says that a service has a name, for as long as `params` say.
    fn vouch(&self, params: &CertificateParams) -> ServerConfig {
        self.vouch_over(params, &[&TLS12, &TLS13])
    }

    fn vouch_over(
        &self,
        params: &CertificateParams,
        versions: &[&'static SupportedProtocolVersion],
    ) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider);
        let config = config.with_protocol_versions(versions).unwrap();
        let config = config.with_no_client_auth();
        config
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap()
    }

    /// A way out to this machine that trusts this issuer.
    fn trusted(&self) -> OutboundHttp {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let declared = egress(Dns::at(&[]).unwrap(), &["localhost", "127.0.0.1"]);
        OutboundHttp::trusting(trust(roots), Arc::new(declared), HandClock::new())
    }
}

fn named(names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    CertificateParams::new(names).unwrap()
}

fn url(service: &Service, host: &str) -> String {
    service.of(host).replace("http:", "https:")
}

#[tokio::test]
async fn nothing_is_said_to_whom_nobody_vouches_for() {
    let (issuer, other) = (Issuer::named("known"), Issuer::named("known"));
    let good = named(&["localhost", "127.0.0.1"]);
    let (mut expired, mut early) = (good.clone(), good.clone());
    expired.not_after = date_time_ymd(2020, 1, 1);
    early.not_before = date_time_ymd(4000, 1, 1);
    let http = issuer.trusted();
    for (case, config, host, arrives) in [
        ("known", issuer.vouch(&good), "localhost", true),
        (
            "known by its address",
            issuer.vouch(&good),
            "127.0.0.1",
            true,
        ),
        ("an unknown issuer", other.vouch(&good), "localhost", false),
        ("expired", issuer.vouch(&expired), "localhost", false),
        ("not yet", issuer.vouch(&early), "localhost", false),
        (
            "another name",
            issuer.vouch(&named(&["other.test"])),
            "localhost",
            false,
        ),
        (
            "a name above",
            issuer.vouch(&named(&["*.localhost"])),
            "localhost",
            false,
        ),
        (
            "no address",
            issuer.vouch(&named(&["localhost"])),
            "127.0.0.1",
            false,
        ),
        ("no name", issuer.vouch(&named(&[])), "localhost", false),
    ] {
        let service = Service::behind_tls(config, answer("", "here")).await;
        let mut request = request(Method::Post, &url(&service, host));
        request.body = b"secret".to_vec();
        let sent = send(&http, &service, request).await;
        let expected = if arrives {
            Ok(200)
        } else {
            Err(HttpError::Connect)
        };
        assert_eq!(sent.map(|it| it.status), expected, "{case}");
        assert_eq!(service.count(), usize::from(arrives), "{case}");
    }
}

/// The clock of this story runs ahead whenever everybody waits.
#[tokio::test(start_paused = true)]
async fn who_speaks_no_tls_is_told_nothing() {
    let issuer = Issuer::named("known");
    let http = issuer.trusted();
    let plain = Service::saying(answer("", "here")).await;
    let sent = send(&http, &plain, get(&url(&plain, "localhost"))).await;
    assert_eq!(sent, Err(HttpError::Connect));
    assert_eq!(plain.count(), 0);
    // Nor does one that speaks it hear anything in the clear.
    let config = issuer.vouch(&named(&["localhost"]));
    let service = Service::behind_tls(config, answer("", "here")).await;
    let sent = send(&http, &service, get(&service.of("localhost"))).await;
    assert_eq!(sent, Err(HttpError::Broken));
    assert_eq!(service.count(), 0);
    let sent = send(&http, &service, get(&url(&service, "localhost"))).await;
    assert_eq!(sent.map(|it| it.status), Ok(200));
}

/// The clock of this story runs ahead whenever everybody waits.
#[tokio::test(start_paused = true)]
async fn who_never_agrees_on_tls_is_given_up() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let issuer = Issuer::named("known");
    let (http, begun) = (issuer.trusted(), Instant::now());
    let sent = send_as(1, &http, get(&format!("https://{address}/"))).await;
    assert_eq!(sent, Err(HttpError::Connect));
    assert!(
        begun.elapsed() <= CONNECT_TIMEOUT * 2,
        "{:?}",
        begun.elapsed()
    );
    let config = issuer.vouch(&named(&["localhost"]));
    let service = Service::behind_tls(config, answer("", "here")).await;
    let sent = send(&http, &service, get(&url(&service, "localhost"))).await;
    assert_eq!(sent.map(|it| it.status), Ok(200));
}

#[tokio::test]
async fn a_session_is_taken_up_by_its_pool_and_by_no_other() {
    for version in [&TLS12, &TLS13] {
        let issuer = Issuer::named("known");
        let config = issuer.vouch_over(&named(&["localhost"]), &[version]);
        // Each request has a connection of its own.
        let steps = [answer("connection: close\r\n", "here"), vec![Step::Close]].concat();
        let service = Service::behind_tls(config, steps).await;
        let http = issuer.trusted();
        for grant in [1, 1, 2, 2, 1] {
            let sent = send_as(grant, &http, get(&url(&service, "localhost"))).await;
            assert_eq!(sent.map(|it| it.status), Ok(200));
        }
        let resumed: Vec<_> = service
            .handshakes()
            .into_iter()
            .map(|kind| kind == HandshakeKind::Resumed)
            .collect();
        assert_eq!(resumed, [false, true, false, true, true], "{version:?}");
    }
}
