//! A door over fakes, and a client for it.

#[path = "world/answer.rs"]
mod answer;
#[path = "world/crm.rs"]
mod crm;
#[path = "world/handed.rs"]
mod handed;
#[path = "world/keyed.rs"]
mod keyed;
#[path = "world/notices.rs"]
mod notices;
#[path = "world/offers.rs"]
mod offers;
#[path = "world/partnerships.rs"]
mod partnerships;
#[path = "world/plans.rs"]
mod plans;
#[path = "world/sandbox.rs"]
mod sandbox;
#[path = "world/secrets.rs"]
mod secrets;
#[path = "world/storage.rs"]
mod storage;

pub(crate) use answer::Answer;
pub(crate) use crm::FakeCrm;
pub(crate) use handed::Handed;
pub(crate) use sandbox::{Behaviour, FakeSandbox};
pub(crate) use storage::{Failure, FakeStorage};

use crate::contract;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request, header};
use http_body_util::BodyExt;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use skillgate_app::access::Access;
use skillgate_app::audit::memory::MemoryAudit;
use skillgate_app::audit::{AuditQueries, Trail};
use skillgate_app::broker::Broker;
use skillgate_app::budgets::{WriteBudgets, WriteLimits};
use skillgate_app::coordinate::Coordinations;
use skillgate_app::gate::{Gate, GateLimits};
use skillgate_app::idempotency::Idempotency;
use skillgate_app::integrations::{CrmPlace, Integrations};
use skillgate_app::invocations::Invocations;
use skillgate_app::modules::Modules;
use skillgate_app::plans::Plans;
use skillgate_app::policies::Policies;
use skillgate_app::ports::{Clock, Entropy, Manifests};
use skillgate_app::records::Records;
use skillgate_app::relay::{Expansions, Relay};
use skillgate_app::settings::Settings;
use skillgate_app::tokens::{Issuer, NewToken, Tokens};
use skillgate_domain::ids::{AgentId, CommunityId, RequestId, UserId};
use skillgate_domain::principal::{Door, Origin, Role, TokenScope};
use skillgate_domain::skill::{Finding, Skill};
use skillgate_domain::time::Timestamp;
use skillgate_policy::Cedar;
use skillgate_server::{
    App, ForeignTokens, Levels, McpAccess, Metrics, MetricsAccess, Monitoring, MypaTokens,
    Readiness, router,
};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use uuid::Uuid;

pub(crate) const NOW_MS: i64 = 1_790_000_000_000;
pub(crate) const MYPA_SECRET: &str = "0123456789abcdef0123456789abcdef";
const BOUNDARY: &str = "x-boundary";

/// A clock that moves when told to.
pub(crate) struct SetClock(AtomicI64);

impl SetClock {
    pub(crate) fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap();
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::Relaxed))
    }
}

#[derive(Default)]
struct Counted(AtomicU64);

impl Entropy for Counted {
    fn uuid(&self) -> Uuid {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u64_pair(0x0190_f5fe_7c00_7a00, 0x8000_0000_0000_0000 | n)
    }

    fn secret(&self) -> [u8; 32] {
        [u8::try_from(self.0.fetch_add(1, Ordering::Relaxed) % 256).unwrap(); 32]
    }
}

struct RealManifests;

impl Manifests for RealManifests {
    fn read(&self, text: &str) -> Result<Skill, Vec<Finding>> {
        skillgate_manifest::parse(text)
    }
}

/// A door over fakes.
pub(crate) struct World {
    pub(crate) storage: Arc<FakeStorage>,
    pub(crate) sandbox: Arc<FakeSandbox>,
    pub(crate) crm: Arc<FakeCrm>,
    pub(crate) audit: Arc<MemoryAudit>,
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) tasks: TaskTracker,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) relay: Arc<Relay>,
    /// Operations that were tried, and whether they answered or refused.
    pub(crate) seen: Mutex<BTreeSet<(&'static str, bool)>>,
    tokens: Arc<Tokens>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_gate(GateLimits::DEFAULT).await
    }

    pub(crate) async fn with_gate(limits: GateLimits) -> Self {
        Self::over(Arc::new(FakeStorage::default()), limits).await
    }

    /// A door over storage that another one has used: the host was started again.
    pub(crate) async fn over(storage: Arc<FakeStorage>, limits: GateLimits) -> Self {
        Self::with(storage, limits, MetricsAccess::ThisMachine).await
    }

    /// A door whose metrics are for whoever has a token.
    pub(crate) async fn with_metrics_access(access: MetricsAccess) -> Self {
        let storage = Arc::new(FakeStorage::default());
        Self::with(storage, GateLimits::DEFAULT, access).await
    }

    async fn with(
        storage: Arc<FakeStorage>,
        limits: GateLimits,
        metrics_access: MetricsAccess,
    ) -> Self {
        let (sandbox, crm) = (Arc::<FakeSandbox>::default(), Arc::<FakeCrm>::default());
        let (clock, entropy) = (Arc::new(SetClock(NOW_MS.into())), Arc::<Counted>::default());
        let audit = Arc::clone(&storage.audit);
        let trail = audit.trail(clock.clone()).await;
        let (manifests, tasks) = (Arc::new(RealManifests), TaskTracker::new());
        let metrics = Arc::new(Metrics::new(clock.now()));
        let (access, policies) = policies(&storage, &clock, &entropy, &trail, &metrics);
        let tokens = tokens((&storage, &access), (&clock, &entropy), &trail);
        let (store, boxed) = ((&storage, &access), (&sandbox, &manifests));
        let modules = Arc::new(modules(store, boxed, (&clock, &entropy), &trail));
        let invocations = invocations(store, boxed, &entropy, &trail, Gate::new(limits));
        let invocations = Arc::new(invocations.metered(metrics.clone()));
        let broker = broker((&storage, &crm), (&clock, &entropy), &trail);
        let (records, integrations) = surface(&access, (&broker, &crm), &entropy, &trail);
        let plans = plans(&broker, (&storage, &access, &entropy), &trail);
        let secrets = secrets::secrets((&storage, &access), (&clock, &entropy), &trail);
        let relay = relay(&storage, &access, &entropy, &trail);
        let (communities, partnerships, events) = partnerships::wired(&storage, &access, &trail);
        let app = App {
            tokens: tokens.clone(),
            modules: modules.clone(),
            invocations: invocations.clone(),
            monitoring: monitoring(metrics.clone(), invocations.clone(), metrics_access),
            policies: Arc::new(policies),
            secrets: Arc::new(secrets),
            ways_out: Arc::new(secrets::ways_out(&modules)),
            expansions: expansions(&storage, &relay, &records),
            records,
            integrations: Arc::new(integrations),
            settings: Arc::new(settings(&storage, &access, &clock, &trail)),
            coordinations: coordinations(&invocations, &plans, &storage),
            plans,
            notices: Some(notices::of(&crm, &clock, &metrics)),
            relay: relay.clone(),
            communities: Arc::new(communities),
            members: Arc::new(partnerships::members(&storage, &access, &entropy, &trail)),
            partnerships: Arc::new(partnerships),
            events: Arc::new(events),
            audit: Arc::new(AuditQueries::new(audit.clone(), access, trail.clone())),
            idempotency: Arc::new(Idempotency::new(storage.clone(), clock.clone())),
            readiness: Arc::new(Readiness::new(storage.clone(), crm.clone())),
            mcp: McpAccess::default(),
            foreign: foreign(),
            clock: clock.clone(),
            entropy,
            tasks: tasks.clone(),
        };
        Self {
            clock,
            tasks,
            storage,
            sandbox,
            crm,
            audit,
            router: router(app.clone()),
            app,
            metrics,
            relay,
            seen: Mutex::default(),
            tokens,
        }
    }

    /// Makes a world with the skill `echo` granted in the community `home`.
    pub(crate) async fn with_echo() -> (Self, String) {
        let world = Self::new().await;
        let token = world.grant_echo().await;
        (world, token)
    }

    /// Hands in and grants `echo`; returns a member's token.
    pub(crate) async fn grant_echo(&self) -> String {
        self.install(&manifest(), b"component").await;
        self.token("home", "mia", Role::Member).await
    }

    /// Hands a module in as a partner, and grants it as it asks as an admin; returns where the grant is.
    pub(crate) async fn install(&self, manifest: &str, component: &[u8]) -> String {
        let partner = self.token("home", "pat", Role::Partner).await;
        let admin = self.token("home", "ada", Role::Admin).await;
        let made = self.submit(&partner, manifest, component).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let path = format!("/api/modules/{}/grants", made.body["id"].as_str().unwrap());
        let granted = self.post(&path, &admin, &json!({})).await;
        assert_eq!(granted.status, 201, "{}", granted.body);
        format!("{path}/{}", granted.body["id"].as_str().unwrap())
    }

    /// Hands in and grants a skill that coordinates.
    pub(crate) async fn grant_coordinator(&self) {
        let mut skill: Value = serde_json::from_str(&manifest()).unwrap();
        let (anything, tool) = (json!({ "type": "object" }), "/tools/0");
        skill["name"] = "tez-handoff".into();
        let tool = skill.pointer_mut(tool).unwrap();
        tool["name"] = "coordinate".into();
        tool["input_schema"] = anything.clone();
        tool["output_schema"] = anything;
        self.install(&skill.to_string(), b"coordinator").await;
    }

    pub(crate) async fn token(&self, home: &str, user: &str, role: Role) -> String {
        let new = NewToken {
            label: String::new(),
            community: community(home),
            user: UserId::parse(user).unwrap(),
            agent: (role == Role::Agent).then(|| AgentId::parse("bot").unwrap()),
            role,
            scope: TokenScope::FULL,
            life: Duration::from_hours(25),
        };
        let origin = Origin {
            door: Door::Cli,
            address: None,
            request: RequestId::parse("operator").unwrap(),
        };
        let (_, text) = self
            .tokens
            .issue(Issuer::Operator(&origin), new)
            .await
            .unwrap();
        text.expose_secret().to_owned()
    }

    /// Sends a request and checks that the OpenAPI document describes the answer.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes: bytes.to_vec(),
        };
        if let Some(operation) = contract::check(&method, &path, &answer) {
            let answered = answer.status.is_success();
            self.seen.lock().unwrap().insert((operation, answered));
        }
        answer
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(
            request(Method::GET, path, token)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    /// Tells of a change in the CRM's name.
    pub(crate) async fn tell(&self, headers: &[(&str, &str)], body: Body) -> Answer {
        let mut request = Request::post("/webhooks/twenty");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body).unwrap()).await
    }

    /// Asks for the metrics from `peer`.
    pub(crate) async fn scrape(&self, peer: &str, headers: &[(&str, &str)]) -> Answer {
        let peer: SocketAddr = peer.parse().unwrap();
        let mut request = Request::get("/metrics").extension(ConnectInfo(peer));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str, token: &str) -> Answer {
        self.send(
            request(Method::DELETE, path, token)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn put(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request =
            request(Method::PUT, path, token).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string().into()).unwrap())
            .await
    }

    pub(crate) async fn patch(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request =
            request(Method::PATCH, path, token).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string().into()).unwrap())
            .await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.post_bytes(path, token, body.to_string().into_bytes())
            .await
    }

    pub(crate) async fn post_bytes(&self, path: &str, token: &str, body: Vec<u8>) -> Answer {
        let request = request(Method::POST, path, token)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8");
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Calls the tool `say` of `echo`.
    pub(crate) async fn say(&self, token: &str, input: &Value) -> Answer {
        self.post("/api/skills/echo/tools/say", token, input).await
    }

    pub(crate) async fn submit(&self, token: &str, manifest: &str, component: &[u8]) -> Answer {
        let parts = [("manifest", manifest.as_bytes()), ("component", component)];
        self.post_form(token, form(&parts)).await
    }

    pub(crate) async fn post_form(&self, token: &str, body: Vec<u8>) -> Answer {
        let request = request(Method::POST, "/api/modules", token).header(
            header::CONTENT_TYPE,
            format!("multipart/form-data; boundary={BOUNDARY}"),
        );
        self.send(request.body(body.into()).unwrap()).await
    }
}

fn policies(
    storage: &Arc<FakeStorage>,
    clock: &Arc<SetClock>,
    entropy: &Arc<Counted>,
    trail: &Trail,
    metrics: &Arc<Metrics>,
) -> (Arc<Access>, Policies) {
    let language = Arc::new(Cedar::new());
    let access = Access::new(storage.clone(), language.clone()).metered(metrics.clone());
    let access = Arc::new(access);
    let policies = Policies::new(
        access.clone(),
        storage.clone(),
        language,
        clock.clone(),
        entropy.clone(),
        trail.clone(),
    );
    (access, policies)
}

fn relay(
    storage: &Arc<FakeStorage>,
    access: &Arc<Access>,
    entropy: &Arc<Counted>,
    trail: &Trail,
) -> Arc<Relay> {
    let (access, entropy) = (access.clone(), entropy.clone());
    let relay = Relay::new(storage.relay.clone(), access, entropy, trail.clone());
    Arc::new(relay)
}

fn foreign() -> ForeignTokens {
    let tokens = MypaTokens::new(&MYPA_SECRET.into(), "mypa", community("home"));
    ForeignTokens {
        mypa: Some(Arc::new(tokens.unwrap())),
        platform: None,
    }
}

fn monitoring(
    metrics: Arc<Metrics>,
    invocations: Arc<Invocations>,
    access: MetricsAccess,
) -> Monitoring {
    let levels = move || {
        let load = invocations.load();
        Levels {
            runs: load.runs as u64,
            calls_waiting: load.waiting as u64,
            ..Levels::default()
        }
    };
    Monitoring {
        metrics,
        levels: Arc::new(levels),
        access,
    }
}

pub(crate) fn request(method: Method, path: &str, token: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
}

pub(crate) fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, bytes) in parts {
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

pub(crate) fn community(name: &str) -> CommunityId {
    CommunityId::parse(name).unwrap()
}

pub(crate) fn secret(text: &str) -> SecretString {
    text.into()
}

/// A manifest of the skill `echo`, whose tool `say` takes and gives a text.
pub(crate) fn manifest() -> String {
    let schema = json!({
        "type": "object",
        "properties": { "text": { "type": "string" } },
        "required": ["text"],
    });
    json!({
        "manifest_version": 1,
        "name": "echo",
        "version": "0.1.0",
        "title": "Echo",
        "description": "Says it again.",
        "publisher": "skillgate",
        "license": "AGPL-3.0-or-later",
        "interfaces": ["crm"],
        "capabilities": { "crm": { "contact": { "read": ["email"] } } },
        "config": { "tone": { "description": "How to say it.", "default": "kind" } },
        "tools": [{
            "name": "say",
            "title": "Say",
            "description": "Says it again.",
            "input_schema": schema,
            "output_schema": schema,
        }],
    })
    .to_string()
}

fn invocations(
    (storage, access): (&Arc<FakeStorage>, &Arc<Access>),
    (sandbox, manifests): (&Arc<FakeSandbox>, &Arc<RealManifests>),
    entropy: &Arc<Counted>,
    trail: &Trail,
    gate: Gate,
) -> Invocations {
    Invocations::new(
        storage.clone(),
        access.clone(),
        sandbox.clone(),
        manifests.clone(),
        entropy.clone(),
        trail.clone(),
        gate,
    )
}

fn modules(
    (storage, access): (&Arc<FakeStorage>, &Arc<Access>),
    (sandbox, manifests): (&Arc<FakeSandbox>, &Arc<RealManifests>),
    (clock, entropy): (&Arc<SetClock>, &Arc<Counted>),
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

fn surface(
    access: &Arc<Access>,
    (broker, crm): (&Arc<Broker>, &Arc<FakeCrm>),
    entropy: &Arc<Counted>,
    trail: &Trail,
) -> (Arc<Records>, Integrations) {
    let (access, place) = (access.clone(), CrmPlace::Embedded);
    let integrations = Integrations::new(access.clone(), trail.clone(), crm.clone(), place);
    let records = Records::new(access, broker.clone(), entropy.clone(), trail.clone());
    (Arc::new(records), integrations)
}

fn plans(
    broker: &Arc<Broker>,
    of: (&Arc<FakeStorage>, &Arc<Access>, &Arc<Counted>),
    trail: &Trail,
) -> Arc<Plans> {
    let (storage, access, entropy) = of;
    let plans = Plans::new(
        storage.clone(),
        access.clone(),
        broker.clone(),
        entropy.clone(),
        trail.clone(),
    );
    Arc::new(plans)
}

fn broker(
    (storage, crm): (&Arc<FakeStorage>, &Arc<FakeCrm>),
    (clock, entropy): (&Arc<SetClock>, &Arc<Counted>),
    trail: &Trail,
) -> Arc<Broker> {
    let budgets = WriteBudgets::new(storage.audit.clone(), clock.clone(), WriteLimits::DEFAULT);
    let broker = Broker::new(
        crm.clone(),
        clock.clone(),
        entropy.clone(),
        storage.clone(),
        Arc::new(budgets),
        trail.clone(),
    );
    Arc::new(broker.under(storage.clone()))
}

fn tokens(
    (storage, access): (&Arc<FakeStorage>, &Arc<Access>),
    (clock, entropy): (&Arc<SetClock>, &Arc<Counted>),
    trail: &Trail,
) -> Arc<Tokens> {
    let (storage, access) = (storage.clone(), access.clone());
    let (clock, entropy) = (clock.clone(), entropy.clone());
    Arc::new(Tokens::new(storage, access, clock, entropy, trail.clone()))
}

fn expansions(
    storage: &Arc<FakeStorage>,
    relay: &Arc<Relay>,
    records: &Arc<Records>,
) -> Arc<Expansions> {
    let (relay, records) = (relay.clone(), records.clone());
    Arc::new(Expansions::new(storage.relay.clone(), relay, records))
}

fn coordinations(
    invocations: &Arc<Invocations>,
    plans: &Arc<Plans>,
    storage: &Arc<FakeStorage>,
) -> Arc<Coordinations> {
    let (invocations, plans) = (invocations.clone(), plans.clone());
    Arc::new(Coordinations::new(invocations, plans, storage.clone()))
}

fn settings(
    storage: &Arc<FakeStorage>,
    access: &Arc<Access>,
    clock: &Arc<SetClock>,
    trail: &Trail,
) -> Settings {
    let (store, storage) = (storage.clone(), storage.clone());
    Settings::new(access.clone(), store, storage, clock.clone(), trail.clone())
}
