use super::{Environment, Faults, secret};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use skillgate_domain::ids::CommunityId;

const SLUG: &str = "mypa";
/// Shortest key of HS256, in bytes (RFC 7518, section 3.2).
const KEY_BYTES_MIN: usize = 32;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    secret: Option<String>,
    slug: Option<String>,
    community: Option<String>,
}

/// How MyPA's own tokens are checked, and whose community their users belong to.
#[derive(Debug, Clone)]
pub(crate) struct Mypa {
    pub(crate) secret: SecretString,
    pub(crate) slug: String,
    pub(crate) community: CommunityId,
}

/// Reads `mypa.secret` or `JWT_SECRET`, `mypa.slug` or `APP_SLUG`, and `mypa.community`.
pub(super) fn read(file: File, environment: &Environment, faults: &mut Faults) -> Option<Mypa> {
    let (place, found) = match file.secret {
        Some(reference) => (
            "mypa.secret",
            Some(secret::resolve(&reference, environment)),
        ),
        None => (
            "JWT_SECRET",
            environment.get("JWT_SECRET").map(|text| Ok(text.into())),
        ),
    };
    let secret = found.and_then(|found| found.map_err(|problem| faults.add(place, problem)).ok());
    let community = file.community.and_then(|text| {
        CommunityId::parse(&text)
            .map_err(|rule| faults.add("mypa.community", rule.to_string()))
            .ok()
    });
    let slug = file.slug.or_else(|| environment.get("APP_SLUG"));
    let slug = slug.unwrap_or_else(|| SLUG.to_owned());
    if slug.is_empty() {
        faults.add("mypa.slug", "must not be empty");
    }
    match (secret, community) {
        (None, None) => None,
        (Some(_), None) => {
            faults.add(
                "mypa.community",
                "say to which community MyPA's users belong",
            );
            None
        }
        (None, Some(_)) => {
            faults.add(
                "mypa.secret",
                "MyPA's signing key is needed too; or set JWT_SECRET",
            );
            None
        }
        (Some(secret), Some(community)) => {
            if secret.expose_secret().len() < KEY_BYTES_MIN {
                faults.add(
                    place,
                    format!("a key of HS256 has at least {KEY_BYTES_MIN} bytes"),
                );
            }
            Some(Mypa {
                secret,
                slug,
                community,
            })
        }
    }
}
