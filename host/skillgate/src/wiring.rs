//! Puts the host together: the one place that sees every adapter.

mod crm;
mod data;
mod error;
mod manifests;
mod system;

pub(crate) use crm::open as open_crm;
pub(crate) use data::{aot_key, prepare as prepare_data};
pub(crate) use error::StartError;
pub(crate) use system::{SystemClock, SystemEntropy};

use crate::config::Config;
use manifests::JsonManifests;
use secrecy::ExposeSecret;
use skillgate_app::broker::Broker;
use skillgate_app::gate::Gate;
use skillgate_app::invocations::Invocations;
use skillgate_app::modules::Modules;
use skillgate_app::ports::{Clock, Crm, Entropy, Meter, Storage};
use skillgate_app::tokens::Tokens;
use skillgate_connectors::twenty::Twenty;
use skillgate_runtime::{AotKey, Runtime, RuntimeConfig};
use skillgate_server::{App, Levels, Metrics, MetricsAccess, Monitoring, MypaTokens, Readiness};
use skillgate_storage::Database;
use std::sync::Arc;

/// Folder of compiled components, in the data folder.
const AOT_DIR: &str = "aot";

/// Opens and migrates the database.
pub(crate) async fn open_database(config: &Config) -> Result<Database, StartError> {
    let address = config.database.expose_secret();
    Database::connect(address)
        .await
        .map_err(StartError::Database)
}

/// Wires the use cases of tokens alone: they need neither CRM nor sandbox.
pub(crate) async fn tokens(config: &Config) -> Result<Tokens, StartError> {
    prepare_data(config)?;
    let storage = Arc::new(open_database(config).await?);
    Ok(Tokens::new(
        storage,
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
    ))
}

/// Starts the sandbox. What happens in it is counted with `meter`.
pub(crate) fn open_sandbox(
    config: &Config,
    crm: Arc<dyn Crm>,
    meter: Arc<dyn Meter>,
) -> Result<Arc<Runtime>, StartError> {
    let broker = Broker::new(crm, Arc::new(SystemClock), Arc::new(SystemEntropy));
    let key = AotKey::new(aot_key(&config.data_dir, &SystemEntropy)?);
    let settings = RuntimeConfig {
        runs_max: u32::try_from(config.limits.runs_max).unwrap_or(u32::MAX),
        aot: Some((config.data_dir.join(AOT_DIR), key)),
    };
    Runtime::metered(settings, Arc::new(broker), meter).map_err(StartError::Sandbox)
}

/// Wires everything.
pub(crate) async fn app(config: &Config) -> Result<App, StartError> {
    prepare_data(config)?;
    let metrics = Arc::new(Metrics::new(SystemClock.now()));
    let database = open_database(config).await?;
    let storage: Arc<dyn Storage> = Arc::new(database.clone());
    let crm = open_crm(config, metrics.clone()).await?;
    let sandbox = open_sandbox(config, crm.clone(), metrics.clone())?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let manifests = Arc::new(JsonManifests);
    let tokens = Tokens::new(
        Arc::clone(&storage),
        Arc::clone(&clock),
        Arc::clone(&entropy),
    );
    let modules = Modules::new(
        Arc::clone(&storage),
        sandbox.clone(),
        manifests.clone(),
        Arc::clone(&clock),
        Arc::clone(&entropy),
    );
    let invocations = Invocations::new(
        Arc::clone(&storage),
        sandbox.clone(),
        manifests,
        Arc::clone(&entropy),
        Gate::new(config.limits),
    );
    let invocations = Arc::new(invocations.metered(metrics.clone()));
    Ok(App {
        tokens: Arc::new(tokens),
        modules: Arc::new(modules),
        invocations: Arc::clone(&invocations),
        monitoring: Monitoring {
            metrics,
            levels: levels(invocations, sandbox, Arc::clone(&crm), database),
            access: access(config),
        },
        readiness: Arc::new(Readiness::new(storage, crm)),
        mypa: mypa(config)?,
        clock,
        entropy,
    })
}

fn access(config: &Config) -> MetricsAccess {
    let token = config.metrics.token.clone();
    token.map_or(MetricsAccess::ThisMachine, MetricsAccess::Bearer)
}

/// Reads what goes up and down where it does.
fn levels(
    invocations: Arc<Invocations>,
    sandbox: Arc<Runtime>,
    crm: Arc<Twenty>,
    database: Database,
) -> Arc<dyn Fn() -> Levels + Send + Sync> {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    Arc::new(move || {
        let load = invocations.load();
        let (connections, idle) = database.connections();
        Levels {
            runs: count(load.runs),
            calls_waiting: count(load.waiting),
            sandbox_instances: sandbox.instances(),
            crm_requests_waiting: count(crm.waiting()),
            storage_connections: connections.into(),
            storage_connections_idle: count(idle),
        }
    })
}

fn mypa(config: &Config) -> Result<Option<Arc<MypaTokens>>, StartError> {
    let tokens = config.mypa.as_ref().map(|mypa| {
        MypaTokens::new(&mypa.secret, &mypa.slug, mypa.community.clone()).map(Arc::new)
    });
    tokens.transpose().map_err(StartError::Mypa)
}
