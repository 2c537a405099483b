//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Runs sandboxed skills for personal-assistant agents against a CRM.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// Configuration file [default: skillgate.toml, if it is there]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
    /// Answer with one JSON document
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 refused or failed; 2 wrong command line; \
    3 wrong configuration; 4 unavailable or busy, try again later";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the HTTP door until SIGTERM or SIGINT
    Serve,
    /// Call a tool of a skill
    Call(Call),
    /// Hand in, look at, grant and revoke modules
    #[command(subcommand)]
    Module(Module),
    /// Make, list and revoke tokens, as the operator
    #[command(subcommand)]
    Token(Token),
    /// Check that everything the host needs works
    Doctor,
    /// Print the OpenAPI document of the HTTP door
    Openapi,
    /// Look at the configuration
    #[command(subcommand)]
    Config(Config),
}

/// Whose rights a command acts with.
#[derive(Debug, Args)]
pub(crate) struct Bearer {
    /// File with a token [default: the environment variable SKILLGATE_TOKEN]
    #[arg(long, value_name = "PATH")]
    pub(crate) token_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Call {
    /// The skill's name
    pub(crate) skill: String,
    /// The tool's name
    pub(crate) tool: String,
    /// The tool's input as JSON, or - to read it from standard input
    #[arg(
        long,
        value_name = "JSON",
        default_value = "{}",
        allow_hyphen_values = true
    )]
    pub(crate) input: String,
    #[command(flatten)]
    pub(crate) bearer: Bearer,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Module {
    /// Hand in a component with its manifest
    Submit {
        /// The manifest
        #[arg(long, value_name = "PATH")]
        manifest: PathBuf,
        /// The component
        #[arg(long, value_name = "PATH")]
        component: PathBuf,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// List what was handed in
    List {
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Show what a module asks for and what it was given
    Show {
        /// The module's id
        module: String,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Grant a module
    Grant {
        /// The module's id
        module: String,
        /// File with the terms as JSON, or - for standard input [default: as the manifest asks]
        #[arg(long, value_name = "PATH")]
        terms: Option<PathBuf>,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Take a grant back
    Revoke {
        /// The grant's id
        grant: String,
        #[command(flatten)]
        bearer: Bearer,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token; it is shown once
    Create(NewToken),
    /// List a community's tokens
    List {
        /// The community
        #[arg(long)]
        community: String,
    },
    /// Take a token back
    Revoke {
        /// The token's id
        token: String,
        /// The community
        #[arg(long)]
        community: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct NewToken {
    /// The community it belongs to
    #[arg(long)]
    pub(crate) community: String,
    /// The person it speaks for
    #[arg(long)]
    pub(crate) user: String,
    /// admin, member, agent, partner or service
    #[arg(long)]
    pub(crate) role: String,
    /// The agent that will hold it; for the role agent only
    #[arg(long)]
    pub(crate) agent: Option<String>,
    /// Only these skills; repeat for several [default: all]
    #[arg(long = "skill", value_name = "SKILL")]
    pub(crate) skills: Vec<String>,
    /// Whether skills run for it may write to the CRM
    #[arg(long)]
    pub(crate) may_write: bool,
    /// How many days it works, 1 to 366
    #[arg(long, default_value_t = 30)]
    pub(crate) days: u32,
    /// What it is for
    #[arg(long, default_value = "")]
    pub(crate) label: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Read and check the configuration; start nothing
    Check,
}
