//! `skillgate openclaw …`: what OpenClaw needs to work with this host, and whether it has it.

mod client;
mod doctor;
mod folder;
mod install;
mod server;

use crate::cli::Openclaw;
use crate::config::{Config, Environment};
use crate::outcome::Failure;
use crate::output::Output;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The name of the host among OpenClaw's servers: it stands before the name of each tool, and manuals ask for it.
const SERVER: &str = "skillgate";
/// What `transport` must say: without it, OpenClaw speaks an older protocol.
const TRANSPORT: &str = "streamable-http";
/// The folder of OpenClaw's user.
const FOLDER: &str = ".openclaw";

/// Does what `command` says.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    command: Openclaw,
    output: Output,
) -> Result<(), Failure> {
    match command {
        Openclaw::Install(arguments) => install::run(config, environment, arguments, output).await,
        Openclaw::Doctor {
            openclaw_config,
            dir,
        } => {
            let file = in_folder(environment, openclaw_config, "openclaw.json")?;
            let dir = in_folder(environment, dir, "skills")?;
            doctor::run(config, environment, (&file, &dir), output).await
        }
    }
}

/// Returns `given`, or else what has a name in the folder of OpenClaw's user.
fn in_folder(
    environment: &Environment,
    given: Option<PathBuf>,
    name: &str,
) -> Result<PathBuf, Failure> {
    let home = || environment.get("HOME").map(PathBuf::from);
    let found = given.or_else(|| Some(home()?.join(FOLDER).join(name)));
    found.ok_or_else(|| Failure::usage("HOME is not set; say where OpenClaw's files are"))
}

/// The part of OpenClaw's configuration that has it ask the host at `url`. The token stays in the environment.
fn configuration(url: &str) -> Value {
    let server = json!({
        "url": url,
        "transport": TRANSPORT,
        "headers": { "Authorization": "Bearer ${SKILLGATE_TOKEN}" },
    });
    json!({ "mcp": { "servers": { SERVER: server } } })
}
