use crate::access::AccessError;
use crate::audit::{self, AuditError};
use crate::ports::{StorageError, TezError};
use skillgate_domain::policy::Refusal;
use skillgate_domain::tez::expansion::ExpansionFault;
use skillgate_domain::tez::{DraftFault, NotAName};

/// Why the relay did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Refusal),
    /// The person is not in the team; whether there is such a team is not said.
    #[error("you are not a member of this team")]
    NotMember,
    /// The person is in the team, and what was asked is for others.
    #[error("{0}")]
    NotYours(&'static str),
    /// The Tez is not shown to this person.
    #[error("this Tez is not shown to you")]
    NotShown,
    /// No such Tez in this community.
    #[error("there is no such Tez")]
    NotFound,
    /// No such item in the Tez.
    #[error("the Tez has no such item of context")]
    ContextNotFound,
    /// No such team in this community.
    #[error("there is no such team")]
    TeamNotFound,
    /// The relay does not take it as it is.
    #[error("{0}")]
    Invalid(String),
    /// There is no place for another one.
    #[error("{0}")]
    Full(&'static str),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It could not be recorded, so it did not happen.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl audit::Refusal for RelayError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Forbidden(_) => Some("forbidden"),
            Self::NotMember | Self::NotYours(_) | Self::NotShown => Some("tez-forbidden"),
            Self::NotFound => Some("tez-not-found"),
            Self::ContextNotFound => Some("context-not-found"),
            Self::TeamNotFound => Some("team-not-found"),
            Self::Invalid(_) => Some("tez-invalid"),
            Self::Full(_) => Some("relay-full"),
            Self::Storage(_) | Self::Audit(_) => None,
        }
    }
}

impl From<AccessError> for RelayError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
        }
    }
}

impl From<DraftFault> for RelayError {
    fn from(fault: DraftFault) -> Self {
        Self::Invalid(fault.to_string())
    }
}

impl From<ExpansionFault> for RelayError {
    fn from(fault: ExpansionFault) -> Self {
        Self::Invalid(fault.to_string())
    }
}

impl From<NotAName> for RelayError {
    fn from(fault: NotAName) -> Self {
        Self::Invalid(fault.to_string())
    }
}

impl From<RelayError> for TezError {
    fn from(error: RelayError) -> Self {
        match error {
            RelayError::Forbidden(_)
            | RelayError::NotMember
            | RelayError::NotYours(_)
            | RelayError::NotShown => Self::Forbidden,
            RelayError::NotFound | RelayError::ContextNotFound | RelayError::TeamNotFound => {
                Self::NotFound
            }
            RelayError::Invalid(why) => Self::Invalid(why),
            RelayError::Full(why) => Self::Invalid(why.to_owned()),
            // What storage could not keep did not happen.
            RelayError::Storage(error) => {
                tracing::error!("the embedded relay failed: {error}");
                Self::Unavailable
            }
            RelayError::Audit(_) => Self::Unavailable,
        }
    }
}
