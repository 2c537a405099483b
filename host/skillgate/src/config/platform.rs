use super::{Environment, Faults, public_file, secret};
use serde::Deserialize;
use skillgate_server::{PlatformConfig, PlatformKeys, PlatformTokens};

const USER_CLAIM: &str = "sub";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    issuer: Option<String>,
    audience: Option<String>,
    secret: Option<String>,
    keys: Option<String>,
    user_claim: Option<String>,
    community_claim: Option<String>,
    admin_claim: Option<String>,
    admin_value: Option<String>,
}

/// Reads `[platform]`. Without an issuer, no platform's tokens are accepted.
pub(super) fn read(
    file: File,
    environment: &Environment,
    faults: &mut Faults,
) -> Option<PlatformConfig> {
    let Some(issuer) = file.issuer else {
        let others = [
            file.audience,
            file.secret,
            file.keys,
            file.user_claim,
            file.community_claim,
            file.admin_claim,
            file.admin_value,
        ];
        if others.iter().any(Option::is_some) {
            faults.add("platform.issuer", "say whose tokens these are: their iss");
        }
        return None;
    };
    if file.admin_value.is_some() && file.admin_claim.is_none() {
        faults.add("platform.admin_claim", "say in which claim that stands");
    }
    let audience = needed("platform.audience", file.audience, faults);
    let community = needed("platform.community_claim", file.community_claim, faults);
    let keys = keys(file.secret, file.keys, environment, faults);
    let (place, keys) = keys?;
    let config = PlatformConfig {
        issuer: needed("platform.issuer", Some(issuer), faults)?,
        audience: audience?,
        keys,
        user_claim: file.user_claim.unwrap_or_else(|| USER_CLAIM.to_owned()),
        community_claim: community?,
        admin_claim: file.admin_claim,
        admin_value: file.admin_value,
    };
    if let Err(why) = PlatformTokens::new(config.clone()) {
        faults.add(place, why.to_string());
    }
    Some(config)
}

fn needed(place: &'static str, text: Option<String>, faults: &mut Faults) -> Option<String> {
    let text = text.filter(|text| !text.is_empty());
    if text.is_none() {
        faults.add(place, "must be given, and not empty");
    }
    text
}

/// Reads what tokens are signed with, and says where it was set.
fn keys(
    secret: Option<String>,
    path: Option<String>,
    environment: &Environment,
    faults: &mut Faults,
) -> Option<(&'static str, PlatformKeys)> {
    let (shared, public) = ("platform.secret", "platform.keys");
    match (secret, path) {
        (Some(reference), None) => {
            let secret = secret::resolve(&reference, environment);
            let secret = secret.map_err(|problem| faults.add(shared, problem)).ok()?;
            Some((shared, PlatformKeys::Shared(secret)))
        }
        (None, Some(path)) => {
            let text = public_file(public, &path, faults)?;
            Some((public, PlatformKeys::Public(text)))
        }
        (None, None) => {
            faults.add(public, "give a file of public keys, or platform.secret");
            None
        }
        (Some(_), Some(_)) => {
            faults.add(public, "give either this or platform.secret");
            None
        }
    }
}
