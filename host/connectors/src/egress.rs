//! Where a name leads: looked up once, judged whole, and connected to as it was judged.
//!
//! Invariant: nobody looks a name up a second time between the judgement and the connection, and one address
//! that nothing of ours goes to is enough to refuse all of them.

mod dns;
mod resolver;

pub use dns::{Dns, DnsError, Names};
pub(crate) use resolver::Judged;

use skillgate_app::ports::HttpError;
use skillgate_domain::egress::{Networks, Reach};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use url::{Host, Url};

/// Most addresses of one name.
pub const ADDRESSES_MAX: usize = 64;

/// The name that every machine gives itself (RFC 6761, section 6.3).
const LOCALHOST: &str = "localhost";

/// Why nobody is connected to. Nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nobody has an address under this name, or nobody could say.
    #[error("the name leads nowhere")]
    Unknown,
    /// More than [`ADDRESSES_MAX`].
    #[error("the name has more than {ADDRESSES_MAX} addresses")]
    TooMany,
    /// The operator has not said that this host is in a network of their own.
    #[error(
        "the name leads into a network of one's own ({0}); if it should, add the host to egress.private_hosts"
    )]
    Private(&'static str),
    /// Nothing of ours goes there, whoever says so.
    #[error("the address is not one of a service ({0})")]
    Never(&'static str),
}

impl AddressError {
    /// Says the same of a module's request.
    pub(crate) const fn for_modules(self) -> HttpError {
        match self {
            Self::Unknown | Self::TooMany => HttpError::UnknownHost,
            Self::Private(name) | Self::Never(name) => HttpError::AddressRefused(name),
        }
    }
}

/// Who may be at the end of a connection.
pub struct Egress {
    names: Arc<dyn Names>,
    networks: Networks,
    private_hosts: BTreeSet<String>,
    /// An address that is written down in the place of a name needs a declaration too.
    lists_addresses: bool,
}

impl std::fmt::Debug for Egress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Egress")
            .field("networks", &self.networks)
            .field("private_hosts", &self.private_hosts)
            .finish_non_exhaustive()
    }
}

impl Egress {
    /// Lets names lead to public addresses, those of `private_hosts` also into networks of the operator's.
    /// Hosts are names in lower case.
    pub fn new(
        names: Arc<dyn Names>,
        networks: Networks,
        private_hosts: impl IntoIterator<Item = String>,
    ) -> Self {
        Self {
            names,
            networks,
            private_hosts: private_hosts.into_iter().collect(),
            lists_addresses: false,
        }
    }

    /// For services that an operator configured: this machine is declared by its name.
    #[must_use]
    pub fn with_this_machine(mut self) -> Self {
        self.private_hosts.insert(LOCALHOST.to_owned());
        self
    }

    /// For modules: they write down addresses as they like, so that those need a declaration like names.
    #[must_use]
    pub fn for_modules(self) -> Self {
        Self {
            lists_addresses: true,
            ..self
        }
    }

    /// Looks a name up. Returns every address that it has.
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, AddressError> {
        let addresses = if host == LOCALHOST {
            vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
        } else {
            let found = self.names.addresses(host).await;
            found.map_err(|error| {
                tracing::debug!(server.address = host, "a name was not found: {error}");
                AddressError::Unknown
            })?
        };
        if addresses.is_empty() {
            return Err(AddressError::Unknown);
        }
        if addresses.len() > ADDRESSES_MAX {
            return Err(AddressError::TooMany);
        }
        let own = self.private_hosts.contains(host);
        for address in &addresses {
            self.allowed(*address, own)?;
        }
        Ok(addresses)
    }

    /// Judges where an address of the operator's leads: nothing is sent.
    pub async fn judge(&self, url: &str) -> Result<(), AddressError> {
        let url = Url::parse(url).map_err(|_| AddressError::Unknown)?;
        match url.host() {
            Some(Host::Domain(name)) => self.addresses(name).await.map(drop),
            _ => self.written(&url),
        }
    }

    /// Judges an address that was written down in the place of a name. If an operator did, that is its
    /// declaration.
    pub(crate) fn written(&self, url: &Url) -> Result<(), AddressError> {
        let host = url.host();
        host.map_or(Ok(()), |host| self.number(&host).map(drop))
    }

    /// Finds where a host leads: to the addresses of its name, or to the one that is written down in its place.
    pub(crate) async fn leads_to(&self, host: &str) -> Result<Vec<IpAddr>, AddressError> {
        let host = Host::parse(host).map_err(|_| AddressError::Unknown)?;
        match (self.number(&host)?, host) {
            (None, Host::Domain(name)) => self.addresses(&name).await,
            (number, _) => Ok(number.into_iter().collect()),
        }
    }

    /// Judges the address that stands in the place of a name, if one does.
    fn number<S: AsRef<str>>(&self, host: &Host<S>) -> Result<Option<IpAddr>, AddressError> {
        let Some(address) = literal(host) else {
            return Ok(None);
        };
        let own = !self.lists_addresses || self.private_hosts.contains(&host.to_string());
        self.allowed(address, own).map(|()| Some(address))
    }

    /// `own` says that it may be in a network of the operator's.
    fn allowed(&self, address: IpAddr, own: bool) -> Result<(), AddressError> {
        match self.networks.reach(address) {
            Reach::Public => Ok(()),
            Reach::Private(_) if own => Ok(()),
            Reach::Private(special) => Err(AddressError::Private(special.name())),
            Reach::Never(special) => Err(AddressError::Never(special.name())),
        }
    }
}

/// Returns the address that stands in the place of a name.
pub(crate) fn literal<S>(host: &Host<S>) -> Option<IpAddr> {
    match host {
        Host::Ipv4(address) => Some((*address).into()),
        Host::Ipv6(address) => Some((*address).into()),
        Host::Domain(_) => None,
    }
}
