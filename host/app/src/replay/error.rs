use crate::access::AccessError;
use crate::audit::AuditError;
use crate::ports::{Inadmissible, StorageError};
use skillgate_domain::audit::Outcome;
use skillgate_domain::ids::SkillName;
use skillgate_domain::policy::Refusal;

/// Why a call was not replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(Refusal),
    /// The token is for other skills.
    #[error("this token is not for the skill {0}")]
    OutOfScope(SkillName),
    /// No such journal here, or not any more.
    #[error("there is no journal of this call here, or not any more")]
    NotFound,
    /// The input was too long to be kept.
    #[error("the call's input was too long to be kept, so that it cannot run again")]
    NoInput,
    /// It is not what was recorded.
    #[error("the journal is not the one that was recorded")]
    Changed,
    /// The component cannot run under what the call was granted.
    #[error("it cannot run under what the recorded call was granted: {0}")]
    NotRunnable(#[from] Inadmissible),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It could not be recorded, so there is no answer.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl From<AccessError> for ReplayError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
        }
    }
}

impl ReplayError {
    /// Returns what the audit trail keeps of it.
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Forbidden(_) => Outcome::Refused("forbidden"),
            Self::OutOfScope(_) => Outcome::Refused("skill-out-of-scope"),
            Self::NotFound => Outcome::Refused("journal-not-found"),
            Self::NoInput => Outcome::Refused("journal-without-input"),
            Self::NotRunnable(Inadmissible::Internal(_)) => Outcome::Failed("internal"),
            Self::NotRunnable(why) => Outcome::Refused(why.code()),
            Self::Changed => Outcome::Failed("journal-changed"),
            Self::Storage(_) => Outcome::Failed("storage"),
            Self::Audit(_) => Outcome::Failed("audit"),
        }
    }
}
