//! A whole host in one process: SQLite in a folder of its own, the real sandbox, a CRM of one's choice.

mod embedded;
mod wiring;

pub use embedded::{client_of, crm_behind, embedded_crm, embedded_server, embedded_server_at};

use crate::outside::way_out;
use secrecy::SecretString;
use serde_json::{Value, json};
use skillgate_app::access::Access;
use skillgate_app::audit::{AuditSettings, Recorder, SigningKey, Trail, Verifiers};
use skillgate_app::broker::Broker;
use skillgate_app::budgets::{WriteBudgets, WriteLimits};
use skillgate_app::gate::GateLimits;
use skillgate_app::invocations::{Answer, Call, InvokeError};
use skillgate_app::modules::ModuleError;
use skillgate_app::notices::Notices;
use skillgate_app::plans::{PlanError, PlanStanding};
use skillgate_app::ports::{
    AuditFilter, AuditStore, Clock, Crm, Entropy, HttpClient, HttpLimits, Manifests, Meter,
    NoticeReader, Planner, Unmetered, Workspace,
};
use skillgate_app::reads::{AGE_MAX, Reads, Reconciliation};
use skillgate_app::replay::Replays;
use skillgate_app::tokens::{Issuer, NewToken};
use skillgate_domain::grant::{Grant, GrantTerms};
use skillgate_domain::ids::{AgentId, CommunityId, RequestId, SkillName, ToolName, UserId};
use skillgate_domain::plan::Mode;
use skillgate_domain::principal::{Door, Origin, Principal, Role, TokenScope};
use skillgate_domain::scope::RecordScope;
use skillgate_domain::skill::{Finding, Skill};
use skillgate_domain::time::Timestamp;
use skillgate_policy::Cedar;
use skillgate_runtime::{AotKey, Runtime, RuntimeConfig};
use skillgate_server::{App, Metrics};
use skillgate_storage::{Database, Scratches};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use uuid::Uuid;
use wiring::{integrations, outside, relay, replays, secrets, wire};

/// 2026-03-01T12:00:00Z.
const NOON_MS: i64 = 1_772_366_400_000;

/// Folder of scratch files.
const SCRATCH_DIR: &str = "scratch";

/// What opens the metrics of every host here.
pub const METRICS_TOKEN: &str = "the stories' token";

/// A clock that moves when told to.
#[derive(Debug)]
pub struct SetClock(AtomicI64);

impl SetClock {
    /// A clock at noon of the stories' day.
    pub fn at_noon() -> Self {
        Self(AtomicI64::new(NOON_MS))
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(
            i64::try_from(by.as_millis()).unwrap_or(i64::MAX),
            Ordering::Relaxed,
        );
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::Relaxed))
    }
}

/// Ids and secrets that count upwards: no two alike, the same in every run.
#[derive(Debug, Default)]
pub struct Counting(AtomicU64);

impl Entropy for Counting {
    fn uuid(&self) -> Uuid {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u64_pair(0x0190_0000_0000_7000, 0x8000_0000_0000_0000 | n)
    }

    fn secret(&self) -> [u8; 32] {
        let n = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        std::array::from_fn(|i| n[i % n.len()])
    }
}

struct JsonManifests;

impl Manifests for JsonManifests {
    fn read(&self, text: &str) -> Result<Skill, Vec<Finding>> {
        skillgate_manifest::parse(text)
    }
}

/// A whole host.
pub struct TestHost {
    /// Time.
    pub clock: Arc<SetClock>,
    /// Everything kept.
    pub storage: Arc<Database>,
    /// The sandbox.
    pub runtime: Arc<Runtime>,
    /// What the HTTP door calls.
    pub app: App,
    /// Recorded calls, run again.
    pub replays: Replays,
    /// Asks the CRM what changed, when a story says so.
    pub reconciliation: Reconciliation,
    writing: tokio::task::JoinHandle<()>,
    folder: tempfile::TempDir,
}

/// How a host differs from the usual one.
pub struct Setup {
    /// Runs at once, and so on.
    pub gate: GateLimits,
    /// Where everything is kept; SQLite in a folder of the host's own, if nothing is said.
    pub database: Option<String>,
    /// Where the audit trail is kept; in the same place, if nothing is said.
    pub audit: Option<Arc<dyn AuditStore>>,
    /// Writes within an hour.
    pub writes: WriteLimits,
    /// Whether host calls are kept in journals.
    pub journals: bool,
    /// Who plans, if somebody does.
    pub planner: Option<Arc<dyn Planner>>,
    /// Mailbox and calendar, if there are any.
    pub workspace: Option<Arc<dyn Workspace>>,
    /// Who sends the requests of modules; they reach public addresses only, if nothing is said.
    pub http: Option<Arc<dyn HttpClient>>,
    /// How many requests a skill sends.
    pub requests: HttpLimits,
    /// How old a record may be that a call is answered with.
    pub read_age: Duration,
    /// Who reads what the CRM tells of its own, if somebody does.
    pub notices: Option<Arc<dyn NoticeReader>>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            gate: GateLimits {
                runs_max: 16,
                runs_per_skill_max: 8,
                ..GateLimits::DEFAULT
            },
            database: None,
            audit: None,
            writes: WriteLimits::DEFAULT,
            journals: true,
            planner: None,
            workspace: None,
            http: None,
            requests: HttpLimits::DEFAULT,
            read_age: AGE_MAX,
            notices: None,
        }
    }
}

impl TestHost {
    /// Starts a host over `crm`.
    pub async fn start(crm: Arc<dyn Crm>) -> Self {
        Self::start_with(crm, Setup::default()).await
    }

    /// Starts a host that asks `crm` for each record: what arrives there is what calls ask for.
    pub async fn start_forgetful(crm: Arc<dyn Crm>) -> Self {
        let setup = Setup {
            read_age: Duration::ZERO,
            ..Setup::default()
        };
        Self::start_with(crm, setup).await
    }

    /// Starts a host over the embedded CRM, through the same client that talks to a real one.
    pub async fn start_embedded() -> Self {
        let crm = embedded_crm().await;
        Self::start(crm).await
    }

    /// Starts a host with settings of one's own.
    pub async fn start_with(crm: Arc<dyn Crm>, setup: Setup) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let own = || format!("sqlite:{}", folder.path().join("host.db").display());
        let address = setup.database.clone().unwrap_or_else(own);
        let storage = Arc::new(
            Database::connect(&address)
                .await
                .expect("the database opens"),
        );
        let clock = Arc::new(SetClock::at_noon());
        let entropy = Arc::new(Counting::default());
        let metrics = Arc::new(Metrics::new(clock.now()));
        let audit = setup.audit.clone().unwrap_or_else(|| storage.clone());
        let (trail, writing) = open_trail(audit, clock.clone(), metrics.clone()).await;
        let budgets = WriteBudgets::new(storage.clone(), clock.clone(), setup.writes);
        let access = Access::new(storage.clone(), Arc::new(Cedar::new()));
        let access = Arc::new(access.metered(metrics.clone()));
        let relay = relay(&storage, &access, &entropy, &trail);
        let secrets = secrets((&storage, &access), (&clock, &entropy), &trail);
        let own = || way_out(&[], clock.clone());
        let client = setup.http.clone().unwrap_or_else(own);
        let outside = outside((&storage, &access, &secrets), &relay, &client, &setup);
        let broker = Broker::new(
            Arc::clone(&crm),
            clock.clone(),
            entropy.clone(),
            storage.clone(),
            Arc::new(budgets),
            trail.clone(),
        );
        let reads = Reads::metered(crm.clone(), clock.clone(), setup.read_age, metrics.clone());
        let reads = Arc::new(reads);
        let notices = setup.notices.as_ref().map(|reader| {
            let (reader, clock) = (reader.clone(), clock.clone());
            Arc::new(Notices::new(reader, reads.clone(), clock, metrics.clone()))
        });
        let broker = remembering(broker, &storage, folder.path());
        let broker = Arc::new(broker.reading(reads.clone()).reaching(outside));
        let runtime = sandbox(
            folder.path(),
            setup.gate.runs_max,
            Arc::clone(&broker),
            metrics.clone(),
        );
        let integrations = integrations(&access, &crm, &setup, &trail);
        let mut app = wire(
            (&storage, &access, &secrets),
            (relay, client),
            (&runtime, broker),
            (&clock, &entropy),
            (crm, integrations),
            (&trail, metrics),
            (setup.gate, setup.journals),
        );
        app.notices = notices;
        let replays = replays(&storage, &runtime, &trail);
        Self {
            clock,
            storage,
            runtime,
            app,
            replays,
            reconciliation: Reconciliation::new(reads),
            writing,
            folder,
        }
    }

    /// Stops the host. When this returns, everything is recorded and signed. Returns the folder with its
    /// database, which goes with it.
    pub async fn stop(self) -> tempfile::TempDir {
        let Self {
            app,
            replays,
            runtime,
            reconciliation,
            writing,
            folder,
            ..
        } = self;
        drop((app, replays, runtime, reconciliation));
        writing.await.expect("the writer of the audit trail ends");
        folder
    }

    /// Returns where the scratch folders are.
    pub fn scratch_place(&self) -> PathBuf {
        self.folder.path().join(SCRATCH_DIR).join("host-0")
    }

    /// Lists the scratch folders that there are.
    pub fn scratch_folders(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.scratch_place()).expect("the host has a place");
        let paths = entries.map(|entry| entry.expect("it lists").path());
        paths.filter(|path| path.is_dir()).collect()
    }

    /// Hands a module in as a partner and grants it, as it asks, as an admin.
    pub async fn install(&self, manifest: &Value, component: &[u8]) -> Result<Grant, ModuleError> {
        let submitted = self.submit(manifest, component).await?;
        self.app
            .modules
            .grant(&admin(), submitted, GrantTerms::default())
            .await
    }

    /// Hands a module in as a partner.
    pub async fn submit(
        &self,
        manifest: &Value,
        component: &[u8],
    ) -> Result<skillgate_domain::ids::SubmissionId, ModuleError> {
        let partner = principal(Role::Partner, "publisher");
        let view = self
            .app
            .modules
            .submit(&partner, manifest.to_string(), component.into())
            .await?;
        Ok(view.submission.id)
    }

    /// Calls the tool `run` of a skill as an agent.
    pub async fn call(&self, skill: &str, input: &Value) -> Result<Value, InvokeError> {
        self.call_tool(&agent(), skill, "run", input).await
    }

    /// Calls a tool.
    pub async fn call_tool(
        &self,
        caller: &Principal,
        skill: &str,
        tool: &str,
        input: &Value,
    ) -> Result<Value, InvokeError> {
        let how = (Mode::Execute, None);
        Ok(self.invoke(caller, skill, tool, input, how).await?.output)
    }

    /// Asks what a tool would write.
    pub async fn plan(
        &self,
        caller: &Principal,
        skill: &str,
        tool: &str,
        input: &Value,
    ) -> Result<PlanStanding, InvokeError> {
        let how = (Mode::Plan, None);
        let answer = self.invoke(caller, skill, tool, input, how).await?;
        Ok(answer.plan.expect("a call that plans answers a plan"))
    }

    /// Lets happen what a plan says.
    pub async fn apply(
        &self,
        caller: &Principal,
        plan: &PlanStanding,
    ) -> Result<PlanStanding, PlanError> {
        let plans = &self.app.plans;
        plans.apply(caller, plan.plan.id, &plan.digest).await
    }

    /// Calls a tool, and tells how.
    pub async fn invoke(
        &self,
        caller: &Principal,
        skill: &str,
        tool: &str,
        input: &Value,
        (mode, records): (Mode, Option<RecordScope>),
    ) -> Result<Answer, InvokeError> {
        let skill = SkillName::parse(skill).expect("a skill's name");
        let tool = ToolName::parse(tool).expect("a tool's name");
        let input = input.to_string();
        let call = Call {
            mode,
            records,
            ..Call::of(&skill, &tool, input.as_bytes())
        };
        self.app.invocations.invoke(caller, call).await
    }

    /// Returns what the audit trail has of an action, newest first, a hundred at most.
    pub async fn recorded(&self, action: &str) -> Vec<Value> {
        self.recorded_in(&community(), action).await
    }

    /// Returns what the audit trail of a community has of an action, newest first, a hundred at most.
    ///
    /// # Panics
    /// When the trail cannot be read.
    pub async fn recorded_in(&self, community: &CommunityId, action: &str) -> Vec<Value> {
        let filter = AuditFilter {
            action: Some(action.to_owned()),
            ..AuditFilter::default()
        };
        let page = self.storage.audit_page(community, &filter, 100).await;
        let rows = page.expect("the trail is readable").into_iter();
        rows.map(|row| serde_json::from_str(&row.leaf).expect("a leaf is JSON"))
            .collect()
    }

    /// Returns what was refused in the call that was recorded last.
    pub async fn denials(&self) -> Value {
        let calls = self.recorded("invoke-skill").await;
        calls[0]["call"]["touched"]["denials"].clone()
    }

    /// Makes a token as the operator and returns its text.
    pub async fn token(&self, role: Role, user: &str, scope: TokenScope) -> SecretString {
        self.token_in(&community(), role, user, scope).await
    }

    /// Makes a token of a community as the operator and returns its text.
    ///
    /// # Panics
    /// When the operator cannot.
    pub async fn token_in(
        &self,
        community: &CommunityId,
        role: Role,
        user: &str,
        scope: TokenScope,
    ) -> SecretString {
        let new = NewToken {
            label: "story".to_owned(),
            community: community.clone(),
            user: UserId::parse(user).expect("a user id"),
            agent: (role == Role::Agent).then(|| AgentId::parse("openclaw").expect("an agent id")),
            role,
            scope,
            life: Duration::from_hours(1),
        };
        self.app
            .tokens
            .issue(Issuer::Operator(&origin()), new)
            .await
            .expect("the operator issues tokens")
            .1
    }
}

/// Lets a broker go by what is kept, and keep more.
fn remembering(broker: Broker, storage: &Arc<Database>, folder: &Path) -> Broker {
    let scratches = Scratches::of_a_host(&folder.join(SCRATCH_DIR));
    broker
        .under(storage.clone())
        .keeping(storage.clone())
        .with_files(Arc::new(scratches.expect("a folder of its own")))
}

fn sandbox(
    folder: &Path,
    runs_max: usize,
    broker: Arc<Broker>,
    meter: Arc<dyn Meter>,
) -> Arc<Runtime> {
    let config = RuntimeConfig {
        runs_max: u32::try_from(runs_max).expect("a small number"),
        aot: Some((folder.join("aot"), AotKey::new([7; 32]))),
    };
    Runtime::metered(config, broker, meter).expect("the sandbox starts")
}

/// The key of every story's audit trail.
pub fn audit_key() -> SigningKey {
    let text = SigningKey::text("stories", &[3; 32]).expect("a name");
    SigningKey::parse(&text).expect("a key")
}

/// Starts an audit trail. Its writer runs as long as somebody records.
pub async fn trail(store: &Arc<Database>, clock: Arc<SetClock>) -> Trail {
    let store: Arc<dyn AuditStore> = store.clone();
    open_trail(store, clock, Arc::new(Unmetered)).await.0
}

async fn open_trail(
    store: Arc<dyn AuditStore>,
    clock: Arc<SetClock>,
    meter: Arc<dyn Meter>,
) -> (Trail, tokio::task::JoinHandle<()>) {
    let key = audit_key();
    let verifiers = Verifiers::parse([key.public()]).expect("a key");
    let settings = AuditSettings::default();
    let (recorder, writer) = Recorder::open(store, clock.clone(), key, &verifiers, settings)
        .await
        .expect("nobody changed the audit trail");
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends with the story's runtime"
    )]
    let writing = tokio::spawn(writer.metered(meter).run());
    (Trail::new(recorder, clock), writing)
}

/// The community of all stories, unless they say otherwise.
pub fn community() -> CommunityId {
    CommunityId::parse("riverside").expect("a community id")
}

/// A caller with the whole scope of its role.
pub fn principal(role: Role, user: &str) -> Principal {
    Principal {
        community: community(),
        user: UserId::parse(user).expect("a user id"),
        agent: (role == Role::Agent).then(|| AgentId::parse("openclaw").expect("an agent id")),
        role,
        scope: TokenScope::FULL,
        token: None,
        foreign: None,
        origin: origin(),
    }
}

/// Where the calls of all stories come in.
pub fn origin() -> Origin {
    Origin {
        door: Door::Http,
        address: None,
        request: RequestId::parse("story").expect("a request id"),
    }
}

/// The admin of all stories.
pub fn admin() -> Principal {
    principal(Role::Admin, "admin")
}

/// The agent of all stories.
pub fn agent() -> Principal {
    principal(Role::Agent, "ada")
}

/// A manifest with one tool `run` that takes an object and answers an object, and may import
/// everything except what `without` names.
pub fn manifest(name: &str, interfaces: &[&str]) -> Value {
    let object = json!({ "type": "object" });
    let mut manifest = json!({
        "manifest_version": 1,
        "name": name,
        "version": "0.1.0",
        "title": name,
        "description": "A guest of the stories.",
        "publisher": "stories",
        "license": "AGPL-3.0-or-later",
        "interfaces": interfaces,
        "tools": [{
            "name": "run",
            "title": "Run",
            "description": "Runs.",
            "input_schema": object,
            "output_schema": object,
        }],
    });
    if interfaces.contains(&"crm") {
        manifest["capabilities"]["crm"] = json!({ "contact": { "read": ["first_name"] } });
    }
    if interfaces.contains(&"http") {
        manifest["capabilities"]["http"] = json!([{ "allow": "GET https://guest.example.org" }]);
    }
    manifest
}
