//! Addresses that requests go to, each with the list of origins that it must be among.

use super::Faults;
use skillgate_connectors::transport::{AllowedOrigins, OriginError};

/// An address that was checked.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) url: String,
    pub(crate) allowed_origins: AllowedOrigins,
}

/// What a section says of its address.
pub(super) struct Given {
    pub(super) section: &'static str,
    /// Where the address is set: a key of the file, or an environment variable.
    pub(super) place: &'static str,
    pub(super) url: String,
    pub(super) origins: Option<Vec<String>>,
    pub(super) plain_http: bool,
}

/// Checks an address against its origins. Without a list, it may lead to its own and nowhere else.
pub(super) fn check(given: Given, faults: &mut Faults) -> Option<Address> {
    let Given {
        section,
        place,
        url,
        origins,
        plain_http,
    } = given;
    if url.contains(['?', '#']) {
        faults.add(place, "leave out the query");
    }
    let named = origins.is_some();
    let origins = origins.unwrap_or_else(|| vec![origin_of(&url)]);
    let list = origins.iter().map(String::as_str);
    let allowed = if plain_http {
        AllowedOrigins::parse_with_plain_http(list)
    } else {
        AllowedOrigins::parse(list)
    };
    let allowed = match allowed {
        Ok(allowed) => allowed,
        Err(why) if named => {
            faults.add(format!("{section}.allowed_origins"), advice(section, &why));
            return None;
        }
        Err(why) => {
            faults.add(place, advice(section, &why));
            return None;
        }
    };
    if let Err(why) = allowed.check(&url) {
        faults.add(place, advice(section, &why));
    }
    Some(Address {
        url,
        allowed_origins: allowed,
    })
}

/// Tells that there are origins and no address.
pub(super) fn no_origins(
    section: &'static str,
    origins: Option<&Vec<String>>,
    faults: &mut Faults,
) {
    if origins.is_some() {
        let place = format!("{section}.allowed_origins");
        faults.add(place, format!("there is no {section}.url to allow"));
    }
}

fn advice(section: &str, why: &OriginError) -> String {
    match why {
        OriginError::PlainHttp => format!(
            "{why}; use https, or set {section}.allow_plain_http = true within one private network"
        ),
        OriginError::NotAllowed => format!("{why}; add its origin to {section}.allowed_origins"),
        OriginError::Malformed => why.to_string(),
    }
}

/// Scheme, host and port: everything before the path.
pub(super) fn origin_of(url: &str) -> String {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let path = url[after_scheme..].find(['/', '?', '#']);
    url[..path.map_or(url.len(), |at| after_scheme + at)].to_owned()
}
