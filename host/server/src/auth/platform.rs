use super::{SHARED_KEY_BYTES_MIN, validation};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use skillgate_domain::ids::{CommunityId, UserId};
use skillgate_domain::principal::{Origin, Principal, Role, TokenScope};
use skillgate_domain::time::Timestamp;

/// Shortest modulus of RS256, in base64url characters: 2048 bits (RFC 7518, section 3.3).
const MODULUS_CHARS_MIN: usize = 342;
/// Most keys of a set.
pub const PLATFORM_KEYS_MAX: usize = 16;

/// Why tokens cannot be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlatformKeyError {
    /// A key that can be guessed.
    #[error("a key of HS256 has at least 32 bytes, and one of RS256 at least 2048 bits")]
    TooShort,
    /// Not a set of keys.
    #[error("this is no JWK set (RFC 7517)")]
    NotASet,
    /// A set from which no token can be checked.
    #[error("the set has no public key for signatures with RS256, ES256, ES384 or EdDSA")]
    NoKey,
    /// A key that both sides know stands among those that everybody may know.
    #[error("the set has a shared key; a set is for public ones")]
    Shared,
    /// Too many.
    #[error("the set has more than {PLATFORM_KEYS_MAX} keys")]
    TooMany,
}

/// What a platform signs its tokens with.
#[derive(Debug, Clone)]
pub enum PlatformKeys {
    /// A key that both sides know, for HS256.
    Shared(SecretString),
    /// The text of a JWK set (RFC 7517) of public keys.
    Public(String),
}

/// How the tokens of a platform are read. A claim is named as it stands there, or by a JSON pointer (RFC 6901).
#[derive(Debug, Clone)]
pub struct PlatformConfig {
    /// Who issues them: `iss`.
    pub issuer: String,
    /// For whom they are: `aud`.
    pub audience: String,
    /// What they are signed with.
    pub keys: PlatformKeys,
    /// Where it says who somebody is: a text or a number.
    pub user_claim: String,
    /// Where it says to which community they belong: a text or a number.
    pub community_claim: String,
    /// Where it says whether they are an admin of it. Without it nobody is.
    pub admin_claim: Option<String>,
    /// What it says of admins, itself or as one of a list; without it, `true`.
    pub admin_value: Option<String>,
}

/// Somebody who may have signed a token.
struct Signer {
    id: Option<String>,
    key: DecodingKey,
    validation: Validation,
}

/// Tokens of an outside platform, which keeps communities and their people: JWTs (RFC 7519).
pub struct PlatformTokens {
    signers: Vec<Signer>,
    config: PlatformConfig,
}

impl PlatformTokens {
    /// Accepts tokens as the configuration says.
    pub fn new(config: PlatformConfig) -> Result<Self, PlatformKeyError> {
        let validation = |algorithm| validation(algorithm, &config.issuer, &config.audience);
        let signers = match &config.keys {
            PlatformKeys::Shared(secret) => {
                let secret = secret.expose_secret().as_bytes();
                if secret.len() < SHARED_KEY_BYTES_MIN {
                    return Err(PlatformKeyError::TooShort);
                }
                vec![Signer {
                    id: None,
                    key: DecodingKey::from_secret(secret),
                    validation: validation(Algorithm::HS256),
                }]
            }
            PlatformKeys::Public(text) => {
                let keys = public_keys(text)?.into_iter();
                let signer = |(id, algorithm, key)| Signer {
                    id,
                    key,
                    validation: validation(algorithm),
                };
                keys.map(signer).collect()
            }
        };
        Ok(Self { signers, config })
    }

    /// Tells who presents `text`; nobody, if it is not a good token at `now`.
    pub(crate) fn authenticate(
        &self,
        text: &str,
        now: Timestamp,
        origin: Origin,
    ) -> Option<Principal> {
        let claims = self.claims(text)?;
        let is_good = now.unix_ms() < moment(claims.get("exp")?)?
            && match claims.get("nbf") {
                Some(from) => moment(from)? <= now.unix_ms(),
                None => true,
            };
        if !is_good {
            return None;
        }
        let claims = Value::Object(claims);
        let told = |name: &str| claim(&claims, name).and_then(name_of);
        let community = told(&self.config.community_claim)?;
        let user = told(&self.config.user_claim)?;
        Some(Principal {
            community: CommunityId::parse(&community).ok()?,
            user: UserId::parse(&user).ok()?,
            agent: None,
            role: self.role(&claims),
            scope: TokenScope::FULL,
            token: None,
            foreign: None,
            origin,
        })
    }

    /// Reads the claims of a token that one of the keys has signed: the one that it names, if it names one.
    fn claims(&self, text: &str) -> Option<Map<String, Value>> {
        let header = decode_header(text).ok()?;
        let may_have_signed = |it: &&Signer| {
            let is_named = match (&header.kid, &it.id) {
                (Some(named), Some(id)) => named == id,
                _ => true,
            };
            is_named && it.validation.algorithms.contains(&header.alg)
        };
        let mut signers = self.signers.iter().filter(may_have_signed);
        signers.find_map(|it| {
            let read = decode::<Map<String, Value>>(text, &it.key, &it.validation);
            read.ok().map(|token| token.claims)
        })
    }

    fn role(&self, claims: &Value) -> Role {
        let told = self.config.admin_claim.as_deref();
        let told = told.and_then(|name| claim(claims, name));
        let is_admin = told.is_some_and(|told| match (&self.config.admin_value, told) {
            (None, told) => *told == Value::Bool(true),
            (Some(wanted), Value::Array(all)) => all.iter().any(|it| it == wanted),
            (Some(wanted), told) => told == wanted,
        });
        if is_admin { Role::Admin } else { Role::Member }
    }
}

/// Finds a claim by its name, or by the pointer that leads there.
fn claim<'a>(claims: &'a Value, name: &str) -> Option<&'a Value> {
    if name.starts_with('/') {
        claims.pointer(name)
    } else {
        claims.get(name)
    }
}

fn name_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => number.as_u64().map(|number| number.to_string()),
        _ => None,
    }
}

/// Reads a moment (RFC 7519, section 2: seconds, perhaps with a fraction) in milliseconds.
fn moment(value: &Value) -> Option<i64> {
    if let Some(seconds) = value.as_i64() {
        return Some(seconds.saturating_mul(1_000));
    }
    let ms = value.as_f64()? * 1_000.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast from a float ends at the ends of time"
    )]
    Some(ms as i64)
}

fn public_keys(
    text: &str,
) -> Result<Vec<(Option<String>, Algorithm, DecodingKey)>, PlatformKeyError> {
    let set: JwkSet = serde_json::from_str(text).map_err(|_| PlatformKeyError::NotASet)?;
    if set.keys.len() > PLATFORM_KEYS_MAX {
        return Err(PlatformKeyError::TooMany);
    }
    let mut keys = Vec::new();
    for jwk in &set.keys {
        let signs = matches!(
            jwk.common.public_key_use,
            None | Some(PublicKeyUse::Signature)
        );
        if let Some(algorithm) = algorithm(jwk)?.filter(|_| signs) {
            let key = DecodingKey::from_jwk(jwk).map_err(|_| PlatformKeyError::NotASet)?;
            keys.push((jwk.common.key_id.clone(), algorithm, key));
        }
    }
    if keys.is_empty() {
        return Err(PlatformKeyError::NoKey);
    }
    Ok(keys)
}

/// Tells what a key signs with. Nothing, where that is none of ours.
fn algorithm(jwk: &Jwk) -> Result<Option<Algorithm>, PlatformKeyError> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(key) if key.n.len() < MODULUS_CHARS_MIN => {
            return Err(PlatformKeyError::TooShort);
        }
        AlgorithmParameters::OctetKey(_) => return Err(PlatformKeyError::Shared),
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => Algorithm::ES256,
            EllipticCurve::P384 => Algorithm::ES384,
            _ => return Ok(None),
        },
        AlgorithmParameters::OctetKeyPair(_) => Algorithm::EdDSA,
        _ => return Ok(None),
    };
    let told = jwk.common.key_algorithm;
    let is_other = told.is_some_and(|told| told.to_string() != format!("{algorithm:?}"));
    Ok((!is_other).then_some(algorithm))
}

#[cfg(test)]
#[path = "platform/tests.rs"]
mod tests;
