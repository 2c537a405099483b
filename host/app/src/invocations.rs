//! Invocations: one call of one tool, from the door to the answer.

mod outcome;
mod watch;

use crate::gate::{Busy, Gate, Load};
use crate::json::{self, JsonRefusal};
use crate::ports::{
    Entropy, Inadmissible, Manifests, Meter, RunFailure, Sandbox, SandboxCall, Storage,
    StorageError, Unmetered,
};
use crate::run::Run;
use crate::schema::{Schema, Violation};
use futures::FutureExt;
use serde_json::Value;
use skillgate_domain::grant::Grant;
use skillgate_domain::ids::{InvocationId, RequestId, SkillName, SubmissionId, ToolName};
use skillgate_domain::limits::{INPUT_BYTES_MAX, JSON_DEPTH_MAX, OUTPUT_BYTES_MAX};
use skillgate_domain::principal::{Action, Principal, Role};
use skillgate_domain::skill::Skill;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
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
    /// The request this call answers.
    pub request: RequestId,
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The run's id.
    pub invocation: InvocationId,
    /// Satisfies the tool's output schema.
    pub output: Value,
}

/// Why a call gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The role does not reach so far.
    #[error("a {} may not {}", .0.name(), .1.name())]
    Forbidden(Role, Action),
    /// The token is for other skills.
    #[error("this token is not for the skill {0}")]
    OutOfScope(SkillName),
    /// No such skill here, or not granted.
    #[error("there is no skill {0} here; an admin grants skills")]
    UnknownSkill(SkillName),
    /// No such tool.
    #[error("the skill {skill} has no tool {tool}; it has {}", .known.join(", "))]
    UnknownTool {
        /// The skill.
        skill: SkillName,
        /// What was asked for.
        tool: ToolName,
        /// What there is.
        known: Vec<String>,
    },
    /// The input is not strict JSON.
    #[error(transparent)]
    Unreadable(#[from] JsonRefusal),
    /// The input breaks the tool's schema.
    #[error("the input does not satisfy the tool's schema")]
    InvalidInput(Vec<Violation>),
    /// No place.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The component cannot run under its grant.
    #[error(transparent)]
    NotRunnable(#[from] Inadmissible),
    /// The run failed.
    #[error(transparent)]
    Run(RunFailure),
    /// The output is not what the tool promises.
    #[error("the skill broke its promise: its output does not satisfy the tool's schema")]
    InvalidOutput,
    /// A bug of the host; the call is over, others go on.
    #[error("the host failed")]
    Panicked,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A skill made ready: its manifest read, its schemas compiled.
#[derive(Debug)]
struct Ready {
    skill: Skill,
    tools: HashMap<ToolName, (Schema, Schema)>,
}

/// The use cases of invocations.
pub struct Invocations {
    storage: Arc<dyn Storage>,
    sandbox: Arc<dyn Sandbox>,
    manifests: Arc<dyn Manifests>,
    entropy: Arc<dyn Entropy>,
    meter: Arc<dyn Meter>,
    gate: Gate,
    ready: Mutex<HashMap<SubmissionId, Arc<Ready>>>,
}

impl Invocations {
    /// Wires the use cases to their ports.
    pub fn new(
        storage: Arc<dyn Storage>,
        sandbox: Arc<dyn Sandbox>,
        manifests: Arc<dyn Manifests>,
        entropy: Arc<dyn Entropy>,
        gate: Gate,
    ) -> Self {
        Self {
            storage,
            sandbox,
            manifests,
            entropy,
            meter: Arc::new(Unmetered),
            gate,
            ready: Mutex::default(),
        }
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
        permit(caller, Action::ListSkills)?;
        let mut skills = Vec::new();
        for grant in self.storage.active_grants(&caller.community).await? {
            if in_scope(caller, &grant.skill) {
                skills.push(self.ready(&grant).await?.skill.clone());
            }
        }
        Ok(skills)
    }

    /// Describes one skill.
    pub async fn skill(&self, caller: &Principal, name: &SkillName) -> Result<Skill, InvokeError> {
        permit(caller, Action::ListSkills)?;
        let grant = self.grant(caller, name).await?;
        Ok(self.ready(&grant).await?.skill.clone())
    }

    /// Runs one tool and returns its answer. Dropping the future ends the run and frees everything.
    #[tracing::instrument(name = "app.invoke", skip_all, fields(skill.name = call.skill.as_str(), tool.name = call.tool.as_str()))]
    pub async fn invoke(&self, caller: &Principal, call: Call<'_>) -> Result<Answer, InvokeError> {
        let mut watch = Watch::start(self.meter.as_ref(), &call);
        let answer = self.answer(caller, &call, &mut watch).await;
        watch.ended(&answer);
        answer
    }

    async fn answer(
        &self,
        caller: &Principal,
        call: &Call<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Answer, InvokeError> {
        permit(caller, Action::InvokeSkill)?;
        let grant = self.grant(caller, call.skill).await?;
        watch.granted = true;
        let ready = self.ready(&grant).await?;
        let (input_schema, output_schema) = ready.tool(call.tool)?;
        let input = json::parse(call.input, INPUT_BYTES_MAX, JSON_DEPTH_MAX)?;
        let violations = input_schema.violations(&input);
        if !violations.is_empty() {
            return Err(InvokeError::InvalidInput(violations));
        }
        let _place = self.gate.enter(&caller.community, call.skill).await?;
        let invocation = InvocationId::new(self.entropy.uuid());
        let run = Arc::new(Run::new(
            invocation,
            call.request.clone(),
            caller.clone(),
            &ready.skill,
            grant.clone(),
        ));
        watch.run = Some(Arc::clone(&run));
        let output = self
            .run(&grant, run, call.tool, input.to_string().into())
            .await?;
        let output = json::parse(output.as_bytes(), OUTPUT_BYTES_MAX, JSON_DEPTH_MAX);
        match output {
            Ok(output) if output_schema.violations(&output).is_empty() => {
                Ok(Answer { invocation, output })
            }
            _ => Err(InvokeError::InvalidOutput),
        }
    }

    async fn run(
        &self,
        grant: &Grant,
        run: Arc<Run>,
        tool: &ToolName,
        input: Arc<str>,
    ) -> Result<String, InvokeError> {
        let interfaces = &grant.capabilities.interfaces;
        let call = || SandboxCall {
            component: grant.component,
            interfaces: interfaces.clone(),
            run: Arc::clone(&run),
            tool: tool.clone(),
            input: Arc::clone(&input),
        };
        match self.run_caught(call()).await {
            Err(InvokeError::Run(RunFailure::NotAdmitted)) => {
                let bytes = self.storage.component(&grant.component).await?;
                let bytes = bytes.ok_or_else(|| {
                    StorageError::Corrupt(format!("the component {} is missing", grant.component))
                })?;
                self.sandbox
                    .admit(&grant.component, bytes.into(), interfaces)
                    .await?;
                self.run_caught(call()).await
            }
            done => done,
        }
    }

    /// A panic in a host function is a bug of ours: it ends this call and no other.
    async fn run_caught(&self, call: SandboxCall) -> Result<String, InvokeError> {
        match AssertUnwindSafe(self.sandbox.run(call))
            .catch_unwind()
            .await
        {
            Ok(done) => done.map_err(InvokeError::Run),
            Err(_) => Err(InvokeError::Panicked),
        }
    }

    async fn grant(&self, caller: &Principal, name: &SkillName) -> Result<Grant, InvokeError> {
        if !in_scope(caller, name) {
            return Err(InvokeError::OutOfScope(name.clone()));
        }
        let grant = self.storage.active_grant(&caller.community, name).await?;
        grant.ok_or_else(|| InvokeError::UnknownSkill(name.clone()))
    }

    /// A submission never changes, so what is made of it is kept.
    async fn ready(&self, grant: &Grant) -> Result<Arc<Ready>, InvokeError> {
        if let Some(ready) = self.lock().get(&grant.submission) {
            return Ok(Arc::clone(ready));
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
        let mut all = self.lock();
        if all.len() >= READY_SKILLS_MAX {
            all.clear();
        }
        all.insert(grant.submission, Arc::clone(&ready));
        Ok(ready)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SubmissionId, Arc<Ready>>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ready {
    fn new(skill: Skill) -> Result<Self, String> {
        let compile = |tool: &skillgate_domain::skill::Tool| {
            let schemas = (
                Schema::compile(&tool.input_schema)?,
                Schema::compile(&tool.output_schema)?,
            );
            Ok((tool.name.clone(), schemas))
        };
        let tools = skill
            .tools
            .iter()
            .map(compile)
            .collect::<Result<_, String>>()?;
        Ok(Self { skill, tools })
    }

    fn tool(&self, name: &ToolName) -> Result<&(Schema, Schema), InvokeError> {
        self.tools
            .get(name)
            .ok_or_else(|| InvokeError::UnknownTool {
                skill: self.skill.name.clone(),
                tool: name.clone(),
                known: self
                    .skill
                    .tools
                    .iter()
                    .map(|tool| tool.name.to_string())
                    .collect(),
            })
    }
}

fn permit(caller: &Principal, action: Action) -> Result<(), InvokeError> {
    if caller.role.may(action) {
        Ok(())
    } else {
        Err(InvokeError::Forbidden(caller.role, action))
    }
}

fn in_scope(caller: &Principal, name: &SkillName) -> bool {
    caller
        .scope
        .skills
        .as_ref()
        .is_none_or(|skills| skills.contains(name))
}
