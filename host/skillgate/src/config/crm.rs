use super::address::{self, Address, Given};
use super::{Environment, Faults, Freshness, freshness, secret};
use secrecy::SecretString;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    url: Option<String>,
    api_key: Option<String>,
    allowed_origins: Option<Vec<String>>,
    allow_plain_http: bool,
    read_age_ms: Option<u64>,
    webhook_secret: Option<String>,
    former_webhook_secret: Option<String>,
    workspace_id: Option<String>,
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
    pub(crate) address: Address,
    pub(crate) api_key: SecretString,
}

/// Reads where the CRM is, and how old a record of it may be.
pub(super) fn read(
    mut file: File,
    environment: &Environment,
    faults: &mut Faults,
) -> (Crm, Freshness) {
    let given = freshness::Given {
        read_age_ms: file.read_age_ms.take(),
        webhook_secret: file.webhook_secret.take(),
        former_webhook_secret: file.former_webhook_secret.take(),
        workspace_id: file.workspace_id.take(),
    };
    let crm = place(file, environment, faults);
    let remote = matches!(crm, Crm::Remote(_));
    (crm, freshness::read(given, remote, environment, faults))
}

/// Reads `crm.url` and `crm.api_key`, or `TWENTY_API_URL` and `TWENTY_API_KEY`. Neither: embedded.
fn place(file: File, environment: &Environment, faults: &mut Faults) -> Crm {
    let url = environment.or(("crm.url", file.url), "TWENTY_API_URL");
    let reference = ("crm.api_key", file.api_key);
    let Ok(key) = secret::given(reference, "TWENTY_API_KEY", environment, faults) else {
        return Crm::Embedded;
    };
    match (url, key) {
        (None, None) => {
            address::no_origins("crm", file.allowed_origins.as_ref(), faults);
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
        (Some((place, url)), Some((_, api_key))) => {
            secret::check_visible("crm.api_key", &api_key, faults);
            let given = Given {
                section: "crm",
                place,
                url,
                origins: file.allowed_origins,
                plain_http: file.allow_plain_http,
            };
            let address = address::check(given, faults);
            address.map_or(Crm::Embedded, |address| {
                Crm::Remote(Remote { address, api_key })
            })
        }
    }
}
