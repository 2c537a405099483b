//! `skillgate mcp`

use super::bearer;
use super::serve::shutdown;
use crate::cli::Bearer;
use crate::config::{Config, Environment};
use crate::outcome::Failure;
use crate::wiring::{self, Host};
use secrecy::SecretString;
use skillgate_server::serve_agent;
use tokio::io::{stdin, stdout};

/// Answers the agent that started the program, with the bearer's rights, until it closes standard input or until
/// SIGTERM or SIGINT. Standard output is the protocol's alone.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    bearer: &Bearer,
) -> Result<(), Failure> {
    let token = bearer::token(bearer, environment)?;
    let host = wiring::host(config).await?;
    let served = serve(&host, token).await;
    host.close().await;
    served
}

async fn serve(host: &Host, token: SecretString) -> Result<(), Failure> {
    let shutdown = shutdown()?;
    bearer::who(&host.app.tokens, &token).await?;
    tracing::info!("answering at standard input");
    let agent = serve_agent(&host.app, token, (stdin(), stdout()), shutdown);
    // The others work for ever, and end with the agent.
    let served = tokio::select! {
        served = agent => served,
        () = host.recovery.run() => Ok(()),
        () = host.reconciliation.run() => Ok(()),
        () = host.retention.run() => Ok(()),
        () = host.app.partnerships.run() => Ok(()),
    };
    served.map_err(|error| Failure::failed(error.code(), error))
}
