//! Invocations: one call of one tool, from the door to the answer.

mod callable;
mod confirm;
mod error;
mod ready;
mod record;
mod watch;

pub(crate) use crate::access::{Access, Permissions};
use crate::audit::Trail;
use crate::cache::Cache;
use crate::gate::{Gate, Load};
use crate::journal::{HostCalls, RecordedRun};
use crate::json;
use crate::plans::{self, Awaiting, PlanStanding};
use crate::ports::{
    Entropy, KeptPlan, Manifests, Meter, RunFailure, Sandbox, SandboxCall, Storage, StorageError,
    Unmetered,
};
use crate::progress::Audience;
use crate::run::Run;
pub use callable::{CallableTool, DIRECTORIES_MAX, Directory};
pub use error::InvokeError;
use futures::FutureExt;
use ready::{Ready, ReadyTool};
pub(crate) use record::CallRecord;
use serde_json::Value;
use skillgate_domain::audit::{Outcome, Target};
use skillgate_domain::grant::{Grant, GrantStatus};
use skillgate_domain::ids::{CommunityId, InvocationId, PlanId, SkillName, SubmissionId, ToolName};
use skillgate_domain::limits::{INPUT_BYTES_MAX, JSON_DEPTH_MAX, OUTPUT_BYTES_MAX};
use skillgate_domain::plan::{Effect, Mode};
use skillgate_domain::policy::{Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::right::{PolicyRight, Right};
use skillgate_domain::scope::RecordScope;
use skillgate_domain::skill::Skill;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use watch::Watch;

/// Most skills whose manifest and schemas are kept ready.
const READY_SKILLS_MAX: usize = 512;

/// A call of a tool.
#[derive(Debug)]
pub struct Call<'a> {
    /// The skill.
    pub skill: &'a SkillName,
    /// The tool.
    pub tool: &'a ToolName,
    /// The tool's input: JSON.
    pub input: &'a [u8],
    /// Whether it writes, or plans what it would write.
    pub mode: Mode,
    /// The only records that it may see and change, beside those that it creates; all when absent.
    pub records: Option<RecordScope>,
    /// Whether a plan is kept that has nothing in it.
    pub empty_plans: bool,
    /// What the output is to read as, beside what the tool promises.
    pub form: Option<fn(&Value) -> bool>,
    /// Who sees how far it has come.
    pub audience: Option<Audience>,
}

impl<'a> Call<'a> {
    /// Calls a tool as most do: it writes, and on whatever its caller may.
    pub const fn of(skill: &'a SkillName, tool: &'a ToolName, input: &'a [u8]) -> Self {
        Self {
            skill,
            tool,
            input,
            mode: Mode::Execute,
            records: None,
            empty_plans: true,
            form: None,
            audience: None,
        }
    }

    /// Returns what is asked of the host.
    pub const fn action(&self) -> Action {
        match self.mode {
            Mode::Execute => Action::InvokeSkill,
            Mode::Plan => Action::PlanSkill,
        }
    }
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The run's id.
    pub invocation: InvocationId,
    /// Satisfies the tool's output schema.
    pub output: Value,
    /// What it would have written, if it was to plan.
    pub plan: Option<PlanStanding>,
}

/// How a call ended that was not refused.
enum Done {
    /// It is answered.
    Answered(Answer),
    /// It is answered, and there is a plan.
    Planned(Answer, KeptPlan),
    /// It waits for a person to confirm a plan.
    Awaits(InvokeError, KeptPlan),
    /// It is answered with what became of a plan.
    Told(PlanId, Result<Answer, InvokeError>),
}

/// A call that may run.
struct Admitted<'a> {
    caller: &'a Principal,
    call: &'a Call<'a>,
    grant: &'a Grant,
    ready: &'a Ready,
    tool: &'a ReadyTool,
    input: &'a Value,
    permitted: PolicyRight,
}

impl Admitted<'_> {
    /// Tells whether a person may have to confirm something that it writes.
    fn may_wait(&self) -> bool {
        if !self.permitted.confirms_anything() || self.tool.reads_only {
            return false;
        }
        let granted = self.grant.capabilities.clone();
        Right::compile(granted, self.permitted, &self.caller.scope).confirms_something()
    }
}

/// The use cases of invocations.
pub struct Invocations {
    storage: Arc<dyn Storage>,
    access: Arc<Access>,
    sandbox: Arc<dyn Sandbox>,
    manifests: Arc<dyn Manifests>,
    entropy: Arc<dyn Entropy>,
    trail: Trail,
    meter: Arc<dyn Meter>,
    gate: Gate,
    records: bool,
    ready: Cache<SubmissionId, Arc<Ready>>,
    directories: Cache<CommunityId, (i64, Arc<Directory>)>,
}

impl Invocations {
    /// Wires the use cases to their ports.
    pub fn new(
        storage: Arc<dyn Storage>,
        access: Arc<Access>,
        sandbox: Arc<dyn Sandbox>,
        manifests: Arc<dyn Manifests>,
        entropy: Arc<dyn Entropy>,
        trail: Trail,
        gate: Gate,
    ) -> Self {
        Self {
            storage,
            access,
            sandbox,
            manifests,
            entropy,
            trail,
            meter: Arc::new(Unmetered),
            gate,
            records: true,
            ready: Cache::new(READY_SKILLS_MAX),
            directories: Cache::new(DIRECTORIES_MAX),
        }
    }

    /// Says whether the host calls of each run are kept in a journal.
    #[must_use]
    pub fn recording(self, records: bool) -> Self {
        Self { records, ..self }
    }

    /// Counts invocations with `meter`.
    #[must_use]
    pub fn metered(self, meter: Arc<dyn Meter>) -> Self {
        Self { meter, ..self }
    }

    /// Returns how many calls run and wait.
    pub fn load(&self) -> Load {
        self.gate.load()
    }

    /// Lists the skills that the caller can invoke, by name.
    pub async fn skills(&self, caller: &Principal) -> Result<Vec<Skill>, InvokeError> {
        let permissions = self.listing(caller).await?;
        let of = |kind| Resource::of(&caller.community, kind);
        let mut skills = Vec::new();
        for grant in self.storage.active_grants(&caller.community).await? {
            let skill = of(ResourceKind::Skill(grant.skill.clone()));
            let listed = permissions.permits(Action::ListSkills, &skill);
            let in_force = grant.status() == GrantStatus::InForce;
            if listed && caller.scope.reaches(&grant.skill) && in_force {
                skills.push(self.ready(&grant).await?.enabled(&grant));
            }
        }
        Ok(skills)
    }

    /// Describes one skill.
    pub async fn skill(&self, caller: &Principal, name: &SkillName) -> Result<Skill, InvokeError> {
        let resource = Resource::of(&caller.community, ResourceKind::Skill(name.clone()));
        let permitted = self
            .access
            .permit(caller, Action::ListSkills, &resource)
            .await
            .map_err(InvokeError::from);
        self.listed(caller, Target::Skill(name.clone()), permitted)
            .await?;
        let grant = self.grant(caller, name).await?;
        Ok(self.ready(&grant).await?.enabled(&grant))
    }

    /// Asks whether the caller may list what there is.
    async fn listing(&self, caller: &Principal) -> Result<Permissions, InvokeError> {
        let permissions = self.access.permissions(caller).await?;
        let community = Resource::of(&caller.community, ResourceKind::Community);
        let permitted = permissions.permit(Action::ListSkills, &community);
        let permitted = permitted.map_err(InvokeError::Forbidden);
        self.listed(caller, Target::Community, permitted).await?;
        Ok(permissions)
    }

    /// Records that the caller may not list, before it is answered.
    async fn listed(
        &self,
        caller: &Principal,
        target: Target,
        permitted: Result<(), InvokeError>,
    ) -> Result<(), InvokeError> {
        self.trail
            .refusal(caller, Action::ListSkills, target, &permitted)
            .await?;
        permitted
    }

    /// Runs one tool and returns its answer, once the call is recorded. Dropping the future ends the
    /// run and frees everything; that is recorded too. However it ends, it is counted and logged.
    #[tracing::instrument(name = "app.invoke", skip_all, fields(skill.name = call.skill.as_str(), tool.name = call.tool.as_str()))]
    pub async fn invoke(&self, caller: &Principal, call: Call<'_>) -> Result<Answer, InvokeError> {
        let mut watch = Watch::start(self.meter.as_ref(), caller, &call);
        let done = self.invoke_watched(caller, &call, &mut watch).await;
        watch.ended(done.as_ref().err());
        done
    }

    async fn invoke_watched(
        &self,
        caller: &Principal,
        call: &Call<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Answer, InvokeError> {
        let mut record = CallRecord::begin(&self.trail, caller, call);
        let done = self.invoke_recorded(caller, call, &mut record, watch).await;
        let storage = &*self.storage;
        match done {
            Ok(Done::Answered(answer)) => {
                record.end(Outcome::Done).await?;
                Ok(answer)
            }
            Ok(Done::Planned(answer, plan)) => {
                record.end_with(storage, &plan, None).await?;
                Ok(answer)
            }
            Ok(Done::Awaits(refused, plan)) => {
                record.end_with(storage, &plan, Some(&refused)).await?;
                Err(refused)
            }
            Ok(Done::Told(plan, told)) => {
                let outcome = told.as_ref().err().map(InvokeError::outcome);
                let outcome = outcome.unwrap_or(Outcome::Done);
                record.end_told(storage, plan, outcome).await?;
                told
            }
            Err(error) => {
                record.end(error.outcome()).await?;
                Err(error)
            }
        }
    }

    async fn invoke_recorded(
        &self,
        caller: &Principal,
        call: &Call<'_>,
        record: &mut CallRecord,
        watch: &mut Watch<'_>,
    ) -> Result<Done, InvokeError> {
        let action = call.action();
        // Asked at once, as both wait for the same look at what rights are made of.
        let (permitted, grant) = tokio::join!(
            self.access.right(caller, action, call.skill, call.tool),
            self.grant(caller, call.skill),
        );
        let (permitted, grant) = (permitted?, grant?);
        watch.granted = true;
        let ready = self.ready(&grant).await?;
        let tool = ready.tool(call.tool, &grant)?;
        let input = json::parse(call.input, INPUT_BYTES_MAX, JSON_DEPTH_MAX)?;
        let violations = tool.input.violations(&input);
        if !violations.is_empty() {
            return Err(InvokeError::InvalidInput(violations));
        }
        let admitted = Admitted {
            caller,
            call,
            grant: &grant,
            ready: &ready,
            tool,
            input: &input,
            permitted,
        };
        match call.mode {
            Mode::Execute if admitted.may_wait() => {
                self.confirmed_first(&admitted, record, watch).await
            }
            mode => {
                let _place = self.gate.enter(&caller.community, call.skill).await?;
                let (run, output) = self.ran(&admitted, mode, record, watch).await?;
                self.answered(&admitted, &run, output)
            }
        }
    }

    /// Answers a call that ran in its own mode.
    fn answered(
        &self,
        admitted: &Admitted<'_>,
        run: &Run,
        output: Value,
    ) -> Result<Done, InvokeError> {
        let effects = run.draft().map(|mut draft| draft.take());
        let worth = |effects: &Vec<Effect>| admitted.call.empty_plans || !effects.is_empty();
        let effects = effects.filter(worth);
        let planned = effects.map(|effects| self.planned(admitted, run, effects, None));
        let (plan, kept) = planned.transpose()?.unzip();
        let answer = Answer {
            invocation: run.invocation,
            output,
            plan,
        };
        Ok(match kept {
            Some(kept) => Done::Planned(answer, kept),
            None => Done::Answered(answer),
        })
    }

    /// Lets the guest run once, and returns what it answered, as its tool promises it.
    async fn ran(
        &self,
        admitted: &Admitted<'_>,
        mode: Mode,
        record: &mut CallRecord,
        watch: &mut Watch<'_>,
    ) -> Result<(Arc<Run>, Value), InvokeError> {
        let (call, grant, tool) = (admitted.call, admitted.grant, admitted.tool);
        let run = Run::new(
            InvocationId::new(self.entropy.uuid()),
            admitted.caller.clone(),
            &admitted.ready.skill,
            grant.clone(),
            admitted.permitted,
        );
        let run = run.in_mode(mode).within(call.records.clone());
        let run = run
            .reading_only(tool.reads_only)
            .before(call.audience.clone());
        let input: Arc<str> = admitted.input.to_string().into();
        let run = self.recorded(run, grant, call.tool, &input);
        record.runs(&run, grant);
        watch.run = Some(Arc::clone(&run));
        let ran = self.run(grant, &run, call.tool, input).await;
        run.scratch().end().await;
        if let HostCalls::Recorded(recording) = run.host_calls() {
            recording.end(&ran);
        }
        let output = ran?;
        record.answered(output.as_bytes());
        let output = json::parse(output.as_bytes(), OUTPUT_BYTES_MAX, JSON_DEPTH_MAX);
        let output = output
            .ok()
            .filter(|it| tool.output.violations(it).is_empty())
            .filter(|it| call.form.is_none_or(|reads| reads(it)));
        Ok((run, output.ok_or(InvokeError::InvalidOutput)?))
    }

    /// Begins the run's journal, if journals are kept.
    fn recorded(&self, run: Run, grant: &Grant, tool: &ToolName, input: &str) -> Arc<Run> {
        if !self.records {
            return Arc::new(run);
        }
        let now = self.trail.clock().now();
        let journal = RecordedRun::of(&run, grant, tool, input, now);
        Arc::new(run.recorded(journal))
    }

    /// Makes a plan of what a run would have written.
    fn planned(
        &self,
        admitted: &Admitted<'_>,
        run: &Run,
        effects: Vec<Effect>,
        awaiting: Option<Awaiting>,
    ) -> Result<(PlanStanding, KeptPlan), InvokeError> {
        let id = PlanId::new(self.entropy.uuid());
        let of = (run, admitted.grant, admitted.call.tool);
        let now = self.trail.clock().now();
        Ok(plans::made(id, of, effects, awaiting, now)?)
    }

    async fn run(
        &self,
        grant: &Grant,
        run: &Arc<Run>,
        tool: &ToolName,
        input: Arc<str>,
    ) -> Result<String, InvokeError> {
        let interfaces = &grant.capabilities.interfaces;
        let call = || SandboxCall {
            component: grant.component,
            interfaces: interfaces.clone(),
            run: Arc::clone(run),
            tool: tool.clone(),
            input: Arc::clone(&input),
        };
        match run_caught(&*self.sandbox, call()).await {
            Err(InvokeError::Run(RunFailure::NotAdmitted)) => {
                let bytes = self.storage.component(&grant.component).await?;
                let bytes = bytes.ok_or_else(|| {
                    StorageError::Corrupt(format!("the component {} is missing", grant.component))
                })?;
                self.sandbox
                    .admit(&grant.component, bytes.into(), interfaces)
                    .await?;
                run_caught(&*self.sandbox, call()).await
            }
            done => done,
        }
    }

    async fn grant(&self, caller: &Principal, name: &SkillName) -> Result<Grant, InvokeError> {
        if !caller.scope.reaches(name) {
            return Err(InvokeError::OutOfScope(name.clone()));
        }
        let grant = self.storage.active_grant(&caller.community, name).await?;
        let grant = grant.ok_or_else(|| InvokeError::UnknownSkill(name.clone()))?;
        match grant.status() {
            GrantStatus::InForce => Ok(grant),
            GrantStatus::Frozen => Err(InvokeError::Frozen(name.clone())),
            GrantStatus::PartnershipInactive => Err(InvokeError::PartnershipInactive(name.clone())),
            GrantStatus::Ended(_) => Err(InvokeError::UnknownSkill(name.clone())),
        }
    }

    /// A submission never changes, so what is made of it is kept.
    async fn ready(&self, grant: &Grant) -> Result<Arc<Ready>, InvokeError> {
        if let Some(ready) = self.ready.get(&grant.submission) {
            return Ok(ready);
        }
        let submission = self
            .storage
            .submission(&grant.community, grant.submission)
            .await?;
        let corrupt =
            |what: &str| StorageError::Corrupt(format!("submission {}: {what}", grant.submission));
        let submission = submission.ok_or_else(|| corrupt("missing"))?;
        let skill = self.manifests.read(&submission.manifest_text);
        let skill = skill.map_err(|_| corrupt("its manifest no longer reads"))?;
        let ready = Ready::new(skill).map_err(|_| corrupt("a schema no longer compiles"))?;
        let ready = Arc::new(ready);
        self.ready.insert(grant.submission, Arc::clone(&ready));
        Ok(ready)
    }
}

/// A panic in a host function is a bug of ours: it ends this call and no other.
pub(crate) async fn run_caught(
    sandbox: &dyn Sandbox,
    call: SandboxCall,
) -> Result<String, InvokeError> {
    match AssertUnwindSafe(sandbox.run(call)).catch_unwind().await {
        Ok(done) => done.map_err(InvokeError::Run),
        Err(_) => Err(InvokeError::Panicked),
    }
}
