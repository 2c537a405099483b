use crate::audit::AuditError;
use crate::ports::{CrmError, Retry};
use crate::run::Budget;
use skillgate_domain::right::Denial;

/// Why a host call did not do what the guest asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// The run's right does not reach so far.
    #[error("{0}")]
    Denied(Denial),
    /// The call has used up a budget.
    #[error("this call has used up its {}", .0.name())]
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
    /// Nobody could tell whether the grant is still in force.
    #[error("the host could not look at the grant")]
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

impl BrokerError {
    /// Returns a stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Denied(denial) => denial.code(),
            Self::BudgetExhausted(_) => "budget-exhausted",
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
            Self::Denied(_) | Self::BudgetExhausted(_) | Self::Invalid(_) | Self::Ended(_) => {
                Retry::Never
            }
            Self::Crm(error) => error.retry(),
            Self::Audit(_) | Self::Unsure => Retry::Safe,
        }
    }
}
