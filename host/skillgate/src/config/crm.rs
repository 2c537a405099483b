use super::{Environment, Faults, secret};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use skillgate_connectors::transport::{AllowedOrigins, OriginError};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    url: Option<String>,
    api_key: Option<String>,
    allowed_origins: Option<Vec<String>>,
    allow_plain_http: bool,
}

/// Which CRM the skills work on.
#[derive(Debug, Clone)]
pub(crate) enum Crm {
    /// One of our own, in the data folder.
    Embedded,
    /// A Twenty workspace.
    Remote(Remote),
}

/// How to reach a Twenty workspace.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    pub(crate) url: String,
    pub(crate) api_key: SecretString,
    pub(crate) allowed_origins: AllowedOrigins,
}

/// Reads `crm.url` and `crm.api_key`, or `TWENTY_API_URL` and `TWENTY_API_KEY`. Neither: embedded.
pub(super) fn read(file: File, environment: &Environment, faults: &mut Faults) -> Crm {
    let url = match file.url {
        Some(url) => Some(("crm.url", url)),
        None => environment
            .get("TWENTY_API_URL")
            .map(|url| ("TWENTY_API_URL", url)),
    };
    let reference = file.api_key;
    let key = match reference {
        Some(reference) => match secret::resolve(&reference, environment) {
            Ok(key) => Some(key),
            Err(problem) => {
                faults.add("crm.api_key", problem);
                return Crm::Embedded;
            }
        },
        None => environment.get("TWENTY_API_KEY").map(SecretString::from),
    };
    match (url, key) {
        (None, None) => {
            if file.allowed_origins.is_some() {
                faults.add("crm.allowed_origins", "there is no crm.url to allow");
            }
            Crm::Embedded
        }
        (Some((place, _)), None) => {
            faults.add(
                place,
                "an API key is needed too: set crm.api_key or TWENTY_API_KEY",
            );
            Crm::Embedded
        }
        (None, Some(_)) => {
            faults.add(
                "crm.api_key",
                "an address is needed too: set crm.url or TWENTY_API_URL",
            );
            Crm::Embedded
        }
        (Some((place, url)), Some(api_key)) => remote(
            place,
            url,
            api_key,
            file.allowed_origins,
            file.allow_plain_http,
            faults,
        ),
    }
}

fn remote(
    place: &str,
    url: String,
    api_key: SecretString,
    origins: Option<Vec<String>>,
    plain_http: bool,
    faults: &mut Faults,
) -> Crm {
    if !api_key
        .expose_secret()
        .bytes()
        .all(|b| b.is_ascii_graphic())
    {
        faults.add("crm.api_key", "a key has visible ASCII characters only");
    }
    if url.contains(['?', '#']) {
        faults.add(place, "leave out the query");
    }
    let named = origins.is_some();
    // Without a list, the address may lead to its own origin and nowhere else.
    let origins = origins.unwrap_or_else(|| vec![origin_of(&url)]);
    let list = origins.iter().map(String::as_str);
    let allowed = if plain_http {
        AllowedOrigins::parse_with_plain_http(list)
    } else {
        AllowedOrigins::parse(list)
    };
    let allowed = match allowed {
        Ok(allowed) => allowed,
        Err(why) => {
            faults.add(
                if named { "crm.allowed_origins" } else { place },
                advice(&why),
            );
            return Crm::Embedded;
        }
    };
    if let Err(why) = allowed.check(&url) {
        faults.add(place, advice(&why));
    }
    Crm::Remote(Remote {
        url,
        api_key,
        allowed_origins: allowed,
    })
}

fn advice(why: &OriginError) -> String {
    match why {
        OriginError::PlainHttp => {
            format!(
                "{why}; use https, or set crm.allow_plain_http = true within one private network"
            )
        }
        OriginError::NotAllowed => format!("{why}; add its origin to crm.allowed_origins"),
        OriginError::Malformed => why.to_string(),
    }
}

/// Scheme, host and port: everything before the path.
pub(super) fn origin_of(url: &str) -> String {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let path = url[after_scheme..].find(['/', '?', '#']);
    url[..path.map_or(url.len(), |at| after_scheme + at)].to_owned()
}
