//! What an address is, whatever name led to it.
//!
//! Invariant: an address is public only if nothing says otherwise. What carries an IPv4 address inside is
//! judged by that one where the operator's network translates it, and refused everywhere else.

use ipnet::{IpNet, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

/// The registries' ranges: see the head of the file.
const REGISTRY: &str = include_str!("special-purpose.txt");
/// Where any network may translate IPv6 to IPv4 (RFC 6052, section 2.1).
const WELL_KNOWN: &str = "64:ff9b::/96";
/// Lengths that a translation's prefix can have (RFC 6052, section 2.2).
const NAT64_LENGTHS: [u8; 6] = [32, 40, 48, 56, 64, 96];

static SPECIAL: LazyLock<Vec<Special>> = LazyLock::new(|| {
    let lines = REGISTRY.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| entry(line).expect("a line of the registry"))
        .collect()
});

static TRANSLATED: LazyLock<Nat64> =
    LazyLock::new(|| Nat64::parse(WELL_KNOWN).expect("a fixed prefix"));

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Usage {
    /// Everybody's.
    Public,
    /// Somebody's own network.
    Private,
    /// Nobody's.
    Never,
}

/// A range of addresses.
#[derive(Debug, PartialEq, Eq)]
pub struct Special {
    range: IpNet,
    usage: Usage,
    name: &'static str,
}

impl Special {
    /// Returns what the registries call it.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// Who is at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Somebody on the public network.
    Public,
    /// Somebody in a network of the operator's own.
    Private(&'static Special),
    /// Nobody that a request of ours is for.
    Never(&'static Special),
}

/// Why a network cannot be declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Not an IPv6 prefix, or one with bits after its end.
    #[error("not an IPv6 prefix such as 2001:db8:64::/96")]
    Malformed,
    /// A translation has no prefix of this length.
    #[error("a NAT64 prefix has 32, 40, 48, 56, 64 or 96 bits")]
    Length,
}

/// A prefix under which the operator's network translates IPv6 to IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nat64(Ipv6Net);

impl Nat64 {
    /// Reads a prefix.
    pub fn parse(text: &str) -> Result<Self, NetworkError> {
        let prefix: Ipv6Net = text.parse().map_err(|_| NetworkError::Malformed)?;
        if prefix.trunc() != prefix {
            return Err(NetworkError::Malformed);
        }
        if !NAT64_LENGTHS.contains(&prefix.prefix_len()) {
            return Err(NetworkError::Length);
        }
        Ok(Self(prefix))
    }

    /// Returns the IPv4 address inside: right behind the prefix, leaving out bits 64 to 71 (RFC 6052).
    fn inside(self, address: Ipv6Addr) -> Option<Ipv4Addr> {
        if !self.0.contains(&address) {
            return None;
        }
        let start = usize::from(self.0.prefix_len() / 8);
        let octets = address.octets();
        let mut behind = (start..octets.len()).filter(|at| *at != 8);
        let mut inside = [0; 4];
        for octet in &mut inside {
            *octet = octets[behind.next()?];
        }
        Some(Ipv4Addr::from(inside))
    }
}

/// What the operator says of the network that the host is in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Networks {
    /// Where IPv6 is translated to IPv4, beside the well-known prefix.
    pub nat64: Vec<Nat64>,
}

impl Networks {
    /// Tells who is at an address.
    pub fn reach(&self, address: IpAddr) -> Reach {
        let inside = match address {
            IpAddr::V6(v6) => {
                let mut prefixes = std::iter::once(&*TRANSLATED).chain(&self.nat64);
                prefixes.find_map(|prefix| prefix.inside(v6))
            }
            IpAddr::V4(_) => None,
        };
        let address = inside.map_or(address, IpAddr::V4);
        let fits = SPECIAL.iter().filter(|it| it.range.contains(&address));
        let narrowest = fits.max_by_key(|it| it.range.prefix_len());
        let narrowest = narrowest.expect("each family has a range for all of it");
        match narrowest.usage {
            Usage::Public => Reach::Public,
            Usage::Private => Reach::Private(narrowest),
            Usage::Never => Reach::Never(narrowest),
        }
    }
}

fn entry(line: &'static str) -> Option<Special> {
    let (range, rest) = line.split_once(' ')?;
    let (usage, name) = rest.trim_start().split_once(' ')?;
    let range: IpNet = range.parse().ok()?;
    let usage = match usage {
        "public" => Usage::Public,
        "private" => Usage::Private,
        "never" => Usage::Never,
        _ => return None,
    };
    let whole = range.trunc() == range;
    whole.then_some(Special {
        range,
        usage,
        name: name.trim_start(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(reach: Reach) -> String {
        match reach {
            Reach::Public => "public".to_owned(),
            Reach::Private(special) => format!("private: {}", special.name()),
            Reach::Never(special) => format!("never: {}", special.name()),
        }
    }

    /// Each range at its first and last address, beside its neighbours that are in no range.
    #[test]
    fn every_range_of_the_registry_holds_to_its_ends() {
        assert_eq!(SPECIAL.len(), 51);
        let networks = Networks::default();
        for special in SPECIAL.iter().filter(|it| it.usage != Usage::Public) {
            for end in [special.range.network(), special.range.broadcast()] {
                let found = networks.reach(end);
                assert_ne!(found, Reach::Public, "{end} in {}", special.range);
            }
        }
        for neighbour in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "168.63.129.17",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2000::1",
            "2001:200::1",
            "2001:db7:ffff::1",
            "2001:db9::1",
            "2003::1",
            "2606:4700::1111",
            "3ffe:ffff::1",
        ] {
            let found = networks.reach(neighbour.parse().unwrap());
            assert_eq!(found, Reach::Public, "{neighbour}");
        }
    }

    #[test]
    fn addresses_are_what_their_narrowest_range_says() {
        let networks = Networks::default();
        for (address, expected) in [
            ("93.184.216.34", "public"),
            ("127.0.0.1", "private: loopback"),
            ("127.255.255.254", "private: loopback"),
            ("10.1.2.3", "private: private use"),
            ("192.168.1.1", "private: private use"),
            ("100.64.0.1", "private: shared address space"),
            ("100.100.100.200", "never: cloud metadata"),
            ("169.254.169.254", "never: cloud metadata"),
            ("168.63.129.16", "never: cloud metadata"),
            ("0.0.0.0", "never: this network"),
            ("255.255.255.255", "never: limited broadcast"),
            ("::1", "private: loopback"),
            ("::", "never: unspecified"),
            ("::7f00:1", "never: IPv4-compatible"),
            ("::ffff:127.0.0.1", "never: IPv4-mapped"),
            ("::ffff:93.184.216.34", "never: IPv4-mapped"),
            ("2002:7f00:1::", "never: 6to4"),
            ("2001:0:7f00:1::", "never: Teredo"),
            ("fd12::1", "private: unique local"),
            ("fd00:ec2::254", "never: cloud metadata"),
            ("fe80::1", "never: link-local"),
            ("fec0::1", "never: site-local"),
            ("4000::1", "never: not allocated"),
        ] {
            let found = networks.reach(address.parse().unwrap());
            assert_eq!(word(found), expected, "{address}");
        }
    }

    #[test]
    fn what_is_translated_is_what_is_inside() {
        let none = Networks::default();
        let declared = |prefix: &str| Networks {
            nat64: vec![Nat64::parse(prefix).unwrap()],
        };
        for (networks, address, expected) in [
            (&none, "64:ff9b::5db8:d822", "public"),
            (&none, "64:ff9b::7f00:1", "private: loopback"),
            (&none, "64:ff9b::a9fe:a9fe", "never: cloud metadata"),
            (
                &none,
                "64:ff9b:1::5db8:d822",
                "never: local-use translation",
            ),
            // The examples of RFC 6052, section 2.4, with a public address and with a private one.
            (&declared("2001:db8::/32"), "2001:db8:5db8:d822::", "public"),
            (
                &declared("2001:db8::/32"),
                "2001:db8:a00:1::",
                "private: private use",
            ),
            (
                &declared("2001:db8:100::/40"),
                "2001:db8:15d:b8d8:22::",
                "public",
            ),
            (
                &declared("2001:db8:122::/48"),
                "2001:db8:122:5db8:d8:2200::",
                "public",
            ),
            (
                &declared("2001:db8:122:300::/56"),
                "2001:db8:122:35d:b8:d822::",
                "public",
            ),
            (
                &declared("2001:db8:122:344::/64"),
                "2001:db8:122:344:5d:b8d8:2200::",
                "public",
            ),
            (
                &declared("2001:db8:122:344::/64"),
                "2001:db8:122:344:7f:0:100::",
                "private: loopback",
            ),
            (
                &declared("2001:db8:122:344::/96"),
                "2001:db8:122:344::5db8:d822",
                "public",
            ),
            // Another prefix than the one that was declared.
            (
                &declared("2001:db8:122::/48"),
                "2001:db8:5db8:d822::",
                "never: documentation",
            ),
        ] {
            let found = networks.reach(address.parse().unwrap());
            assert_eq!(word(found), expected, "{address}");
        }
    }

    #[test]
    fn prefixes_of_translations_are_whole() {
        assert!(Nat64::parse("2001:db8:122::/48").is_ok());
        for (text, why) in [
            ("2001:db8:122::/49", NetworkError::Length),
            ("::/0", NetworkError::Length),
            ("2001:db8:122:1::/48", NetworkError::Malformed),
            ("2001:db8::1", NetworkError::Malformed),
            ("10.0.0.0/8", NetworkError::Malformed),
            ("", NetworkError::Malformed),
        ] {
            assert_eq!(Nat64::parse(text), Err(why), "{text}");
        }
    }
}
