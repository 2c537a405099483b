//! Who asks: our own tokens, and those of MyPA and of an outside platform, where they are accepted.

mod mypa;
mod platform;

pub use mypa::{MypaKeyTooShort, MypaTokens};
pub use platform::{
    PLATFORM_KEYS_MAX, PlatformConfig, PlatformKeyError, PlatformKeys, PlatformTokens,
};

use crate::app::App;
use crate::limits::CREDENTIAL_BYTES_MAX;
use crate::problem::{Kind, Problem};
use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap, header};
use jsonwebtoken::{Algorithm, Validation};
use secrecy::SecretString;
use skillgate_app::tokens::TOKEN_PREFIX;
use skillgate_domain::ids::RequestId;
use skillgate_domain::principal::{Door, Origin, Principal};
use skillgate_domain::time::Timestamp;
use std::net::SocketAddr;
use std::sync::Arc;

/// Shortest key of HS256, in bytes (RFC 7518, section 3.2).
const SHARED_KEY_BYTES_MIN: usize = 32;

/// Says what a token of somebody else must have. When it is good is left to the application's clock, not the system's.
fn validation(algorithm: Algorithm, issuer: &str, audience: &str) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

/// Tokens that somebody else issues.
#[derive(Clone, Default)]
pub struct ForeignTokens {
    /// MyPA's, where they are accepted.
    pub mypa: Option<Arc<MypaTokens>>,
    /// Those of an outside platform, where they are accepted.
    pub platform: Option<Arc<PlatformTokens>>,
}

impl ForeignTokens {
    fn authenticate(&self, text: &str, now: Timestamp, origin: &Origin) -> Option<Principal> {
        let (mypa, platform) = (self.mypa.as_ref(), self.platform.as_ref());
        let mypa = mypa.and_then(|tokens| tokens.authenticate(text, now, origin.clone()));
        mypa.or_else(|| platform?.authenticate(text, now, origin.clone()))
    }
}

/// Tells who presents the credential in `headers`. What came before has left the request's id and the
/// peer's address in `extensions`.
pub(crate) async fn authenticate(
    app: &App,
    door: Door,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Principal, Problem> {
    let origin = origin(door, extensions)?;
    identify(app, bearer(headers)?, origin).await
}

/// Tells where a request comes from.
pub(crate) fn origin(door: Door, extensions: &Extensions) -> Result<Origin, Problem> {
    let request = extensions.get::<RequestId>().cloned();
    Ok(Origin {
        door,
        address: peer(extensions).map(|peer| peer.ip()),
        request: request.ok_or(Problem::new(Kind::Internal))?,
    })
}

/// Tells who presents a credential.
pub(crate) async fn identify(
    app: &App,
    credential: &str,
    origin: Origin,
) -> Result<Principal, Problem> {
    if credential.len() > CREDENTIAL_BYTES_MAX {
        return Err(Problem::new(Kind::TokenNotValid));
    }
    if credential.starts_with(TOKEN_PREFIX) {
        let text = SecretString::from(credential);
        return Ok(app.tokens.authenticate(&text, origin).await?);
    }
    let caller = app
        .foreign
        .authenticate(credential, app.clock.now(), &origin);
    let not_valid = || Problem::new(Kind::TokenNotValid);
    let narrowed = app.members.narrowed(caller.ok_or_else(not_valid)?).await?;
    narrowed.ok_or_else(not_valid)
}

/// Returns the address at the other end of the connection that a request came by.
pub(crate) fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| *peer)
}

/// Returns the one bearer credential. Several are refused: two readers might pick different ones.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let first = all
        .next()
        .ok_or(Problem::new(Kind::AuthenticationRequired))?;
    let not_valid = || Problem::new(Kind::TokenNotValid);
    if all.next().is_some() || first.len() > CREDENTIAL_BYTES_MAX {
        return Err(not_valid());
    }
    let text = first.to_str().map_err(|_| not_valid())?;
    let (scheme, credential) = text.split_once(' ').ok_or_else(not_valid)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::new(Kind::AuthenticationRequired));
    }
    Ok(credential.trim())
}
