//! Tokens that say for whom the host asks: HS256, as the relay's own application makes them.

use crate::service;
use http::HeaderValue;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use skillgate_domain::ids::UserId;
use skillgate_domain::time::Timestamp;

/// Shortest key of HS256, in bytes (RFC 7518, section 3.2).
pub const SECRET_BYTES_MIN: usize = 32;
/// How long a token is good, in seconds. It is made for one request.
pub const TOKEN_LIFE_S: i64 = 60;

/// Makes tokens.
pub(super) struct Minter {
    key: EncodingKey,
    issuer: String,
    audience: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    /// Seconds since the Unix epoch.
    iat: i64,
    exp: i64,
}

impl Minter {
    /// Takes the key. Nothing, if it can be guessed, or nobody would be the issuer.
    pub(super) fn new(secret: &SecretString, slug: &str) -> Option<Self> {
        let secret = secret.expose_secret().as_bytes();
        (secret.len() >= SECRET_BYTES_MIN && !slug.is_empty()).then(|| Self {
            key: EncodingKey::from_secret(secret),
            issuer: slug.to_owned(),
            audience: format!("{slug}-api"),
        })
    }

    /// Makes the header that speaks for `user` from `now` on.
    pub(super) fn mint(&self, user: &UserId, now: Timestamp) -> Option<HeaderValue> {
        let iat = now.unix_ms().div_euclid(1_000);
        let claims = Claims {
            iss: &self.issuer,
            aud: &self.audience,
            sub: user.as_str(),
            kind: "access",
            iat,
            exp: iat.saturating_add(TOKEN_LIFE_S),
        };
        let token = encode(&Header::new(Algorithm::HS256), &claims, &self.key).ok()?;
        service::bearer(&SecretString::from(token))
    }
}
