//! How a command ends: exit code, stable code, words.

use crate::config::Fault;
use crate::wiring::StartError;
use axum::http::StatusCode;
use serde_json::{Value, json};
use skillgate_server::Problem;
use skillgate_storage::{OpenError, ScratchOpenError};
use std::fmt::Display;
use std::process::ExitCode;

/// What the exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Refused or failed.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The configuration is wrong.
    Configuration = 3,
    /// The same may work later.
    Unavailable = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// An object with at least `code` and `detail`.
    pub(crate) body: Value,
}

impl Failure {
    fn new(exit: Exit, code: &str, detail: impl Display) -> Self {
        let body = json!({ "code": code, "detail": detail.to_string() });
        Self { exit, body }
    }

    /// Something did not work that should have.
    pub(crate) fn failed(code: &str, detail: impl Display) -> Self {
        Self::new(Exit::Failed, code, detail)
    }

    /// The command line asks for something that cannot be.
    pub(crate) fn usage(detail: impl Display) -> Self {
        Self::new(Exit::Usage, "usage", detail)
    }

    /// Something that the command needs must be set first.
    pub(crate) fn configuration(detail: impl Display) -> Self {
        Self::new(Exit::Configuration, "configuration", detail)
    }

    /// The command has told everything already.
    pub(crate) fn told(exit: Exit) -> Self {
        let body = Value::Null;
        Self { exit, body }
    }

    /// Everything that is wrong with the configuration.
    pub(crate) fn faults(faults: &[Fault]) -> Self {
        let list = faults
            .iter()
            .map(|fault| json!({ "place": fault.place, "problem": fault.problem }));
        let body = json!({
            "code": "configuration",
            "detail": "the configuration is not usable",
            "faults": list.collect::<Value>(),
        });
        Self {
            exit: Exit::Configuration,
            body,
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let exit = match problem.kind().status() {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Exit::Unavailable,
            _ => Exit::Failed,
        };
        let body = problem.to_json(crate::commands::REQUEST);
        Self { exit, body }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::new(exit_of(&error), error.code(), error.words())
    }
}

/// Tells whether something must be set, may work later, or is broken.
pub(crate) fn exit_of(error: &StartError) -> Exit {
    match error {
        StartError::Data { .. }
        | StartError::Key { .. }
        | StartError::AuditKey(_)
        | StartError::SealingKey(_)
        | StartError::Database(OpenError::Address)
        | StartError::Crm(_)
        | StartError::Planner(_)
        | StartError::Workspace(_)
        | StartError::Relay(_)
        | StartError::Mail(_)
        | StartError::Names(_)
        | StartError::Scratch(ScratchOpenError::Disk(_))
        | StartError::Mypa(_)
        | StartError::Platform(_) => Exit::Configuration,
        StartError::Database(OpenError::Unreachable(_))
        | StartError::Scratch(ScratchOpenError::InUse) => Exit::Unavailable,
        StartError::Database(OpenError::Foreign(_) | OpenError::Migration(_))
        | StartError::Audit(_)
        | StartError::EmbeddedCrm(_)
        | StartError::Transport(_)
        | StartError::Sandbox(_) => Exit::Failed,
    }
}
