use super::{Environment, Faults, secret};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Shortest token, in bytes: one that nobody guesses.
const TOKEN_BYTES_MIN: usize = 16;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    token: Option<String>,
}

/// Who may look at the metrics.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics {
    /// What to present; without one, this machine only.
    pub(crate) token: Option<SecretString>,
}

pub(super) fn read(file: File, environment: &Environment, faults: &mut Faults) -> Metrics {
    let found = file
        .token
        .map(|reference| secret::resolve(&reference, environment));
    let token = found.and_then(|found| {
        found
            .map_err(|problem| faults.add("metrics.token", problem))
            .ok()
    });
    let short = |token: &SecretString| token.expose_secret().len() < TOKEN_BYTES_MIN;
    if token.as_ref().is_some_and(short) {
        let rule = format!("a token has at least {TOKEN_BYTES_MIN} bytes");
        faults.add("metrics.token", rule);
    }
    Metrics { token }
}
