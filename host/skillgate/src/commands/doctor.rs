//! `skillgate doctor`

mod outside;

use crate::config::{self, Config, Fault, LogFormat};
use crate::logging;
use crate::outcome::{Exit, Failure, exit_of};
use crate::output::{Output, table};
use crate::wiring::{self, StartError, SystemClock, SystemEntropy};
use serde_json::{Value, json};
use skillgate_app::audit::Trail;
use skillgate_app::broker::Broker;
use skillgate_app::budgets::WriteBudgets;
use skillgate_app::digest::sha256;
use skillgate_app::ports::{Crm, CrmError, Meter, Storage, Unmetered};
use skillgate_storage::Database;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// The smallest component there is: the header, and nothing in it.
const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// How long the database may take to open; the host itself is more patient when it starts.
const DATABASE_MAX: Duration = Duration::from_secs(5);

/// What was looked at, what was found, and what to do.
#[derive(Debug)]
pub(super) struct Check {
    name: Cow<'static, str>,
    problem: Option<String>,
    /// What is told where there is no problem.
    well: Cow<'static, str>,
    exit: Exit,
}

impl Check {
    pub(super) fn of(
        name: impl Into<Cow<'static, str>>,
        exit: Exit,
        found: Result<(), String>,
    ) -> Self {
        let problem = found.err();
        Self {
            name: name.into(),
            problem,
            well: "ok".into(),
            exit,
        }
    }

    fn well(name: &'static str) -> Self {
        Self::of(name, Exit::Failed, Ok(()))
    }

    /// Something without a problem of which there is more to tell.
    pub(super) fn told(name: &'static str, well: impl Into<Cow<'static, str>>) -> Self {
        Self {
            well: well.into(),
            ..Self::well(name)
        }
    }

    /// Something that nobody has to have.
    fn absent(name: &'static str) -> Self {
        Self::told(name, "not configured")
    }

    pub(super) fn started<T>(name: &'static str, found: &Result<T, StartError>) -> Self {
        let exit = found.as_ref().err().map_or(Exit::Failed, exit_of);
        Self::of(
            name,
            exit,
            found.as_ref().map(drop).map_err(StartError::words),
        )
    }

    pub(super) fn view(&self) -> Value {
        let found = self.problem.as_deref().unwrap_or(&self.well);
        json!({ "check": self.name, "ok": self.problem.is_none(), "found": found })
    }
}

/// Looks at everything the host needs and says what is wrong and where to set it.
pub(super) async fn run(config: Result<Config, Vec<Fault>>, output: Output) -> Result<(), Failure> {
    let checks = match config {
        Ok(config) => {
            logging::start(&config.log, None);
            check(&config).await
        }
        Err(faults) => {
            let log = config::Log {
                format: LogFormat::Text,
                filter: "info".to_owned(),
            };
            logging::start(&log, None);
            faults.iter().map(fault).collect()
        }
    };
    report(&checks, output)
}

/// Shows what was found. The exit code is that of what must be set first.
pub(super) fn report(checks: &[Check], output: Output) -> Result<(), Failure> {
    let ok = checks.iter().all(|check| check.problem.is_none());
    let view = json!({ "ok": ok, "checks": checks.iter().map(Check::view).collect::<Value>() });
    output.answer(&view, |view| {
        table(&view["checks"], &["check", "ok", "found"])
    });
    let worst = checks
        .iter()
        .filter(|check| check.problem.is_some())
        .map(|check| check.exit);
    // What must be set counts before what may work later.
    worst
        .min_by_key(|exit| *exit as u8)
        .map_or(Ok(()), |exit| Err(Failure::told(exit)))
}

fn fault(fault: &Fault) -> Check {
    let words = format!("{}: {}", fault.place, fault.problem);
    Check::of("configuration", Exit::Configuration, Err(words))
}

async fn check(config: &Config) -> Vec<Check> {
    let mut checks = vec![Check::of("configuration", Exit::Configuration, Ok(()))];
    let data = wiring::prepare_data(config);
    checks.push(Check::started("data folder", &data));
    if data.is_err() {
        return checks;
    }
    let (checked, database) = database(config).await;
    checks.push(checked);
    let meter: Arc<dyn Meter> = Arc::new(Unmetered);
    let crm = wiring::open_crm(config, Arc::clone(&meter)).await;
    checks.push(match &crm {
        Ok(crm) => answers(crm.as_ref()).await,
        failed => Check::started("CRM", failed),
    });
    checks.push(webhooks(config));
    checks.push(outside::names(config).await);
    checks.push(outside::way_out(config).await);
    checks.push(secrets(config));
    checks.extend(outside::check(config).await);
    if let Some(database) = database {
        let audit = wiring::open_audit(config, &database, meter).await;
        checks.push(Check::started("audit trail", &audit));
        if let (Ok(audit), Ok(crm)) = (audit, crm) {
            checks.push(sandbox(config, crm, database, audit.trail.clone()));
            audit.close().await;
        }
    }
    checks
}

async fn database(config: &Config) -> (Check, Option<Database>) {
    let Ok(opened) = timeout(DATABASE_MAX, wiring::open_database(config)).await else {
        let words = "the database did not answer in time; look at database.url or DATABASE_URL";
        let check = Check::of("database", Exit::Unavailable, Err(words.to_owned()));
        return (check, None);
    };
    match opened {
        Ok(database) => {
            let answered = database.ping().await.map_err(|error| error.to_string());
            let check = Check::of("database", Exit::Unavailable, answered);
            (check, Some(database))
        }
        failed => (Check::started("database", &failed), None),
    }
}

async fn answers(crm: &dyn Crm) -> Check {
    let (exit, advice) = match crm.check().await {
        Ok(()) => return Check::of("CRM", Exit::Unavailable, Ok(())),
        Err(error) => match error {
            CrmError::Forbidden => (
                Exit::Configuration,
                format!("{error}; look at crm.api_key or TWENTY_API_KEY"),
            ),
            CrmError::Unavailable(_) => (
                Exit::Unavailable,
                format!("{error}; look at crm.url or TWENTY_API_URL"),
            ),
            other => (Exit::Unavailable, other.to_string()),
        },
    };
    Check::of("CRM", exit, Err(advice))
}

/// Without webhooks nothing is wrong: changes are seen a little later, and records are read more often.
fn webhooks(config: &Config) -> Check {
    let well = match (&config.crm, &config.freshness.webhooks) {
        (config::Crm::Embedded, _) => "not needed: the CRM is embedded",
        (config::Crm::Remote(_), Some(_)) => "ok: have the workspace post to /webhooks/twenty",
        (config::Crm::Remote(_), None) => {
            "not configured; set crm.webhook_secret or TWENTY_WEBHOOK_SECRET, and have the \
             workspace post to /webhooks/twenty"
        }
    };
    Check::told("webhooks", well)
}

/// Reads the key under which secrets are sealed. Whether it is the one of those that are there, only their use
/// tells.
fn secrets(config: &Config) -> Check {
    Check::started("secrets", &wiring::secrets_key(config, &SystemEntropy))
}

/// Starts the sandbox and has it compile something.
fn sandbox(config: &Config, crm: Arc<dyn Crm>, database: Database, trail: Trail) -> Check {
    let database = Arc::new(database);
    let budgets = WriteBudgets::new(database.clone(), Arc::new(SystemClock), config.writes);
    let broker = Broker::new(
        crm,
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
        database,
        Arc::new(budgets),
        trail,
    );
    let started = wiring::open_sandbox(config, Arc::new(broker), Arc::new(Unmetered));
    let Ok(runtime) = &started else {
        return Check::started("sandbox", &started);
    };
    let compiled = runtime.compile(&sha256(EMPTY_COMPONENT), EMPTY_COMPONENT);
    let compiled = compiled.map(drop).map_err(|error| error.to_string());
    Check::of("sandbox", Exit::Failed, compiled)
}
