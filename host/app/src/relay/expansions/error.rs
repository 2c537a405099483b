use super::super::RelayError;
use crate::audit::{self, AuditError};
use crate::ports::StorageError;
use crate::records::RecordsError;
use skillgate_domain::policy::Refusal;
use skillgate_domain::tez::DraftFault;
use skillgate_domain::tez::expansion::ExpansionFault;

/// Why nothing came of a question or of a decision.
#[derive(Debug, thiserror::Error)]
pub enum ExpansionError {
    /// The relay's rules, or what it stands on.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// No such question about this Tez.
    #[error("there is no such question about this Tez")]
    NotFound,
    /// Somebody decided it before.
    #[error("this is decided already")]
    Decided,
    /// It waited too long.
    #[error("nobody decided this in time; it can be asked again")]
    Expired,
    /// The item is not there any more.
    #[error("the item was taken out of the Tez")]
    Redacted,
    /// The record could not be read as whoever decides.
    #[error(transparent)]
    Records(#[from] RecordsError),
}

macro_rules! through_the_relay {
    ($($source:ty),*) => {$(
        impl From<$source> for ExpansionError {
            fn from(error: $source) -> Self {
                Self::Relay(error.into())
            }
        }
    )*};
}

through_the_relay!(
    Refusal,
    StorageError,
    AuditError,
    DraftFault,
    ExpansionFault
);

impl audit::Refusal for ExpansionError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Relay(error) => error.code(),
            Self::NotFound => Some("expansion-not-found"),
            Self::Decided => Some("expansion-decided"),
            Self::Expired => Some("expansion-expired"),
            Self::Redacted => Some("context-redacted"),
            // The read has a record of its own.
            Self::Records(_) => None,
        }
    }
}
