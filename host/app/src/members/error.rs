use crate::access::AccessError;
use crate::audit::{self, AuditError};
use crate::ports::StorageError;
use skillgate_domain::member::{NotAnAddress, Unchanged};
use skillgate_domain::policy::Refusal;
use skillgate_domain::tez::NotAName;

/// Why nothing was done with a community's list.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(Refusal),
    /// No such community, or not the caller's.
    #[error("there is no such community")]
    NotFound,
    /// The caller's community is not known to others yet.
    #[error("register your community first")]
    NotRegistered,
    /// A text is none that is said of somebody.
    #[error("{0}")]
    Invalid(String),
    /// The list stays as it is.
    #[error(transparent)]
    Unchanged(Unchanged),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It could not be recorded, so it did not happen.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl audit::Refusal for MemberError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Forbidden(_) => Some("forbidden"),
            Self::NotFound => Some("community-not-found"),
            Self::NotRegistered => Some("community-not-registered"),
            Self::Invalid(_) => Some("member-invalid"),
            Self::Unchanged(Unchanged::NotThere) => Some("member-not-found"),
            Self::Unchanged(Unchanged::LastAdmin) => Some("last-admin"),
            Self::Unchanged(Unchanged::TooMany | Unchanged::TooManyAdmins) => {
                Some("too-many-members")
            }
            Self::Storage(_) | Self::Audit(_) => None,
        }
    }
}

impl From<AccessError> for MemberError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
        }
    }
}

impl From<NotAName> for MemberError {
    fn from(fault: NotAName) -> Self {
        Self::Invalid(fault.to_string())
    }
}

impl From<NotAnAddress> for MemberError {
    fn from(fault: NotAnAddress) -> Self {
        Self::Invalid(fault.to_string())
    }
}
