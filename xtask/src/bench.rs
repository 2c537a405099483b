//! `cargo xtask bench NAME`: measurements, in an optimised build, with their baseline in the same run.

use crate::{shell, skills};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What to measure.
    name: Bench,
    /// Print one JSON object a line instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Bench {
    /// The sandbox beside bare wasmtime.
    Sandbox,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    skills::build()?;
    let program = match arguments.name {
        Bench::Sandbox => "bench-sandbox",
    };
    let mut cargo = shell::cargo();
    cargo.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "skillgate-tests",
        "--bin",
        program,
        "--",
    ]);
    cargo.arg("--skills").arg(skills::folder());
    if arguments.json {
        cargo.arg("--json");
    }
    shell::run(&mut cargo)
}
