//! With whose rights a command acts. A token never stands on the command line, where others see it.

use crate::cli::Bearer;
use crate::config::{Environment, secret};
use crate::outcome::Failure;
use secrecy::SecretString;
use skillgate_app::tokens::Tokens;
use skillgate_domain::principal::Principal;
use skillgate_server::Problem;

const VARIABLE: &str = "SKILLGATE_TOKEN";

/// Tells whose token is in the named file, else in `SKILLGATE_TOKEN`.
pub(super) async fn authenticate(
    tokens: &Tokens,
    bearer: &Bearer,
    environment: &Environment,
) -> Result<Principal, Failure> {
    who(tokens, &token(bearer, environment)?).await
}

/// Returns the token of the named file, else of `SKILLGATE_TOKEN`.
pub(super) fn token(bearer: &Bearer, environment: &Environment) -> Result<SecretString, Failure> {
    match &bearer.token_file {
        Some(path) => secret::from_file(path).map_err(Failure::configuration),
        None => environment.get(VARIABLE).map(Into::into).ok_or_else(|| {
            Failure::configuration(format!(
                "a token is needed: set {VARIABLE} or give --token-file"
            ))
        }),
    }
}

/// Tells whose a token is.
pub(super) async fn who(tokens: &Tokens, token: &SecretString) -> Result<Principal, Failure> {
    let caller = tokens.authenticate(token, super::origin()).await;
    Ok(caller.map_err(Problem::from)?)
}
