use super::InvokeError;
use crate::gate::Busy;
use crate::json::JsonRefusal;
use crate::ports::{Inadmissible, RunFailure, SandboxLimit, StorageError, ToolErrorCode};

impl InvokeError {
    /// Returns a stable code: the one that the door answers with.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Forbidden(..) => "forbidden",
            Self::OutOfScope(_) => "skill-out-of-scope",
            Self::UnknownSkill(_) => "skill-not-found",
            Self::UnknownTool { .. } => "no-such-tool",
            Self::Unreadable(JsonRefusal::TooLong { .. }) => "input-too-long",
            Self::Unreadable(JsonRefusal::Malformed(_)) => "input-unreadable",
            Self::InvalidInput(_) => "input-invalid",
            Self::Busy(Busy::Skill) => "skill-busy",
            Self::Busy(Busy::Host) => "host-busy",
            Self::NotRunnable(Inadmissible::Internal(_)) | Self::Panicked => "internal",
            Self::NotRunnable(_) => "skill-not-runnable",
            Self::Run(failure) => run(failure),
            Self::InvalidOutput => "skill-output-invalid",
            Self::Storage(error) => storage(error),
        }
    }
}

const fn run(failure: &RunFailure) -> &'static str {
    match failure {
        RunFailure::Tool(error) => tool(error.code),
        RunFailure::Limit(SandboxLimit::Cpu | SandboxLimit::Wall) => "skill-stopped",
        RunFailure::Limit(_) => "skill-over-limit",
        RunFailure::Trapped(_) => "skill-crashed",
        RunFailure::Host(_) | RunFailure::NotAdmitted => "internal",
    }
}

const fn storage(error: &StorageError) -> &'static str {
    match error {
        StorageError::Busy(_) => "storage-busy",
        StorageError::Full(_) => "storage-full",
        StorageError::Unavailable(_) => "storage-unavailable",
        StorageError::Conflict | StorageError::Corrupt(_) => "internal",
    }
}

const fn tool(code: ToolErrorCode) -> &'static str {
    match code {
        ToolErrorCode::UnknownTool => "tool-unknown-tool",
        ToolErrorCode::InvalidInput => "tool-invalid-input",
        ToolErrorCode::NotFound => "tool-not-found",
        ToolErrorCode::Conflict => "tool-conflict",
        ToolErrorCode::Denied => "tool-denied",
        ToolErrorCode::BudgetExhausted => "tool-budget-exhausted",
        ToolErrorCode::RateLimited => "tool-rate-limited",
        ToolErrorCode::Unavailable => "tool-unavailable",
        ToolErrorCode::OutcomeUnknown => "tool-outcome-unknown",
        ToolErrorCode::Failed => "tool-failed",
    }
}
