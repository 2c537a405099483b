use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::Value;
use skillgate_domain::workspace::{CalendarAction, Email};

/// Longest answer of a workspace that is shown to its caller, in bytes; a longer one is left out.
pub const WORKSPACE_PAYLOAD_BYTES_MAX: usize = 16 * 1024;

/// What a workspace answered when it did what it was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkspaceDone {
    /// The status of its answer.
    pub status: u16,
    /// Its answer, where that is JSON of at most [`WORKSPACE_PAYLOAD_BYTES_MAX`] bytes.
    pub payload: Option<Value>,
}

/// Why a workspace did not do what it was asked. None of it carries the workspace's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WorkspaceError {
    /// None is configured.
    #[error("no workspace is configured")]
    NotConfigured,
    /// Neither the caller nor the host has a credential for it.
    #[error("there is no credential for the workspace")]
    NoCredential,
    /// It refused, with this status; nothing happened.
    #[error("the workspace refused with status {0}")]
    Refused(u16),
    /// It cannot be reached; nothing happened.
    #[error("the workspace does not answer")]
    Unavailable,
    /// The connection broke after the request was sent, or the answer is none.
    #[error("nobody can tell whether the workspace did it")]
    OutcomeUnknown,
}

impl WorkspaceError {
    /// Returns a stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotConfigured => "workspace-not-configured",
            Self::NoCredential => "workspace-no-credential",
            Self::Refused(_) => "workspace-refused",
            Self::Unavailable => "workspace-unavailable",
            Self::OutcomeUnknown => "workspace-outcome-unknown",
        }
    }
}

/// Where a personal assistant has its mailbox and its calendar.
///
/// An adapter tries nothing twice that may have taken effect: the workspace knows no key for that.
#[async_trait]
pub trait Workspace: Send + Sync {
    /// Tells whether there is one.
    fn configured(&self) -> bool;

    /// Sends an e-mail, as whoever `token` speaks for, or else as the host's own service.
    async fn send_email(
        &self,
        token: Option<&SecretString>,
        email: &Email,
    ) -> Result<WorkspaceDone, WorkspaceError>;

    /// Writes what was done into the calendar.
    async fn log_action(
        &self,
        token: Option<&SecretString>,
        action: &CalendarAction,
    ) -> Result<WorkspaceDone, WorkspaceError>;

    /// Tells whether it answers.
    async fn check(&self) -> Result<(), WorkspaceError>;
}
