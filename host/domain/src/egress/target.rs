//! One address in one spelling.
//!
//! Invariant: what is judged is what is sent. Text that two readers may take for different addresses is
//! refused; what is left has one canonical form, and nobody downstream sees another.

use super::host::HostName;
use super::path;
use std::fmt;

/// Longest address, in bytes.
pub const URL_BYTES_MAX: usize = 4_096;

/// How a request travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Over TLS.
    Https,
    /// In the clear.
    Http,
}

impl Scheme {
    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }

    /// Returns the port that it has where none is named.
    pub const fn port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http => 80,
        }
    }

    pub(super) fn strip(text: &str) -> Option<(Self, &str)> {
        let (scheme, rest) = text.split_once("://")?;
        let schemes = [Self::Https, Self::Http];
        let found = schemes
            .into_iter()
            .find(|it| it.name().eq_ignore_ascii_case(scheme));
        Some((found?, rest))
    }
}

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Longer than [`URL_BYTES_MAX`].
    #[error("an address has at most {URL_BYTES_MAX} bytes")]
    TooLong,
    /// Characters that an address cannot have (RFC 3986, section 2), or a fragment.
    #[error(
        "an address is written in the characters of RFC 3986, encoded where need be, without a fragment"
    )]
    Characters,
    /// Another scheme, or none.
    #[error("an address begins with https:// or http://")]
    Scheme,
    /// A user, a password.
    #[error("no user and no password stand in an address; use a credential")]
    UserInfo,
    /// A host that is no name and no address, or one in an odd spelling.
    #[error("the host is a plain name or a plain IP address")]
    Host,
    /// A star that is not `*.` before a name of two labels at least.
    #[error("a star stands as *. before a name of at least two labels")]
    Star,
    /// A port that is none.
    #[error("the port is a number from 1 to 65535")]
    Port,
    /// `.`, `..`, nothing between two slashes, an encoded slash, a broken or doubled encoding.
    #[error(
        "the path has plain segments: none is empty, . or .., none holds an encoded slash or an encoding twice over"
    )]
    Path,
}

/// An address that was read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// How the request travels.
    pub scheme: Scheme,
    /// Who is asked.
    pub host: HostName,
    /// At which port.
    pub port: u16,
    path: String,
    query: Option<String>,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.path)?;
        match &self.query {
            Some(query) => write!(f, "?{query}"),
            None => Ok(()),
        }
    }
}

impl Target {
    /// Reads an address.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        if text.len() > URL_BYTES_MAX {
            return Err(TargetError::TooLong);
        }
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'#')
        {
            return Err(TargetError::Characters);
        }
        let (scheme, rest) = Scheme::strip(text).ok_or(TargetError::Scheme)?;
        let end = rest.find(['/', '?', '\\']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (host, port) = authority_of(authority, scheme)?;
        let host = HostName::parse(host)?;
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        if query.is_some_and(|query| !query.bytes().all(in_query)) {
            return Err(TargetError::Characters);
        }
        Ok(Self {
            scheme,
            host,
            port,
            path: path::canonical(path)?,
            query: query.map(str::to_owned),
        })
    }

    /// Reads where an answer says to go on to, from here.
    pub fn join(&self, location: &str) -> Result<Self, TargetError> {
        if Scheme::strip(location).is_some() {
            return Self::parse(location);
        }
        // `//host/` is another host's; what is relative to a folder is resolved by different readers
        // differently often enough.
        if !location.starts_with('/') || location.starts_with("//") {
            return Err(TargetError::Scheme);
        }
        Self::parse(&format!("{}{location}", self.origin()))
    }

    /// Returns scheme, host and, where it is not the scheme's own, port.
    pub fn origin(&self) -> String {
        let (scheme, host) = (self.scheme.name(), &self.host);
        if self.port == self.scheme.port() {
            return format!("{scheme}://{host}");
        }
        format!("{scheme}://{host}:{}", self.port)
    }

    /// Returns the path in its one spelling. It begins with a slash.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what stands behind the question mark, as it was written.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// Puts something else behind the question mark.
    #[must_use]
    pub fn with_query(self, query: Option<String>) -> Self {
        Self { query, ..self }
    }
}

/// Splits host and port.
pub(super) fn authority_of(text: &str, scheme: Scheme) -> Result<(&str, u16), TargetError> {
    if text.contains('@') {
        return Err(TargetError::UserInfo);
    }
    let behind = text.rfind(']').map_or(0, |at| at + 1);
    let Some(colon) = text[behind..].find(':') else {
        return Ok((text, scheme.port()));
    };
    let (host, digits) = (&text[..behind + colon], &text[behind + colon + 1..]);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    let port = digits.parse().ok().filter(|_| plain);
    Ok((host, port.ok_or(TargetError::Port)?))
}

/// Square brackets and bars are sent plain by so many that everybody takes them.
const fn in_query(byte: u8) -> bool {
    path::is_plain(byte) || matches!(byte, b'%' | b'/' | b'?' | b'[' | b']' | b'|')
}

#[cfg(test)]
mod tests;
