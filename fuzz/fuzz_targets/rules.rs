//! An address and a rule, in whatever spelling: what is read has one spelling, which every other reader of
//! addresses reads alike, and a rule allows nothing but its own host.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skillgate_domain::egress::{HostName, Method, Rule, Target};
use std::net::IpAddr;
use url::{Host, Url};

fuzz_target!(|text: &str| {
    let (rule, text) = text.split_once('\n').unwrap_or(("", text));
    let (rule, address) = (Rule::parse(rule), Target::parse(text));
    if let Ok(rule) = &rule {
        assert_eq!(Rule::parse(&rule.to_string()).as_ref(), Ok(rule));
        assert!(rule.covers(rule));
        assert_eq!(rule.and(rule).as_ref(), Some(rule));
    }
    let Ok(target) = &address else {
        return;
    };
    let spelt = target.to_string();
    assert_eq!(Target::parse(&spelt).as_ref(), Ok(target));
    // A label that only looks like a translated one is nobody's: the client refuses it, and nothing is sent.
    let Ok(url) = Url::parse(&spelt) else {
        assert!(spelt.contains("xn--"), "{spelt}");
        return;
    };
    assert_eq!(url.scheme(), target.scheme.name());
    // An address inside another has two spellings.
    let same = match (&target.host, url.host()) {
        (HostName::Address(IpAddr::V4(ours)), Some(Host::Ipv4(theirs))) => *ours == theirs,
        (HostName::Address(IpAddr::V6(ours)), Some(Host::Ipv6(theirs))) => *ours == theirs,
        (HostName::Name(ours), Some(Host::Domain(theirs))) => ours == theirs || ours.contains("xn--"),
        _ => false,
    };
    assert!(same, "{spelt}");
    assert_eq!(url.port_or_known_default(), Some(target.port));
    assert_eq!(url.path(), target.path());
    assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None));
    // The other reader takes the text as it came for the same address, if it takes it for one at all.
    if let Ok(other) = Url::parse(text) {
        assert_eq!(other.host_str(), url.host_str(), "{text}");
        assert_eq!(other.port_or_known_default(), url.port_or_known_default());
    }
    if let Ok(rule) = rule
        && rule.decide(Method::Get, target).is_ok()
        && let HostName::Name(name) = &target.host
    {
        let allowed = rule.to_string();
        let host = allowed.split("://").nth(1).expect("a scheme");
        let host = host.split(['/', ':']).next().expect("a host");
        let below = host.strip_prefix('*').is_some_and(|behind| name.ends_with(behind));
        assert!(host == name || below, "{allowed} {spelt}");
    }
});
