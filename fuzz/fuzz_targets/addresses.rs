//! Any address at all, in networks that translate or not: an address inside another is no more public than it
//! is itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skillgate_domain::egress::{Nat64, Networks, Reach};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

fuzz_target!(|given: (u32, u128, &str)| {
    let (inside, bits, prefix) = given;
    let nat64 = Nat64::parse(prefix).into_iter().collect();
    let networks = Networks { nat64 };
    let inside = Ipv4Addr::from(inside);
    let four = networks.reach(IpAddr::V4(inside));
    let mapped = networks.reach(IpAddr::V6(inside.to_ipv6_mapped()));
    if four != Reach::Public {
        assert_ne!(mapped, Reach::Public, "{inside}");
    }
    let six = Ipv6Addr::from(bits);
    let reach = networks.reach(IpAddr::V6(six));
    if reach == Reach::Public {
        assert!(!six.is_loopback() && !six.is_unspecified() && !six.is_multicast());
        assert!(!six.is_unique_local() && !six.is_unicast_link_local(), "{six}");
    }
    if four == Reach::Public {
        assert!(!inside.is_loopback() && !inside.is_private() && !inside.is_link_local());
        assert!(!inside.is_broadcast() && !inside.is_documentation() && !inside.is_multicast());
    }
});
