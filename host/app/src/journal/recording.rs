//! The journal of a run while it is written.

use super::answer::{Answer, AnswerForm};
use super::form::{EndingForm, Line, RunForm};
use super::request::{Request, RequestForm};
use super::{Ending, JOURNAL_BYTES_MAX, RecordedRun};
use crate::broker::{BrokerError, LogLevel};
use crate::digest::sha256;
use crate::invocations::InvokeError;
use skillgate_domain::ids::ConfigKey;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Kept free for the last line, in bytes. The longest is a tool's own message, all of it escaped.
pub(super) const LAST_LINE_BYTES_MAX: usize = 8 * 1024;

/// The journal of a run while it is written: text from the first line on, so that no record is copied.
#[derive(Debug)]
pub(crate) struct Recording(Mutex<Written>);

#[derive(Debug)]
struct Written {
    text: Vec<u8>,
    /// Something was left out, and so is everything after it.
    full: bool,
    /// The guest asked the host for something.
    asked: bool,
    ended: bool,
    settings: BTreeSet<ConfigKey>,
}

impl Recording {
    /// Begins the journal of a run.
    pub(crate) fn begin(run: RecordedRun) -> Self {
        let mut written = Written {
            text: Vec::new(),
            full: false,
            asked: false,
            ended: false,
            settings: BTreeSet::new(),
        };
        let mut first = Line::<()>::Run(Box::new(RunForm::of(run)));
        if !written.add(&first, CALLS_BYTES_MAX) {
            if let Line::Run(run) = &mut first {
                run.without_input();
            }
            written.add(&first, CALLS_BYTES_MAX);
            written.full = true;
        }
        Self(Mutex::new(written))
    }

    /// Writes a call of the CRM down.
    pub(super) fn call<A: Answer>(&self, request: &Request<'_>, answer: &Result<A, BrokerError>) {
        self.keep(|| Line::Crm {
            asked: request.form(),
            answer: match answer {
                Ok(answer) => answer.form(),
                Err(error) => AnswerForm::error(error.told()),
            },
        });
    }

    /// Writes down what the clock said.
    pub(super) fn clock(&self, now_ms: u64) {
        self.keep(|| Line::Clock(now_ms));
    }

    /// Writes a line of the log down.
    pub(super) fn log(&self, level: LogLevel, message: &str) {
        self.keep(|| Line::Log {
            level,
            message: message.to_owned(),
        });
    }

    /// Writes a setting down that the guest asked for, once.
    pub(super) fn setting(&self, key: &ConfigKey, value: Option<&str>) {
        if self.lock().settings.contains(key) {
            return;
        }
        let kept = self.keep(|| Line::Setting {
            key: key.to_string(),
            value: value.map(str::to_owned),
        });
        if kept {
            self.lock().settings.insert(key.clone());
        }
    }

    /// Writes down how the guest ended, if one was reached.
    pub(crate) fn end(&self, ran: &Result<String, InvokeError>) {
        if let Some(ending) = Ending::of(ran) {
            self.lock().end(ending);
        }
    }

    /// Takes the journal out; nothing where no guest was reached. A guest that has not ended was
    /// cancelled.
    pub(crate) fn finish(&self) -> Option<Arc<str>> {
        let mut written = self.lock();
        if !written.ended {
            if !written.asked {
                return None;
            }
            written.full = true;
            written.end(Ending::Cancelled);
        }
        let text = String::from_utf8(std::mem::take(&mut written.text));
        Some(text.expect("JSON is UTF-8").into())
    }

    /// Adds a line, if there is room for it. Tells whether it was added.
    fn keep(&self, line: impl FnOnce() -> Line<RequestForm>) -> bool {
        let mut written = self.lock();
        written.asked = true;
        if written.full {
            return false;
        }
        let added = written.add(&line(), CALLS_BYTES_MAX);
        written.full = !added;
        added
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const CALLS_BYTES_MAX: usize = JOURNAL_BYTES_MAX - LAST_LINE_BYTES_MAX;

impl Written {
    fn end(&mut self, ending: Ending) {
        let complete = !self.full;
        let last = |ending| Line::<()>::End {
            complete,
            ending: EndingForm::of(ending),
        };
        let long = match &ending {
            Ending::Output(output) => Some(Ending::LongOutput(sha256(output.as_bytes()))),
            _ => None,
        };
        if !self.add(&last(ending), JOURNAL_BYTES_MAX)
            && let Some(long) = long
        {
            self.add(&last(long), JOURNAL_BYTES_MAX);
        }
        self.ended = true;
    }

    /// Adds a line whole, or not at all.
    fn add<R: serde::Serialize>(&mut self, line: &Line<R>, bytes_max: usize) -> bool {
        let before = self.text.len();
        let mut to = Bounded {
            text: &mut self.text,
            bytes_max,
        };
        let added = serde_json::to_writer(&mut to, line).is_ok() && to.write_all(b"\n").is_ok();
        if !added {
            self.text.truncate(before);
        }
        added
    }
}

/// Takes bytes up to a limit, so that what does not fit is not written out first.
struct Bounded<'a> {
    text: &'a mut Vec<u8>,
    bytes_max: usize,
}

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.len() + bytes.len() > self.bytes_max {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
