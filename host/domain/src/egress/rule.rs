//! What may be asked of whom: one rule, and what it says to one request.

use super::host::HostPattern;
use super::path::PathPattern;
use super::target::{Scheme, Target, TargetError, authority_of};
use std::collections::BTreeSet;
use std::fmt;

/// Longest rule, in bytes.
pub const RULE_BYTES_MAX: usize = 1_024;

/// What is done with a resource (RFC 9110, section 9; RFC 5789).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the usual methods")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 6] = [
        Self::Get,
        Self::Head,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
    ];

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Finds a method by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Tells whether nothing is meant to change (RFC 9110, section 9.2.1).
    pub const fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

/// Why a text is no rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Longer than [`RULE_BYTES_MAX`].
    #[error("a rule has at most {RULE_BYTES_MAX} bytes")]
    TooLong,
    /// No methods before the address, or others than are known, or one twice.
    #[error("a rule begins with methods in upper case, such as GET or GET,POST, and a space")]
    Methods,
    /// The address.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A query.
    #[error("a rule has no query: it says which paths, not what is asked of them")]
    Query,
}

/// What of a rule a request does not fit. In the order in which they are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Who is asked.
    Host,
    /// How the request travels.
    Scheme,
    /// At which port.
    Port,
    /// What is asked for.
    Path,
    /// What is done with it.
    Method,
}

impl Part {
    /// Returns a stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Host => "host-not-allowed",
            Self::Scheme => "scheme-not-allowed",
            Self::Port => "port-not-allowed",
            Self::Path => "path-not-allowed",
            Self::Method => "method-not-allowed",
        }
    }
}

/// Which methods, at which addresses: `GET,POST https://*.example.org:8443/v1/leads/**`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    methods: BTreeSet<Method>,
    scheme: Scheme,
    host: HostPattern,
    port: u16,
    path: PathPattern,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let methods: Vec<_> = self.methods.iter().map(|method| method.name()).collect();
        let (scheme, host) = (self.scheme.name(), &self.host);
        write!(f, "{} {scheme}://{host}", methods.join(","))?;
        if self.port != self.scheme.port() {
            write!(f, ":{}", self.port)?;
        }
        write!(f, "{}", self.path)
    }
}

impl Rule {
    /// Reads a rule.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        if text.len() > RULE_BYTES_MAX {
            return Err(RuleError::TooLong);
        }
        let (names, address) = text.split_once(' ').ok_or(RuleError::Methods)?;
        let mut methods = BTreeSet::new();
        for name in names.split(',') {
            let method = Method::from_name(name).ok_or(RuleError::Methods)?;
            if !methods.insert(method) {
                return Err(RuleError::Methods);
            }
        }
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'#' && byte != b'\\';
        if !address.bytes().all(plain) {
            return Err(TargetError::Characters.into());
        }
        if address.contains('?') {
            return Err(RuleError::Query);
        }
        let (scheme, rest) = Scheme::strip(address).ok_or(TargetError::Scheme)?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = authority_of(authority, scheme)?;
        Ok(Self {
            methods,
            scheme,
            host: HostPattern::parse(host)?,
            port,
            path: PathPattern::parse(path)?,
        })
    }

    /// Tells whether a request may be made, or what of it does not fit first. Does not allocate.
    pub fn decide(&self, method: Method, target: &Target) -> Result<(), Part> {
        if !self.host.fits(&target.host) {
            Err(Part::Host)
        } else if self.scheme != target.scheme {
            Err(Part::Scheme)
        } else if self.port != target.port {
            Err(Part::Port)
        } else if !self.path.fits(target.path()) {
            Err(Part::Path)
        } else if !self.methods.contains(&method) {
            Err(Part::Method)
        } else {
            Ok(())
        }
    }

    /// Tells whether every request that `other` allows, this does.
    pub fn covers(&self, other: &Self) -> bool {
        self.scheme == other.scheme
            && self.port == other.port
            && self.methods.is_superset(&other.methods)
            && self.host.covers(&other.host)
            && self.path.covers(&other.path)
    }

    /// Returns what both allow.
    pub fn and(&self, other: &Self) -> Option<Self> {
        let methods = &self.methods & &other.methods;
        if methods.is_empty() || self.scheme != other.scheme || self.port != other.port {
            return None;
        }
        Some(Self {
            methods,
            scheme: self.scheme,
            host: self.host.and(&other.host)?,
            port: self.port,
            path: self.path.and(&other.path)?,
        })
    }

    /// Returns the same for every method.
    #[must_use]
    pub(super) fn of_every_method(&self) -> Self {
        let methods = Method::ALL.into();
        Self {
            methods,
            ..self.clone()
        }
    }

    /// Tells whether requests travel in the clear to somebody else.
    pub fn is_in_the_clear(&self) -> bool {
        let here = match &self.host {
            HostPattern::Exact(host) => host.is_loopback(),
            HostPattern::Below(_) => false,
        };
        self.scheme == Scheme::Http && !here
    }

    /// Tells whether anything but reading is allowed.
    pub fn changes(&self) -> bool {
        self.methods.iter().any(|method| !method.is_safe())
    }
}

#[cfg(test)]
mod tests;
