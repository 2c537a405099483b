//! The journal of a run: what the guest asked of the host, what it was told, and how it ended.
//!
//! Invariants: answers stand here as the guest saw them, redacted. A journal has a limit; what does not
//! fit is left out from there on, and the journal says so. What is read back are the values that were
//! written, to the last bit.

mod answer;
mod difference;
mod form;
mod playback;
mod recording;
mod request;

pub(crate) use answer::Answer;
pub use difference::{Difference, SHOWN_BYTES_MAX};
pub(crate) use playback::Playback;
pub(crate) use recording::Recording;
pub(crate) use request::Request;

use crate::broker::{Answered, BrokerError, LogLevel, Sent, TezLine, Told, Upserted};
use crate::invocations::InvokeError;
use crate::ports::{PlannedText, RunFailure, ScratchEntry, StateLine, StateValue};
use crate::run::Run;
use crate::snapshot::Snapshot;
use serde::Deserialize;
use serde_json::Value;
use skillgate_domain::audit::Outcome;
use skillgate_domain::capability::Interface;
use skillgate_domain::crm::{Page, Record};
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::Grant;
use skillgate_domain::ids::{
    AgentId, ConfigKey, GrantId, InvocationId, RequestId, SkillName, ToolName, UserId,
};
use skillgate_domain::limits::CallLimits;
use skillgate_domain::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Longest journal, in bytes. Its table has the same limit.
pub const JOURNAL_BYTES_MAX: usize = 256 * 1024;

/// A journal that was read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    /// What ran.
    pub run: RecordedRun,
    /// Calls of the CRM with their answers, in order.
    pub(crate) crm: Vec<(HostCall, HostAnswer)>,
    /// What the clock said, in order, in milliseconds since the Unix epoch.
    pub(crate) clock: Vec<u64>,
    /// Lines of the log, in order.
    pub(crate) log: Vec<LogLine>,
    /// Settings that were asked for; nothing for those without a value.
    pub(crate) settings: BTreeMap<ConfigKey, Option<String>>,
    /// How it ended.
    pub(crate) ending: Ending,
    /// Nothing was left out.
    pub complete: bool,
}

/// What ran, and what it needs to run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRun {
    /// When it began.
    pub at: Timestamp,
    /// Its id.
    pub invocation: InvocationId,
    /// The request it answered.
    pub request: RequestId,
    /// For whom.
    pub user: UserId,
    /// Which agent acted for them.
    pub agent: Option<AgentId>,
    /// The skill.
    pub skill: SkillName,
    /// The tool.
    pub tool: ToolName,
    /// The component.
    pub component: Digest,
    /// The grant.
    pub grant: GrantId,
    /// The interfaces that were granted.
    pub interfaces: BTreeSet<Interface>,
    /// What it could use. Counts of reads and writes are not kept: the journal has their answers.
    pub limits: CallLimits,
    /// The tool's input; nothing where it was too long to be kept.
    pub input: Option<String>,
}

impl RecordedRun {
    /// Says what is about to run.
    pub(crate) fn of(
        run: &Run,
        grant: &Grant,
        tool: &ToolName,
        input: &str,
        at: Timestamp,
    ) -> Self {
        Self {
            at,
            invocation: run.invocation,
            request: run.request().clone(),
            user: run.principal.user.clone(),
            agent: run.principal.agent.clone(),
            skill: run.skill.clone(),
            tool: tool.clone(),
            component: grant.component,
            grant: grant.id,
            interfaces: grant.capabilities.interfaces.clone(),
            limits: run.limits,
            input: Some(input.to_owned()),
        }
    }
}

/// A call of the CRM as it is compared with another.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HostCall {
    /// Its name in the contract, such as `crm.get`.
    pub(crate) call: String,
    /// What was asked.
    pub(crate) request: Value,
}

/// What a call of the CRM was answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum HostAnswer {
    Record(Record),
    Snapshot(Box<Snapshot>),
    Page(Page<Record>),
    Upserted(Upserted, Record),
    Linked,
    Sent(Sent),
    Planned(PlannedText),
    Stream(Vec<TezLine>),
    Requested(Answered),
    Kept(Option<StateValue>),
    Keys(Vec<StateLine>),
    Committed(Vec<i64>),
    Filed,
    Bytes(Vec<u8>),
    File(ScratchEntry),
    Files(Vec<ScratchEntry>),
    Error(Told),
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogLine {
    pub(crate) level: LogLevel,
    pub(crate) message: String,
}

/// How a guest ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It answered.
    Output(String),
    /// It answered at a length that was not kept.
    LongOutput(Digest),
    /// It failed.
    Failed {
        /// A stable code.
        code: String,
        /// What the guest said itself.
        message: Option<String>,
    },
    /// The caller went away.
    Cancelled,
}

impl Ending {
    /// Says how a run ended; nothing where no guest was reached.
    pub(crate) fn of(ran: &Result<String, InvokeError>) -> Option<Self> {
        let error = match ran {
            Ok(output) => return Some(Self::Output(output.clone())),
            Err(InvokeError::Run(RunFailure::NotAdmitted)) => return None,
            Err(error @ (InvokeError::Run(_) | InvokeError::Panicked)) => error,
            Err(_) => return None,
        };
        let message = match error {
            InvokeError::Run(RunFailure::Tool(told)) => Some(told.message.clone()),
            _ => None,
        };
        match error.outcome() {
            Outcome::Failed(code) => Some(Self::Failed {
                code: code.to_owned(),
                message,
            }),
            _ => None,
        }
    }
}

/// Where the host calls of a run are answered.
#[derive(Debug)]
pub(crate) enum HostCalls {
    /// By the host, and nothing is kept.
    Unrecorded,
    /// By the host, and the run's journal is kept.
    Recorded(Recording),
    /// By a journal.
    Replayed(Arc<Playback>),
}

impl HostCalls {
    /// Answers a call of the CRM. A journal's answer leaves `live` untouched.
    pub(crate) async fn crm<A: Answer>(
        &self,
        request: Request<'_>,
        live: impl Future<Output = Result<A, BrokerError>> + Send,
    ) -> Result<A, BrokerError> {
        match self {
            Self::Unrecorded => live.await,
            Self::Recorded(recording) => {
                let answer = live.await;
                recording.call(&request, &answer);
                answer
            }
            Self::Replayed(playback) => playback.answer(&request),
        }
    }

    /// Tells the time, in milliseconds since the Unix epoch.
    pub(crate) fn clock(&self, live: impl FnOnce() -> u64) -> u64 {
        match self {
            Self::Unrecorded => live(),
            Self::Recorded(recording) => {
                let now = live();
                recording.clock(now);
                now
            }
            Self::Replayed(playback) => playback.clock(),
        }
    }

    /// Takes a line of the log. Tells whether the operator is to see it.
    pub(crate) fn log(&self, level: LogLevel, message: &str) -> bool {
        match self {
            Self::Unrecorded => true,
            Self::Recorded(recording) => {
                recording.log(level, message);
                true
            }
            Self::Replayed(playback) => {
                playback.log(level, message);
                false
            }
        }
    }

    /// Remembers that the guest asked for a setting.
    pub(crate) fn setting(&self, key: &ConfigKey, value: Option<&str>) {
        match self {
            Self::Unrecorded => {}
            Self::Recorded(recording) => recording.setting(key, value),
            Self::Replayed(playback) => playback.setting(key),
        }
    }
}

#[cfg(test)]
mod tests;
