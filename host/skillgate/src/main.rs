//! The skillgate binary: configuration, wiring, subcommands.

mod cli;
mod commands;
mod config;
mod logging;
mod outcome;
mod output;
mod traces;
mod wiring;

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = cli::Cli::parse();
    let output = output::Output::new(arguments.json);
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| outcome::Failure::failed("runtime", error))
        .and_then(|runtime| runtime.block_on(commands::run(arguments, output)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
}
