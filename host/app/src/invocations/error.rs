use crate::access::AccessError;
use crate::audit::{self, AuditError};
use crate::gate::Busy;
use crate::json::JsonRefusal;
use crate::plans::PlanTooLong;
use crate::ports::{Inadmissible, RunFailure, StorageError};
use crate::schema::Violation;
use skillgate_domain::audit::Outcome;
use skillgate_domain::ids::{SkillName, ToolName};
use skillgate_domain::plan::OPEN_PLANS_MAX;
use skillgate_domain::policy::Refusal;

/// Why a call gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(Refusal),
    /// The token is for other skills.
    #[error("this token is not for the skill {0}")]
    OutOfScope(SkillName),
    /// No such skill here, or not granted.
    #[error("there is no skill {0} here; an admin grants skills")]
    UnknownSkill(SkillName),
    /// The skill is stopped.
    #[error("an admin has stopped the skill {0} for now")]
    Frozen(SkillName),
    /// No such tool, or not approved.
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
    /// What it would write is too much for a plan.
    #[error(transparent)]
    PlanTooLong(#[from] PlanTooLong),
    /// The community has too many plans that can still be applied.
    #[error("this community has {OPEN_PLANS_MAX} plans that can still be applied")]
    TooManyPlans,
    /// A bug of the host; the call is over, others go on.
    #[error("the host failed")]
    Panicked,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It could not be recorded, so there is no answer.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl From<AccessError> for InvokeError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
        }
    }
}

impl audit::Refusal for InvokeError {
    fn code(&self) -> Option<&'static str> {
        match self.outcome() {
            Outcome::Refused(code) => Some(code),
            _ => None,
        }
    }
}

impl InvokeError {
    /// Returns what the audit trail keeps of it.
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Forbidden(_) => Outcome::Refused("forbidden"),
            Self::OutOfScope(_) => Outcome::Refused("skill-out-of-scope"),
            Self::UnknownSkill(_) => Outcome::Refused("skill-not-found"),
            Self::Frozen(_) => Outcome::Refused("skill-frozen"),
            Self::UnknownTool { .. } => Outcome::Refused("no-such-tool"),
            Self::Unreadable(JsonRefusal::TooLong { .. }) => Outcome::Refused("input-too-long"),
            Self::Unreadable(JsonRefusal::Malformed(_)) => Outcome::Refused("input-unreadable"),
            Self::InvalidInput(_) => Outcome::Refused("input-invalid"),
            Self::Busy(Busy::Skill) => Outcome::Refused("skill-busy"),
            Self::Busy(Busy::Host) => Outcome::Refused("host-busy"),
            Self::PlanTooLong(_) => Outcome::Refused("plan-too-long"),
            Self::TooManyPlans => Outcome::Refused("too-many-plans"),
            Self::NotRunnable(_) => Outcome::Failed("skill-not-runnable"),
            Self::Run(RunFailure::Tool(error)) => Outcome::Failed(error.code.code()),
            Self::Run(RunFailure::Limit(limit)) => Outcome::Failed(limit.code()),
            Self::Run(RunFailure::Trapped(_)) => Outcome::Failed("skill-crashed"),
            Self::InvalidOutput => Outcome::Failed("skill-output-invalid"),
            Self::Storage(_) => Outcome::Failed("storage"),
            Self::Audit(_) => Outcome::Failed("audit"),
            Self::Run(RunFailure::NotAdmitted | RunFailure::Host(_)) | Self::Panicked => {
                Outcome::Failed("internal")
            }
        }
    }
}
