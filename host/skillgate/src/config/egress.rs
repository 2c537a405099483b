use super::Faults;
use super::entries::each;
use serde::Deserialize;
use skillgate_app::ports::HttpLimits;
use skillgate_connectors::transport::Origin;
use skillgate_domain::egress::{HostName, Nat64, Networks};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ops::RangeInclusive;

/// Requests of a skill in an hour, and in a day.
const REQUESTS: RangeInclusive<u32> = 0..=1_000_000;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    private_hosts: Vec<String>,
    private_hosts_for_modules: Vec<String>,
    requests_per_hour: Option<u32>,
    requests_per_day: Option<u32>,
    nat64_prefixes: Vec<String>,
    name_servers: Vec<String>,
}

/// Where the names of other services may lead, and who is asked about them.
#[derive(Debug, Clone)]
pub(crate) struct Egress {
    /// Hosts in a network of the operator's own.
    pub(crate) private_hosts: BTreeSet<String>,
    /// Hosts there that modules may ask too, where their grants have a rule for it: names and addresses.
    pub(crate) private_hosts_for_modules: BTreeSet<String>,
    /// How many requests a skill sends in one community.
    pub(crate) requests: HttpLimits,
    /// What that network is like.
    pub(crate) networks: Networks,
    /// Who is asked for names; the servers that the system asks, where nobody is named.
    pub(crate) name_servers: Vec<SocketAddr>,
}

pub(super) fn read(file: File, faults: &mut Faults) -> Egress {
    let hosts = file.private_hosts.into_iter();
    let hosts = hosts.map(|host| name(&host).ok_or(host));
    let hosts = each("egress.private_hosts", hosts, faults, |host| {
        format!(
            "{host:?} is not the name of a host, in lower case and without scheme, port and path; an address needs no entry"
        )
    });
    let own = file.private_hosts_for_modules.into_iter();
    let own = own.map(|host| name_or_address(&host).map(|_| host.clone()).ok_or(host));
    let own = each("egress.private_hosts_for_modules", own, faults, |host| {
        format!(
            "{host:?} is neither the name of a host, in lower case and without scheme, port and path, nor an address like 127.0.0.1 or [::1]"
        )
    });
    let prefixes = file.nat64_prefixes.into_iter();
    let prefixes = prefixes.map(|text| Nat64::parse(&text).map_err(|why| (text, why)));
    let prefixes = each("egress.nat64_prefixes", prefixes, faults, |(text, why)| {
        format!("{text:?}: {why}")
    });
    let servers = file.name_servers.into_iter();
    let servers = servers.map(|text| text.parse().map_err(|_| text));
    let servers = each("egress.name_servers", servers, faults, |text| {
        format!("{text:?} is not an IP address with a port, such as 192.0.2.53:53")
    });
    Egress {
        private_hosts: hosts.into_iter().collect(),
        private_hosts_for_modules: own.into_iter().collect(),
        requests: requests((file.requests_per_hour, file.requests_per_day), faults),
        networks: Networks { nat64: prefixes },
        name_servers: servers,
    }
}

fn requests((per_hour, per_day): (Option<u32>, Option<u32>), faults: &mut Faults) -> HttpLimits {
    let standard = HttpLimits::DEFAULT;
    for (name, given) in [
        ("requests_per_hour", per_hour),
        ("requests_per_day", per_day),
    ] {
        if given.is_some_and(|given| !REQUESTS.contains(&given)) {
            let (least, most) = (REQUESTS.start(), REQUESTS.end());
            faults.add(
                format!("egress.{name}"),
                format!("must be {least} to {most}"),
            );
        }
    }
    HttpLimits {
        per_hour: per_hour.unwrap_or(standard.per_hour),
        per_day: per_day.unwrap_or(standard.per_day),
    }
}

/// One spelling, the one that requests have.
fn name_or_address(host: &str) -> Option<HostName> {
    let spelt = HostName::parse(host).ok()?;
    (spelt.to_string() == host).then_some(spelt)
}

/// A name, which clients read as one.
fn name(host: &str) -> Option<String> {
    let HostName::Name(name) = name_or_address(host)? else {
        return None;
    };
    let origin = Origin::of(&format!("https://{host}")).ok()?;
    (origin.to_string() == format!("https://{host}:443")).then_some(name)
}
