//! Who is asked, in one spelling.

use super::target::TargetError;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longest name of a host, and of one of its labels (RFC 1035, section 2.3.4).
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;
/// Fewest labels behind a star: `*.com` would be everybody.
const LABELS_BEHIND_STAR_MIN: usize = 2;

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostName {
    /// A name: lower case, without a dot at its end.
    Name(String),
    /// An address.
    Address(IpAddr),
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

impl HostName {
    /// Reads a host. An IPv4 address has four decimal numbers; every other spelling of one is refused, as is
    /// a name whose last label is a number, which some readers take for an address (WHATWG URL, section 3.5).
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        if let Some(inside) = text.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            let address: Ipv6Addr = inside.parse().map_err(|_| TargetError::Host)?;
            return Ok(Self::Address(address.into()));
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self::Address(address.into()));
        }
        let name = text.to_ascii_lowercase();
        let whole = name.len() <= NAME_BYTES_MAX
            && name.split('.').all(is_label)
            && !name.rsplit('.').next().is_some_and(is_number);
        whole.then_some(Self::Name(name)).ok_or(TargetError::Host)
    }

    /// Tells whether this is the machine itself, whoever is asked.
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost",
            Self::Address(address) => address.is_loopback(),
        }
    }
}

fn is_label(label: &str) -> bool {
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=LABEL_BYTES_MAX).contains(&label.len()) && label.bytes().all(usual)
}

fn is_number(label: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits(label) || label.strip_prefix("0x").is_some_and(hex)
}

/// Which hosts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum HostPattern {
    /// This one.
    Exact(HostName),
    /// Those whose names have at least one more label before this name.
    Below(String),
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(host) => write!(f, "{host}"),
            Self::Below(name) => write!(f, "*.{name}"),
        }
    }
}

impl HostPattern {
    /// Reads a host, or a name behind `*.`.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let Some(name) = text.strip_prefix("*.") else {
            return HostName::parse(text).map(Self::Exact);
        };
        match HostName::parse(name)? {
            HostName::Name(name) if name.split('.').count() >= LABELS_BEHIND_STAR_MIN => {
                Ok(Self::Below(name))
            }
            _ => Err(TargetError::Star),
        }
    }

    /// Tells whether `host` is one of these.
    pub fn fits(&self, host: &HostName) -> bool {
        match (self, host) {
            (Self::Exact(one), _) => one == host,
            (Self::Below(name), HostName::Name(host)) => is_below(host, name),
            (Self::Below(_), HostName::Address(_)) => false,
        }
    }

    /// Tells whether every host of `other` is one of these.
    pub(super) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Exact(host)) => self.fits(host),
            (Self::Below(mine), Self::Below(theirs)) => mine == theirs || is_below(theirs, mine),
            (Self::Exact(_), Self::Below(_)) => false,
        }
    }

    /// Returns the hosts that are in both.
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        // Two sets of names either hold one another or have nothing in common.
        if self.covers(other) {
            return Some(other.clone());
        }
        other.covers(self).then(|| self.clone())
    }
}

/// On the boundary of a label: `evilexample.org` is not below `example.org`.
fn is_below(host: &str, name: &str) -> bool {
    let before = host.strip_suffix(name).and_then(|it| it.strip_suffix('.'));
    before.is_some_and(|labels| !labels.is_empty())
}
