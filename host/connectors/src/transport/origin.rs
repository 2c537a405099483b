use crate::egress::literal;
use std::fmt;
use url::{Host, Url};

/// Why an address is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Not an absolute `http` or `https` address in its plain spelling: see [`Origin::of`].
    #[error("the address is not a plain http or https URL")]
    Malformed,
    /// `http` to another machine, which was not allowed explicitly.
    #[error("plain http is allowed to this machine only")]
    PlainHttp,
    /// No allowed origin has this scheme, host and port.
    #[error("the address is not an allowed origin")]
    NotAllowed,
}

/// Scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

impl Origin {
    /// Reads the origin of an absolute address.
    ///
    /// An address has one spelling here: what a URL parser would repair (user information, a fragment,
    /// backslashes, control characters, percent signs or non-ASCII letters in the host, a trailing dot,
    /// octal or short IPv4) is refused, since two parsers may repair it differently.
    pub fn of(address: &str) -> Result<Self, OriginError> {
        let rest = strip_scheme(address).ok_or(OriginError::Malformed)?;
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let odd = |byte: u8| !(byte.is_ascii_graphic() && byte != b'\\' && byte != b'#');
        if address.bytes().any(odd) || authority.contains(['@', '%']) {
            return Err(OriginError::Malformed);
        }
        let url = Url::parse(address).map_err(|_| OriginError::Malformed)?;
        let host = url.host_str().ok_or(OriginError::Malformed)?;
        let port = url.port_or_known_default().ok_or(OriginError::Malformed)?;
        let written = authority.to_ascii_lowercase();
        let plain = [host.to_owned(), format!("{host}:{port}")];
        if host.ends_with('.') || port == 0 || !plain.contains(&written) {
            return Err(OriginError::Malformed);
        }
        Ok(Self {
            https: url.scheme() == "https",
            host: host.to_owned(),
            port,
        })
    }

    /// Tells whether the host is this machine, by name or by address.
    pub fn is_loopback(&self) -> bool {
        if self.host == "localhost" {
            return true;
        }
        let address = Host::parse(&self.host).ok().and_then(|it| literal(&it));
        address.is_some_and(|address| address.is_loopback())
    }
}

fn strip_scheme(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_once("://")?;
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    known.then_some(rest)
}

/// The origins that requests may go to. Compared exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedOrigins {
    origins: Vec<Origin>,
}

impl AllowedOrigins {
    /// Reads a list of origins. Plain `http` is accepted for this machine only.
    pub fn parse<'a>(list: impl IntoIterator<Item = &'a str>) -> Result<Self, OriginError> {
        let allowed = Self::parse_with_plain_http(list)?;
        if allowed.origins.iter().all(|o| o.https || o.is_loopback()) {
            Ok(allowed)
        } else {
            Err(OriginError::PlainHttp)
        }
    }

    /// Reads a list of origins in which plain `http` to other machines was declared acceptable, for
    /// example within one private network.
    pub fn parse_with_plain_http<'a>(
        list: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, OriginError> {
        let origins = list.into_iter().map(Self::bare).collect::<Result<_, _>>()?;
        Ok(Self { origins })
    }

    /// Checks that `address` leads to one of the origins.
    pub fn check(&self, address: &str) -> Result<Origin, OriginError> {
        let origin = Origin::of(address)?;
        if self.origins.contains(&origin) {
            Ok(origin)
        } else {
            Err(OriginError::NotAllowed)
        }
    }

    /// An origin has no path and no query.
    fn bare(text: &str) -> Result<Origin, OriginError> {
        let rest = strip_scheme(text).ok_or(OriginError::Malformed)?;
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        if path.is_empty() && !rest.contains('?') {
            Origin::of(text)
        } else {
            Err(OriginError::Malformed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each refusal stands beside the same address in an allowed spelling.
    #[test]
    fn addresses() {
        let allowed = AllowedOrigins::parse([
            "https://crm.example.org",
            "http://127.0.0.1:3000",
            "http://[::1]:3000/",
            "http://localhost:8080",
        ])
        .unwrap();
        let malformed = Err(OriginError::Malformed);
        let other = Err(OriginError::NotAllowed);
        let cases: &[(&str, Result<(), OriginError>)] = &[
            ("https://crm.example.org/rest/people", Ok(())),
            ("https://crm.example.org:443/rest/people?x=@", Ok(())),
            ("HTTPS://CRM.example.ORG/graphql", Ok(())),
            ("http://127.0.0.1:3000/graphql", Ok(())),
            ("http://[::1]:3000/graphql", Ok(())),
            ("http://localhost:8080/graphql", Ok(())),
            // Another scheme, port or host.
            ("http://crm.example.org/graphql", other.clone()),
            ("https://crm.example.org:8443/", other.clone()),
            ("https://127.0.0.1:3000/", other.clone()),
            ("http://127.0.0.1:3001/", other.clone()),
            ("http://127.0.0.2:3000/", other.clone()),
            ("https://example.org/", other.clone()),
            ("https://x.crm.example.org/", other.clone()),
            ("https://evilcrm.example.org/", other.clone()),
            ("https://crm.example.org.evil.test/", other.clone()),
            // Spellings that parsers repair.
            ("https://user@crm.example.org/", malformed.clone()),
            ("https://crm.example.org@evil.test/", malformed.clone()),
            ("https://crm.example.org:443@evil.test/", malformed.clone()),
            ("https://crm.example.org./", malformed.clone()),
            ("https://crm.example.org#x", malformed.clone()),
            ("https://crm.example.org/#x", malformed.clone()),
            ("https://evil.test\\@crm.example.org/", malformed.clone()),
            ("https:\\\\crm.example.org/", malformed.clone()),
            ("https:/crm.example.org/", malformed.clone()),
            ("https:crm.example.org/", malformed.clone()),
            ("https://crm%2eexample.org/", malformed.clone()),
            ("https://crm.éxample.org/", malformed.clone()),
            ("https://crm.example.org/\r\nHost: x", malformed.clone()),
            ("https:// crm.example.org/", malformed.clone()),
            ("https://\tcrm.example.org/", malformed.clone()),
            ("http://2130706433:3000/", malformed.clone()),
            ("http://0x7f.1:3000/", malformed.clone()),
            ("http://127.1:3000/", malformed.clone()),
            ("http://0177.0.0.1:3000/", malformed.clone()),
            ("http://[0:0:0:0:0:0:0:1]:3000/", malformed.clone()),
            ("http://[::1%25lo]:3000/", malformed.clone()),
            ("https://crm.example.org:/", malformed.clone()),
            ("https://crm.example.org:0443/", malformed.clone()),
            ("http://localhost:0/", malformed.clone()),
            // Other schemes, or none.
            ("ftp://crm.example.org/", malformed.clone()),
            ("file:///etc/passwd", malformed.clone()),
            ("crm.example.org:443/", malformed.clone()),
            ("//crm.example.org/", malformed.clone()),
            ("/rest/people", malformed.clone()),
            ("", malformed.clone()),
        ];
        for (address, expected) in cases {
            assert_eq!(&allowed.check(address).map(|_| ()), expected, "{address:?}");
        }
    }

    #[test]
    fn plain_http_leaves_this_machine_only_when_declared() {
        for (list, strict) in [
            ("https://crm.example.org", Ok(())),
            ("http://127.0.0.1:3000", Ok(())),
            ("http://localhost", Ok(())),
            ("http://crm.internal:3000", Err(OriginError::PlainHttp)),
            ("http://10.0.0.4", Err(OriginError::PlainHttp)),
            ("http://localhost.evil.test", Err(OriginError::PlainHttp)),
        ] {
            assert_eq!(AllowedOrigins::parse([list]).map(|_| ()), strict, "{list}");
            assert!(
                AllowedOrigins::parse_with_plain_http([list]).is_ok(),
                "{list}"
            );
        }
    }

    #[test]
    fn an_allowed_origin_has_no_path() {
        for bad in [
            "https://a.test/x",
            "https://a.test?x",
            "https://u@a.test",
            "*",
        ] {
            assert!(AllowedOrigins::parse([bad]).is_err(), "{bad}");
        }
    }
}
