//! Addresses: what is not everybody's is refused, written down or under a name.

use super::super::name_server::{NameServer, Said};
use super::service::{Service, answer};
use super::*;
use url::Url;

/// Addresses of every range that is nobody's: no declaration opens it.
const NEVER: [(&str, &str); 50] = [
    ("0.0.0.0", "this network"),
    ("0.1.2.3", "this network"),
    ("100.100.100.200", "cloud metadata"),
    ("168.63.129.16", "cloud metadata"),
    ("169.254.1.1", "link-local"),
    ("169.254.169.254", "cloud metadata"),
    ("192.0.0.1", "IETF protocol assignments"),
    ("192.0.2.1", "documentation"),
    ("192.31.196.1", "AS112"),
    ("192.52.193.1", "multicast tunneling"),
    ("192.88.99.1", "6to4 relay"),
    ("192.175.48.1", "AS112"),
    ("198.18.0.1", "benchmarking"),
    ("198.51.100.1", "documentation"),
    ("203.0.113.1", "documentation"),
    ("224.0.0.1", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "limited broadcast"),
    ("4000::1", "not allocated"),
    ("::7f00:1", "IPv4-compatible"),
    ("::a9fe:a9fe", "IPv4-compatible"),
    ("::", "unspecified"),
    ("::ffff:127.0.0.1", "IPv4-mapped"),
    ("::ffff:169.254.169.254", "IPv4-mapped"),
    ("::ffff:93.184.216.34", "IPv4-mapped"),
    ("64:ff9b::a9fe:a9fe", "cloud metadata"),
    ("64:ff9b::e000:1", "multicast"),
    ("64:ff9b:1::7f00:1", "local-use translation"),
    ("2001:db8:64::a9fe:a9fe", "cloud metadata"),
    ("2001:db8:64::", "this network"),
    ("2001:db8:65::7f00:1", "documentation"),
    ("100::1", "discard-only"),
    ("100:0:0:1::1", "dummy prefix"),
    ("2001:1::1", "IETF protocol assignments"),
    ("2001:0:7f00:1::", "Teredo"),
    ("2001:2::1", "benchmarking"),
    ("2001:3::1", "multicast tunneling"),
    ("2001:4:112::1", "AS112"),
    ("2001:10::1", "ORCHID"),
    ("2001:20::1", "ORCHIDv2"),
    ("2001:30::1", "drone remote ids"),
    ("2001:db8::1", "documentation"),
    ("2002:7f00:1::", "6to4"),
    ("2620:4f:8000::1", "AS112"),
    ("3fff::1", "documentation"),
    ("5f00::1", "segment routing"),
    ("fd00:ec2::254", "cloud metadata"),
    ("fe80::1", "link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
];

/// Addresses of every range that can be an operator's own.
const PRIVATE: [(&str, &str); 12] = [
    ("127.0.0.1", "loopback"),
    ("127.1.2.3", "loopback"),
    ("::1", "loopback"),
    ("10.1.2.3", "private use"),
    ("172.16.0.1", "private use"),
    ("172.31.255.254", "private use"),
    ("192.168.1.1", "private use"),
    ("100.64.0.1", "shared address space"),
    ("fc00::1", "unique local"),
    ("fd12::1", "unique local"),
    ("64:ff9b::7f00:1", "loopback"),
    ("2001:db8:64::a00:1", "private use"),
];

fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    NEVER.into_iter().chain(PRIVATE)
}

/// The how-manieth address has the name of its number.
fn names(name: &str, _: u32) -> Vec<Said> {
    let number = name.strip_suffix(".numbered.test");
    let number = number.and_then(|number| number.strip_prefix('n')?.parse().ok());
    let numbered = number.and_then(|number: usize| all().nth(number));
    match (name, numbered) {
        ("own.test", _) => vec![Said::Address("127.0.0.1")],
        (_, Some((address, _))) => vec![Said::Address(address)],
        _ => vec![],
    }
}

/// Writes an address down as it stands in a URL.
fn host(address: &str) -> String {
    if address.contains(':') {
        format!("[{address}]")
    } else {
        address.to_owned()
    }
}

/// Says the same as the URL reader spells it, which is how hosts are declared.
fn declared(address: &str) -> String {
    let url = Url::parse(&format!("http://{}/", host(address))).unwrap();
    url.host_str().unwrap().to_owned()
}

fn named(number: usize) -> String {
    format!("n{number}.numbered.test")
}

/// A service, and a way out that asks the name server above.
async fn story(private_hosts: &[&str]) -> (Service, OutboundHttp, NameServer) {
    let service = Service::saying(answer("", "here")).await;
    let server = NameServer::start(names).await;
    let dns = Dns::at(&[server.address]).unwrap();
    (service, way_out(egress(dns, private_hosts)), server)
}

/// The same request, to where it may go.
async fn arrives(http: &OutboundHttp, service: &Service) {
    let hosts = ["127.0.0.1", "own.test"];
    for host in hosts {
        let sent = send(http, service, get(&service.of(host))).await;
        assert_eq!(sent.map(|it| it.status), Ok(200), "{host}");
    }
    assert_eq!(service.connections(), hosts.len(), "and nobody else's");
}

#[tokio::test]
async fn an_address_of_a_special_range_is_refused_where_it_is_written_down() {
    let (service, http, names) = story(&["127.0.0.1", "own.test"]).await;
    let refused = all().filter(|(address, _)| *address != "127.0.0.1");
    for (address, name) in refused {
        let sent = send(&http, &service, get(&service.of(&host(address)))).await;
        assert_eq!(sent, Err(HttpError::AddressRefused(name)), "{address}");
    }
    assert_eq!(
        (service.connections(), names.asked()),
        (0, vec![]),
        "nobody was asked"
    );
    arrives(&http, &service).await;
}

#[tokio::test]
async fn an_address_of_a_special_range_is_refused_under_a_name() {
    let (service, http, _names) = story(&["127.0.0.1", "own.test"]).await;
    for (number, (address, name)) in all().enumerate() {
        let sent = send(&http, &service, get(&service.of(&named(number)))).await;
        assert_eq!(sent, Err(HttpError::AddressRefused(name)), "{address}");
    }
    for name in ["localhost", "below.localhost"] {
        let sent = send(&http, &service, get(&service.of(name))).await;
        assert_eq!(sent, Err(HttpError::AddressRefused("loopback")), "{name}");
    }
    assert_eq!(service.connections(), 0);
    arrives(&http, &service).await;
}

#[tokio::test]
async fn no_declaration_opens_what_is_nobodys() {
    let literals: Vec<_> = all().map(|(address, _)| declared(address)).collect();
    let numbers: Vec<_> = (0..all().count()).map(named).collect();
    let hosts = literals.iter().chain(&numbers).map(String::as_str);
    let hosts: Vec<_> = hosts.chain(["own.test", "localhost"]).collect();
    let (service, http, names) = story(&hosts).await;
    for (number, (address, name)) in NEVER.into_iter().enumerate() {
        for host in [host(address), named(number)] {
            let sent = send(&http, &service, get(&service.of(&host))).await;
            assert_eq!(sent, Err(HttpError::AddressRefused(name)), "{host}");
        }
    }
    assert_eq!(service.connections(), 0);
    arrives(&http, &service).await;
    let sent = send(&http, &service, get(&service.of("localhost"))).await;
    assert_eq!(sent.map(|it| it.status), Ok(200), "declared like any name");
    // What can be somebody's own is theirs to declare. Nothing is sent to judge that.
    let judge = egress(Dns::at(&[names.address]).unwrap(), &hosts);
    for (number, (address, _)) in (NEVER.len()..).zip(PRIVATE) {
        for host in [host(address), named(number)] {
            let judged = judge.judge(&format!("http://{host}/")).await;
            assert_eq!(judged, Ok(()), "{host}");
        }
    }
}

#[tokio::test]
async fn everybodys_addresses_need_no_declaration() {
    let none = egress(Dns::at(&[]).unwrap(), &[]);
    for address in [
        "93.184.216.34",
        "100.128.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "2606:4700::1111",
        "64:ff9b::5db8:d822",
        "2001:db8:64::5db8:d822",
    ] {
        let judged = none.judge(&format!("http://{}/", host(address))).await;
        assert_eq!(judged, Ok(()), "{address}");
    }
}
