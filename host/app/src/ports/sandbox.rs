use super::Retry;
use crate::run::Run;
use async_trait::async_trait;
use skillgate_domain::capability::Interface;
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::ToolName;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Runs components.
#[async_trait]
pub trait Sandbox: Send + Sync {
    /// Compiles a component and checks it against the contract: its version, its export, and that it
    /// imports nothing outside `allowed`. What is admitted stays ready until it is forgotten.
    async fn admit(
        &self,
        digest: &Digest,
        component: Arc<[u8]>,
        allowed: &BTreeSet<Interface>,
    ) -> Result<(), Inadmissible>;

    /// Runs one tool in a fresh instance. Fails with [`RunFailure::NotAdmitted`] before anything
    /// happens when the component is not ready with exactly these interfaces.
    ///
    /// Dropping the future ends the guest and frees everything it held.
    async fn run(&self, call: SandboxCall) -> Result<String, RunFailure>;
}

/// One run of one tool.
#[derive(Debug)]
pub struct SandboxCall {
    /// The component.
    pub component: Digest,
    /// The interfaces that were granted.
    pub interfaces: BTreeSet<Interface>,
    /// Who runs it, with which right and budgets.
    pub run: Arc<Run>,
    /// The tool.
    pub tool: ToolName,
    /// JSON that satisfies the tool's input schema.
    pub input: Arc<str>,
}

/// Why a component was not admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Inadmissible {
    /// Larger than the limit.
    #[error("the component has {bytes} bytes; at most {max} are accepted")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// Not a component: other bytes, a truncated file.
    #[error("this is not a WASM component: {0}")]
    NotAComponent(String),
    /// A core module.
    #[error(
        "this is a core WASM module, not a component; build it with `cargo xtask skills` or wit-component"
    )]
    CoreModule,
    /// Built against a contract that this host does not speak.
    #[error("the component is built for contract {found}; this host speaks {spoken}")]
    UnknownContract {
        /// What it names.
        found: String,
        /// What we speak.
        spoken: String,
    },
    /// No skill in it.
    #[error("the component does not export {0}")]
    NoGuestExport(String),
    /// Imports that are not allowed.
    #[error("the component imports what its manifest does not request: {}", .0.join(", "))]
    Imports(Vec<String>),
    /// Asks for more tables, instances or memory than any call may have.
    #[error("the component needs more than the sandbox gives: {0}")]
    TooDemanding(String),
    /// The host could not compile or keep it.
    #[error("the sandbox could not prepare the component")]
    Internal(String),
}

impl Inadmissible {
    /// Returns a stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "component-too-large",
            Self::NotAComponent(_) => "not-a-component",
            Self::CoreModule => "core-module",
            Self::UnknownContract { .. } => "unknown-contract",
            Self::NoGuestExport(_) => "no-guest-export",
            Self::Imports(_) => "undeclared-imports",
            Self::TooDemanding(_) => "too-demanding",
            Self::Internal(_) => "sandbox-failed",
        }
    }
}

/// Which limit ended a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SandboxLimit {
    /// Time of its own.
    Cpu,
    /// Time from start to answer.
    Wall,
    /// Memory over all memories.
    Memory,
    /// Table entries.
    Table,
    /// Stack depth.
    Stack,
    /// Bytes copied between guest and host.
    HostCopies,
    /// Bytes of the answer.
    Output,
}

impl SandboxLimit {
    /// Returns a stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cpu => "cpu-limit",
            Self::Wall => "wall-limit",
            Self::Memory => "memory-limit",
            Self::Table => "table-limit",
            Self::Stack => "stack-limit",
            Self::HostCopies => "copy-limit",
            Self::Output => "output-limit",
        }
    }
}

/// What a skill's tool says when it could not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is explained in `wit/guest.wit`")]
pub enum ToolErrorCode {
    UnknownTool,
    InvalidInput,
    NotFound,
    Conflict,
    Denied,
    BudgetExhausted,
    RateLimited,
    Unavailable,
    OutcomeUnknown,
    Failed,
}

impl ToolErrorCode {
    /// Returns a stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownTool => "tool-unknown-tool",
            Self::InvalidInput => "tool-invalid-input",
            Self::NotFound => "tool-not-found",
            Self::Conflict => "tool-conflict",
            Self::Denied => "tool-denied",
            Self::BudgetExhausted => "tool-budget-exhausted",
            Self::RateLimited => "tool-rate-limited",
            Self::Unavailable => "tool-unavailable",
            Self::OutcomeUnknown => "tool-outcome-unknown",
            Self::Failed => "tool-failed",
        }
    }
}

/// An error the guest returned on purpose. Its message is the guest's: bounded, shown as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolError {
    /// What kind of failure.
    pub code: ToolErrorCode,
    /// Whether the same call may be made again.
    pub retry: Retry,
    /// When.
    pub retry_after: Option<Duration>,
    /// One sentence.
    pub message: String,
}

/// Why a run gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunFailure {
    /// The component is not ready.
    #[error("the component is not admitted")]
    NotAdmitted,
    /// The guest said so.
    #[error("{}", .0.message)]
    Tool(ToolError),
    /// The guest hit a limit.
    #[error("the skill was stopped at its {}", .0.code())]
    Limit(SandboxLimit),
    /// The guest crashed.
    #[error("the skill crashed")]
    Trapped(String),
    /// The host failed; a bug of ours, or no room in the pool.
    #[error("the sandbox failed")]
    Host(String),
}
