//! The subcommands. Each acts in this process, through the same use cases as the HTTP door.

mod bearer;
mod call;
mod check;
mod doctor;
mod input;
mod module;
mod serve;
mod token;

use crate::cli::{Cli, Command, Config as ConfigCommand};
use crate::config::{self, Config, Environment};
use crate::logging;
use crate::outcome::Failure;
use crate::output::Output;
use crate::traces::Tracing;

/// What a call from the command line is named in logs and answers.
pub(crate) const REQUEST: &str = "cli";

/// Reads the configuration and runs the command.
pub(crate) async fn run(arguments: Cli, output: Output) -> Result<(), Failure> {
    if let Command::Openapi = arguments.command {
        output.answer(&skillgate_server::openapi(), |document| {
            format!("{document:#}")
        });
        return Ok(());
    }
    let environment = Environment::Process;
    let config = config::load(arguments.config.as_deref(), &environment);
    if let Command::Doctor = arguments.command {
        return doctor::run(config, output).await;
    }
    let config = config.map_err(|faults| Failure::faults(&faults))?;
    let tracing = config.traces.as_ref().map(Tracing::start).transpose()?;
    logging::start(&config.log, tracing.as_ref());
    let done = act(arguments.command, &config, &environment, output).await;
    if let Some(tracing) = tracing {
        tracing.end().await;
    }
    done
}

async fn act(
    command: Command,
    config: &Config,
    environment: &Environment,
    output: Output,
) -> Result<(), Failure> {
    match command {
        Command::Serve => serve::run(config, output).await,
        Command::Call(call) => call::run(config, environment, call, output).await,
        Command::Module(module) => module::run(config, environment, module, output).await,
        Command::Token(token) => token::run(config, token, output).await,
        Command::Config(ConfigCommand::Check) => {
            check::run(config, output);
            Ok(())
        }
        Command::Doctor | Command::Openapi => Ok(()),
    }
}
