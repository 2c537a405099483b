use super::Faults;
use super::entries::each;
use serde::Deserialize;
use skillgate_connectors::transport::Origin;
use skillgate_server::{McpAccess, ResourceUrl};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    hosts: Vec<String>,
    origins: Vec<String>,
    elicitation: bool,
    url: Option<String>,
}

/// What is named comes beside this machine.
pub(super) fn read(file: File, faults: &mut Faults) -> McpAccess {
    let mut access = McpAccess::default();
    let hosts = file.hosts.into_iter();
    let hosts = hosts.map(|host| is_authority(&host).then_some(host.clone()).ok_or(host));
    access
        .hosts
        .extend(each("mcp.hosts", hosts, faults, |host| {
            format!("{host:?} is no host, such as pa.example.org or pa.example.org:8443")
        }));
    let origins = file.origins.into_iter();
    let origins = origins.map(|it| is_origin(&it).then_some(it.clone()).ok_or(it));
    access.origins = each("mcp.origins", origins, faults, |origin| {
        format!("{origin:?} is no origin, such as https://app.example.org")
    });
    access.elicitation = file.elicitation;
    access.url = file.url.and_then(|url| {
        let read = ResourceUrl::parse(&url);
        if read.is_none() {
            faults.add(
                "mcp.url",
                "write an address as clients do: https, or http of this machine, and no query, such as https://pa.example.org/mcp",
            );
        }
        read
    });
    access
}

fn is_authority(text: &str) -> bool {
    is_origin(&format!("https://{text}"))
}

/// One spelling, the one that browsers send.
fn is_origin(text: &str) -> bool {
    let authority = text.split_once("://").map(|(_, authority)| authority);
    let plain =
        |authority: &str| !authority.contains(['/', '?']) && authority == authority.to_lowercase();
    authority.is_some_and(plain) && Origin::of(text).is_ok()
}
