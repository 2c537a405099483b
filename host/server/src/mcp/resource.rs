//! Under which address clients know the door for agents, and where that is described (RFC 9728).

use super::McpAccess;
use http::uri::{Authority, Uri};
use http::{HeaderMap, HeaderValue, header};
use std::fmt;

/// What stands before the path of a resource where it is described.
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
/// The door's path, where no proxy gives it another one.
const PATH: &str = "/mcp";

/// The address of the door as clients write it: a client uses no description of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceUrl {
    /// Scheme, host and port.
    origin: String,
    /// As it was written: nothing, `/`, or more.
    path: String,
}

impl fmt::Display for ResourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, path } = self;
        write!(f, "{origin}{path}")
    }
}

impl ResourceUrl {
    /// Reads an address: `https`, or `http` of this machine; a host in lower case, and neither user, query nor
    /// fragment.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let at = rest.find('/').unwrap_or(rest.len());
        let (host, path) = rest.split_at(at);
        let authority = plain(host)?;
        let safe = scheme == "https" || (scheme == "http" && is_this_machine(&authority));
        let uri: Uri = text.parse().ok()?;
        // What is no address stays out of the header that names it.
        let whole = uri.query().is_none() && !text.contains(['#', '"', '\\']);
        (safe && whole && host == host.to_lowercase()).then(|| Self {
            origin: format!("{scheme}://{host}"),
            path: path.to_owned(),
        })
    }

    /// Returns scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns where the door is described.
    fn described_at(&self) -> String {
        let Self { origin, path } = self;
        let path = if path == "/" { "" } else { path };
        format!("{origin}{WELL_KNOWN}{path}")
    }

    /// Adds to a challenge where the door is described.
    pub(super) fn add_to(&self, headers: &mut HeaderMap) {
        let challenge = headers.get(header::WWW_AUTHENTICATE);
        let Some(challenge) = challenge.and_then(|challenge| challenge.to_str().ok()) else {
            return;
        };
        // The first parameter has no comma before it.
        let comma = if challenge.contains('=') { "," } else { "" };
        let at = self.described_at();
        let challenge = format!("{challenge}{comma} resource_metadata=\"{at}\"");
        if let Ok(challenge) = HeaderValue::try_from(challenge) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
    }
}

impl McpAccess {
    /// Returns the door's address: the configured one, else that under which a request came, if its host is known.
    pub(crate) fn resource(&self, headers: &HeaderMap) -> Option<ResourceUrl> {
        if let Some(url) = &self.url {
            return Some(url.clone());
        }
        let mut hosts = headers.get_all(header::HOST).iter();
        let (host, other) = (hosts.next()?.to_str().ok()?, hosts.next());
        let authority = plain(host).filter(|_| other.is_none())?;
        self.knows(&authority).then(|| ResourceUrl {
            origin: format!("http://{host}"),
            path: PATH.to_owned(),
        })
    }

    fn knows(&self, host: &Authority) -> bool {
        self.hosts.iter().any(|known| {
            let known = match Authority::try_from(known.as_str()) {
                Ok(known) => (name(known.host()), known.port_u16()),
                // An address of IPv6 without its brackets.
                Err(_) => (name(known), None),
            };
            known.0 == name(host.host()) && known.1.is_none_or(|port| host.port_u16() == Some(port))
        })
    }
}

/// Reads a host with or without a port, and nothing else.
fn plain(text: &str) -> Option<Authority> {
    let authority = Authority::try_from(text).ok()?;
    let again = match authority.port_u16() {
        Some(port) => format!("{}:{port}", authority.host()),
        None => authority.host().to_owned(),
    };
    (again == text && !again.is_empty()).then_some(authority)
}

fn name(host: &str) -> String {
    host.trim_matches(['[', ']']).to_lowercase()
}

fn is_this_machine(authority: &Authority) -> bool {
    let name = name(authority.host());
    let address = name.parse::<std::net::IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_of_this_machine() {
        for (good, described) in [
            (
                "https://pa.example.org/mcp",
                "https://pa.example.org/.well-known/oauth-protected-resource/mcp",
            ),
            (
                "https://pa.example.org:8443/agents/mcp",
                "https://pa.example.org:8443/.well-known/oauth-protected-resource/agents/mcp",
            ),
            (
                "https://pa.example.org",
                "https://pa.example.org/.well-known/oauth-protected-resource",
            ),
            (
                "https://pa.example.org/",
                "https://pa.example.org/.well-known/oauth-protected-resource",
            ),
            (
                "http://[::1]:8787/mcp",
                "http://[::1]:8787/.well-known/oauth-protected-resource/mcp",
            ),
            (
                "http://localhost/mcp",
                "http://localhost/.well-known/oauth-protected-resource/mcp",
            ),
        ] {
            let url = ResourceUrl::parse(good).unwrap();
            assert_eq!(url.to_string(), good);
            assert_eq!(url.described_at(), described);
        }
        for bad in [
            "",
            "pa.example.org/mcp",
            "http://pa.example.org/mcp",
            "ftp://localhost/mcp",
            "https://",
            "https:///mcp",
            "https://user@pa.example.org/mcp",
            "https://PA.example.org/mcp",
            "https://pa.example.org:x/mcp",
            "https://pa.example.org:99999/mcp",
            "https://pa.example.org/mcp?a=b",
            "https://pa.example.org/mcp#a",
            "https://pa.example.org?a",
            "https://pa.example.org/\"mcp",
            "https://pa.example.org/m cp",
            "https://pa.example.org/m\\cp",
        ] {
            assert!(ResourceUrl::parse(bad).is_none(), "{bad}");
        }
    }

    fn of(access: &McpAccess, hosts: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, HeaderValue::from_static(host));
        }
        access.resource(&headers).map(|url| url.to_string())
    }

    #[test]
    fn without_an_address_the_host_of_a_request_counts_if_it_is_known() {
        let mut access = McpAccess::default();
        access.hosts.push("pa.example.org:8443".to_owned());
        for (host, url) in [
            ("127.0.0.1:8787", "http://127.0.0.1:8787/mcp"),
            ("localhost", "http://localhost/mcp"),
            ("[::1]:1", "http://[::1]:1/mcp"),
            ("pa.example.org:8443", "http://pa.example.org:8443/mcp"),
        ] {
            assert_eq!(of(&access, &[host]).as_deref(), Some(url));
        }
        for hosts in [
            &[][..],
            &[""],
            &["evil.example"],
            &["pa.example.org"],
            &["pa.example.org:8444"],
            &["localhost:x"],
            &["localhost:"],
            &["a@localhost"],
            &["localhost/x"],
            &["localhost", "localhost"],
        ] {
            assert_eq!(of(&access, hosts), None, "{hosts:?}");
        }
        access.url = ResourceUrl::parse("https://pa.example.org/mcp");
        let url = access.url.as_ref().map(ToString::to_string);
        assert_eq!(of(&access, &["evil.example"]), url);
    }
}
