use super::Faults;
use serde::Deserialize;
use std::net::SocketAddr;

const ADDRESS: &str = "127.0.0.1:8787";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    address: Option<String>,
    allow_remote: bool,
}

/// Where the door is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listen {
    pub(crate) address: SocketAddr,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "every section is read by value"
)]
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
    Listen { address }
}
