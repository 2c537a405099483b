use super::Faults;
use serde::Deserialize;
use std::net::SocketAddr;
use url::Url;

const ADDRESS: &str = "127.0.0.1:8787";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    address: Option<String>,
    allow_remote: bool,
    public_url: Option<String>,
}

/// Where the door is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listen {
    pub(crate) address: SocketAddr,
    /// Where people reach the host, without a slash at its end.
    pub(crate) public_url: Option<String>,
}

pub(super) fn read(file: File, faults: &mut Faults) -> Listen {
    let address = file.address.as_deref().unwrap_or(ADDRESS).parse();
    let address = address.unwrap_or_else(|_| {
        faults.add(
            "listen.address",
            "write an IP address and a port, such as 127.0.0.1:8787",
        );
        SocketAddr::from(([127, 0, 0, 1], 0))
    });
    if !address.ip().is_loopback() && !file.allow_remote {
        faults.add(
            "listen.address",
            "others could connect without TLS; set listen.allow_remote = true if that is meant",
        );
    }
    let public_url = file.public_url.and_then(|url| public(&url, faults));
    Listen {
        address,
        public_url,
    }
}

/// Checks an address that stands in links.
fn public(text: &str, faults: &mut Faults) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| {
        let is_web = matches!(url.scheme(), "https" | "http") && url.has_host();
        let has_more = url.query().is_some() || url.fragment().is_some();
        is_web && !has_more && url.username().is_empty() && url.password().is_none()
    });
    if url.is_none() {
        let rule =
            "write the address under which people reach the host, such as https://pa.example.org";
        faults.add("listen.public_url", rule);
    }
    url.map(|url| url.as_str().trim_end_matches('/').to_owned())
}
