use super::METRICS_DAYS_MAX;
use crate::access::AccessError;
use crate::audit::{self, AuditError};
use crate::ports::StorageError;
use skillgate_domain::ids::PartnershipId;
use skillgate_domain::partnership::{self, INVITATIONS_MAX, Status};
use skillgate_domain::policy::Refusal;

/// Why nothing was done with a partnership.
#[derive(Debug, thiserror::Error)]
pub enum PartnershipError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(Refusal),
    /// No such partnership of the caller's community.
    #[error("there is no such partnership")]
    NotFound,
    /// The caller's community is not known to others yet.
    #[error("register your community first")]
    NotRegistered,
    /// The community that is invited is not known here.
    #[error("there is no such community to invite")]
    TargetUnknown,
    /// A community invites itself.
    #[error("a community is no partner of its own")]
    WithItself,
    /// The two have one already.
    #[error("the two communities have partnership {id} already, which is {}", status.name())]
    Already {
        /// Its number.
        id: PartnershipId,
        /// Where it stands.
        status: Status,
    },
    /// Too many of the community's invitations wait for an answer.
    #[error("{INVITATIONS_MAX} invitations wait for an answer; cancel one, or wait for one")]
    TooManyInvitations,
    /// It cannot be moved so by the caller's side.
    #[error("{refusal}; the partnership is {}", status.name())]
    NotMoved {
        /// Why.
        refusal: partnership::Refusal,
        /// Where it stands.
        status: Status,
    },
    /// Nothing is counted over so many days, or none.
    #[error(
        "from is not after to nor before 1970, and at most {METRICS_DAYS_MAX} days are counted"
    )]
    Period,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It could not be recorded, so it did not happen.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl audit::Refusal for PartnershipError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Forbidden(_) => Some("forbidden"),
            Self::NotFound => Some("partnership-not-found"),
            Self::NotRegistered => Some("community-not-registered"),
            Self::TargetUnknown => Some("community-not-found"),
            Self::WithItself => Some("partnership-with-itself"),
            Self::Already { .. } => Some("partnership-present"),
            Self::TooManyInvitations => Some("too-many-invitations"),
            Self::NotMoved { .. } => Some("partnership-not-moved"),
            Self::Period | Self::Storage(_) | Self::Audit(_) => None,
        }
    }
}

impl From<AccessError> for PartnershipError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
        }
    }
}
