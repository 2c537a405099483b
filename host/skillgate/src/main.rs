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
use std::time::Duration;
use tokio::runtime;

/// How long the end waits for what still reads or writes: standard input may stay open for ever.
const END_MAX: Duration = Duration::from_secs(1);

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = cli::Cli::parse();
    let output = output::Output::new(arguments.answers_in_json());
    let outcome = runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| outcome::Failure::failed("runtime", error))
        .and_then(|runtime| {
            let done = runtime.block_on(commands::run(arguments, output));
            runtime.shutdown_timeout(END_MAX);
            done
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
}
