use super::{Fault, OutsideError};
use crate::audit::AuditError;
use crate::budgets::WriteRefusal;
use crate::ports::{CrmError, Retry, ScratchError};
use crate::run::Budget;
use serde::{Deserialize, Serialize};
use skillgate_domain::ids::RecordId;
use skillgate_domain::right::{Denial, DenialCause};
use skillgate_domain::state::StateKey;
use std::time::Duration;

/// Why a host call did not do what the guest asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// The run's right does not reach so far.
    #[error("{0}")]
    Denied(Denial),
    /// A budget is used up: the call's, or the hour's.
    #[error("{} are used up", .0.name())]
    BudgetExhausted(Budget),
    /// The guest's request makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The CRM said no, or nothing.
    #[error(transparent)]
    Crm(CrmError),
    /// A record that was read from memory is another by now: nothing that rests on it is written.
    #[error("a record that this call rests on has changed; the same call sees the change")]
    Outdated,
    /// The grant or the token was taken back, or the skill stopped, while the call ran. A stable code.
    #[error("what this call runs under is no longer in force ({0})")]
    Ended(&'static str),
    /// Something else is under a key of what the skill keeps than was expected.
    #[error("`{0}` changed in the meantime; read it again")]
    StateChanged(StateKey),
    /// What the skill keeps could not be read or changed; nothing happened.
    #[error("what the skill keeps is not available")]
    Unkept,
    /// Something stood against a call of scratch files.
    #[error("{0}")]
    Scratch(ScratchError),
    /// Nobody could tell whether grant and token are still in force, or the hour's writes are used up.
    #[error("the host could not look at its rights and budgets")]
    Unsure,
    /// The write could not be recorded, so it did not happen.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// Somebody outside the CRM could not be reached, or must not be.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// What the guest was told when the call was recorded that is replayed now.
    #[error("{}", .0.message)]
    Replayed(Box<Told>),
}

/// What kind of failure a guest is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is explained in `wit/crm.wit`")]
pub enum ErrorCode {
    Denied,
    NotFound,
    InvalidInput,
    Conflict,
    BudgetExhausted,
    RateLimited,
    Unavailable,
    OutcomeUnknown,
    NotConfigured,
}

/// What a guest is told of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What kind of failure.
    pub code: ErrorCode,
    /// Whether the same request may be sent again.
    pub retry: Retry,
    /// When.
    pub retry_after: Option<Duration>,
    /// One sentence.
    pub message: String,
    /// Of a request to a service outside: it left, and may have arrived.
    pub sent: bool,
    /// In a conflict, the record that holds the value, when it is known.
    pub holder: Option<RecordId>,
    /// What else the interface has words for.
    pub fault: Option<Fault>,
}

impl From<Budget> for BrokerError {
    fn from(budget: Budget) -> Self {
        Self::BudgetExhausted(budget)
    }
}

impl From<WriteRefusal> for BrokerError {
    fn from(refusal: WriteRefusal) -> Self {
        match refusal {
            WriteRefusal::UsedUp(budget) => Self::BudgetExhausted(budget),
            WriteRefusal::Storage(error) => {
                tracing::error!("the writes of the hour could not be counted: {error}");
                Self::Unsure
            }
        }
    }
}

impl BrokerError {
    /// Tells whether it would have been allowed, had a person confirmed it.
    pub(crate) fn requires_confirmation(&self) -> bool {
        match self {
            Self::Denied(denial) => denial.cause == DenialCause::RequiresConfirmation,
            Self::Outside(error) => *error == OutsideError::RequiresConfirmation,
            _ => false,
        }
    }

    /// Returns a stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Denied(denial) => denial.code(),
            Self::BudgetExhausted(
                Budget::CrmReads | Budget::CrmWrites | Budget::StateCalls | Budget::FileCalls,
            ) => "budget-exhausted",
            Self::BudgetExhausted(Budget::StateKeys) => "state-keys-used-up",
            Self::BudgetExhausted(Budget::StateBytes) => "state-bytes-used-up",
            Self::BudgetExhausted(Budget::SkillWrites) => "skill-writes-exhausted",
            Self::BudgetExhausted(Budget::CommunityWrites) => "community-writes-exhausted",
            Self::Invalid(_) => "invalid-input",
            Self::Crm(error) => error.code(),
            Self::Outdated => "record-outdated",
            Self::Ended(code) => code,
            Self::StateChanged(_) => "state-changed",
            Self::Scratch(error) => error.code(),
            Self::Unsure | Self::Unkept => "storage",
            Self::Audit(_) => "audit",
            Self::Outside(error) => error.code(),
            Self::Replayed(_) => "replayed",
        }
    }

    /// Tells whether it was not allowed.
    pub const fn is_denied(&self) -> bool {
        match self {
            Self::Denied(_) | Self::Crm(CrmError::Forbidden) => true,
            Self::Outside(error) => matches!(error.kind(), ErrorCode::Denied),
            _ => false,
        }
    }

    /// Tells whether the same request may be sent again.
    pub const fn retry(&self) -> Retry {
        match self {
            Self::Crm(error) => error.retry(),
            Self::Outside(error) => error.retry(),
            // An hour's budget comes back.
            Self::BudgetExhausted(Budget::SkillWrites | Budget::CommunityWrites)
            | Self::Audit(_)
            | Self::Outdated
            | Self::StateChanged(_)
            | Self::Scratch(ScratchError::DiskFull | ScratchError::Unavailable)
            | Self::Unkept
            | Self::Unsure => Retry::Safe,
            Self::Denied(_)
            | Self::BudgetExhausted(_)
            | Self::Invalid(_)
            | Self::Scratch(_)
            | Self::Ended(_) => Retry::Never,
            Self::Replayed(told) => told.retry,
        }
    }

    /// Returns what a guest is told.
    pub fn told(&self) -> Told {
        let (mut retry_after, mut holder, mut sent, mut fault) = (None, None, false, None);
        let code = match self {
            Self::Replayed(told) => return (**told).clone(),
            Self::Outside(error) => {
                retry_after = error.retry_after();
                sent = error.maybe_sent();
                error.kind()
            }
            Self::Denied(_) | Self::Ended(_) => ErrorCode::Denied,
            Self::BudgetExhausted(_) => ErrorCode::BudgetExhausted,
            Self::Invalid(_) => ErrorCode::InvalidInput,
            Self::StateChanged(key) => {
                fault = Some(Fault::StateChanged(key.to_string()));
                ErrorCode::Conflict
            }
            Self::Scratch(error) => {
                fault = Some(Fault::Scratch((*error).into()));
                of_scratch(*error)
            }
            Self::Audit(_) | Self::Outdated | Self::Unsure | Self::Unkept => ErrorCode::Unavailable,
            Self::Crm(crm) => match crm {
                CrmError::NotFound => ErrorCode::NotFound,
                CrmError::Conflict { holder: known } => {
                    holder = *known;
                    ErrorCode::Conflict
                }
                CrmError::Invalid(_) => ErrorCode::InvalidInput,
                CrmError::Forbidden => ErrorCode::Denied,
                CrmError::RateLimited { after } => {
                    retry_after = Some(*after);
                    ErrorCode::RateLimited
                }
                CrmError::Unavailable(_) => ErrorCode::Unavailable,
                CrmError::OutcomeUnknown => ErrorCode::OutcomeUnknown,
            },
        };
        Told {
            code,
            retry: self.retry(),
            retry_after,
            message: self.to_string(),
            holder,
            sent,
            fault,
        }
    }
}

const fn of_scratch(error: ScratchError) -> ErrorCode {
    match error {
        ScratchError::NotFound => ErrorCode::NotFound,
        ScratchError::AlreadyExists | ScratchError::CaseClash => ErrorCode::Conflict,
        ScratchError::QuotaBytes | ScratchError::QuotaFiles => ErrorCode::BudgetExhausted,
        ScratchError::InvalidPath(_)
        | ScratchError::NotAFile
        | ScratchError::NotAFolder
        | ScratchError::TooLong => ErrorCode::InvalidInput,
        ScratchError::NotPlain | ScratchError::DiskFull | ScratchError::Unavailable => {
            ErrorCode::Unavailable
        }
    }
}
