use crate::access::AccessError;
use crate::audit::{self, AuditError};
use crate::ports::StorageError;
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::ids::SkillName;
use skillgate_domain::policy::Refusal;
use skillgate_domain::right::Denial;
use skillgate_domain::time::Timestamp;

/// Why nothing was done with a plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// No such plan, or another's.
    #[error("there is no such plan of yours")]
    NotFound,
    /// The caller may not.
    #[error(transparent)]
    Forbidden(Refusal),
    /// The token is for other skills.
    #[error("this token is not for the skill {0}")]
    OutOfScope(SkillName),
    /// Another plan was looked at.
    #[error("the plan has another digest than the one that was approved")]
    AnotherDigest,
    /// Its time is over.
    #[error("the plan expired; ask for a new one")]
    Expired,
    /// The skill is stopped, or runs under another grant than the one that the plan was made under.
    #[error(
        "the skill is no longer granted as it was when the plan was made ({0}); ask for a new plan"
    )]
    GrantChanged(&'static str),
    /// An effect is not allowed any more.
    #[error("effect {number} is not allowed: {denial}")]
    Denied {
        /// Which, from 1.
        number: usize,
        /// Why.
        denial: Denial,
    },
    /// The community lets out less than when the plan was made.
    #[error(
        "effect {number} may hold the field {field} of a record of kind {}, which the community no longer lets out; ask for a new plan",
        .object.name()
    )]
    Narrowed {
        /// Which, from 1.
        number: usize,
        /// The kind of record.
        object: ObjectKind,
        /// A field that was let out.
        field: String,
    },
    /// A record is not what the plan showed.
    #[error("the record of effect {0} has changed since the plan was made; ask for a new plan")]
    RecordChanged(usize),
    /// Policies want a person's word for it.
    #[error("a person must confirm this plan")]
    RequiresConfirmation,
    /// A person said no.
    #[error("this plan was declined; nothing happened")]
    Declined,
    /// It is too late for a no.
    #[error("somebody has begun to apply this plan; it cannot be declined any more")]
    Begun {
        /// When their claim ends.
        until: Timestamp,
    },
    /// Somebody is applying it.
    #[error("somebody is applying this plan")]
    BeingApplied {
        /// When its claim ends.
        until: Timestamp,
    },
    /// A record could not be looked at; nothing happened. The stable code says why.
    #[error("a record of the plan could not be read ({0}); nothing happened")]
    Unreadable(&'static str),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It could not be recorded.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl audit::Refusal for PlanError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::NotFound => Some("plan-not-found"),
            Self::Forbidden(_) => Some("forbidden"),
            Self::OutOfScope(_) => Some("skill-out-of-scope"),
            Self::AnotherDigest => Some("plan-digest-differs"),
            Self::Expired => Some("plan-expired"),
            Self::GrantChanged(_) => Some("plan-grant-changed"),
            Self::Denied { .. } => Some("plan-denied"),
            Self::Narrowed { .. } => Some("plan-sharing-narrowed"),
            Self::RecordChanged(_) => Some("plan-record-changed"),
            Self::RequiresConfirmation => Some("requires-confirmation"),
            Self::Declined => Some("plan-declined"),
            Self::Begun { .. } => Some("plan-begun"),
            Self::BeingApplied { .. } => Some("plan-being-applied"),
            Self::Unreadable(_) | Self::Storage(_) | Self::Audit(_) => None,
        }
    }
}

impl From<AccessError> for PlanError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
        }
    }
}
