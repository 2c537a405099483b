//! How the use cases of a story's host are put together.

use super::{Counting, JsonManifests, METRICS_TOKEN, SetClock, Setup};
use secrecy::SecretString;
use skillgate_app::access::Access;
use skillgate_app::audit::{AuditQueries, Trail};
use skillgate_app::broker::{Broker, Outside, Requests};
use skillgate_app::communities::Communities;
use skillgate_app::coordinate::Coordinations;
use skillgate_app::credentials::SealingKey;
use skillgate_app::events::Events;
use skillgate_app::gate::{Gate, GateLimits};
use skillgate_app::idempotency::Idempotency;
use skillgate_app::integrations::{CrmPlace, Integrations};
use skillgate_app::invocations::Invocations;
use skillgate_app::members::Members;
use skillgate_app::modules::Modules;
use skillgate_app::partnerships::Partnerships;
use skillgate_app::plans::Plans;
use skillgate_app::policies::Policies;
use skillgate_app::ports::{Clock, Crm, Entropy, HttpClient, Storage};
use skillgate_app::records::Records;
use skillgate_app::relay::{Expansions, Relay};
use skillgate_app::replay::Replays;
use skillgate_app::secrets::Secrets;
use skillgate_app::settings::Settings;
use skillgate_app::tokens::Tokens;
use skillgate_app::ways_out::WaysOut;
use skillgate_policy::Cedar;
use skillgate_runtime::Runtime;
use skillgate_server::{
    App, ForeignTokens, Levels, McpAccess, Metrics, MetricsAccess, Monitoring, Readiness,
};
use skillgate_storage::Database;
use std::sync::Arc;
use tokio_util::task::TaskTracker;

pub(super) fn replays(storage: &Arc<Database>, sandbox: &Arc<Runtime>, trail: &Trail) -> Replays {
    let access = Access::new(storage.clone(), Arc::new(Cedar::new()));
    Replays::new(
        storage.clone(),
        storage.clone(),
        Arc::new(access),
        sandbox.clone(),
        trail.clone(),
    )
}

pub(super) fn wire(
    (storage, access, secrets): (&Arc<Database>, &Arc<Access>, &Arc<Secrets>),
    (relay, client): (Arc<Relay>, Arc<dyn HttpClient>),
    (sandbox, broker): (&Arc<Runtime>, Arc<Broker>),
    (clock, entropy): (&Arc<SetClock>, &Arc<Counting>),
    (crm, integrations): (Arc<dyn Crm>, Integrations),
    (trail, metrics): (&Trail, Arc<Metrics>),
    (gate, journals): (GateLimits, bool),
) -> App {
    let access = Arc::clone(access);
    let policies = policies(&access, storage, (clock, entropy), trail);
    let (store, settings) = (storage.clone(), settings(&access, storage, clock, trail));
    let audit = AuditQueries::new(storage.clone(), access.clone(), trail.clone());
    let idempotency = Idempotency::new(storage.clone(), clock.clone());
    let (communities, partnerships, events) = partnerships(storage, &access, trail, &metrics);
    let members = members(storage, &access, entropy, trail);
    let questions = storage.clone();
    let storage: Arc<dyn Storage> = storage.clone();
    let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) = (clock.clone(), entropy.clone());
    let manifests = Arc::new(JsonManifests);
    let modules = Arc::new(modules(
        &storage,
        &access,
        (sandbox, &manifests),
        (&clock, &entropy),
        trail,
    ));
    let (reader, ids) = (broker.clone(), entropy.clone());
    let records = Arc::new(Records::new(access.clone(), reader, ids, trail.clone()));
    let plans = plans((&storage, &access), broker, &entropy, trail);
    let invocations = Invocations::new(
        storage.clone(),
        access.clone(),
        sandbox.clone(),
        manifests,
        entropy.clone(),
        trail.clone(),
        Gate::new(gate),
    );
    let invocations = Arc::new(invocations.metered(metrics.clone()).recording(journals));
    App {
        tokens: Arc::new(Tokens::new(
            storage.clone(),
            access,
            clock.clone(),
            entropy.clone(),
            trail.clone(),
        )),
        policies: Arc::new(policies),
        secrets: secrets.clone(),
        ways_out: Arc::new(WaysOut::new(modules.clone(), client)),
        settings: Arc::new(settings),
        monitoring: monitoring(metrics, sandbox.clone()),
        modules: modules.clone(),
        expansions: Arc::new(Expansions::new(questions, relay.clone(), records.clone())),
        records,
        integrations: Arc::new(integrations),
        coordinations: Arc::new(Coordinations::new(
            invocations.clone(),
            plans.clone(),
            store,
        )),
        invocations,
        plans,
        notices: None,
        relay,
        communities: Arc::new(communities),
        members: Arc::new(members),
        partnerships: Arc::new(partnerships),
        events: Arc::new(events),
        audit: Arc::new(audit),
        idempotency: Arc::new(idempotency),
        readiness: Arc::new(Readiness::new(storage, crm)),
        mcp: McpAccess::default(),
        foreign: ForeignTokens::default(),
        clock,
        entropy,
        tasks: TaskTracker::new(),
    }
}

/// What skills use and never see, sealed under one key in every story.
pub(super) fn secrets(
    (storage, access): (&Arc<Database>, &Arc<Access>),
    (clock, entropy): (&Arc<SetClock>, &Arc<Counting>),
    trail: &Trail,
) -> Arc<Secrets> {
    let key = SecretString::from("07".repeat(32));
    let key = SealingKey::parse(&key).expect("a key");
    Arc::new(Secrets::new(
        storage.clone(),
        access.clone(),
        (clock.clone(), entropy.clone()),
        trail.clone(),
        key,
    ))
}

/// Whom skills reach outside the CRM.
pub(super) fn outside(
    (storage, access, secrets): (&Arc<Database>, &Arc<Access>, &Arc<Secrets>),
    relay: &Arc<Relay>,
    client: &Arc<dyn HttpClient>,
    setup: &Setup,
) -> Outside {
    let requests = Requests {
        client: client.clone(),
        secrets: secrets.clone(),
        usage: storage.clone(),
        limits: setup.requests,
    };
    Outside {
        access: access.clone(),
        relay: relay.clone(),
        planner: setup.planner.clone(),
        workspace: setup.workspace.clone(),
        http: requests,
    }
}

pub(super) fn relay(
    storage: &Arc<Database>,
    access: &Arc<Access>,
    entropy: &Arc<Counting>,
    trail: &Trail,
) -> Arc<Relay> {
    let (storage, access, entropy) = (storage.clone(), access.clone(), entropy.clone());
    Arc::new(Relay::new(storage, access, entropy, trail.clone()))
}

fn settings(
    access: &Arc<Access>,
    storage: &Arc<Database>,
    clock: &Arc<SetClock>,
    trail: &Trail,
) -> Settings {
    let (store, storage) = (storage.clone(), storage.clone());
    Settings::new(access.clone(), store, storage, clock.clone(), trail.clone())
}

fn plans(
    (storage, access): (&Arc<dyn Storage>, &Arc<Access>),
    broker: Arc<Broker>,
    entropy: &Arc<dyn Entropy>,
    trail: &Trail,
) -> Arc<Plans> {
    let (storage, access) = (storage.clone(), access.clone());
    let entropy = entropy.clone();
    Arc::new(Plans::new(storage, access, broker, entropy, trail.clone()))
}

fn partnerships(
    storage: &Arc<Database>,
    access: &Arc<Access>,
    trail: &Trail,
    metrics: &Arc<Metrics>,
) -> (Communities, Partnerships, Events) {
    let (store, known) = (storage.clone(), storage.clone());
    let communities = Communities::new(access.clone(), known, store, trail.clone());
    let (store, known) = (storage.clone(), storage.clone());
    let partnerships =
        Partnerships::new(access.clone(), (store.clone(), store), known, trail.clone());
    let (store, known) = (storage.clone(), storage.clone());
    let events = Events::new(access.clone(), store, known, trail.clone());
    (
        communities,
        partnerships.metered(metrics.clone()),
        events.metered(metrics.clone()),
    )
}

fn members(
    storage: &Arc<Database>,
    access: &Arc<Access>,
    entropy: &Arc<Counting>,
    trail: &Trail,
) -> Members {
    let (access, entropy) = (access.clone(), entropy.clone());
    Members::new(access, storage.clone(), entropy, trail.clone())
}

fn policies(
    access: &Arc<Access>,
    storage: &Arc<Database>,
    (clock, entropy): (&Arc<SetClock>, &Arc<Counting>),
    trail: &Trail,
) -> Policies {
    Policies::new(
        access.clone(),
        storage.clone(),
        Arc::new(Cedar::new()),
        clock.clone(),
        entropy.clone(),
        trail.clone(),
    )
}

fn modules(
    storage: &Arc<dyn Storage>,
    access: &Arc<Access>,
    (sandbox, manifests): (&Arc<Runtime>, &Arc<JsonManifests>),
    (clock, entropy): (&Arc<dyn Clock>, &Arc<dyn Entropy>),
    trail: &Trail,
) -> Modules {
    Modules::new(
        storage.clone(),
        access.clone(),
        sandbox.clone(),
        manifests.clone(),
        clock.clone(),
        entropy.clone(),
        trail.clone(),
    )
}

/// Says what the host is connected to.
pub(super) fn integrations(
    access: &Arc<Access>,
    crm: &Arc<dyn Crm>,
    setup: &Setup,
    trail: &Trail,
) -> Integrations {
    const GATEWAY: &str = "http://openclaw.example";
    let (access, place) = (access.clone(), CrmPlace::Embedded);
    let mut all = Integrations::new(access, trail.clone(), crm.clone(), place);
    if let Some(planner) = &setup.planner {
        all = all.with_planner(planner.clone(), GATEWAY.to_owned());
    }
    if let Some(workspace) = &setup.workspace {
        all = all.with_workspace(workspace.clone());
    }
    all
}

fn monitoring(metrics: Arc<Metrics>, sandbox: Arc<Runtime>) -> Monitoring {
    let levels = move || Levels {
        sandbox_instances: sandbox.instances(),
        ..Levels::default()
    };
    Monitoring {
        metrics,
        levels: Arc::new(levels),
        access: MetricsAccess::Bearer(METRICS_TOKEN.into()),
    }
}
