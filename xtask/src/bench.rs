//! `cargo xtask bench NAME`: measurements, in an optimised build, with their baseline in the same run.

use crate::postgres::{Durability, Postgres};
use crate::{node, shell, skills};

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
    /// The audit trail beside bare inserts, on both databases.
    Audit,
    /// Hand-offs over HTTP beside a bare handler that asks the same CRM.
    Coordinate,
    /// Requests of modules beside a client without a guard.
    Egress,
    /// Calls of agents beside an echo on the SDK for TypeScript.
    Mcp,
    /// Search, lists and news of partners among 100,000 communities, beside the database alone, on both databases; 5,000
    /// live sockets beside the library alone.
    Partnerships,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    skills::build()?;
    let program = match arguments.name {
        Bench::Sandbox => "bench-sandbox",
        Bench::Audit => "bench-audit",
        Bench::Coordinate => "bench-coordinate",
        Bench::Egress => "bench-egress",
        Bench::Mcp => "bench-mcp",
        Bench::Partnerships => "bench-partnerships",
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
    // Stops when this ends.
    let postgres = match arguments.name {
        Bench::Sandbox | Bench::Coordinate | Bench::Egress | Bench::Mcp => None,
        Bench::Audit | Bench::Partnerships => Some(Postgres::start(Durability::WaitForDisk)?),
    };
    if let Some(postgres) = &postgres {
        cargo.arg("--postgres").arg(postgres.url());
    }
    if matches!(arguments.name, Bench::Mcp) {
        cargo.arg("--node").arg(node::echo()?);
    }
    if arguments.json {
        cargo.arg("--json");
    }
    shell::run(&mut cargo)
}
