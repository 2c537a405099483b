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

impl Cli {
    /// Tells whether standard output gets one JSON document; an agent's messages are on it otherwise.
    pub(crate) fn answers_in_json(&self) -> bool {
        self.json && !matches!(self.command, Command::Mcp(_))
    }
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 refused or failed; 2 wrong command line; \
    3 wrong configuration; 4 unavailable or busy, try again later";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the HTTP door until SIGTERM or SIGINT
    Serve,
    /// Answer the agent that started this, over standard input and output (MCP)
    Mcp(Bearer),
    /// Call a tool of a skill
    Call(Call),
    /// Look at what a call would write, and let it happen
    #[command(subcommand)]
    Plan(Plan),
    /// Run a recorded call again, offline, and show where it differs
    Replay(Replay),
    /// Hand in, look at, grant and revoke modules
    #[command(subcommand)]
    Module(Module),
    /// Look at, try, replace and explain policies
    #[command(subcommand)]
    Policy(Policy),
    /// Look at and replace what the community's admins decide for everybody in it
    #[command(subcommand)]
    Settings(Settings),
    /// Say why a skill's request to a service outside is allowed or not
    #[command(subcommand)]
    Egress(Egress),
    /// Give skills secrets to use, rotate, list and take them back
    #[command(subcommand)]
    Secret(Secret),
    /// Take a Tez along as a bundle, and check bundles
    #[command(subcommand)]
    Tez(Tez),
    /// Make, list and revoke tokens, as the operator
    #[command(subcommand)]
    Token(Token),
    /// Look at the audit trail, export it, and check exports
    #[command(subcommand)]
    Audit(Audit),
    /// Have OpenClaw work with this host, and check that it does
    #[command(subcommand)]
    Openclaw(Openclaw),
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
    /// Only these records, as KIND:ID, and those that the call creates; repeat for several
    #[arg(long = "record", value_name = "KIND:ID")]
    pub(crate) records: Vec<String>,
    /// Write nothing; show what the tool would write, as a plan to apply
    #[arg(long)]
    pub(crate) plan: bool,
    #[command(flatten)]
    pub(crate) bearer: Bearer,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Plan {
    /// List your plans, and those of your agents, that can be applied
    List {
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Show a plan and what became of it
    Show {
        /// The plan's id
        plan: String,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Let happen what a plan says, once
    Apply {
        /// The plan's id
        plan: String,
        /// The digest of the plan that you looked at
        #[arg(long)]
        digest: String,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Say no to a plan, for good
    Decline {
        /// The plan's id
        plan: String,
        /// The digest of the plan that you looked at
        #[arg(long)]
        digest: String,
        #[command(flatten)]
        bearer: Bearer,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The call's id
    pub(crate) invocation: String,
    /// Another component to run, not granted or handed in [default: the one that ran]
    #[arg(long, value_name = "PATH")]
    pub(crate) component: Option<PathBuf>,
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
    /// Show what granting a module as it asks would change
    Diff {
        /// The module's id
        module: String,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Let partners of the community take a module over
    Offer {
        /// The module's id
        module: String,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Let no more partners take it over
    Withdraw {
        /// The module's id
        module: String,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// List what partners of the community offer
    Offers {
        /// Where the list goes on: what the page before says as `next`
        #[arg(long, value_name = "CURSOR")]
        after: Option<String>,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Take over a module that a partner offers
    Adopt {
        /// The id that the partner offers it under
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
        /// The module's id
        module: String,
        /// The grant's id
        grant: String,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Stop a skill; its grant stays
    Freeze {
        /// The skill's name
        skill: String,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Let a stopped skill be called again
    Unfreeze {
        /// The skill's name
        skill: String,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Go back to the version of a skill that was granted before
    Rollback {
        /// The skill's name
        skill: String,
        /// The generation you looked at; where it has moved on, nothing is done
        #[arg(long, value_name = "GENERATION")]
        expected_generation: Option<u64>,
        #[command(flatten)]
        bearer: Bearer,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// List the policies in force
    List {
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Show the text of the policies in force, or of a version
    Show {
        /// The version; 0 for the policies that are shipped
        #[arg(long, value_name = "NUMBER")]
        version: Option<u32>,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Check a text and keep nothing
    Validate {
        /// The policies, or - for standard input
        file: PathBuf,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Replace the policies
    Put {
        /// The policies, or - for standard input
        file: PathBuf,
        /// The version that must still be in force
        #[arg(long, value_name = "NUMBER")]
        expected_version: u32,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// List what was put, newest first
    History {
        /// Only versions before this one
        #[arg(long, value_name = "NUMBER")]
        before: Option<u32>,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Tell how the policies decide, and why
    Explain {
        /// Principal, action and resource as JSON, or - to read them from standard input
        question: String,
        #[command(flatten)]
        bearer: Bearer,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Egress {
    /// Say of each rule of a skill's grant whether it allows a request, and of the host's address too; send nothing
    Explain {
        /// The address that would be asked
        url: String,
        /// The skill's name
        #[arg(long, value_name = "NAME")]
        module: String,
        /// What would be done there
        #[arg(long, value_name = "METHOD", default_value = "GET")]
        method: String,
        #[command(flatten)]
        bearer: Bearer,
    },
}

/// Which secret.
#[derive(Debug, Args)]
pub(crate) struct SecretOf {
    /// The skill's name
    pub(crate) skill: String,
    /// The name under which its manifest asks for the credential
    pub(crate) name: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Secret {
    /// Give a skill a secret that it does not have yet
    Set {
        #[command(flatten)]
        of: SecretOf,
        /// The file that the secret stands in, or - for standard input
        #[arg(long, value_name = "PATH", default_value = "-")]
        file: PathBuf,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Replace a secret; it holds from the skill's next request on
    Rotate {
        #[command(flatten)]
        of: SecretOf,
        /// The file that the secret stands in, or - for standard input
        #[arg(long, value_name = "PATH", default_value = "-")]
        file: PathBuf,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// List which secrets there are, never what they are
    List {
        /// Only those of this skill
        #[arg(long, value_name = "NAME")]
        skill: Option<String>,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Take a secret back
    Rm {
        #[command(flatten)]
        of: SecretOf,
        #[command(flatten)]
        bearer: Bearer,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Settings {
    /// Show the settings in force, or a version
    Show {
        /// The version; 0 for the settings that are shipped
        #[arg(long, value_name = "NUMBER")]
        version: Option<u32>,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Replace the settings
    Put {
        /// The settings in JSON, or - for standard input
        file: PathBuf,
        /// The version that must still be in force
        #[arg(long, value_name = "NUMBER")]
        expected_version: u32,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// List what was put, newest first
    History {
        /// Only versions before this one
        #[arg(long, value_name = "NUMBER")]
        before: Option<u32>,
        #[command(flatten)]
        bearer: Bearer,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Tez {
    /// Write a Tez into a bundle of the Tezit Protocol
    Export {
        /// The Tez's id
        tez: String,
        /// The file to write; it must not be there yet
        #[arg(long, value_name = "PATH")]
        out: PathBuf,
        #[command(flatten)]
        bearer: Bearer,
    },
    /// Check a bundle against the protocol's rules; needs neither host nor database
    Check {
        /// The bundle
        bundle: PathBuf,
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
pub(crate) enum Audit {
    /// List what happened in a community, newest first
    List(AuditList),
    /// Write everything that is signed into a file that anybody can check
    Export {
        /// The file to write; it must not be there yet
        #[arg(long, value_name = "PATH")]
        out: PathBuf,
    },
    /// Show the public keys, with which exports and proofs are checked
    Key,
    /// Sign with a new key from the next start on; what the present one signed stays checkable
    RotateKey,
    /// Check an export; needs the public key alone
    Verify {
        /// The export
        export: PathBuf,
        #[command(flatten)]
        keys: PublicKeys,
        /// File with a checkpoint that was seen before: the log must contain it
        #[arg(long, value_name = "PATH")]
        since: Option<PathBuf>,
    },
    /// Make the proof that one record is in the log, for somebody who may not see the others
    Prove {
        /// The export
        export: PathBuf,
        /// The record's number
        #[arg(long)]
        record: u64,
        #[command(flatten)]
        keys: PublicKeys,
    },
    /// Check a proof; needs the public key alone
    CheckProof {
        /// The proof
        proof: PathBuf,
        #[command(flatten)]
        keys: PublicKeys,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Openclaw {
    /// Write the manuals of skills where OpenClaw reads them, and show what to configure there
    Install(OpenclawInstall),
    /// Check OpenClaw's configuration, the host that it names, and the manuals that were written
    Doctor {
        /// OpenClaw's configuration [default: ~/.openclaw/openclaw.json]
        #[arg(long, value_name = "PATH")]
        openclaw_config: Option<PathBuf>,
        /// Where the manuals are [default: ~/.openclaw/skills]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct OpenclawInstall {
    /// Where OpenClaw reads manuals [default: ~/.openclaw/skills]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Where OpenClaw finds the host [default: mcp.url, else where the host listens]
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Only these skills; repeat for several [default: all that the token may call]
    #[arg(long = "skill", value_name = "NAME")]
    pub(crate) skills: Vec<String>,
    /// Replace also what others wrote or changed
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) bearer: Bearer,
}

/// The keys that an export or a proof is checked with.
#[derive(Debug, Args)]
pub(crate) struct PublicKeys {
    /// A public key of the log; repeat for keys it had before
    #[arg(long = "key", value_name = "KEY", required = true)]
    pub(crate) keys: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AuditList {
    /// Records before this number
    #[arg(long)]
    pub(crate) before: Option<u64>,
    /// How many records at most
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: u32,
    /// Acts of this name, for example invoke-skill
    #[arg(long)]
    pub(crate) action: Option<String>,
    /// Outcomes of this word: intended, done, refused, failed, cancelled or unknown
    #[arg(long)]
    pub(crate) outcome: Option<String>,
    /// For this person
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// Of this skill
    #[arg(long)]
    pub(crate) skill: Option<String>,
    /// Of this run
    #[arg(long)]
    pub(crate) invocation: Option<String>,
    /// Not before this time (RFC 3339)
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Before this time (RFC 3339)
    #[arg(long)]
    pub(crate) until: Option<String>,
    #[command(flatten)]
    pub(crate) bearer: Bearer,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Read and check the configuration; start nothing
    Check,
}
