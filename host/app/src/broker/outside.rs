//! Whom the broker reaches outside the CRM, and why it may not come to anything.

use super::ErrorCode;
use super::write::Failed;
use crate::access::Access;
use crate::ports::{
    HttpBudget, HttpClient, HttpError, HttpLimits, HttpUsage, Planner, PlannerError, Retry,
    TezError, TezRelay, Workspace, WorkspaceError,
};
use crate::secrets::{Secrets, Unfit};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::egress::Part;
use skillgate_domain::ids::CredentialName;
use skillgate_domain::policy::Refusal;
use std::sync::Arc;
use std::time::Duration;

/// Whom the broker reaches outside the CRM.
pub struct Outside {
    /// Says who may.
    pub access: Arc<Access>,
    /// Where Tez are handed over.
    pub relay: Arc<dyn TezRelay>,
    /// Who thinks, if somebody does.
    pub planner: Option<Arc<dyn Planner>>,
    /// Mailbox and calendar, if there are any.
    pub workspace: Option<Arc<dyn Workspace>>,
    /// How the requests of modules leave.
    pub http: Requests,
}

/// How the requests of modules leave.
pub struct Requests {
    /// Who sends them.
    pub client: Arc<dyn HttpClient>,
    /// What they are sent with.
    pub secrets: Arc<Secrets>,
    /// Who counts them.
    pub usage: Arc<dyn HttpUsage>,
    /// How many may leave.
    pub limits: HttpLimits,
}

/// Why nobody was reached, or nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutsideError {
    /// The host is not connected to such a thing.
    #[error("the host is not connected to such a thing")]
    NotConfigured,
    /// The grant does not have the interface, or token or tool are for reading only.
    #[error("the grant, the caller's token or the tool's own promise does not reach so far")]
    NotGranted,
    /// Policies do not allow it.
    #[error(transparent)]
    Forbidden(Refusal),
    /// Policies allow it once a person has confirmed it.
    #[error("a person must confirm this first")]
    RequiresConfirmation,
    /// The community lets out less than when this was made.
    #[error("the community no longer lets out the field {field} of a record of kind {}", .object.name())]
    Narrowed {
        /// The kind of record.
        object: ObjectKind,
        /// A field that was let out.
        field: String,
    },
    /// What is to be sent is not acceptable.
    #[error("{0}")]
    Invalid(String),
    /// This call has asked its planner often enough.
    #[error("this call has asked the planner as often as it may")]
    AskedEnough,
    /// No rule allows a request.
    #[error("no rule of the grant allows this request ({})", .0.code())]
    NoRule(Part),
    /// This call has sent or received as much as it may.
    #[error("this call has sent requests as often, or with as many bytes, as it may")]
    RequestsUsedUp,
    /// The skill has sent as many requests in this community as it may for now.
    #[error("{} are used up", .0.name())]
    RequestsOfTheTime(HttpBudget),
    /// Nobody gave the skill the credential that a rule names.
    #[error(
        "the skill was given no value for the credential {0}; an admin gives it with `skillgate secret set`"
    )]
    NoCredential(CredentialName),
    /// The credential does not go with the request.
    #[error("{0}")]
    Credential(Unfit),
    /// Nobody could tell what the request may be sent with, or how many were sent.
    #[error("the host could not look at its secrets and counts")]
    Unsure,
    /// A request had no answer.
    #[error("{error}")]
    Http {
        /// Why.
        error: HttpError,
        /// Nothing was meant to change by it.
        reads: bool,
    },
    /// The relay.
    #[error(transparent)]
    Tez(#[from] TezError),
    /// The planner.
    #[error(transparent)]
    Planner(#[from] PlannerError),
    /// The workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
}

impl OutsideError {
    /// Returns a stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotConfigured => "not-configured",
            Self::NotGranted => "not-granted",
            Self::Forbidden(_) => "policy-denied",
            Self::RequiresConfirmation => "requires-confirmation",
            Self::Narrowed { .. } => "sharing-narrowed",
            Self::Invalid(_) => "invalid-input",
            Self::AskedEnough | Self::RequestsUsedUp => "budget-exhausted",
            Self::RequestsOfTheTime(budget) => budget.code(),
            Self::NoCredential(_) => "credential-missing",
            Self::Credential(unfit) => unfit.code(),
            Self::Unsure => "storage",
            Self::NoRule(part) => part.code(),
            Self::Http { error, .. } => error.code(),
            Self::Tez(error) => error.code(),
            Self::Planner(error) => error.code(),
            Self::Workspace(error) => error.code(),
        }
    }

    /// Returns what kind of failure a guest is told.
    pub(super) const fn kind(&self) -> ErrorCode {
        match self {
            Self::NotConfigured
            | Self::NoCredential(_)
            | Self::Planner(PlannerError::NotConfigured)
            | Self::Workspace(WorkspaceError::NotConfigured) => ErrorCode::NotConfigured,
            Self::NotGranted
            | Self::Forbidden(_)
            | Self::RequiresConfirmation
            | Self::NoRule(_)
            | Self::Credential(Unfit::Leak(_))
            | Self::Http {
                error: HttpError::AddressRefused(_),
                ..
            }
            | Self::Narrowed { .. }
            | Self::Tez(TezError::Forbidden)
            | Self::Workspace(WorkspaceError::NoCredential) => ErrorCode::Denied,
            Self::Invalid(_)
            | Self::Credential(_)
            | Self::Tez(TezError::Invalid(_))
            | Self::Planner(PlannerError::Refused)
            | Self::Workspace(WorkspaceError::Refused(_)) => ErrorCode::InvalidInput,
            Self::AskedEnough | Self::RequestsUsedUp | Self::RequestsOfTheTime(_) => {
                ErrorCode::BudgetExhausted
            }
            Self::Http { error, reads } if error.maybe_sent() && !*reads => {
                ErrorCode::OutcomeUnknown
            }
            Self::Tez(TezError::NotFound) => ErrorCode::NotFound,
            Self::Tez(TezError::RateLimited { .. }) => ErrorCode::RateLimited,
            Self::Http { .. }
            | Self::Unsure
            | Self::Tez(TezError::Unavailable)
            | Self::Planner(
                PlannerError::TimedOut | PlannerError::Unavailable | PlannerError::BadAnswer,
            )
            | Self::Workspace(WorkspaceError::Unavailable) => ErrorCode::Unavailable,
            Self::Tez(TezError::OutcomeUnknown)
            | Self::Workspace(WorkspaceError::OutcomeUnknown) => ErrorCode::OutcomeUnknown,
        }
    }

    /// Tells whether something left and may have arrived.
    pub(super) const fn maybe_sent(&self) -> bool {
        match self {
            Self::Http { error, .. } => error.maybe_sent(),
            _ => matches!(self.kind(), ErrorCode::OutcomeUnknown),
        }
    }

    /// Tells whether the same request may be sent again.
    pub(super) const fn retry(&self) -> Retry {
        // What was too long once is so again; an hour's requests come back.
        match self {
            Self::Http {
                error: HttpError::TooLong | HttpError::Unreadable,
                reads: true,
            } => return Retry::Never,
            Self::RequestsOfTheTime(_) => return Retry::Safe,
            _ => {}
        }
        match self.kind() {
            ErrorCode::RateLimited | ErrorCode::Unavailable => Retry::Safe,
            ErrorCode::OutcomeUnknown => Retry::CheckFirst,
            _ => Retry::Never,
        }
    }

    /// Returns when to come back, where somebody said so.
    pub(super) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Tez(TezError::RateLimited { after }) => *after,
            _ => None,
        }
    }
}

impl Failed for OutsideError {
    fn is_unknown(&self) -> bool {
        self.kind() == ErrorCode::OutcomeUnknown
    }

    fn code(&self) -> &'static str {
        self.code()
    }
}
