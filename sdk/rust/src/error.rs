use crate::crm;

pub use crate::wit::exports::skillgate::skill::guest::{ErrorCode, ToolError};
pub use crate::wit::skillgate::skill::types::Retry;

/// What a tool returns.
///
/// `?` turns a [`crm::Error`] into a [`ToolError`].
///
/// ```
/// use skillgate_sdk::{ErrorCode, ToolResult, crm, testing::Host};
///
/// fn title(id: &str) -> ToolResult<Option<String>> {
///     Ok(crm::tasks().get(id)?.fields.title)
/// }
///
/// let error = Host::new().run(|| title("0190f5fe-7c00-7a00-8000-000000000001")).unwrap_err();
/// assert_eq!(error.code, ErrorCode::NotFound);
/// ```
pub type ToolResult<T> = Result<T, ToolError>;

/// ```
/// use skillgate_sdk::{ErrorCode, Retry, ToolError};
///
/// let error = ToolError::invalid_input("Give an e-mail address.");
/// assert_eq!((error.code, error.retry), (ErrorCode::InvalidInput, Retry::Never));
/// ```
impl ToolError {
    /// Makes an error that the same call would meet again. `message` is one sentence that says what to do.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            retry: Retry::Never,
            retry_after_ms: None,
            message: message.into(),
        }
    }

    /// The caller has to change the input.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidInput, message)
    }

    /// What the input names does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotFound, message)
    }

    /// What exists stands against what was asked.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Conflict, message)
    }

    /// The skill gave up for a reason of its own.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Failed, message)
    }

    /// The skill has no tool of that name. The [`skill!`](crate::skill) macro answers it.
    pub fn unknown_tool() -> Self {
        Self::new(
            ErrorCode::UnknownTool,
            "This skill has no tool of that name.",
        )
    }

    /// Says the same in other words.
    #[must_use]
    pub fn with_message(self, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..self
        }
    }
}

impl From<crm::Error> for ToolError {
    fn from(error: crm::Error) -> Self {
        Self {
            code: code(error.code),
            retry: error.retry,
            retry_after_ms: error.retry_after_ms,
            message: error.message,
        }
    }
}

fn code(code: crm::ErrorCode) -> ErrorCode {
    match code {
        crm::ErrorCode::Denied => ErrorCode::Denied,
        crm::ErrorCode::NotFound => ErrorCode::NotFound,
        crm::ErrorCode::InvalidInput => ErrorCode::InvalidInput,
        crm::ErrorCode::Conflict => ErrorCode::Conflict,
        crm::ErrorCode::BudgetExhausted => ErrorCode::BudgetExhausted,
        crm::ErrorCode::RateLimited => ErrorCode::RateLimited,
        crm::ErrorCode::Unavailable => ErrorCode::Unavailable,
        crm::ErrorCode::OutcomeUnknown => ErrorCode::OutcomeUnknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crm_error_keeps_its_code_retry_and_delay() {
        let cause = crm::Error {
            code: crm::ErrorCode::RateLimited,
            retry: Retry::Safe,
            retry_after_ms: Some(600),
            message: "Wait.".into(),
            conflicting_id: None,
        };
        let error = ToolError::from(cause);
        assert_eq!(error.code, ErrorCode::RateLimited);
        assert_eq!(
            (error.retry, error.retry_after_ms),
            (Retry::Safe, Some(600))
        );
        assert_eq!(error.with_message("Later.").message, "Later.");
    }
}
