//! The same through the sandbox: limits, meters, broker, redaction.

use serde_json::Value;
use skillgate_app::audit::memory::MemoryAudit;
use skillgate_app::broker::Broker;
use skillgate_app::budgets::{WriteBudgets, WriteLimits};
use skillgate_app::digest::{capability_set, contracts, sha256};
use skillgate_app::ports::{RightsInForce, RunFailure, Sandbox, SandboxCall, StorageError};
use skillgate_app::run::Run;
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::{Generation, Grant, GrantStatus};
use skillgate_domain::ids::{CommunityId, GrantId, InvocationId, SubmissionId, TokenId, ToolName};
use skillgate_domain::right::PolicyRight;
use skillgate_domain::skill::Skill;
use skillgate_domain::time::Timestamp;
use skillgate_runtime::{AotKey, Runtime, RuntimeConfig};
use skillgate_tests::crm::OneContact;
use skillgate_tests::host::{Counting, SetClock, admin, agent, community, manifest};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The tool measured: one host call, JSON in and out.
pub(crate) const TOOL: &str = "get_contact";
pub(crate) const INPUT: &str = r#"{"id":"00000000-0000-4000-8000-000000000001"}"#;
pub(crate) const CONTACT_ID: &str = "00000000-0000-4000-8000-000000000001";

/// Nothing is ever taken back here, as in a host whose storage answers at once.
struct AlwaysInForce;

#[async_trait::async_trait]
impl RightsInForce for AlwaysInForce {
    async fn grant_status(&self, _: &CommunityId, _: GrantId) -> Result<GrantStatus, StorageError> {
        Ok(GrantStatus::InForce)
    }

    async fn token_revoked(&self, _: TokenId) -> Result<bool, StorageError> {
        Ok(false)
    }
}

/// A guest ready to run in the sandbox.
pub(crate) struct Ours {
    runtime: Arc<Runtime>,
    skill: Skill,
    grant: Grant,
    tool: ToolName,
}

/// A runtime for one thread, as a worker of the host has.
pub(crate) fn thread_runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?)
}

fn sandbox(aot: Option<(std::path::PathBuf, AotKey)>) -> anyhow::Result<Arc<Runtime>> {
    let crm = Arc::new(OneContact::default());
    let clock = Arc::new(SetClock::at_noon());
    // What runs here only reads: nothing is ever recorded, so the writer need not run.
    let audit = Arc::new(MemoryAudit::default());
    let (trail, _writer) = thread_runtime()?.block_on(audit.open(clock.clone()));
    let budgets = WriteBudgets::new(audit.clone(), clock.clone(), WriteLimits::DEFAULT);
    let broker = Broker::new(
        crm,
        clock,
        Arc::new(Counting::default()),
        Arc::new(AlwaysInForce),
        Arc::new(budgets),
        trail,
    );
    Ok(Runtime::new(
        RuntimeConfig { runs_max: 64, aot },
        Arc::new(broker),
    )?)
}

impl Ours {
    pub(crate) fn new(manifest: &Value, component: &[u8]) -> anyhow::Result<Self> {
        Self::with_tool(manifest, component, TOOL)
    }

    /// Makes a guest of the stories ready.
    pub(crate) fn guest(name: &str, component: &[u8]) -> anyhow::Result<Self> {
        let manifest = manifest(&name.replace('_', "-"), &["crm", "log", "clock", "config"]);
        Self::with_tool(&manifest, component, "run")
    }

    fn with_tool(manifest: &Value, component: &[u8], tool: &str) -> anyhow::Result<Self> {
        let skill = skillgate_manifest::parse(&manifest.to_string());
        let skill = skill.map_err(|findings| anyhow::anyhow!("{findings:?}"))?;
        let runtime = sandbox(None)?;
        let digest = sha256(component);
        let starter = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()?;
        let component: Arc<[u8]> = component.into();
        let interfaces = skill.requests.interfaces.clone();
        let admitting = Arc::clone(&runtime);
        starter.block_on(
            starter.spawn(async move { admitting.admit(&digest, component, &interfaces).await }),
        )??;
        let grant = grant(&skill, digest);
        Ok(Self {
            runtime,
            skill,
            grant,
            tool: ToolName::parse(tool)?,
        })
    }

    pub(crate) fn cpu_limit(&self) -> Duration {
        self.grant.limits.cpu
    }

    /// One call, as the host makes it once the caller is known and the input checked.
    pub(crate) fn call(&self, runtime: &tokio::runtime::Runtime) {
        self.run(runtime).expect("the tool answers");
    }

    /// One call that must fail.
    pub(crate) fn call_failing(&self, runtime: &tokio::runtime::Runtime) {
        self.run(runtime)
            .expect_err("the guest never ends by itself");
    }

    /// One call, however it ends.
    pub(crate) fn call_any(&self, runtime: &tokio::runtime::Runtime) {
        self.run(runtime).ok();
    }

    fn run(&self, runtime: &tokio::runtime::Runtime) -> Result<String, RunFailure> {
        let invocation = InvocationId::new(Uuid::nil());
        let run = Run::new(
            invocation,
            agent(),
            &self.skill,
            self.grant.clone(),
            PolicyRight::of(|_, _| true),
        );
        let call = SandboxCall {
            component: self.grant.component,
            interfaces: self.grant.capabilities.interfaces.clone(),
            run: Arc::new(run),
            tool: self.tool.clone(),
            input: INPUT.into(),
        };
        runtime.block_on(self.runtime.run(call))
    }
}

fn grant(skill: &Skill, component: Digest) -> Grant {
    Grant {
        id: GrantId::new(Uuid::nil()),
        community: community(),
        skill: skill.name.clone(),
        generation: Generation::new(1),
        submission: SubmissionId::new(Uuid::nil()),
        component,
        manifest: component,
        capability_set: capability_set(&skill.requests),
        capabilities: skill.requests.clone(),
        tools: contracts(skill),
        limits: skill.limits,
        config: std::collections::BTreeMap::new(),
        granted_by: admin().user,
        granted_at: Timestamp::from_unix_ms(0),
        end: None,
        frozen_at: None,
        owner: None,
    }
}

/// Makes a component ready many times: found compiled, and compiled. Times in milliseconds.
pub(crate) fn starts(component: &[u8], times: usize) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    let folder = tempfile::tempdir()?;
    let kept = sandbox(Some((folder.path().to_owned(), AotKey::new([1; 32]))))?;
    let fresh = sandbox(None)?;
    let digest = sha256(component);
    kept.compile(&digest, component)?;
    let time = |runtime: &Runtime| -> anyhow::Result<f64> {
        let began = Instant::now();
        runtime.compile(&digest, component)?;
        Ok(began.elapsed().as_secs_f64() * 1e3)
    };
    let hits = (0..times)
        .map(|_| time(&kept))
        .collect::<anyhow::Result<_>>()?;
    let misses = (0..times / 4)
        .map(|_| time(&fresh))
        .collect::<anyhow::Result<_>>()?;
    Ok((hits, misses))
}
