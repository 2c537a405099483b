use async_trait::async_trait;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::Name;
use hickory_resolver::{ResolverBuilder, TokioResolver};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Longest wait for one answer.
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// Most answers that are kept for as long as they say.
const KEPT_MAX: u64 = 1_024;
/// Longest time that an answer is kept, whatever it says.
const KEPT_FOR_MAX: Duration = Duration::from_mins(1);

/// Why nobody knows where a name leads.
#[derive(Debug, thiserror::Error)]
#[error("names cannot be looked up")]
pub struct DnsError(#[from] NetError);

/// Knows where names lead.
#[async_trait]
pub trait Names: Send + Sync {
    /// Looks up a whole name, in lower case. Returns each of its addresses.
    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, DnsError>;
}

/// Asks name servers, after the system's file of hosts.
pub struct Dns(TokioResolver);

impl std::fmt::Debug for Dns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dns")
    }
}

impl Dns {
    /// Asks the servers that the system asks.
    pub fn of_the_system() -> Result<Self, DnsError> {
        // A machine that knows no servers has the names of its file of hosts.
        TokioResolver::builder_tokio().map_or_else(|_| Self::at(&[]), Self::built)
    }

    /// Asks these servers.
    pub fn at(servers: &[SocketAddr]) -> Result<Self, DnsError> {
        let servers = servers.iter().map(|server| {
            let ways = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
            let ways = ways.map(|mut way| {
                way.port = server.port();
                way
            });
            NameServerConfig::new(server.ip(), true, ways.to_vec())
        });
        let config = ResolverConfig::from_name_servers(servers.collect());
        let provider = TokioRuntimeProvider::default();
        Self::built(TokioResolver::builder_with_config(config, provider))
    }

    fn built(mut builder: ResolverBuilder<TokioRuntimeProvider>) -> Result<Self, DnsError> {
        let options = builder.options_mut();
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.timeout = ANSWER_MAX;
        options.cache_size = KEPT_MAX;
        options.positive_max_ttl = Some(KEPT_FOR_MAX);
        options.negative_max_ttl = Some(KEPT_FOR_MAX);
        Ok(Self(builder.build()?))
    }
}

#[async_trait]
impl Names for Dns {
    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, DnsError> {
        // Whole: nothing is searched for under the names of the machine's own domain.
        let mut name = Name::from_ascii(host).map_err(NetError::from)?;
        name.set_fqdn(true);
        Ok(self.0.lookup_ip(name).await?.iter().collect())
    }
}
