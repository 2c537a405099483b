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
///
/// Where there is a relay, `JWT_SECRET` alone may be there for that, and lets nobody in.
pub(super) fn read(
    file: File,
    environment: &Environment,
    relay: bool,
    faults: &mut Faults,
) -> Option<Mypa> {
    let told = file.secret.is_some();
    let reference = ("mypa.secret", file.secret);
    let secret = secret::given(reference, "JWT_SECRET", environment, faults);
    let community = file.community.and_then(|text| {
        CommunityId::parse(&text)
            .map_err(|rule| faults.add("mypa.community", rule.to_string()))
            .ok()
    });
    let slug = slug(("mypa.slug", file.slug), environment, faults);
    match (secret.ok().flatten(), community) {
        (None, None) => None,
        (Some(_), None) => {
            if told || !relay {
                faults.add(
                    "mypa.community",
                    "say to which community MyPA's users belong",
                );
            }
            None
        }
        (None, Some(_)) => {
            faults.add(
                "mypa.secret",
                "MyPA's signing key is needed too; or set JWT_SECRET",
            );
            None
        }
        (Some((place, secret)), Some(community)) => {
            check_key(place, &secret, faults);
            Some(Mypa {
                secret,
                slug,
                community,
            })
        }
    }
}

/// Reads who issues tokens: the key of the file, `APP_SLUG`, or `mypa`.
pub(super) fn slug(
    (place, text): (&'static str, Option<String>),
    environment: &Environment,
    faults: &mut Faults,
) -> String {
    let slug = text.or_else(|| environment.get("APP_SLUG"));
    let slug = slug.unwrap_or_else(|| SLUG.to_owned());
    if slug.is_empty() {
        faults.add(place, "must not be empty");
    }
    slug
}

/// Tells of a key that can be guessed.
pub(super) fn check_key(place: &str, key: &SecretString, faults: &mut Faults) {
    if key.expose_secret().len() < KEY_BYTES_MIN {
        faults.add(
            place,
            format!("a key of HS256 has at least {KEY_BYTES_MIN} bytes"),
        );
    }
}
