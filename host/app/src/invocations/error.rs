use crate::access::AccessError;
use crate::audit::{self, AuditError};
use crate::gate::Busy;
use crate::json::JsonRefusal;
use crate::plans::{PlanStanding, PlanTooLong};
use crate::ports::{Inadmissible, RunFailure, StorageError};
use crate::schema::Violation;
use skillgate_domain::audit::Outcome;
use skillgate_domain::ids::{PlanId, SkillName, ToolName};
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
    /// The partnership with the community that the skill's module belongs to is suspended or over.
    #[error(
        "the skill {0} is of a community whose partnership, under which it was granted, is not accepted now"
    )]
    PartnershipInactive(SkillName),
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
    /// The output is not what the tool promises, or not of the form that the caller needs.
    #[error(
        "the skill broke its promise: its output does not satisfy the tool's schema, or has not the form of such an answer"
    )]
    InvalidOutput,
    /// What it would write is too much for a plan.
    #[error(transparent)]
    PlanTooLong(#[from] PlanTooLong),
    /// The community has too many plans that can still be applied.
    #[error("this community has {OPEN_PLANS_MAX} plans that can still be applied")]
    TooManyPlans,
    /// A person must confirm what it would write, which is shown.
    #[error("a person must confirm what the tool would write")]
    RequiresConfirmation(Box<PlanStanding>),
    /// A person said no to what it would write.
    #[error("a person has declined what the tool would write; nothing happened")]
    Declined(PlanId),
    /// What a person confirmed is happening.
    #[error("what the tool is to write is being written")]
    BeingApplied(PlanId),
    /// Not all of what a person confirmed happened. The plan says what did.
    #[error("not all of what was confirmed has happened")]
    Stopped(Box<PlanStanding>),
    /// Another call was answered with what became of what a person confirmed.
    #[error("another call has been answered with what was confirmed")]
    ConfirmationUsed(PlanId),
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
    /// Returns a stable code, for the audit trail, metrics and the log: the one that the door answers
    /// with, but for a limit that code of the limit which the door answers beside it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Forbidden(_) => "forbidden",
            Self::OutOfScope(_) => "skill-out-of-scope",
            Self::UnknownSkill(_) => "skill-not-found",
            Self::Frozen(_) => "skill-frozen",
            Self::PartnershipInactive(_) => "partnership-inactive",
            Self::UnknownTool { .. } => "no-such-tool",
            Self::Unreadable(JsonRefusal::TooLong { .. }) => "input-too-long",
            Self::Unreadable(JsonRefusal::Malformed(_)) => "input-unreadable",
            Self::InvalidInput(_) => "input-invalid",
            Self::Busy(Busy::Skill) => "skill-busy",
            Self::Busy(Busy::Host) => "host-busy",
            Self::NotRunnable(Inadmissible::Internal(_)) | Self::Panicked => "internal",
            Self::NotRunnable(_) => "skill-not-runnable",
            Self::Run(failure) => run(failure),
            Self::InvalidOutput => "skill-output-invalid",
            Self::PlanTooLong(_) => "plan-too-long",
            Self::TooManyPlans => "too-many-plans",
            Self::RequiresConfirmation(_) => "requires-confirmation",
            Self::Declined(_) => "plan-declined",
            Self::BeingApplied(_) => "plan-being-applied",
            Self::Stopped(_) => "plan-stopped",
            Self::ConfirmationUsed(_) => "confirmation-used",
            Self::Storage(error) => storage(error),
            Self::Audit(error) => error.code(),
        }
    }

    /// Returns what the audit trail keeps of it.
    pub const fn outcome(&self) -> Outcome {
        let code = self.code();
        match self {
            Self::Forbidden(_)
            | Self::OutOfScope(_)
            | Self::UnknownSkill(_)
            | Self::Frozen(_)
            | Self::PartnershipInactive(_)
            | Self::UnknownTool { .. }
            | Self::Unreadable(_)
            | Self::InvalidInput(_)
            | Self::Busy(_)
            | Self::PlanTooLong(_)
            | Self::TooManyPlans
            | Self::RequiresConfirmation(_)
            | Self::Declined(_)
            | Self::BeingApplied(_)
            | Self::ConfirmationUsed(_) => Outcome::Refused(code),
            Self::NotRunnable(_)
            | Self::Run(_)
            | Self::InvalidOutput
            | Self::Stopped(_)
            | Self::Panicked
            | Self::Storage(_)
            | Self::Audit(_) => Outcome::Failed(code),
        }
    }
}

const fn run(failure: &RunFailure) -> &'static str {
    match failure {
        RunFailure::Tool(error) => error.code.code(),
        RunFailure::Limit(limit) => limit.code(),
        RunFailure::Trapped(_) => "skill-crashed",
        RunFailure::Host(_) | RunFailure::NotAdmitted => "internal",
    }
}

const fn storage(error: &StorageError) -> &'static str {
    match error {
        StorageError::Busy(_) => "storage-busy",
        StorageError::Full(_) => "storage-full",
        StorageError::Unavailable(_) => "storage-unavailable",
        StorageError::Conflict | StorageError::Corrupt(_) => "internal",
    }
}
