use crate::audit::AuditError;
use crate::budgets::WriteRefusal;
use crate::ports::{CrmError, Retry};
use crate::run::Budget;
use skillgate_domain::right::Denial;

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
    /// The grant was taken back, replaced or stopped while the call ran. A stable code.
    #[error("the grant is no longer in force ({0})")]
    Ended(&'static str),
    /// Nobody could tell whether the grant is still in force, or the hour's writes are used up.
    #[error("the host could not look at its rights and budgets")]
    Unsure,
    /// The write could not be recorded, so it did not happen.
    #[error(transparent)]
    Audit(#[from] AuditError),
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
    /// Returns a stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Denied(denial) => denial.code(),
            Self::BudgetExhausted(Budget::CrmReads | Budget::CrmWrites) => "budget-exhausted",
            Self::BudgetExhausted(Budget::SkillWrites) => "skill-writes-exhausted",
            Self::BudgetExhausted(Budget::CommunityWrites) => "community-writes-exhausted",
            Self::Invalid(_) => "invalid-input",
            Self::Crm(error) => error.code(),
            Self::Ended(code) => code,
            Self::Unsure => "storage",
            Self::Audit(_) => "audit",
        }
    }

    /// Tells whether the same request may be sent again.
    pub const fn retry(&self) -> Retry {
        match self {
            Self::Crm(error) => error.retry(),
            // An hour's budget comes back.
            Self::BudgetExhausted(Budget::SkillWrites | Budget::CommunityWrites)
            | Self::Audit(_)
            | Self::Unsure => Retry::Safe,
            Self::Denied(_) | Self::BudgetExhausted(_) | Self::Invalid(_) | Self::Ended(_) => {
                Retry::Never
            }
        }
    }
}
