use super::OFFSET_MAX;
use crate::access::AccessError;
use crate::audit::AuditError;
use crate::broker::BrokerError;
use crate::ports::StorageError;
use skillgate_domain::audit::Outcome;
use skillgate_domain::ids::SkillName;
use skillgate_domain::policy::Refusal;

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(Refusal),
    /// The token is for certain skills, and the host is none of them.
    #[error("this token is not for the skill {0}")]
    OutOfScope(SkillName),
    /// The page begins too far from those that were read before.
    #[error(
        "the offset is more than {OFFSET_MAX} beyond what was read; go page by page, or search by words"
    )]
    TooFar,
    /// The broker, or the CRM behind it.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// Storage failed.
    #[error(transparent)]
    Storage(StorageError),
    /// It could not be recorded, so there is no answer.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl From<AccessError> for RecordsError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
        }
    }
}

impl RecordsError {
    /// Returns a stable code for the audit trail.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Forbidden(_) => "forbidden",
            Self::OutOfScope(_) => "skill-out-of-scope",
            Self::TooFar => "offset-too-far",
            Self::Broker(error) => error.code(),
            Self::Storage(_) => "storage",
            Self::Audit(error) => error.code(),
        }
    }

    /// Returns what the audit trail keeps of it.
    pub const fn outcome(&self) -> Outcome {
        let code = self.code();
        match self {
            Self::Forbidden(_)
            | Self::OutOfScope(_)
            | Self::TooFar
            | Self::Broker(BrokerError::Denied(_) | BrokerError::Ended(_)) => {
                Outcome::Refused(code)
            }
            Self::Broker(_) | Self::Storage(_) | Self::Audit(_) => Outcome::Failed(code),
        }
    }
}
