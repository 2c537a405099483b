//! The subcommands. Each acts in this process, through the same use cases as the HTTP door.

mod audit;
mod bearer;
mod call;
mod check;
mod doctor;
mod egress;
mod input;
mod mcp;
mod module;
mod openclaw;
mod plan;
mod policy;
mod replay;
mod secret;
mod serve;
mod settings;
mod tez;
mod token;

use crate::cli::{Audit, Cli, Command, Config as ConfigCommand, Tez};
use crate::config::{self, Config, Environment};
use crate::logging;
use crate::outcome::Failure;
use crate::output::Output;
use crate::traces::Tracing;
use crate::wiring;
use skillgate_domain::ids::RequestId;
use skillgate_domain::principal::{Door, Origin};

/// What a call from the command line is named in logs and answers.
pub(crate) const REQUEST: &str = "cli";

/// Where a command comes in.
fn origin() -> Origin {
    Origin {
        door: Door::Cli,
        address: None,
        request: RequestId::parse(REQUEST).expect("a short word is a request id"),
    }
}

/// Reads the configuration and runs the command.
pub(crate) async fn run(arguments: Cli, output: Output) -> Result<(), Failure> {
    if let Command::Openapi = arguments.command {
        output.answer(&skillgate_server::openapi(), |document| {
            format!("{document:#}")
        });
        return Ok(());
    }
    if let Command::Audit(
        check @ (Audit::Verify { .. } | Audit::Prove { .. } | Audit::CheckProof { .. }),
    ) = arguments.command
    {
        return audit::check(check, output);
    }
    if let Command::Tez(Tez::Check { bundle }) = &arguments.command {
        return tez::check(bundle, output);
    }
    let environment = Environment::Process;
    let config = config::load(arguments.config.as_deref(), &environment);
    if let Command::Doctor = arguments.command {
        return doctor::run(config, output).await;
    }
    let config = config.map_err(|faults| Failure::faults(&faults))?;
    let tracing = match &config.traces {
        Some(traces) => Some(Tracing::start(traces, wiring::open_transport(&config)?)),
        None => None,
    };
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
        Command::Mcp(bearer) => mcp::run(config, environment, &bearer).await,
        Command::Call(call) => call::run(config, environment, call, output).await,
        Command::Module(module) => module::run(config, environment, module, output).await,
        Command::Plan(plan) => plan::run(config, environment, plan, output).await,
        Command::Replay(replay) => replay::run(config, environment, replay, output).await,
        Command::Audit(command) => audit::run(config, environment, command, output).await,
        Command::Policy(policy) => policy::run(config, environment, policy, output).await,
        Command::Settings(settings) => settings::run(config, environment, settings, output).await,
        Command::Egress(egress) => egress::run(config, environment, egress, output).await,
        Command::Secret(secret) => secret::run(config, environment, secret, output).await,
        Command::Tez(tez) => tez::run(config, environment, tez, output).await,
        Command::Openclaw(command) => openclaw::run(config, environment, command, output).await,
        Command::Token(token) => token::run(config, token, output).await,
        Command::Config(ConfigCommand::Check) => {
            check::run(config, output);
            Ok(())
        }
        Command::Doctor | Command::Openapi => Ok(()),
    }
}
