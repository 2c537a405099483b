//! Configuration: one file, a few environment variables, one struct for each concern.
//!
//! Everything is read and checked before anything starts, and everything that is wrong is told at
//! once. Nothing else in the program reads the environment.

mod address;
mod audit;
mod crm;
mod data;
mod database;
mod egress;
mod entries;
mod environment;
mod freshness;
mod journal;
mod limits;
mod listen;
mod log;
mod mail;
mod mcp;
mod metrics;
mod mypa;
mod openclaw;
mod platform;
mod relay;
pub(crate) mod secret;
mod secrets;
mod traces;
mod workspace;

pub(crate) use audit::Audit;
pub(crate) use crm::{Crm, Remote};
pub(crate) use egress::Egress;
pub(crate) use environment::Environment;
pub(crate) use freshness::Freshness;
pub(crate) use journal::Journal;
pub(crate) use listen::Listen;
pub(crate) use log::{Log, LogFormat};
pub(crate) use mail::Mail;
pub(crate) use metrics::Metrics;
pub(crate) use mypa::Mypa;
pub(crate) use openclaw::OpenClaw;
pub(crate) use relay::Relay;
pub(crate) use traces::Traces;
pub(crate) use workspace::Workspace;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use skillgate_app::budgets::WriteLimits;
use skillgate_app::gate::GateLimits;
use skillgate_server::{McpAccess, PlatformConfig};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Largest configuration file, in bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// The file that is read when none is named and it is there.
const FILE_DEFAULT: &str = "skillgate.toml";

/// What the program runs with.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) listen: Listen,
    pub(crate) data_dir: PathBuf,
    /// An address of SQLite or PostgreSQL, which may hold a password.
    pub(crate) database: SecretString,
    pub(crate) crm: Crm,
    pub(crate) freshness: Freshness,
    pub(crate) mypa: Option<Mypa>,
    /// How the tokens of an outside platform are read.
    pub(crate) platform: Option<PlatformConfig>,
    pub(crate) openclaw: Option<OpenClaw>,
    pub(crate) workspace: Option<Workspace>,
    pub(crate) relay: Option<Relay>,
    pub(crate) mail: Option<Mail>,
    pub(crate) egress: Egress,
    /// The key of the skills' secrets; without one, a key of the data folder is made and used.
    pub(crate) secrets_key: Option<SecretString>,
    pub(crate) audit: Audit,
    pub(crate) journal: Journal,
    pub(crate) limits: GateLimits,
    /// Writes within an hour.
    pub(crate) writes: WriteLimits,
    pub(crate) mcp: McpAccess,
    pub(crate) metrics: Metrics,
    pub(crate) traces: Option<Traces>,
    pub(crate) log: Log,
}

/// Something wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where it is set: a key of the file, or an environment variable.
    pub(crate) place: String,
    /// What is wrong.
    pub(crate) problem: String,
}

/// Collects faults, so that all are told at once.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, place: impl Into<String>, problem: impl Into<String>) {
        self.0.push(Fault {
            place: place.into(),
            problem: problem.into(),
        });
    }
}

/// Reads the file at `path`, or `skillgate.toml` if it is there, and the environment.
pub(crate) fn load(path: Option<&Path>, environment: &Environment) -> Result<Config, Vec<Fault>> {
    let mut faults = Faults::default();
    let text = file(path).unwrap_or_else(|problem| {
        let name = path.unwrap_or(Path::new(FILE_DEFAULT));
        faults.add(name.display().to_string(), problem);
        String::new()
    });
    let config = read(&text, environment, &mut faults);
    if faults.0.is_empty() {
        Ok(config)
    } else {
        Err(faults.0)
    }
}

fn file(path: Option<&Path>) -> Result<String, String> {
    let named = path.is_some();
    let path = path.unwrap_or(Path::new(FILE_DEFAULT));
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.len() > FILE_BYTES_MAX => {
            Err(format!("the file is larger than {FILE_BYTES_MAX} bytes"))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => Ok(String::new()),
        Ok(_) | Err(_) => std::fs::read_to_string(path).map_err(|error| error.to_string()),
    }
}

/// Reads a file that everybody may know: certificates, public keys.
fn public_file(place: &str, path: &str, faults: &mut Faults) -> Option<String> {
    let size = std::fs::metadata(path).map(|it| it.len());
    if size.is_ok_and(|size| size > FILE_BYTES_MAX) {
        faults.add(place, format!("more than {FILE_BYTES_MAX} bytes"));
        return None;
    }
    let text = std::fs::read_to_string(path);
    text.map_err(|error| faults.add(place, format!("{path}: {error}")))
        .ok()
}

fn read(text: &str, environment: &Environment, faults: &mut Faults) -> Config {
    let mut file = text.parse::<Table>().unwrap_or_else(|error| {
        faults.add("the file", format!("this is not TOML: {}", error.message()));
        Table::new()
    });
    let listen = listen::read(section(&mut file, "listen", faults), faults);
    let data_dir = data::read(section(&mut file, "data", faults), faults);
    let database = database::read(
        section(&mut file, "database", faults),
        environment,
        &data_dir,
        faults,
    );
    let (crm, freshness) = crm::read(section(&mut file, "crm", faults), environment, faults);
    let openclaw = openclaw::read(section(&mut file, "openclaw", faults), environment, faults);
    let workspace = workspace::read(section(&mut file, "workspace", faults), environment, faults);
    let (mypa, relay) = people(&mut file, environment, faults);
    let platform = platform::read(section(&mut file, "platform", faults), environment, faults);
    let mail = mail::read(section(&mut file, "mail", faults), environment, faults);
    let egress = egress::read(section(&mut file, "egress", faults), faults);
    let secrets = section(&mut file, "secrets", faults);
    let secrets_key = secrets::read(secrets, environment, faults);
    let audit = audit::read(section(&mut file, "audit", faults), environment, faults);
    let journal = journal::read(section(&mut file, "journal", faults), faults);
    let (limits, writes) = limits::read(section(&mut file, "limits", faults), faults);
    let mcp = mcp::read(section(&mut file, "mcp", faults), faults);
    let metrics = metrics::read(section(&mut file, "metrics", faults), environment, faults);
    let traces = traces::read(section(&mut file, "traces", faults), faults);
    let log = log::read(section(&mut file, "log", faults), faults);
    for unknown in file.keys() {
        faults.add(
            unknown,
            "there is no such section; there are listen, data, database, crm, mypa, platform, openclaw, workspace, relay, mail, egress, secrets, audit, journal, limits, mcp, metrics, traces, log",
        );
    }
    Config {
        listen,
        data_dir,
        database,
        crm,
        freshness,
        mypa,
        platform,
        openclaw,
        workspace,
        relay,
        mail,
        egress,
        secrets_key,
        audit,
        journal,
        limits,
        writes,
        mcp,
        metrics,
        traces,
        log,
    }
}

/// MyPA's users, and where their Tez go: the relay knows them, and may share its key with MyPA.
fn people(
    file: &mut Table,
    environment: &Environment,
    faults: &mut Faults,
) -> (Option<Mypa>, Option<Relay>) {
    let relay: relay::File = section(file, "relay", faults);
    let elsewhere = relay.has_address(environment);
    let mypa = section(file, "mypa", faults);
    let mypa = mypa::read(mypa, environment, elsewhere, faults);
    let relay = relay::read(relay, environment, mypa.as_ref(), faults);
    (mypa, relay)
}

/// Takes one section out of the file. An absent one is empty, a faulty one is told and empty.
fn section<T: DeserializeOwned + Default>(file: &mut Table, name: &str, faults: &mut Faults) -> T {
    let value = file.remove(name).unwrap_or(Value::Table(Table::new()));
    value.try_into().unwrap_or_else(|error: toml::de::Error| {
        faults.add(name, error.message());
        T::default()
    })
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
