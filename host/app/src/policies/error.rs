use crate::access::AccessError;
use crate::audit::{self, AuditError};
use crate::ports::StorageError;
use skillgate_domain::policy::Refusal;
use skillgate_domain::skill::Finding;

/// Why nothing was done with policies.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(Refusal),
    /// The text has faults.
    #[error("the policies have {} fault(s)", .0.len())]
    Invalid(Vec<Finding>),
    /// Afterwards nobody could put others.
    #[error("after this change {} could not put policies any more", .0.words())]
    LocksOut(LockedOut),
    /// Somebody else put policies since the caller looked.
    #[error("the policies changed in the meantime: version {present} is in force")]
    Changed {
        /// The newest version.
        present: u32,
    },
    /// No such version.
    #[error("there is no version {0} of the policies")]
    NotFound(u32),
    /// A question that is never asked of policies.
    #[error("{0}")]
    NoSuchQuestion(&'static str),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It could not be recorded, so it did not happen.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl audit::Refusal for PolicyError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Forbidden(_) => Some("forbidden"),
            Self::Invalid(_) => Some("policies-invalid"),
            Self::LocksOut(_) => Some("policies-lock-out-admins"),
            Self::Changed { .. } => Some("policies-changed"),
            Self::NotFound(_) => Some("policies-not-found"),
            Self::NoSuchQuestion(_) => Some("policy-question-invalid"),
            Self::Storage(_) | Self::Audit(_) => None,
        }
    }
}

impl From<AccessError> for PolicyError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
        }
    }
}

/// Whom a change would lock out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockedOut {
    /// Who made it.
    Caller,
    /// An admin of whom nothing more is known.
    Admins,
}

impl LockedOut {
    const fn words(self) -> &'static str {
        match self {
            Self::Caller => "you",
            Self::Admins => "an admin that they do not name",
        }
    }
}
