//! Puts the host together: the one place that sees every adapter.

mod audit;
mod communities;
mod crm;
mod data;
mod error;
mod foreign;
mod freshness;
mod levels;
mod manifests;
mod outside;
mod system;

pub(crate) use audit::{Audit, Keys, keys as audit_keys, open as open_audit};
use communities::{mailer, members, partnerships, settings};
pub(crate) use crm::open as open_crm;
pub(crate) use data::{aot_key, prepare as prepare_data, rotate_audit_key};
use data::{open_scratches, sealing_key};
pub(crate) use error::StartError;
pub(crate) use outside::{
    open_egress, open_mail, open_outbound, open_planner, open_relay, open_transport, open_way_out,
    open_workspace,
};
pub(crate) use system::{SystemClock, SystemEntropy};

use crate::config::{self, Config};
use manifests::JsonManifests;
use secrecy::ExposeSecret;
use skillgate_app::access::Access;
use skillgate_app::audit::{AuditQueries, Trail};
use skillgate_app::broker::{Broker, Outside, Requests};
use skillgate_app::budgets::WriteBudgets;
use skillgate_app::coordinate::Coordinations;
use skillgate_app::credentials::SealingKey;
use skillgate_app::gate::Gate;
use skillgate_app::idempotency::Idempotency;
use skillgate_app::integrations::{CrmPlace, Integrations};
use skillgate_app::invocations::Invocations;
use skillgate_app::mail::Mailer;
use skillgate_app::modules::Modules;
use skillgate_app::plans::Plans;
use skillgate_app::policies::Policies;
use skillgate_app::ports::{Clock, Entropy, Meter, PolicyStore, Storage, Unmetered};
use skillgate_app::reads::{Reads, Reconciliation};
use skillgate_app::records::Records;
use skillgate_app::recovery::Recovery;
use skillgate_app::relay::{Expansions, Relay};
use skillgate_app::replay::Replays;
use skillgate_app::retention::Retention;
use skillgate_app::secrets::Secrets;
use skillgate_app::tokens::Tokens;
use skillgate_app::ways_out::WaysOut;
use skillgate_connectors::outbound::OutboundHttp;
use skillgate_connectors::twenty::Twenty;
use skillgate_policy::Cedar;
use skillgate_runtime::{AotKey, Runtime, RuntimeConfig};
use skillgate_server::{App, Metrics, MetricsAccess, Monitoring, Readiness};
use skillgate_storage::Database;
use std::sync::Arc;
use tokio_util::task::TaskTracker;

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
pub(crate) async fn tokens(config: &Config) -> Result<(Tokens, Audit), StartError> {
    prepare_data(config)?;
    let storage = Arc::new(open_database(config).await?);
    let audit = open_audit(config, &storage, Arc::new(Unmetered)).await?;
    let access = Access::new(storage.clone(), Arc::new(Cedar::new()));
    let tokens = Tokens::new(
        storage,
        Arc::new(access),
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
        audit.trail.clone(),
    );
    Ok((tokens, audit))
}

/// Starts the sandbox. What happens in it is counted with `meter`.
pub(crate) fn open_sandbox(
    config: &Config,
    broker: Arc<Broker>,
    meter: Arc<dyn Meter>,
) -> Result<Arc<Runtime>, StartError> {
    let key = AotKey::new(aot_key(&config.data_dir, &SystemEntropy)?);
    let settings = RuntimeConfig {
        runs_max: u32::try_from(config.limits.runs_max).unwrap_or(u32::MAX),
        aot: Some((config.data_dir.join(AOT_DIR), key)),
    };
    Runtime::metered(settings, broker, meter).map_err(StartError::Sandbox)
}

/// Everything that runs, and what must end with it.
pub(crate) struct Host {
    pub(crate) app: App,
    pub(crate) recovery: Recovery,
    pub(crate) reconciliation: Reconciliation,
    pub(crate) retention: Retention,
    pub(crate) replays: Replays,
    /// Sends what is due, where a server of mail is configured.
    pub(crate) mailer: Option<Mailer>,
    audit: Audit,
}

impl Host {
    /// Waits until everything is recorded and signed. Whoever else holds the application must be gone.
    pub(crate) async fn close(self) {
        let Self {
            app,
            recovery,
            reconciliation,
            retention,
            replays,
            mailer,
            audit,
        } = self;
        drop((app, recovery, reconciliation, retention, replays, mailer));
        audit.close().await;
    }
}

/// What the use cases stand on.
struct Adapters {
    metrics: Arc<Metrics>,
    database: Arc<Database>,
    trail: Trail,
    crm: Arc<Twenty>,
    reads: Arc<Reads>,
    access: Arc<Access>,
    policies: Policies,
    relay: Arc<Relay>,
    broker: Arc<Broker>,
    sandbox: Arc<Runtime>,
    secrets: Arc<Secrets>,
    client: Arc<OutboundHttp>,
}

/// Opens everything and wires it.
pub(crate) async fn host(config: &Config) -> Result<Host, StartError> {
    prepare_data(config)?;
    let metrics = Arc::new(Metrics::new(SystemClock.now()));
    let database = Arc::new(open_database(config).await?);
    let audit = open_audit(config, &database, metrics.clone()).await?;
    let trail = audit.trail.clone();
    let crm = open_crm(config, metrics.clone()).await?;
    let budgets = WriteBudgets::new(database.clone(), Arc::new(SystemClock), config.writes);
    let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) =
        (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let (access, policies) = policies(database.clone(), &clock, &entropy, &trail, metrics.clone());
    let relay = relay(&database, &access, &entropy, &trail);
    let broker = Broker::new(
        crm.clone(),
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
        database.clone(),
        Arc::new(budgets),
        trail.clone(),
    );
    let broker = broker.under(database.clone()).keeping(database.clone());
    let broker = broker.with_files(Arc::new(open_scratches(&config.data_dir)?));
    let reads = freshness::reads(config, &crm, &clock, metrics.clone());
    let broker = broker.reading(reads.clone());
    let secrets = secrets(config, &database, (&access, &clock, &entropy), &trail)?;
    let client = open_outbound(&config.egress)?;
    let requests = Requests {
        client: client.clone(),
        secrets: Arc::clone(&secrets),
        usage: database.clone(),
        limits: config.egress.requests,
    };
    let broker = broker.reaching(outside(config, &access, &relay, requests)?);
    let broker = Arc::new(broker);
    let sandbox = open_sandbox(config, broker.clone(), metrics.clone())?;
    let retention = Retention::new(
        database.clone(),
        database.clone(),
        database.clone(),
        Arc::new(SystemClock),
    )
    .keeping_journals(config.journal.kept);
    let recovery = Recovery::new(database.clone(), crm.clone(), trail.clone());
    let reconciliation = Reconciliation::new(reads.clone());
    let mailer = mailer(config, &database, metrics.clone())?;
    let adapters = Adapters {
        metrics,
        database,
        trail,
        crm,
        reads,
        access,
        policies,
        relay,
        broker,
        sandbox,
        secrets,
        client,
    };
    let (app, replays) = app(config, adapters)?;
    Ok(Host {
        app,
        recovery,
        reconciliation,
        retention,
        replays,
        mailer,
        audit,
    })
}

/// Reads the key under which secrets are sealed: the configured one, or that of the data folder.
pub(crate) fn secrets_key(
    config: &Config,
    entropy: &dyn Entropy,
) -> Result<SealingKey, StartError> {
    let key = match &config.secrets_key {
        Some(key) => key.clone(),
        None => sealing_key(&config.data_dir, entropy)?,
    };
    SealingKey::parse(&key).map_err(StartError::SealingKey)
}

/// Wires what skills use and never see.
fn secrets(
    config: &Config,
    database: &Arc<Database>,
    (access, clock, entropy): (&Arc<Access>, &Arc<dyn Clock>, &Arc<dyn Entropy>),
    trail: &Trail,
) -> Result<Arc<Secrets>, StartError> {
    let key = secrets_key(config, entropy.as_ref())?;
    let (store, access) = (database.clone(), Arc::clone(access));
    let world = (Arc::clone(clock), Arc::clone(entropy));
    Ok(Arc::new(Secrets::new(
        store,
        access,
        world,
        trail.clone(),
        key,
    )))
}

fn coordinations(
    invocations: &Arc<Invocations>,
    plans: &Arc<Plans>,
    database: &Arc<Database>,
) -> Arc<Coordinations> {
    let (invocations, plans) = (Arc::clone(invocations), Arc::clone(plans));
    Arc::new(Coordinations::new(invocations, plans, database.clone()))
}

fn app(config: &Config, adapters: Adapters) -> Result<(App, Replays), StartError> {
    let Adapters {
        metrics,
        database,
        trail,
        crm,
        reads,
        access,
        policies,
        relay,
        broker,
        sandbox,
        secrets,
        client,
    } = adapters;
    let storage: Arc<dyn Storage> = database.clone();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let queries = AuditQueries::new(database.clone(), Arc::clone(&access), trail.clone());
    let tokens = tokens_of((&storage, &access), (&clock, &entropy), &trail);
    let modules = modules((&storage, &access), &sandbox, (&clock, &entropy), &trail);
    let replays = replays(&database, &access, &sandbox, &trail);
    let settings = settings(&database, (&access, &clock), &trail);
    let (communities, partnerships, events) = partnerships(&database, &access, &trail, &metrics);
    let members = members(&database, (&access, &entropy), &trail);
    let records = records((&access, &broker, &entropy), &trail);
    let integrations = integrations(config, &access, crm.clone(), &trail)?;
    let ports = (&storage, &access, &entropy);
    let (invocations, plans) = calls(ports, (sandbox.clone(), broker), &trail, config);
    let invocations = Arc::new(invocations.metered(metrics.clone()));
    let app = App {
        tokens: Arc::new(tokens),
        modules: Arc::clone(&modules),
        policies: Arc::new(policies),
        secrets,
        ways_out: Arc::new(WaysOut::new(modules, client)),
        settings: Arc::new(settings),
        communities: Arc::new(communities),
        members: Arc::new(members),
        partnerships: Arc::new(partnerships),
        events: Arc::new(events),
        invocations: Arc::clone(&invocations),
        plans: Arc::clone(&plans),
        expansions: expansions(&database, &relay, &records),
        records,
        integrations: Arc::new(integrations),
        coordinations: coordinations(&invocations, &plans, &database),
        notices: freshness::notices(config, &reads, &clock, metrics.clone()),
        relay,
        audit: Arc::new(queries),
        monitoring: Monitoring {
            metrics,
            levels: levels::read(
                invocations,
                sandbox,
                (crm.clone(), reads),
                database.clone(),
                trail,
            ),
            access: metrics_access(config),
        },
        idempotency: Arc::new(Idempotency::new(database, Arc::clone(&clock))),
        readiness: Arc::new(Readiness::new(storage, crm)),
        mcp: config.mcp.clone(),
        foreign: foreign::tokens(config)?,
        clock,
        entropy,
        tasks: TaskTracker::new(),
    };
    Ok((app, replays))
}

fn tokens_of(
    (storage, access): (&Arc<dyn Storage>, &Arc<Access>),
    (clock, entropy): (&Arc<dyn Clock>, &Arc<dyn Entropy>),
    trail: &Trail,
) -> Tokens {
    Tokens::new(
        Arc::clone(storage),
        Arc::clone(access),
        Arc::clone(clock),
        Arc::clone(entropy),
        trail.clone(),
    )
}

fn expansions(
    database: &Arc<Database>,
    relay: &Arc<Relay>,
    records: &Arc<Records>,
) -> Arc<Expansions> {
    let (relay, records) = (Arc::clone(relay), Arc::clone(records));
    Arc::new(Expansions::new(database.clone(), relay, records))
}

fn records(
    (access, broker, entropy): (&Arc<Access>, &Arc<Broker>, &Arc<dyn Entropy>),
    trail: &Trail,
) -> Arc<Records> {
    let (access, broker) = (Arc::clone(access), Arc::clone(broker));
    let entropy = Arc::clone(entropy);
    Arc::new(Records::new(access, broker, entropy, trail.clone()))
}

/// Wires the life of modules.
fn modules(
    (storage, access): (&Arc<dyn Storage>, &Arc<Access>),
    sandbox: &Arc<Runtime>,
    (clock, entropy): (&Arc<dyn Clock>, &Arc<dyn Entropy>),
    trail: &Trail,
) -> Arc<Modules> {
    Arc::new(Modules::new(
        Arc::clone(storage),
        Arc::clone(access),
        sandbox.clone(),
        Arc::new(JsonManifests),
        Arc::clone(clock),
        Arc::clone(entropy),
        trail.clone(),
    ))
}

/// Wires what tells of everything the host is connected to.
fn integrations(
    config: &Config,
    access: &Arc<Access>,
    crm: Arc<Twenty>,
    trail: &Trail,
) -> Result<Integrations, StartError> {
    let place = match &config.crm {
        config::Crm::Embedded => CrmPlace::Embedded,
        config::Crm::Remote(remote) => CrmPlace::Remote(remote.address.url.clone()),
    };
    let mut all = Integrations::new(Arc::clone(access), trail.clone(), crm, place);
    if let Some(planner) = &config.openclaw {
        all = all.with_planner(open_planner(config)?, planner.address.url.clone());
    }
    if config.workspace.is_some() {
        all = all.with_workspace(open_workspace(config)?);
    }
    Ok(all)
}

/// Wires whom skills reach outside the CRM: the relay elsewhere, if there is one, else the embedded.
fn outside(
    config: &Config,
    access: &Arc<Access>,
    embedded: &Arc<Relay>,
    requests: Requests,
) -> Result<Outside, StartError> {
    let planner = config.openclaw.as_ref().map(|_| open_planner(config));
    let workspace = config.workspace.as_ref().map(|_| open_workspace(config));
    Ok(Outside {
        access: Arc::clone(access),
        relay: match open_relay(config)? {
            Some(elsewhere) => elsewhere,
            None => embedded.clone(),
        },
        planner: planner.transpose()?,
        workspace: workspace.transpose()?,
        http: requests,
    })
}

/// Wires the embedded Tez relay.
fn relay(
    database: &Arc<Database>,
    access: &Arc<Access>,
    entropy: &Arc<dyn Entropy>,
    trail: &Trail,
) -> Arc<Relay> {
    let (access, entropy) = (Arc::clone(access), Arc::clone(entropy));
    Arc::new(Relay::new(database.clone(), access, entropy, trail.clone()))
}

/// Wires what runs recorded calls again.
fn replays(
    database: &Arc<Database>,
    access: &Arc<Access>,
    sandbox: &Arc<Runtime>,
    trail: &Trail,
) -> Replays {
    let access = Arc::clone(access);
    let (journals, storage) = (database.clone(), database.clone());
    Replays::new(journals, storage, access, sandbox.clone(), trail.clone())
}

fn metrics_access(config: &Config) -> MetricsAccess {
    let token = config.metrics.token.clone();
    token.map_or(MetricsAccess::ThisMachine, MetricsAccess::Bearer)
}

/// Wires what runs skills and what they would write.
fn calls(
    (storage, access, entropy): (&Arc<dyn Storage>, &Arc<Access>, &Arc<dyn Entropy>),
    (sandbox, broker): (Arc<Runtime>, Arc<Broker>),
    trail: &Trail,
    config: &Config,
) -> (Invocations, Arc<Plans>) {
    let invocations = Invocations::new(
        Arc::clone(storage),
        Arc::clone(access),
        sandbox,
        Arc::new(JsonManifests),
        Arc::clone(entropy),
        trail.clone(),
        Gate::new(config.limits),
    );
    let invocations = invocations.recording(config.journal.records());
    let plans = Plans::new(
        Arc::clone(storage),
        Arc::clone(access),
        broker,
        Arc::clone(entropy),
        trail.clone(),
    );
    (invocations, Arc::new(plans))
}

/// Wires who may do what.
fn policies(
    store: Arc<dyn PolicyStore>,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
    trail: &Trail,
    meter: Arc<dyn Meter>,
) -> (Arc<Access>, Policies) {
    let language = Arc::new(Cedar::new());
    let access = Access::new(Arc::clone(&store), language.clone()).metered(meter);
    let access = Arc::new(access);
    let policies = Policies::new(
        Arc::clone(&access),
        store,
        language,
        Arc::clone(clock),
        Arc::clone(entropy),
        trail.clone(),
    );
    (access, policies)
}
