use crate::auth::{bearer, peer};
use crate::problem::{Kind, Problem};
use http::request::Parts;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// Headers that a proxy adds: with one of them, the peer is not who asks.
const PROXY_HEADERS: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// Who may look at the metrics.
#[derive(Debug, Clone)]
pub enum MetricsAccess {
    /// Whoever asks from this machine, and not through a proxy.
    ThisMachine,
    /// Whoever presents this token, from anywhere.
    Bearer(SecretString),
}

impl MetricsAccess {
    /// Checks who asks.
    pub(crate) fn permit(&self, request: &Parts) -> Result<(), Problem> {
        match self {
            Self::ThisMachine if is_local(request) => Ok(()),
            Self::ThisMachine => Err(Problem::with_detail(
                Kind::Forbidden,
                "metrics are shown to this machine only; set metrics.token to show them elsewhere",
            )),
            Self::Bearer(token) => {
                let given = bearer(&request.headers)?.as_bytes();
                let same = given.ct_eq(token.expose_secret().as_bytes());
                if same.into() {
                    Ok(())
                } else {
                    Err(Problem::new(Kind::TokenNotValid))
                }
            }
        }
    }
}

fn is_local(request: &Parts) -> bool {
    let peer = peer(&request.extensions);
    let direct = PROXY_HEADERS
        .iter()
        .all(|name| !request.headers.contains_key(*name));
    direct && peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
}
