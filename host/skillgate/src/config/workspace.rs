use super::address::{self, Address, Given};
use super::{Environment, Faults, secret};
use secrecy::SecretString;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    url: Option<String>,
    service_token: Option<String>,
    allowed_origins: Option<Vec<String>>,
    allow_plain_http: bool,
}

/// How to reach the assistants' mailbox and calendar.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    pub(crate) address: Address,
    /// For callers who bring no token of their own.
    pub(crate) service_token: Option<SecretString>,
}

/// Reads `workspace.url` or `PA_WORKSPACE_API_URL`, and `workspace.service_token` or
/// `PA_WORKSPACE_SERVICE_TOKEN`. Neither: no workspace.
pub(super) fn read(
    file: File,
    environment: &Environment,
    faults: &mut Faults,
) -> Option<Workspace> {
    let url = environment.or(("workspace.url", file.url), "PA_WORKSPACE_API_URL");
    let token = ("workspace.service_token", file.service_token);
    let token = secret::given(token, "PA_WORKSPACE_SERVICE_TOKEN", environment, faults).ok()?;
    let Some((place, url)) = url else {
        match token {
            Some((place, _)) => faults.add(
                place,
                "an address is needed too: set workspace.url or PA_WORKSPACE_API_URL",
            ),
            None => address::no_origins("workspace", file.allowed_origins.as_ref(), faults),
        }
        return None;
    };
    if let Some((place, token)) = &token {
        secret::check_visible(place, token, faults);
    }
    let given = Given {
        section: "workspace",
        place,
        url,
        origins: file.allowed_origins,
        plain_http: file.allow_plain_http,
    };
    Some(Workspace {
        address: address::check(given, faults)?,
        service_token: token.map(|(_, token)| token),
    })
}
