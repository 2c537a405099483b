//! The repository's commands: `cargo xtask …`.
//!
//! Each says what it is doing while it works, installs what is missing where it may (Debian, as root),
//! and otherwise names the one command to run.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program talks to its user"
)]

mod bench;
mod ci;
mod demo;
mod fuzz;
mod layers;
mod node;
mod postgres;
mod python;
mod shell;
mod skills;
mod test;
mod tidy;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    about = "The commands of this repository",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the main job on embedded defaults, from a fresh clone.
    Demo(demo::Arguments),
    /// Run every test: both databases, every hostile guest.
    Test(test::Arguments),
    /// Measure, with a baseline beside it in the same run.
    Bench(bench::Arguments),
    /// Feed what reads texts of strangers with whatever a fuzzer finds.
    Fuzz(fuzz::Arguments),
    /// What CI runs: format, lint, layers, tidy, then every test.
    Ci,
    /// Check which crate may see which.
    Layers,
    /// Check what the compiler does not: sizes of files, words that do not belong.
    Tidy,
    /// Build the first-party skills to WASM components.
    Skills,
}

fn main() -> anyhow::Result<()> {
    std::env::set_current_dir(shell::root())?;
    match Arguments::parse().command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Ci => ci::run(),
        Command::Layers => layers::run(),
        Command::Tidy => tidy::run(),
        Command::Skills => skills::build().map(drop),
    }
}
