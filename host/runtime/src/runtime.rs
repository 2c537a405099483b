//! Components made ready, and run.

use crate::aot::{AotCache, AotKey};
use crate::bindings::exports::skillgate::skill::guest::{
    CallContext, ErrorCode, ToolError as WitToolError,
};
use crate::bindings::skillgate::skill::types::Retry as WitRetry;
use crate::bindings::{Skill, SkillPre};
use crate::cpu::{CpuMeter, Metered, TICKS_PER_SLICE, start_ticker};
use crate::failure::{LimitHit, run_failure};
use crate::limiter::Limiter;
use crate::state::{HOST_COPY_BYTES_MAX, State};
use crate::{contract, engine, host};
use async_trait::async_trait;
use skillgate_app::broker::Broker;
use skillgate_app::ports::{
    Inadmissible, Meter, Retry, RunFailure, Sandbox, SandboxCall, SandboxLimit, ToolError,
    ToolErrorCode, Unmetered,
};
use skillgate_app::run::Run;
use skillgate_domain::capability::Interface;
use skillgate_domain::digest::Digest;
use skillgate_domain::limits::{COMPONENT_BYTES_MAX, OUTPUT_BYTES_MAX};
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store, StoreContextMut, UpdateDeadline};

/// Most components kept ready.
pub const READY_COMPONENTS_MAX: usize = 256;
/// Longest message of a tool's error, in bytes.
const TOOL_MESSAGE_BYTES_MAX: usize = 1_000;

/// How the sandbox is set up.
#[derive(Debug, Clone)]
pub struct RuntimeConfig {
    /// Runs at once that the pool has room for. Queue in front of it.
    pub runs_max: u32,
    /// Where compiled components are kept, and the key that authenticates them. Without: nothing is kept.
    pub aot: Option<(PathBuf, AotKey)>,
}

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The engine refuses its settings, or the pool's memory cannot be reserved.
    #[error("the sandbox's engine does not start: {0}")]
    Engine(String),
    /// The folder of compiled components cannot be made.
    #[error("the folder of compiled components cannot be used")]
    Aot(#[source] std::io::Error),
    /// No thread for the clock that ends runaway guests.
    #[error("the sandbox's clock does not start")]
    Ticker(#[source] std::io::Error),
}

/// Where a component's code came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AotEvent {
    /// From the folder.
    Hit,
    /// Compiled: there is no file.
    Miss,
    /// Compiled: this host did not write the file that is there, or not for this engine.
    Rejected,
}

impl AotEvent {
    /// Returns a stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Rejected => "rejected",
        }
    }
}

/// What two threads run is counted once for each run, not once for each of its parts.
type Ready = HashMap<(Digest, BTreeSet<Interface>), Arc<SkillPre<State>>>;

/// The sandbox.
pub struct Runtime {
    engine: Engine,
    broker: Arc<Broker>,
    meter: Arc<dyn Meter>,
    aot: Option<AotCache>,
    ready: RwLock<Ready>,
    /// One compilation at a time: it takes every core, and the next in line may want the same component.
    compiling: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Runtime")
    }
}

impl Runtime {
    /// Starts the engine and its clock.
    pub fn new(config: RuntimeConfig, broker: Arc<Broker>) -> Result<Arc<Self>, RuntimeError> {
        Self::metered(config, broker, Arc::new(Unmetered))
    }

    /// Starts the engine and its clock; what happens is counted with `meter`.
    pub fn metered(
        config: RuntimeConfig,
        broker: Arc<Broker>,
        meter: Arc<dyn Meter>,
    ) -> Result<Arc<Self>, RuntimeError> {
        let engine = Engine::new(&engine::config(config.runs_max));
        let engine = engine.map_err(|error| RuntimeError::Engine(error.to_string()))?;
        start_ticker(&engine).map_err(RuntimeError::Ticker)?;
        let aot = config
            .aot
            .map(|(folder, key)| AotCache::open(folder, key, &engine));
        let aot = aot.transpose().map_err(RuntimeError::Aot)?;
        Ok(Arc::new(Self {
            engine,
            broker,
            meter,
            aot,
            ready: RwLock::default(),
            compiling: tokio::sync::Mutex::default(),
        }))
    }

    /// Returns how many places of the pool are in use.
    pub fn instances(&self) -> u64 {
        let pool = self.engine.pooling_allocator_metrics();
        pool.map_or(0, |pool| pool.component_instances())
    }

    /// Compiles a component, or finds it compiled. Slow: run it where blocking is allowed.
    pub fn compile(
        &self,
        digest: &Digest,
        component: &[u8],
    ) -> Result<(Component, AotEvent), Inadmissible> {
        let event = match self.load_compiled(digest) {
            Ok(component) => return Ok((component, AotEvent::Hit)),
            Err(event) => event,
        };
        check_form(component)?;
        let code = self.engine.precompile_component(component);
        let code = code.map_err(|error| refused_by_compiler(&error))?;
        if let Some(aot) = &self.aot
            && let Err(error) = aot.write(digest, &code)
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a compiled component was not kept"
            );
        }
        let component = self
            .deserialize(&code)
            .map_err(|error| Inadmissible::Internal(error.to_string()))?;
        Ok((component, event))
    }

    fn load_compiled(&self, digest: &Digest) -> Result<Component, AotEvent> {
        let aot = self.aot.as_ref().ok_or(AotEvent::Miss)?;
        let code = aot.read(digest)?;
        self.deserialize(&code).map_err(|error| {
            tracing::warn!("a compiled component does not load: {error}");
            AotEvent::Rejected
        })
    }

    #[expect(
        unsafe_code,
        reason = "the bytes come from this engine's compiler, or carry this host's MAC"
    )]
    fn deserialize(&self, code: &[u8]) -> wasmtime::Result<Component> {
        // SAFETY: `code` was made by `precompile_component` of this very engine a moment ago, or was
        // read by `AotCache::read`, which verifies a MAC that only this host can make.
        unsafe { Component::deserialize(&self.engine, code) }
    }

    fn prepare(
        &self,
        digest: &Digest,
        component: &[u8],
        allowed: &BTreeSet<Interface>,
    ) -> Result<SkillPre<State>, Inadmissible> {
        let (component, event) = self.compile(digest, component)?;
        self.meter.compiled_component(event.code());
        contract::check(&self.engine, &component, allowed)?;
        let internal = |error: wasmtime::Error| Inadmissible::Internal(error.to_string());
        let mut linker = Linker::new(&self.engine);
        host::link(&mut linker, allowed).map_err(internal)?;
        let pre = linker.instantiate_pre(&component).and_then(SkillPre::new);
        pre.map_err(|error| Inadmissible::NotAComponent(first_line(&error)))
    }

    fn is_ready(&self, key: &(Digest, BTreeSet<Interface>)) -> Option<Arc<SkillPre<State>>> {
        self.ready
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .cloned()
    }

    fn store(&self, run: &Arc<Run>, cpu: &Arc<CpuMeter>) -> Store<State> {
        let state = State {
            broker: Arc::clone(&self.broker),
            run: Arc::clone(run),
            limiter: Limiter::new(run.limits.memory_bytes),
            cpu: Arc::clone(cpu),
            meter: Arc::clone(&self.meter),
        };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(HOST_COPY_BYTES_MAX);
        store.set_epoch_deadline(TICKS_PER_SLICE);
        let cpu_max = run.limits.cpu;
        store.epoch_deadline_callback(move |store| at_slice_end(&store, cpu_max));
        store
    }
}

/// Ends a guest that has computed enough; lets others have the thread otherwise.
fn at_slice_end(
    store: &StoreContextMut<'_, State>,
    cpu_max: Duration,
) -> wasmtime::Result<UpdateDeadline> {
    let left = cpu_max.saturating_sub(store.data().cpu.spent());
    if left.is_zero() {
        return Err(LimitHit(SandboxLimit::Cpu).into());
    }
    let ticks = left.as_nanos().div_ceil(engine::CPU_TICK.as_nanos());
    Ok(UpdateDeadline::Yield(
        u64::try_from(ticks)
            .unwrap_or(u64::MAX)
            .clamp(1, TICKS_PER_SLICE),
    ))
}

/// Tells core modules and other files from components before the compiler sees them.
fn check_form(component: &[u8]) -> Result<(), Inadmissible> {
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
    const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";
    if component.len() > COMPONENT_BYTES_MAX {
        return Err(Inadmissible::TooLarge {
            bytes: component.len(),
            max: COMPONENT_BYTES_MAX,
        });
    }
    if component.starts_with(CORE_MODULE) {
        return Err(Inadmissible::CoreModule);
    }
    if !component.starts_with(COMPONENT) {
        return Err(Inadmissible::NotAComponent(
            "it does not begin as a component does".to_owned(),
        ));
    }
    Ok(())
}

fn refused_by_compiler(error: &wasmtime::Error) -> Inadmissible {
    let text = first_line(error);
    if text.contains("exceeds the limit")
        || text.contains("would exceed")
        || text.contains("is limited to")
    {
        return Inadmissible::TooDemanding(text);
    }
    Inadmissible::NotAComponent(text)
}

fn first_line(error: &wasmtime::Error) -> String {
    let text = error.root_cause().to_string();
    let line = text.lines().next().unwrap_or_default();
    line[..line.floor_char_boundary(300)].to_owned()
}

#[async_trait]
impl Sandbox for Runtime {
    async fn admit(
        &self,
        digest: &Digest,
        component: Arc<[u8]>,
        allowed: &BTreeSet<Interface>,
    ) -> Result<(), Inadmissible> {
        let key = (*digest, allowed.clone());
        if self.is_ready(&key).is_some() {
            return Ok(());
        }
        let _turn = self.compiling.lock().await;
        if self.is_ready(&key).is_some() {
            return Ok(());
        }
        let pre = tokio::task::block_in_place(|| self.prepare(digest, &component, allowed))?;
        let mut ready = self.ready.write().unwrap_or_else(PoisonError::into_inner);
        if ready.len() >= READY_COMPONENTS_MAX {
            // What is needed again is found compiled. Runs under way hold what they need.
            ready.clear();
        }
        ready.insert(key, Arc::new(pre));
        Ok(())
    }

    async fn run(&self, call: SandboxCall) -> Result<String, RunFailure> {
        let key = (call.component, call.interfaces);
        let pre = self.is_ready(&key).ok_or(RunFailure::NotAdmitted)?;
        let cpu = CpuMeter::new();
        let mut store = self.store(&call.run, &cpu);
        let context = context(&call.run);
        let guest = Metered::new(
            async {
                let skill: Skill = pre.instantiate_async(&mut store).await?;
                let guest = skill.skillgate_skill_guest();
                guest
                    .call_call(&mut store, &context, call.tool.as_str(), &call.input)
                    .await
            },
            cpu,
        );
        let done = tokio::time::timeout(call.run.limits.wall, guest).await;
        match done {
            Err(_) => Err(RunFailure::Limit(SandboxLimit::Wall)),
            Ok(Err(error)) => {
                let failure = run_failure(&error, store.data().limiter.hit());
                tracing::warn!(
                    skill.name = call.run.skill.as_str(),
                    "the guest ended: {failure}"
                );
                Err(failure)
            }
            Ok(Ok(Err(told))) => Err(RunFailure::Tool(tool_error(told))),
            Ok(Ok(Ok(output))) if output.len() > OUTPUT_BYTES_MAX => {
                Err(RunFailure::Limit(SandboxLimit::Output))
            }
            Ok(Ok(Ok(output))) => Ok(output),
        }
    }
}

fn context(run: &Run) -> CallContext {
    CallContext {
        invocation_id: run.invocation.to_string(),
        request_id: run.request().to_string(),
        user_id: run.principal.user.to_string(),
        agent_id: run.principal.agent.as_ref().map(ToString::to_string),
    }
}

fn tool_error(mut told: WitToolError) -> ToolError {
    told.message
        .truncate(told.message.floor_char_boundary(TOOL_MESSAGE_BYTES_MAX));
    ToolError {
        code: match told.code {
            ErrorCode::UnknownTool => ToolErrorCode::UnknownTool,
            ErrorCode::InvalidInput => ToolErrorCode::InvalidInput,
            ErrorCode::NotFound => ToolErrorCode::NotFound,
            ErrorCode::Conflict => ToolErrorCode::Conflict,
            ErrorCode::Denied => ToolErrorCode::Denied,
            ErrorCode::BudgetExhausted => ToolErrorCode::BudgetExhausted,
            ErrorCode::RateLimited => ToolErrorCode::RateLimited,
            ErrorCode::Unavailable => ToolErrorCode::Unavailable,
            ErrorCode::OutcomeUnknown => ToolErrorCode::OutcomeUnknown,
            ErrorCode::Failed => ToolErrorCode::Failed,
        },
        retry: match told.retry {
            WitRetry::Never => Retry::Never,
            WitRetry::Safe => Retry::Safe,
            WitRetry::CheckFirst => Retry::CheckFirst,
        },
        retry_after: told
            .retry_after_ms
            .map(|ms| Duration::from_millis(ms.into())),
        message: told.message,
    }
}
