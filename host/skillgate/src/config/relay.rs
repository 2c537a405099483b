use super::address::{self, Address, Given};
use super::{Environment, Faults, Mypa, mypa, secret};
use secrecy::SecretString;
use serde::Deserialize;
use skillgate_domain::ids::CommunityId;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    url: Option<String>,
    secret: Option<String>,
    slug: Option<String>,
    community: Option<String>,
    allowed_origins: Option<Vec<String>>,
    allow_plain_http: bool,
}

impl File {
    /// Tells whether there is an address, right or wrong.
    pub(super) fn has_address(&self, environment: &Environment) -> bool {
        self.url.is_some() || environment.get("RELAY_URL").is_some()
    }
}

/// How to reach a Tez relay elsewhere, and whose users it knows.
#[derive(Debug, Clone)]
pub(crate) struct Relay {
    pub(crate) address: Address,
    pub(crate) secret: SecretString,
    pub(crate) slug: String,
    pub(crate) community: CommunityId,
}

/// Reads `relay.url` or `RELAY_URL`, `relay.secret` or `JWT_SECRET`, `relay.slug` or `APP_SLUG`, and
/// `relay.community` or else MyPA's. Without an address: no relay elsewhere.
pub(super) fn read(
    file: File,
    environment: &Environment,
    mypa: Option<&Mypa>,
    faults: &mut Faults,
) -> Option<Relay> {
    let url = environment.or(("relay.url", file.url), "RELAY_URL");
    let Some((place, url)) = url else {
        if file.secret.is_some() {
            faults.add(
                "relay.secret",
                "an address is needed too: set relay.url or RELAY_URL",
            );
        }
        address::no_origins("relay", file.allowed_origins.as_ref(), faults);
        return None;
    };
    let given = Given {
        section: "relay",
        place,
        url,
        origins: file.allowed_origins,
        plain_http: file.allow_plain_http,
    };
    let address = address::check(given, faults);
    let community = community(file.community, mypa, faults);
    let slug = mypa::slug(("relay.slug", file.slug), environment, faults);
    let reference = ("relay.secret", file.secret);
    let secret = secret::given(reference, "JWT_SECRET", environment, faults).ok()?;
    let Some((secret_place, secret)) = secret else {
        let words = "the key that the relay checks tokens with is needed too: set relay.secret or JWT_SECRET";
        faults.add(place, words);
        return None;
    };
    mypa::check_key(secret_place, &secret, faults);
    Some(Relay {
        address: address?,
        secret,
        slug,
        community: community?,
    })
}

fn community(
    text: Option<String>,
    mypa: Option<&Mypa>,
    faults: &mut Faults,
) -> Option<CommunityId> {
    let Some(text) = text else {
        let community = mypa.map(|mypa| mypa.community.clone());
        if community.is_none() {
            faults.add(
                "relay.community",
                "say whose users the relay knows; without it they are those of mypa.community",
            );
        }
        return community;
    };
    let community = CommunityId::parse(&text);
    community
        .map_err(|rule| faults.add("relay.community", rule.to_string()))
        .ok()
}
