//! A journal as lines of JSON: the run, its host calls in order, its end.

use super::answer::AnswerForm;
use super::{Ending, HostCall, Journal, LogLine, RecordedRun};
use crate::broker::LogLevel;
use serde::{Deserialize, Serialize};
use skillgate_domain::capability::Interface;
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::{
    AgentId, ConfigKey, GrantId, InvocationId, RequestId, SkillName, ToolName, UserId,
};
use skillgate_domain::limits::CallLimits;
use skillgate_domain::time::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// The version of the form.
const FORM_VERSION: u32 = 1;

/// One line. What is asked is written in its own form, and read as it is compared.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Line<R> {
    Run(Box<RunForm>),
    Crm { asked: R, answer: AnswerForm },
    Clock(u64),
    Log { level: LogLevel, message: String },
    Setting { key: String, value: Option<String> },
    End { complete: bool, ending: EndingForm },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunForm {
    v: u32,
    at: i64,
    invocation: String,
    request: String,
    user: String,
    agent: Option<String>,
    skill: String,
    tool: String,
    component: String,
    grant: String,
    interfaces: Vec<String>,
    limits: LimitsForm,
    input: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsForm {
    cpu: Duration,
    wall: Duration,
    memory_bytes: u64,
    log_lines: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum EndingForm {
    Output(String),
    LongOutput(String),
    Failed {
        code: String,
        message: Option<String>,
    },
    Cancelled(()),
}

impl RunForm {
    pub(super) fn of(run: RecordedRun) -> Self {
        Self {
            v: FORM_VERSION,
            at: run.at.unix_ms(),
            invocation: run.invocation.to_string(),
            request: run.request.to_string(),
            user: run.user.to_string(),
            agent: run.agent.map(|agent| agent.to_string()),
            skill: run.skill.to_string(),
            tool: run.tool.to_string(),
            component: run.component.to_string(),
            grant: run.grant.to_string(),
            interfaces: run
                .interfaces
                .iter()
                .map(|it| it.name().to_owned())
                .collect(),
            limits: LimitsForm {
                cpu: run.limits.cpu,
                wall: run.limits.wall,
                memory_bytes: run.limits.memory_bytes,
                log_lines: run.limits.log_lines,
            },
            input: run.input,
        }
    }

    /// Leaves out what has no limit as small as the journal's.
    pub(super) fn without_input(&mut self) {
        self.input = None;
    }

    fn read(self) -> Option<RecordedRun> {
        (self.v == FORM_VERSION).then_some(())?;
        let interfaces = self.interfaces.iter();
        Some(RecordedRun {
            at: Timestamp::from_unix_ms(self.at),
            invocation: InvocationId::parse(&self.invocation).ok()?,
            request: RequestId::parse(&self.request).ok()?,
            user: UserId::parse(&self.user).ok()?,
            agent: match &self.agent {
                Some(agent) => Some(AgentId::parse(agent).ok()?),
                None => None,
            },
            skill: SkillName::parse(&self.skill).ok()?,
            tool: ToolName::parse(&self.tool).ok()?,
            component: Digest::parse(&self.component).ok()?,
            grant: GrantId::parse(&self.grant).ok()?,
            interfaces: interfaces
                .map(|name| Interface::from_name(name))
                .collect::<Option<_>>()?,
            limits: CallLimits {
                cpu: self.limits.cpu,
                wall: self.limits.wall,
                memory_bytes: self.limits.memory_bytes,
                log_lines: self.limits.log_lines,
                ..CallLimits::DEFAULT
            },
            input: self.input,
        })
    }
}

impl EndingForm {
    pub(super) fn of(ending: Ending) -> Self {
        match ending {
            Ending::Output(output) => Self::Output(output),
            Ending::LongOutput(digest) => Self::LongOutput(digest.to_string()),
            Ending::Failed { code, message } => Self::Failed { code, message },
            Ending::Cancelled => Self::Cancelled(()),
        }
    }

    fn read(self) -> Option<Ending> {
        Some(match self {
            Self::Output(output) => Ending::Output(output),
            Self::LongOutput(digest) => Ending::LongOutput(Digest::parse(&digest).ok()?),
            Self::Failed { code, message } => Ending::Failed { code, message },
            Self::Cancelled(()) => Ending::Cancelled,
        })
    }
}

impl Journal {
    /// Reads a journal; nothing where the text is none.
    pub fn read(text: &str) -> Option<Self> {
        let lines = text.lines();
        let mut lines = lines.map(serde_json::from_str::<Line<HostCall>>);
        let Ok(Line::Run(run)) = lines.next()? else {
            return None;
        };
        let mut journal = Self {
            run: run.read()?,
            crm: Vec::new(),
            clock: Vec::new(),
            log: Vec::new(),
            settings: BTreeMap::new(),
            ending: Ending::Cancelled,
            complete: false,
        };
        for line in &mut lines {
            if journal.take(line.ok()?)? {
                return lines.next().is_none().then_some(journal);
            }
        }
        None
    }

    /// Takes a line in. Tells whether it was the last.
    fn take(&mut self, line: Line<HostCall>) -> Option<bool> {
        match line {
            Line::Run(_) => return None,
            Line::Crm { asked, answer } => self.crm.push((asked, answer.read()?)),
            Line::Clock(now) => self.clock.push(now),
            Line::Log { level, message } => self.log.push(LogLine { level, message }),
            Line::Setting { key, value } => {
                self.settings.insert(ConfigKey::parse(&key).ok()?, value);
            }
            Line::End { complete, ending } => {
                self.complete = complete;
                self.ending = ending.read()?;
                return Some(true);
            }
        }
        Some(false)
    }
}
